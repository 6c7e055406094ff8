#include "web/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <list>

#include "web/connection.h"

namespace klarsyn {
namespace {

namespace net = boost::asio;
using boost::system::error_code;
using net::ip::tcp;
using namespace std::chrono_literals;

constexpr std::size_t kConnectionsMax = 20'000;
constexpr std::size_t kFilesKept = 256;  // descriptors that are no connections
constexpr std::size_t kSweepFirst = 64;
constexpr auto kAcceptPause = 100ms;  // out of descriptors: open clients are served meanwhile
constexpr auto kDrainCheck = 20ms;

// Takes as many descriptors as the system grants; what that leaves for connections.
std::size_t connections_granted() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 512;
    const rlim_t wanted = kConnectionsMax + kFilesKept;
    if (limit.rlim_cur < wanted) {
        rlimit more = limit;
        more.rlim_cur = limit.rlim_max == RLIM_INFINITY ? wanted : std::min(wanted, limit.rlim_max);
        if (setrlimit(RLIMIT_NOFILE, &more) == 0) limit = more;
    }
    const auto files = static_cast<std::size_t>(std::min(limit.rlim_cur, wanted));
    return files > 2 * kFilesKept ? files - kFilesKept : files / 2;
}

class Server final : public HttpServer {
public:
    Server(Dispatcher& dispatcher, const Clock& clock)
        : dispatcher_(dispatcher), clock_(clock), acceptor_(io_), pause_(io_), drain_timer_(io_),
          signals_(io_) {}

    error_code open(const tcp::endpoint& endpoint) {
        error_code error;
        acceptor_.open(endpoint.protocol(), error);
        if (!error) acceptor_.set_option(net::socket_base::reuse_address(true), error);
        if (!error) acceptor_.bind(endpoint, error);
        if (!error) acceptor_.listen(net::socket_base::max_listen_connections, error);
        return error;
    }

    std::string url() const override {
        const tcp::endpoint local = acceptor_.local_endpoint();
        const std::string host = local.address().is_v6()
                                     ? "[" + local.address().to_string() + "]"
                                     : local.address().to_string();
        return fmt::format("http://{}:{}/", host, local.port());
    }

    void run(int drain_seconds, std::function<void()> on_stopping) override {
        drain_seconds_ = drain_seconds;
        on_stopping_ = std::move(on_stopping);
        error_code ignored;
        signals_.add(SIGTERM, ignored);
        signals_.add(SIGINT, ignored);
        signals_.async_wait([this](error_code error, int) {
            if (!error) begin_stop();
        });
        accept();
        io_.run();
    }

    void stop() override {
        net::post(io_, [this] { begin_stop(); });
    }

private:
    void accept() {
        acceptor_.async_accept([this](error_code error, tcp::socket socket) {
            if (stopping_) return;
            if (error) {
                pause_.expires_after(kAcceptPause);
                return pause_.async_wait([this](error_code) {
                    if (!stopping_) accept();
                });
            }
            if (connections_.size() >= sweep_at_) sweep();
            if (connections_.size() < connections_max_)
                connections_.push_back(HttpConnection::start(std::move(socket), dispatcher_, clock_));
            accept();
        });
    }

    // Seldom enough that thousands of clients cost each other nothing.
    void sweep() {
        std::erase_if(connections_, [](const auto& weak) { return weak.expired(); });
        sweep_at_ = std::min(connections_max_, 2 * connections_.size() + kSweepFirst);
    }

    void begin_stop() {
        if (stopping_) return;
        stopping_ = true;
        if (on_stopping_) on_stopping_();
        error_code ignored;
        acceptor_.close(ignored);
        signals_.cancel(ignored);
        for (const auto& weak : connections_)
            if (const auto connection = weak.lock()) connection->drain();
        deadline_ = std::chrono::steady_clock::now() + std::chrono::seconds(drain_seconds_);
        await_connections();
    }

    void await_connections() {
        std::erase_if(connections_, [](const auto& weak) { return weak.expired(); });
        if (connections_.empty() || std::chrono::steady_clock::now() >= deadline_)
            return io_.stop();
        drain_timer_.expires_after(kDrainCheck);
        drain_timer_.async_wait([this](error_code) { await_connections(); });
    }

    Dispatcher& dispatcher_;
    const Clock& clock_;
    net::io_context io_{1};
    tcp::acceptor acceptor_;
    net::steady_timer pause_;
    net::steady_timer drain_timer_;
    net::signal_set signals_;
    std::list<std::weak_ptr<HttpConnection>> connections_;  // weak: they own themselves
    std::function<void()> on_stopping_;
    std::chrono::steady_clock::time_point deadline_;
    const std::size_t connections_max_ = connections_granted();
    std::size_t sweep_at_ = kSweepFirst;
    int drain_seconds_ = 10;
    bool stopping_ = false;
};

}  // namespace

Result<ListenAddress> parse_listen_address(const std::string& text) {
    ListenAddress address;
    std::string_view port = text;
    const std::size_t colon = text.rfind(':');
    if (colon != std::string::npos) {
        address.host = text.substr(0, colon);
        port = std::string_view(text).substr(colon + 1);
    }
    if (address.host.size() > 2 && address.host.front() == '[' && address.host.back() == ']')
        address.host = address.host.substr(1, address.host.size() - 2);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (port.empty() || error != std::errc() || end != port.data() + port.size() ||
        address.host.empty())
        return make_error(ErrorCode::invalid_input, "web.listen.unreadable", {{"address", text}});
    return address;
}

Result<std::unique_ptr<HttpServer>> HttpServer::listen(const ListenAddress& address,
                                                       Dispatcher& dispatcher, const Clock& clock) {
    error_code error;
    const auto ip = net::ip::make_address(address.host == "localhost" ? "127.0.0.1" : address.host,
                                          error);
    auto server = std::make_unique<Server>(dispatcher, clock);
    if (!error) error = server->open(tcp::endpoint(ip, address.port));
    if (error)
        return make_error(ErrorCode::unavailable, "web.listen.failed",
                          {{"address", fmt::format("{}:{}", address.host, address.port)},
                           {"reason", error.message()}});
    return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace klarsyn
