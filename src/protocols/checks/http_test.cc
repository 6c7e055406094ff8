#include <gtest/gtest.h>

#include "protocols/checks/basic.h"
#include "protocols/checks/local_peer.h"
#include "protocols/checks/net.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

// Reads one request with its body, as far as Content-Length says.
std::string read_request(int fd) {
    std::string all;
    char bytes[4096];
    while (true) {
        const auto head = all.find("\r\n\r\n");
        if (head != std::string::npos) {
            const auto length = all.find("Content-Length: ");
            const std::size_t body =
                length < head ? std::stoul(all.substr(length + 16)) : std::size_t{0};
            if (all.size() >= head + 4 + body) return all;
        }
        const ssize_t got = ::recv(fd, bytes, sizeof bytes, 0);
        if (got <= 0) return all;
        all.append(bytes, static_cast<std::size_t>(got));
    }
}

std::string reply(const std::string& status, const std::string& headers, const std::string& body) {
    return "HTTP/1.1 " + status + "\r\n" + headers +
           "Connection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
}

CheckTask http_task(const LocalPeer& peer, json::object more = {}, int limit_ms = 3000) {
    CheckTask task;
    task.settings = std::move(more);
    task.settings["url"] = "http://127.0.0.1:" + std::to_string(peer.port()) + "/a";
    task.time_limit = std::chrono::milliseconds(limit_ms);
    return task;
}

TEST(Http, JudgesStatusTextHeaderAndJson) {
    const LocalPeer peer([](int fd) {
        read_request(fd);
        LocalPeer::say(fd, reply("200 OK", "X-State: fine today\r\n",
                                 R"({"state":"up","queue":[1,2],"n":{"a/b":3}})"));
    });
    const auto outcome = [&](json::object more) {
        const CheckAnswer answer = kHttpCheck.run(http_task(peer, std::move(more)));
        return std::string(answer.outcome == CheckOutcome::kOk ? "ok" : answer.reason);
    };
    EXPECT_EQ(outcome({}), "ok");
    EXPECT_EQ(outcome({{"contains", "\"up\""}, {"lacks", "down"}, {"status", {200, 204}}}), "ok");
    EXPECT_EQ(outcome({{"header", {{"x-state", "fine"}}}}), "ok");
    EXPECT_EQ(outcome({{"json", {{"/state", "up"}, {"/queue/1", "2"}, {"/n/a~1b", "3"}}}}), "ok");
    EXPECT_EQ(outcome({{"status", {204}}}), "the status is 200");
    EXPECT_EQ(outcome({{"contains", "down"}}), "the answer lacks the expected text");
    EXPECT_EQ(outcome({{"lacks", "up"}}), "the answer holds a text that must not be there");
    EXPECT_EQ(outcome({{"header", {{"X-State", "bad"}}}}),
              "the header X-State lacks the expected text");
    EXPECT_EQ(outcome({{"json", {{"/state", "down"}}}}), "/state is not down");
    EXPECT_EQ(outcome({{"json", {{"/none", "x"}}}}), "the answer has no /none");
    EXPECT_EQ(outcome({{"json", {{"no pointer", "x"}}}}), "the answer has no no pointer");
}

TEST(Http, StepsKeepCookiesAndWhatWasSavedAndSendSecrets) {
    std::vector<std::string> seen;
    const LocalPeer peer([&](int fd) {
        const std::string request = read_request(fd);
        seen.push_back(request);
        LocalPeer::say(fd, request.starts_with("GET /login")
                               ? reply("200 OK", "Set-Cookie: s=1; Path=/\r\n",
                                       R"(<input name="csrf" value="t&k">)")
                               : reply("303 See Other", "Location: /home\r\n", ""));
    });
    const std::string base = "http://127.0.0.1:" + std::to_string(peer.port());
    CheckTask task;
    task.secrets = {{"pw", "hemmelig"}};
    task.settings = {{"steps",
                      {{{"name", "form"},
                        {"url", base + "/login"},
                        {"save", {{"csrf", "name=\"csrf\" value=\"|\""}}}},
                       {{"name", "log on"},
                        {"url", base + "/login2"},
                        {"form", {{"csrf", "{csrf}"}, {"password", "{secret:pw}"}}},
                        {"status", {303}}}}}};
    const CheckAnswer answer = kHttpCheck.run(task);
    ASSERT_EQ(answer.outcome, CheckOutcome::kOk) << answer.reason;
    ASSERT_EQ(answer.steps.size(), 2u);
    EXPECT_EQ(answer.steps[1].name, "log on");
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_TRUE(seen[1].starts_with("POST /login2"));
    EXPECT_NE(seen[1].find("Cookie: s=1"), std::string::npos);
    EXPECT_TRUE(seen[1].ends_with("csrf=t%26k&password=hemmelig")) << seen[1];
    task.secrets.clear();
    const CheckAnswer without = kHttpCheck.run(task);
    EXPECT_EQ(without.outcome, CheckOutcome::kUnable);
    EXPECT_NE(without.reason.find("pw"), std::string::npos);
}

