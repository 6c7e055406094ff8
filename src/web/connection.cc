#include "web/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <optional>

#include "web/events.h"
#include "web/plain_get.h"
#include "web/problem.h"

namespace klarsyn {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace net = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr std::uint32_t kHeaderBytesMax = 16 * 1024;
constexpr std::int64_t kLargeBodiesMax = 256 * 1024 * 1024;  // in memory at one time, all together
constexpr auto kHeaderTime = 10s;
constexpr auto kBodyTime = 30s;
constexpr std::uint64_t kBodyBytesPerSecond = 256 * 1024;  // of what is longer than a usual body
constexpr auto kIdleTime = 60s;
constexpr auto kWriteTime = 60s;
constexpr auto kLingerTime = 2s;
constexpr std::size_t kReadBytes = 4096;

using Parser = http::request_parser<http::string_body>;

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

Request head_of(const http::request<http::string_body>& message, const std::string& address) {
    Request request;
    request.method = std::string(message.method_string());
    request.head = request.method == "HEAD";
    if (request.head) request.method = "GET";
    request.target = std::string(message.target());
    for (const auto& field : message)
        request.headers.emplace_back(lower(std::string_view(field.name_string())),
                                     std::string(field.value()));
    request.address = address;
    return request;
}

Request convert(http::request<http::string_body>&& message, const std::string& address) {
    Request request = head_of(message, address);
    request.body = std::move(message.body());
    return request;
}

// A share of the memory for large bodies, held while a request with one is worked on.
class LargeBody {
public:
    // False when there is no room now.
    bool take(std::uint64_t bytes) {
        give_back();
        const auto wanted = static_cast<std::int64_t>(bytes);
        if (in_use_.fetch_add(wanted) + wanted > kLargeBodiesMax) {
            in_use_.fetch_sub(wanted);
            return false;
        }
        held_ = wanted;
        return true;
    }
    void give_back() {
        in_use_.fetch_sub(held_);
        held_ = 0;
    }
    LargeBody() = default;
    LargeBody(const LargeBody&) = delete;
    LargeBody& operator=(const LargeBody&) = delete;
    ~LargeBody() { give_back(); }

private:
    inline static std::atomic<std::int64_t> in_use_ = 0;
    std::int64_t held_ = 0;
};

int status_of_parse_error(error_code error) {
    if (error == http::error::header_limit) return 431;
    if (error == http::error::body_limit) return 413;
    return 400;
}

class BeastConnection final : public HttpConnection, public std::enable_shared_from_this<BeastConnection> {
public:
    BeastConnection(net::ip::tcp::socket socket, Dispatcher& dispatcher, const Clock& clock)
        : stream_(std::move(socket)), events_timer_(stream_.get_executor()),
          dispatcher_(dispatcher), clock_(clock) {
        error_code ignored;
        const auto peer = stream_.socket().remote_endpoint(ignored);
        if (!ignored) address_ = peer.address().to_string();
        stream_.socket().set_option(net::ip::tcp::no_delay(true), ignored);
    }

    void wait(std::chrono::seconds time) {
        parser_.reset();
        if (draining_) return close();
        // The next request may be here already.
        while (buffer_.size() > 0)
            if (!answer_at_once()) return;
        idle_ = true;
        stream_.expires_after(time);
        stream_.async_read_some(
            buffer_.prepare(kReadBytes),
            [self = shared_from_this()](error_code error, std::size_t size) {
                self->idle_ = false;
                if (error) return self->close();
                self->buffer_.commit(size);
                self->wait(std::chrono::duration_cast<std::chrono::seconds>(kIdleTime));
            });
    }

    void begin() { wait(std::chrono::duration_cast<std::chrono::seconds>(kHeaderTime)); }

