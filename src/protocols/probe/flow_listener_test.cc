// Connections that messages pass over: copies and what is handed on, and peers that mean no good.
#include "protocols/probe/flow_listener.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/text.h"

namespace klarsyn {
namespace {

using ::testing::HasSubstr;

const std::string kMessage =
    "\x0bMSH|^~\\&|GS|HER|LABKA|RH|2013||ORU^R01|7|P|2.4\rPID|1||Hansen\r\x1c\r";

int connect_to(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    timeval limit{0, 200'000};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

void send_all(int fd, std::string_view bytes) {
    EXPECT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
}

// What comes until nothing more does; "<end>" where the other side has closed.
std::string received(int fd) {
    std::string all;
    char bytes[4096];
    while (true) {
        const ssize_t size = ::recv(fd, bytes, sizeof bytes, 0);
        if (size == 0) return all + "<end>";
        if (size < 0) return errno == ECONNRESET ? all + "<end>" : all;
        all.append(bytes, static_cast<std::size_t>(size));
    }
}

FlowRule rule(const std::string& forward = "") {
    FlowRule rule;
    rule.hop = "GS";
    rule.listen = "127.0.0.1:0";
    rule.forward = forward;
    rule.answer = forward.empty();
    return rule;
}

class FlowListenerTest : public testing::Test {
protected:
    void open(const FlowRule& rule, const FlowLimits& limits = {}) {
        auto opened = FlowListener::open(rule, limits);
        ASSERT_TRUE(opened.ok()) << describe(opened.error(), Language::en);
        listener_ = opened.take();
    }
    void rounds(int count, bool kept = true) {
        for (int i = 0; i < count; ++i) {
            std::vector<pollfd> list;
            listener_->want(list);
            ::poll(list.data(), list.size(), 20);
            listener_->work(list, 1'000'000 + i, now_ms_, seen_);
            listener_->settle(kept);
        }
    }

    std::unique_ptr<FlowListener> listener_;
    std::vector<SeenMessage> seen_;
    std::int64_t now_ms_ = 1000;
};

TEST_F(FlowListenerTest, CopiesAreAcknowledgedOnceTheyAreKept) {
    open(rule());
    const int fd = connect_to(listener_->port());
    send_all(fd, kMessage);
    rounds(4);
    ASSERT_EQ(seen_.size(), 1U);
    EXPECT_EQ(seen_[0].hop, "GS");
    EXPECT_EQ(seen_[0].header, "MSH|^~\\&|GS|HER|LABKA|RH|2013||ORU^R01|7|P|2.4\r");
    EXPECT_THAT(received(fd), HasSubstr("\rMSA|AA|7\r"));
    send_all(fd, kMessage);
    rounds(4, false);
    EXPECT_THAT(received(fd), HasSubstr("\rMSA|AE|7\r"));
    // An acknowledgement is not acknowledged.
    send_all(fd, "\x0bMSH|^~\\&|LABKA|RH|GS|HER|2013||ACK|K1|P|2.4\rMSA|AA|7\r\x1c\r");
    rounds(4);
    EXPECT_EQ(seen_.size(), 3U);
    EXPECT_EQ(received(fd), "");
    ::close(fd);
    rounds(3);
    EXPECT_EQ(listener_->connections(), 0U);
}

TEST_F(FlowListenerTest, WhatPassesIsHandedOnByteByByteInBothDirections) {
    open(rule());
    const auto behind = std::move(listener_);
    open(rule("127.0.0.1:" + std::to_string(behind->port())));
    const int fd = connect_to(listener_->port());
    std::vector<SeenMessage> behind_seen;
    const auto both = [&](int count) {
        for (int i = 0; i < count; ++i) {
            rounds(1);
            std::vector<pollfd> list;
            behind->want(list);
            ::poll(list.data(), list.size(), 20);
            behind->work(list, 1, now_ms_, behind_seen);
            behind->settle(true);
        }
    };
    send_all(fd, "garbage\r" + kMessage.substr(0, 20));
    both(4);
    send_all(fd, kMessage.substr(20));
    both(8);
    EXPECT_THAT(received(fd), HasSubstr("\rMSA|AA|7\r"));
    EXPECT_EQ(behind_seen.size(), 1U);
    ASSERT_EQ(seen_.size(), 2U);  // the message and what answered it
    EXPECT_THAT(seen_[1].header, HasSubstr("MSA|AA|7"));
    ::shutdown(fd, SHUT_WR);
    both(8);
    EXPECT_EQ(received(fd), "<end>");
    EXPECT_EQ(listener_->connections(), 0U);
}

TEST_F(FlowListenerTest, WithoutATargetTheSenderHearsIt) {
    open(rule());
    const int port = listener_->port();
    listener_.reset();
    open(rule("127.0.0.1:" + std::to_string(port)));
    const int fd = connect_to(listener_->port());
    rounds(4);
    EXPECT_EQ(received(fd), "<end>");
    EXPECT_EQ(listener_->take_troubles().unreachable, 1);
    ::close(fd);
}

TEST_F(FlowListenerTest, GarbageEndlessAndSlowPeersAreCutOff) {
    FlowLimits limits;
    limits.message_bytes_max = 10'000;
    limits.stray_bytes_max = 1000;
    open(rule(), limits);
    const int garbage = connect_to(listener_->port());
    const int endless = connect_to(listener_->port());
    const int slow = connect_to(listener_->port());
    const int silent = connect_to(listener_->port());
    const int good = connect_to(listener_->port());
    send_all(garbage, std::string(2000, 'x'));
    send_all(endless, "\x0bMSH|" + std::string(12'000, 'x'));
    send_all(slow, kMessage.substr(0, 10));
    send_all(good, kMessage);
    rounds(4);
    EXPECT_EQ(received(garbage), "<end>");
    EXPECT_EQ(received(endless), "<end>");
    EXPECT_EQ(received(slow), "");
    now_ms_ += 61'000;
    rounds(2);
    EXPECT_EQ(received(slow), "<end>");
    EXPECT_EQ(received(silent), "<end>");
    EXPECT_THAT(received(good), HasSubstr("MSA|AA|7"));
    EXPECT_EQ(listener_->connections(), 1U);
    EXPECT_EQ(listener_->take_troubles().closed, 4);
    EXPECT_EQ(seen_.size(), 1U);
    for (const int fd : {garbage, endless, slow, silent, good}) ::close(fd);
}

TEST_F(FlowListenerTest, ManyIdleConnectionsDoNotKeepASenderOut) {
    FlowLimits limits;
    limits.connections_max = 10;
    open(rule(), limits);
    std::vector<int> many;
    for (int i = 0; i < 50; ++i) {
        many.push_back(connect_to(listener_->port()));
        rounds(1);
    }
    EXPECT_LE(listener_->connections(), 10U);
    const int good = connect_to(listener_->port());
    send_all(good, kMessage);
    rounds(4);
    EXPECT_THAT(received(good), HasSubstr("MSA|AA|7"));
    for (const int fd : many) ::close(fd);
    ::close(good);
    FlowRule strict = rule();
    strict.from = {"10.1.2.3"};
    open(strict);
    const int stranger = connect_to(listener_->port());
    rounds(2);
    EXPECT_EQ(received(stranger), "<end>");
    ::close(stranger);
}

}  // namespace
}  // namespace klarsyn