TEST(Http, RedirectsAreFollowedOnlyWhereAllowed) {
    std::string to;
    int requests = 0;
    const LocalPeer peer([&](int fd) {
        ++requests;
        const bool first = read_request(fd).starts_with("GET /a");
        LocalPeer::say(fd, first ? reply("302 Found", "Location: " + to + "\r\n", "")
                                 : reply("200 OK", "", "home"));
    });
    const auto run = [&](const std::string& where, const std::string& follow) {
        to = where;
        return kHttpCheck.run(http_task(peer, {{"follow", follow}})).reason;
    };
    EXPECT_EQ(run("/home", "none"), "the status is 302");
    EXPECT_EQ(run("/home", "same_host"), "");
    EXPECT_EQ(run("https://127.0.0.1/home", "any_host"), "a redirect to another scheme");
    EXPECT_EQ(run("file:///etc/passwd", "any_host"), "a redirect to another scheme");
    EXPECT_EQ(run("http://localhost/", "same_host"), "a redirect to another host");
    requests = 0;
    EXPECT_EQ(run("/a", "same_host"), "more than five redirects");
    EXPECT_EQ(requests, 6);
}

TEST(Http, HostilePeersCostNoMoreThanTheLimit) {
    const LocalPeer silent([](int fd) { LocalPeer::until_closed(fd); });
    EXPECT_EQ(kHttpCheck.run(http_task(silent, {}, 200)).outcome, CheckOutcome::kTimeout);
    const LocalPeer huge([](int fd) {
        read_request(fd);
        LocalPeer::say(fd, "HTTP/1.1 200 OK\r\n\r\n");
        const std::string much(1 << 16, 'x');
        for (int i = 0; i < 40; ++i) LocalPeer::say(fd, much);
    });
    const CheckAnswer answer = kHttpCheck.run(http_task(huge, {{"body_bytes_max", 100'000}}));
    EXPECT_EQ(answer.outcome, CheckOutcome::kFailed);
    EXPECT_EQ(answer.reason, "the answer is larger than 100000 bytes");
    const LocalPeer garbage([](int fd) {
        read_request(fd);
        LocalPeer::say(fd, std::string(3000, '\xff'));
    });
    EXPECT_EQ(kHttpCheck.run(http_task(garbage)).outcome, CheckOutcome::kFailed);
}

TEST(Http, FaultsNameTheStepAndTheField) {
    const auto field_of = [](const json::object& settings) {
        const auto done = kHttpCheck.complete(settings);
        return done.ok() ? std::string("none") : done.error().field;
    };
    EXPECT_EQ(field_of({{"url", "https://a.example/"}}), "none");
    EXPECT_EQ(field_of({{"url", "ftp://a.example/"}}), "url");
    EXPECT_EQ(
        field_of({{"steps", {{{"url", "http://a/"}}, {{"url", "http://a/"}, {"statuss", 1}}}}}),
        "steps[1].statuss");
    EXPECT_EQ(field_of({{"url", "http://a/"}, {"status", {99}}}), "status");
    EXPECT_EQ(field_of({{"url", "http://a/"}, {"save", {{"x", "nothing"}}}}), "save");
}

}  // namespace
}  // namespace klarsyn