    void drain() override {
        draining_ = true;
        if (idle_) close();
        if (response_.events) response_.events->end();
    }

private:
    // A page that is prepared for everybody leaves with one call to the system. False where the
    // request goes another way, which goes on by itself.
    bool answer_at_once() {
        const auto data = buffer_.data();
        const std::string_view bytes(static_cast<const char*>(data.data()), data.size());
        const auto get = read_plain_get(bytes);
        if (get) whole_ = dispatcher_.at_once(*get);
        if (!whole_) {
            read_header();
            return false;
        }
        keep_open_ = get->keep_open;
        buffer_.consume(get->bytes);
        const ssize_t sent = ::send(stream_.socket().native_handle(), whole_->data(),
                                    whole_->size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        const bool gone = sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
        if (gone) {
            close();
            return false;
        }
        const auto done = static_cast<std::size_t>(std::max<ssize_t>(0, sent));
        if (done == whole_->size() && keep_open_ && !draining_) {
            whole_.reset();
            return true;
        }
        head_.clear();
        write(std::string_view(*whole_).substr(done), [](BeastConnection& self) {
            self.whole_.reset();
            self.answered();
        });
        return false;
    }

    void read_header() {
        parser_.emplace();
        parser_->header_limit(kHeaderBytesMax);
        parser_->body_limit(boost::none);  // read_body knows the route, and its limit
        stream_.expires_after(kHeaderTime);
        http::async_read_header(stream_, buffer_, *parser_,
                                [self = shared_from_this()](error_code error, std::size_t) {
                                    if (error) return self->read_failed(error);
                                    self->read_body();
                                });
    }

    void read_body() {
        const auto& message = parser_->get();
        if (message.version() >= 11 && message.count(http::field::host) != 1)
            return refuse(400);
        const auto length = parser_->content_length();
        // Most bodies are short: only for the others does the route matter before it is read.
        std::uint64_t most = kBodyBytesUsual;
        if ((length && *length > most) || (!length && parser_->chunked()))
            most = dispatcher_.body_most(message.method_string(), message.target());
        if (length && *length > most) return refuse(413);
        parser_->body_limit(most);
        keep_open_ = message.keep_alive();
        if (most > kBodyBytesUsual) return ask_admission(length.value_or(most));
        welcome_body(kBodyTime);
    }

    // Nobody's large body is read who may not send it: the head says who asks.
    void ask_admission(std::uint64_t bytes) {
        stream_.expires_never();
        dispatcher_.admit(
            head_of(parser_->get(), address_),
            [self = shared_from_this(), bytes](std::optional<Response> refusal) {
                auto shared = std::make_shared<std::optional<Response>>(std::move(refusal));
                net::post(self->stream_.get_executor(),
                          [self, shared, bytes] { self->admitted(std::move(*shared), bytes); });
            });
    }

    void admitted(std::optional<Response> refusal, std::uint64_t bytes) {
        if (refusal) return refuse(std::move(*refusal));
        if (!large_body_.take(bytes)) return refuse(503);
        welcome_body(kBodyTime + std::chrono::seconds(bytes / kBodyBytesPerSecond));
    }

    void welcome_body(std::chrono::seconds time) {
        const auto& message = parser_->get();
        if (beast::iequals(message[http::field::expect], "100-continue")) return invite_body(time);
        receive_body(time);
    }

    // The client waits to hear that its body is welcome.
    void invite_body(std::chrono::seconds time) {
        static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        stream_.expires_after(kWriteTime);
        net::async_write(stream_, net::buffer(kContinue),
                         [self = shared_from_this(), time](error_code error, std::size_t) {
                             if (error) return self->close();
                             self->receive_body(time);
                         });
    }

    void receive_body(std::chrono::seconds time) {
        stream_.expires_after(time);
        http::async_read(stream_, buffer_, *parser_,
                         [self = shared_from_this()](error_code error, std::size_t) {
                             if (error) return self->read_failed(error);
                             self->dispatch();
                         });
    }

    void read_failed(error_code error) {
        if (error == http::error::end_of_stream || error == http::error::partial_message)
            return close();
        if (error.category() != http::make_error_code(http::error::bad_version).category())
            return close();  // the network's error, not the request's
        refuse(status_of_parse_error(error));
    }

    // The request cannot be understood, so nothing after it can: answer and end.
    void refuse(int status) { refuse(problem(web_error(status), Language::da, "")); }

    void refuse(Response response) {
        keep_open_ = false;
        head_request_ = false;
        answer(std::move(response));
    }

    void dispatch() {
        Request request = convert(parser_->release(), address_);
        head_request_ = request.head;
        stream_.expires_never();
        dispatcher_.handle(std::move(request), [self = shared_from_this()](Response response) {
            auto shared = std::make_shared<Response>(std::move(response));
            net::post(self->stream_.get_executor(),
                      [self, shared] { self->answer(std::move(*shared)); });
        });
    }

    void answer(Response response) {
        response_ = std::move(response);
        const bool open = keep_open_ && !draining_;
        head_ = response_head(response_, open ? AfterAnswer::keep_open : AfterAnswer::close,
                              clock_.now());
        std::string_view body = head_request_ || response_.status == 304 ? std::string_view()
                                                                         : response_.content();
        if (response_.events) return write(body, [](BeastConnection& self) { self.tell_events(); });
        const bool pieces = response_.next_piece && !head_request_;
        if (pieces) {
            chunk_ = chunked(body);
            body = chunk_;
        }
        write(body, [pieces](BeastConnection& self) { pieces ? self.next_piece() : self.answered(); });
    }

    // Writes head_ and `body`, then goes on with `then`.
    template <typename Then>
    void write(std::string_view body, Then then) {
        stream_.expires_after(kWriteTime);
        const std::array buffers = {net::const_buffer(head_.data(), head_.size()),
                                    net::const_buffer(body.data(), body.size())};
        net::async_write(stream_, buffers,
                         [self = shared_from_this(), then](error_code error, std::size_t) {
                             if (error) return self->close();
                             then(*self);
                         });
    }

    static std::string chunked(std::string_view piece) {
        if (piece.empty()) return "";  // an empty chunk would be the end
        return fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
    }

    void next_piece() {
        dispatcher_.next_piece(
            response_.next_piece, [self = shared_from_this()](Result<std::string> piece) {
                auto shared = std::make_shared<Result<std::string>>(std::move(piece));
                net::post(self->stream_.get_executor(), [self, shared] { self->send_piece(*shared); });
            });
    }

    void send_piece(const Result<std::string>& piece) {
        if (!piece) return close();  // without the end mark, so that nobody takes it for whole
        head_ = piece->empty() ? "0\r\n\r\n" : chunked(*piece);
        const bool last = piece->empty();
        write({}, [last](BeastConnection& self) { last ? self.answered() : self.next_piece(); });
    }

    // The event stream: sends what there is, then sleeps until more comes or a beat is due.
    void tell_events() {
        EventStream::Part part = response_.events->take(std::chrono::steady_clock::now());
        if (part.ended) {
            keep_open_ = false;
            head_ = "0\r\n\r\n";
            return write({}, [](BeastConnection& self) { self.answered(); });
        }
        if (!part.text.empty()) {
            head_ = chunked(part.text);
            return write({}, [](BeastConnection& self) { self.tell_events(); });
        }
        stream_.expires_never();
        events_asleep_ = true;
        events_timer_.expires_at(part.again);
        events_timer_.async_wait([self = shared_from_this()](error_code error) {
            if (!error) self->events_due();
        });
        response_.events->wait([weak = weak_from_this(), executor = stream_.get_executor()] {
            net::post(executor, [weak] {
                if (const auto self = weak.lock()) self->events_due();
            });
        });
    }

    void events_due() {
        if (!events_asleep_) return;
        events_asleep_ = false;
        events_timer_.cancel();
        tell_events();
    }

    void answered() {
        response_ = {};
        large_body_.give_back();
        if (keep_open_ && !draining_)
            return wait(std::chrono::duration_cast<std::chrono::seconds>(kIdleTime));
        linger();
    }

    // Ends our half and reads what is still coming, so that the peer sees the answer before the end.
    void linger() {
        error_code ignored;
        stream_.socket().shutdown(net::ip::tcp::socket::shutdown_send, ignored);
        stream_.expires_after(kLingerTime);
        drop_rest();
    }

    void drop_rest() {
        buffer_.clear();
        stream_.async_read_some(buffer_.prepare(kReadBytes),
                                [self = shared_from_this()](error_code error, std::size_t) {
                                    if (error) return self->close();
                                    self->drop_rest();
                                });
    }

    void close() {
        response_.events.reset();
        error_code ignored;
        stream_.socket().close(ignored);
    }

    beast::tcp_stream stream_;
    net::steady_timer events_timer_;
    beast::flat_buffer buffer_{kHeaderBytesMax + kReadBytes};
    std::optional<Parser> parser_;
    Dispatcher& dispatcher_;
    const Clock& clock_;
    std::string address_;
    Response response_;
    std::string head_;
    std::string chunk_;
    std::shared_ptr<const std::string> whole_;  // of answer_at_once
    LargeBody large_body_;
    bool idle_ = false;
    bool events_asleep_ = false;
    bool keep_open_ = false;
    bool draining_ = false;
    bool head_request_ = false;
};

}  // namespace

std::shared_ptr<HttpConnection> HttpConnection::start(net::ip::tcp::socket socket,
                                                      Dispatcher& dispatcher, const Clock& clock) {
    auto connection = std::make_shared<BeastConnection>(std::move(socket), dispatcher, clock);
    connection->begin();
    return connection;
}

}  // namespace klarsyn
