// The network side against raw bytes: what browsers, clients and attackers send.
#include "web/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "web/web_fixture.h"

namespace klarsyn {
namespace {

class Client {
public:
    explicit Client(const std::string& url) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
        const timeval limit{15, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    ~Client() { ::close(fd_); }
    bool connected() const { return connected_; }
    void send(const std::string& bytes) { (void)::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
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
          std::string("GET / HTTP/1.1\r\nBroken header\r\n\r\n"), std::string(64, '\0') + "\r\n\r\n",
          std::string("GET / HTTP/1.1\r\n\r\n"),
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
    const std::string answers =
        ask(get("/livez") + "HEAD /livez HTTP/1.1\r\nHost: a\r\n\r\n" + get("/none") +
            get("/readyz", "Connection: close\r\n"));
    const std::size_t second = answers.find("HTTP/1.1 200", 1);
    const std::size_t third = answers.find("HTTP/1.1 404");
    const std::size_t fourth = answers.find("HTTP/1.1 200", third);
    EXPECT_TRUE(second < third && third < fourth && fourth != std::string::npos) << answers;
    const std::string head = answers.substr(second, third - second);
    EXPECT_NE(head.find("Content-Length: 3\r\n"), std::string::npos);
    EXPECT_TRUE(head.ends_with("\r\n\r\n"));  // HEAD has no body
}

TEST_F(ServerTest, RecordsAreStreamedWhole) {
    const std::string answer = ask(get(
        "/api/v1/figures/telephony.offered/records?period=2013&format=csv",
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

TEST(ListenAddress, HostsAndPorts) {
    EXPECT_EQ(parse_listen_address("127.0.0.1:80").take().port, 80);
    EXPECT_EQ(parse_listen_address("8081").take().host, "127.0.0.1");
    EXPECT_EQ(parse_listen_address("[::1]:0").take().host, "::1");
    for (const char* bad : {"", ":", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:99999", ":80"})
        EXPECT_FALSE(parse_listen_address(bad).ok()) << bad;
}

}  // namespace
}  // namespace klarsyn
