// TLS and DNS have their peers in the functional tests.
#include "protocols/checks/basic.h"

#include <gtest/gtest.h>

#include "protocols/checks/local_peer.h"
#include "protocols/checks/net.h"

namespace klarsyn {
namespace {

CheckAnswer run_shell(const std::string& script, int limit_ms = 5000,
                      boost::json::object more = {}) {
    CheckTask task;
    task.settings = std::move(more);
    task.settings["program"] = "/bin/sh";
    task.settings["arguments"] = {"-c", script};
    task.secrets = {{"pw", "hemmelig"}};
    task.time_limit = std::chrono::milliseconds(limit_ms);
    return kCommandCheck.run(task);
}

TEST(Command, IsJudgedByItsExitCode) {
    EXPECT_EQ(run_shell("exit 0").outcome, CheckOutcome::kOk);
    EXPECT_EQ(run_shell("exit 1").outcome, CheckOutcome::kOk);
    EXPECT_EQ(run_shell("exit 1", 5000, {{"warning", "failed"}}).outcome, CheckOutcome::kFailed);
    EXPECT_EQ(run_shell("exit 2").outcome, CheckOutcome::kFailed);
    EXPECT_EQ(run_shell("exit 3").outcome, CheckOutcome::kUnable);
    EXPECT_EQ(run_shell("exit 77").outcome, CheckOutcome::kFailed);
    EXPECT_EQ(run_shell("kill -9 $$").outcome, CheckOutcome::kFailed);
    EXPECT_EQ(run_shell("sleep 60", 200).outcome, CheckOutcome::kTimeout);
    EXPECT_EQ(run_shell("[ \"$PASSWORD\" = hemmelig ] || exit 2", 5000,
                        {{"secrets", {{"PASSWORD", "pw"}}}})
                  .outcome,
              CheckOutcome::kOk);
    EXPECT_EQ(run_shell("exit 0", 5000, {{"secrets", {{"PASSWORD", "none"}}}}).outcome,
              CheckOutcome::kUnable);
    EXPECT_FALSE(kCommandCheck.complete({{"program", "ls"}}).ok());
}

TEST(Icmp, AnswersOrSaysThatItMayNot) {
    CheckTask task;
    task.settings = {{"host", "127.0.0.1"}};
    const CheckAnswer answer = kIcmpCheck.run(task);
    if (answer.outcome == CheckOutcome::kUnable)
        EXPECT_NE(answer.reason.find("ICMP"), std::string::npos) << answer.reason;
    else
        EXPECT_EQ(answer.outcome, CheckOutcome::kOk) << answer.reason;
}

TEST(Tls, APlainPeerFailsAndASilentOneIsATimeout) {
    const LocalPeer plain([](int fd) { LocalPeer::say(fd, "220 this is no TLS\r\n"); });
    CheckTask task;
    task.settings = {{"host", "127.0.0.1"}, {"port", plain.port()}};
    EXPECT_EQ(kTlsCheck.run(task).outcome, CheckOutcome::kFailed);
    const LocalPeer silent([](int fd) { LocalPeer::until_closed(fd); });
    task.settings["port"] = silent.port();
    task.time_limit = std::chrono::milliseconds(200);
    EXPECT_EQ(kTlsCheck.run(task).outcome, CheckOutcome::kTimeout);
}

TEST(Dns, ANameServerThatIsNotThereIsNoAnswer) {
    CheckTask task;
    task.settings = {{"name", "klarsyn.example"}, {"server", "127.0.0.1:9"}};
    task.time_limit = std::chrono::milliseconds(500);
    const CheckAnswer answer = kDnsCheck.run(task);
    EXPECT_NE(answer.outcome, CheckOutcome::kOk);
    EXPECT_NE(answer.outcome, CheckOutcome::kUnable) << answer.reason;
    EXPECT_FALSE(kDnsCheck.complete({{"name", "a"}, {"type", "MX"}}).ok());
}

}  // namespace
}  // namespace klarsyn
