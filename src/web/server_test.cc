// The network side against raw bytes: what browsers, clients and attackers send.
#include "web/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <set>
#include <thread>

#include "modules/module.h"
#include "web/web_fixture.h"

namespace klarsyn {
namespace {

class Client {
public:
    explicit Client(const std::string& url) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port =
            htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
        const timeval limit{15, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    ~Client() { ::close(fd_); }
    bool connected() const { return connected_; }
    void send(const std::string& bytes) {
        (void)::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    // Until the other end closes.
    std::string read_all() {
        std::string all;
        char buffer[65536];
        for (ssize_t got; (got = ::recv(fd_, buffer, sizeof buffer, 0)) > 0;)
            all.append(buffer, static_cast<std::size_t>(got));
        return all;
    }
    std::string exchange(const std::string& bytes) {
        send(bytes);
        return read_all();
    }

private:
    int fd_;
    bool connected_ = false;
};

class ServerTest : public ::testing::Test {
protected:
    void SetUp() override {
        server_ = HttpServer::listen({"127.0.0.1", 0}, *web_.dispatcher, web_.clock).take();
        thread_ = std::thread([this] { server_->run(2, [this] { web_.stopping = true; }); });
    }
    void TearDown() override {
        server_->stop();
        thread_.join();
        web_.readers->stop();
        web_.blocking->stop();
    }
    std::string ask(const std::string& bytes) { return Client(server_->url()).exchange(bytes); }
    static std::string get(const std::string& target, const std::string& more = "") {
        return "GET " + target + " HTTP/1.1\r\nHost: klarsyn.test\r\n" + more + "\r\n";
    }
    static std::string status(const std::string& answer) { return answer.substr(9, 3); }
    std::string session() { return "Cookie: klarsyn=" + web_.token_of(Role::admin) + "\r\n"; }

    WebFixture web_;
    std::unique_ptr<HttpServer> server_;
    std::thread thread_;
};

TEST_F(ServerTest, GarbageIsAnsweredAndTheServerLives) {
    for (const std::string& garbage :
         {std::string("\x16\x03\x01\x02\x00\x01", 6), std::string("hello\r\n\r\n"),
          std::string("GET / HTTP/9.9\r\n\r\n"), std::string("GET /\r\n\r\n"),
          std::string("GET / HTTP/1.1\r\nBroken header\r\n\r\n"),
          std::string(64, '\0') + "\r\n\r\n", std::string("GET / HTTP/1.1\r\n\r\n"),
          std::string("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
          std::string("POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n")}) {
        const std::string answer = ask(garbage);
        EXPECT_EQ(status(answer), "400") << garbage << "\n" << answer;
    }
    EXPECT_EQ(status(ask(get("/livez", "Connection: close\r\n"))), "200");
}

TEST_F(ServerTest, HeadersAndBodiesHaveLimits) {
    EXPECT_EQ(status(ask(get("/", "X: " + std::string(20'000, 'x') + "\r\n"))), "431");
    EXPECT_EQ(status(ask("POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n")),
              "413");
    EXPECT_EQ(status(ask("DELETE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")), "405");
}

TEST_F(ServerTest, OneConnectionCarriesManyRequestsInOrder) {
    const std::string answers = ask(get("/livez") + "HEAD /livez HTTP/1.1\r\nHost: a\r\n\r\n" +
                                    get("/none") + get("/readyz", "Connection: close\r\n"));
    const std::size_t second = answers.find("HTTP/1.1 200", 1);
    const std::size_t third = answers.find("HTTP/1.1 404");
    const std::size_t fourth = answers.find("HTTP/1.1 200", third);
    EXPECT_TRUE(second < third && third < fourth && fourth != std::string::npos) << answers;
    const std::string head = answers.substr(second, third - second);
    EXPECT_NE(head.find("Content-Length: 3\r\n"), std::string::npos);
    EXPECT_TRUE(head.ends_with("\r\n\r\n"));  // HEAD has no body
}

TEST_F(ServerTest, RecordsAreStreamedWhole) {
    const std::string answer =
        ask(get("/api/v1/figures/telephony.offered/records?period=2013&format=csv",
                session() + "Connection: close\r\n"));
    EXPECT_EQ(status(answer), "200") << answer;
    EXPECT_NE(answer.find("X-Total-Count: 4"), std::string::npos);
}

TEST_F(ServerTest, AHalfRequestHoldsNobodyUp) {
    Client slow(server_->url());
    slow.send("GET / HTTP/1.1\r\nHost");
    EXPECT_EQ(status(ask(get("/livez", "Connection: close\r\n"))), "200");
}

TEST_F(ServerTest, StoppingEndsIdleConnectionsAndTakesNoMore) {
    Client idle(server_->url());
    idle.send(get("/livez"));
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    const std::string url = server_->url();
    server_->stop();
    EXPECT_EQ(status(idle.read_all()), "200");  // ends, although it asked for keep-alive
    thread_.join();
    EXPECT_TRUE(web_.stopping);
    EXPECT_FALSE(Client(url).connected());
    thread_ = std::thread([] {});
}

Result<Response> tell_size(const Request& request, Context&) {
    Response response;
    response.body = std::to_string(request.body.size());
    return response;
}

constexpr Route kUploads[] = {
    {"GET", "/small", Permission::open, Runs::io, Shape::api, tell_size},
    {"GET", "/large/{name}", Permission::open, Runs::io, Shape::api, tell_size, 5 << 20},
    {"GET", "/huge", Permission::open, Runs::io, Shape::api, tell_size, 300 << 20},
    {"GET", "/kept", Permission::case_work, Runs::reader, Shape::api, tell_size, 26 << 20},
};

class UploadTest : public ServerTest {
protected:
    void SetUp() override {
        dispatcher_.emplace(*web_.site, *web_.services,
                            Dispatcher::Pools{*web_.readers, *web_.blocking, *web_.readers},
                            *web_.log, kUploads);
        server_ = HttpServer::listen({"127.0.0.1", 0}, *dispatcher_, web_.clock).take();
        thread_ = std::thread([this] { server_->run(2, [this] { web_.stopping = true; }); });
    }
    static std::string head(const std::string& target, std::size_t length) {
        return get(target,
                   "Connection: close\r\nContent-Length: " + std::to_string(length) + "\r\n");
    }
    std::string upload(const std::string& target, std::size_t length) {
        return ask(head(target, length) + std::string(length, 'x'));
    }

    std::optional<Dispatcher> dispatcher_;
};

TEST_F(UploadTest, ARouteTakesAsMuchAsItSays) {
    EXPECT_TRUE(upload("/small", 1 << 20).ends_with("\r\n\r\n1048576"));
    EXPECT_TRUE(upload("/large/a%20b?c=d", 5 << 20).ends_with("\r\n\r\n5242880"));
    // Refused by the header alone: no byte of the body was sent.
    EXPECT_EQ(status(ask(head("/small", (1 << 20) + 1))), "413");
    EXPECT_EQ(status(ask(head("/large/x", (5 << 20) + 1))), "413");
    EXPECT_EQ(status(ask(head("/none", 2 << 20))), "413");
    EXPECT_EQ(status(ask(head("/large/x", 1ull << 60))), "413");
}

TEST_F(UploadTest, AChunkedBodyIsCutOffAtItsLimit) {
    auto chunked = [&](const std::string& target, std::size_t megabytes) {
        std::string bytes = get(target, "Connection: close\r\nTransfer-Encoding: chunked\r\n");
        for (std::size_t i = 0; i < megabytes; ++i)
            bytes += "100000\r\n" + std::string(1 << 20, 'x') + "\r\n";
        return ask(bytes + "0\r\n\r\n");
    };
    EXPECT_TRUE(chunked("/large/x", 4).ends_with("\r\n\r\n4194304"));
    EXPECT_EQ(status(chunked("/large/x", 6)), "413");
    EXPECT_EQ(status(chunked("/small", 2)), "413");
}

TEST_F(UploadTest, LargeBodiesShareTheMemory) {
    EXPECT_EQ(status(ask(head("/huge", 290 << 20))), "503");
    {
        Client first(server_->url());
        first.send(head("/huge", 200 << 20) + "x");
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        EXPECT_EQ(status(ask(head("/huge", 100 << 20))), "503");
        EXPECT_TRUE(upload("/small", 10).ends_with("10"));
    }
    // The first one is gone, and its share with it.
    std::string answer;
    for (int i = 0; i < 50 && !answer.ends_with("\r\n\r\n6291456"); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        answer = upload("/huge", 6 << 20);
    }
    EXPECT_TRUE(answer.ends_with("\r\n\r\n6291456"));
}

// A body that would take minutes to come is answered at once, and the connection ends.
TEST_F(UploadTest, TheLargeBodyOfSomebodyWhoMayNotSendItIsNotRead) {
    const auto begin = std::chrono::steady_clock::now();
    Client slow(server_->url());
    slow.send(head("/kept", 20 << 20));
    std::thread trickle([&slow] {
        for (int i = 0; i < 20; ++i) {
            slow.send(std::string(100, 'x'));
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    });
    const std::string answer = slow.read_all();
    trickle.join();
    EXPECT_EQ(status(answer), "401") << answer;
    EXPECT_NE(answer.find("application/problem+json"), std::string::npos);
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    const auto with = [&](const std::string& more) {
        return ask(get("/kept", more + "Content-Length: 20000000\r\n"));
    };
    const auto cookie = [&](Role role) {
        return "Cookie: klarsyn=" + web_.token_of(role) + "\r\n";
    };
    EXPECT_EQ(status(with("Authorization: Bearer of-nobody\r\n")), "401");
    EXPECT_EQ(status(with("Cookie: klarsyn=of-nobody\r\n")), "401");
    EXPECT_EQ(status(with(cookie(Role::reader))), "403");
    EXPECT_EQ(status(with("Expect: 100-continue\r\n")), "401");  // not invited first
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(12));
    const std::string welcome =
        ask(get("/kept", cookie(Role::agent) + "Connection: close\r\nContent-Length: 2000000\r\n") +
            std::string(2'000'000, 'x'));
    EXPECT_TRUE(welcome.ends_with("\r\n\r\n2000000")) << welcome.substr(0, 200);
}

TEST_F(UploadTest, WhoAsksFirstIsInvited) {
    Client client(server_->url());
    client.send(
        get("/large/x", "Connection: close\r\nExpect: 100-continue\r\nContent-Length: 3\r\n"));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const std::string answer = client.exchange("abc");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200")) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n3"));
    const std::string refused =
        ask(get("/large/x", "Expect: 100-continue\r\nContent-Length: 99999999\r\n"));
    EXPECT_EQ(status(refused), "413");
}

TEST(ListenAddress, HostsAndPorts) {
    EXPECT_EQ(parse_listen_address("127.0.0.1:80").take().port, 80);
    EXPECT_EQ(parse_listen_address("8081").take().host, "127.0.0.1");
    EXPECT_EQ(parse_listen_address("[::1]:0").take().host, "::1");
    for (const char* bad : {"", ":", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:99999", ":80"})
        EXPECT_FALSE(parse_listen_address(bad).ok()) << bad;
}

TEST(Machines, HearWhenToComeAgainWhereTheirQueueIsFull) {
    WebFixture web;
    WorkerPool full(1, 0, [] { return Result<WorkerTools>(make_error(ErrorCode::internal, "")); });
    Dispatcher dispatcher(*web.site, *web.services, {*web.readers, *web.blocking, full}, *web.log,
                          all_routes());
    std::set<int> waits;
    for (int i = 0; i < 40; ++i) {
        Request request = web.post("/api/v1/probes", "", Role::probe);
        int status = 0;
        dispatcher.handle(std::move(request), [&](const Response& response) {
            status = response.status;
            for (const auto& [name, value] : response.headers)
                if (name == "Retry-After") waits.insert(std::stoi(value));
        });
        EXPECT_EQ(status, 429);
    }
    EXPECT_GT(waits.size(), 3U) << "who was refused at once comes again at once";
    EXPECT_GE(*waits.begin(), 1);
    EXPECT_LE(*waits.rbegin(), 15);
}

}  // namespace
}  // namespace klarsyn
