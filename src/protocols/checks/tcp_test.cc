#include <gtest/gtest.h>

#include "protocols/checks/basic.h"
#include "protocols/checks/local_peer.h"
#include "protocols/checks/net.h"

namespace klarsyn {
namespace {

CheckTask tcp_task(int port, int limit_ms = 2000) {
    CheckTask task;
    task.settings = {{"host", "127.0.0.1"}, {"port", port}};
    task.time_limit = std::chrono::milliseconds(limit_ms);
    return task;
}

int closed_port() {
    const LocalPeer peer([](int) {});
    return peer.port();
}

TEST(Tcp, ConnectsAndFindsTheExpectedText) {
    const LocalPeer peer([](int fd) { LocalPeer::say(fd, "220 mail ready\r\n"); });
    CheckTask task = tcp_task(peer.port());
    CheckAnswer answer = kTcpCheck.run(task);
    EXPECT_EQ(answer.outcome, CheckOutcome::kOk) << answer.reason;
    EXPECT_GE(answer.ms, 1);  // rounded up
    task.settings["expect"] = "220 ";
    answer = kTcpCheck.run(task);
    EXPECT_EQ(answer.outcome, CheckOutcome::kOk) << answer.reason;
    task.settings["expect"] = "221 ";
    answer = kTcpCheck.run(task);
    EXPECT_EQ(answer.outcome, CheckOutcome::kFailed);
    EXPECT_EQ(answer.reason, "closed without the expected text");
}

TEST(Tcp, RefusedIsFailedAndSilenceIsTimeout) {
    CheckAnswer answer = kTcpCheck.run(tcp_task(closed_port()));
    EXPECT_EQ(answer.outcome, CheckOutcome::kFailed);
    EXPECT_NE(answer.reason.find("refused"), std::string::npos) << answer.reason;
    const LocalPeer silent([](int fd) { LocalPeer::until_closed(fd); });
    CheckTask task = tcp_task(silent.port(), 150);
    task.settings["expect"] = "hello";
    answer = kTcpCheck.run(task);
    EXPECT_EQ(answer.outcome, CheckOutcome::kTimeout) << answer.reason;
}

TEST(Tcp, APeerThatSendsByteByByteDoesNotHoldIt) {
    const LocalPeer drip([](int fd) {
        for (int i = 0; i < 100; ++i) {
            LocalPeer::say(fd, "x");
            ::usleep(10'000);
        }
    });
    CheckTask task = tcp_task(drip.port(), 200);
    task.settings["expect"] = "hello";
    const Deadline deadline(std::chrono::seconds(10));
    EXPECT_EQ(kTcpCheck.run(task).outcome, CheckOutcome::kTimeout);
    EXPECT_LT(deadline.elapsed_ms(), 900);
}

TEST(Tcp, AFloodEndsAtItsMost) {
    const LocalPeer flood([](int fd) {
        const std::string much(1 << 16, 'x');
        for (int i = 0; i < 64; ++i) LocalPeer::say(fd, much);
    });
    CheckTask task = tcp_task(flood.port());
    task.settings["expect"] = "hello";
    const CheckAnswer answer = kTcpCheck.run(task);
    EXPECT_EQ(answer.outcome, CheckOutcome::kFailed);
    EXPECT_EQ(answer.reason, "the answer lacks the expected text");
}

TEST(Tcp, SettingsAreReadBeforeAnyNetwork) {
    EXPECT_TRUE(kTcpCheck.complete({{"host", "a.example"}, {"port", 80}}).ok());
    const auto field_of = [](const boost::json::object& settings) {
        const auto done = kTcpCheck.complete(settings);
        return done.ok() ? std::string("none") : done.error().field;
    };
    EXPECT_EQ(field_of({{"port", 80}}), "host");
    EXPECT_EQ(field_of({{"host", "a b"}, {"port", 80}}), "host");
    EXPECT_EQ(field_of({{"host", "a"}}), "port");
    EXPECT_EQ(field_of({{"host", "a"}, {"port", 65536}}), "port");
    EXPECT_EQ(field_of({{"host", "a"}, {"port", "80"}}), "port");
    EXPECT_EQ(field_of({{"host", "a"}, {"port", 80}, {"expct", "x"}}), "expct");
    EXPECT_EQ(kTcpCheck.run(CheckTask{}).outcome, CheckOutcome::kUnable);
}

}  // namespace
}  // namespace klarsyn
