#include "protocols/child_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace klarsyn {
namespace {

using How = ChildEnd::How;

ChildOrder shell(const std::string& script, int limit_ms = 5000) {
    ChildOrder order;
    order.program = "/bin/sh";
    order.arguments = {"-c", script};
    order.time_limit = std::chrono::milliseconds(limit_ms);
    return order;
}

TEST(Child, GetsItsInputAndGivesItsOutput) {
    ChildOrder order = shell("cat; echo \"$MORE\"; exit 3");
    order.input = std::string(200'000, 'x');
    order.output_bytes_max = 300'000;
    order.environment = {{"MORE", "and more"}};
    const ChildEnd end = run_child(order);
    EXPECT_EQ(end.how, How::exited);
    EXPECT_EQ(end.code, 3);
    EXPECT_EQ(end.output, order.input + "and more\n");
}

TEST(Child, MayLeaveItsInputUnread) {
    ChildOrder order = shell("exec 0<&-; echo done");
    order.input = std::string(1 << 20, 'x');
    for (int i = 0; i < 20; ++i) {
        const ChildEnd end = run_child(order);
        EXPECT_EQ(end.how, How::exited);
        EXPECT_EQ(end.output, "done\n");
    }
}

TEST(Child, MayClearUpWhenItsTimeIsUp) {
    std::string file = ::testing::TempDir() + "klarsyn-farewell-" + std::to_string(::getpid());
    ChildOrder order = shell(
        "touch " + file + "; trap 'rm " + file + "; exit' TERM; while :; do sleep 0.02; done", 300);
    order.farewell = std::chrono::milliseconds(5000);
    EXPECT_EQ(run_child(order).how, How::timed_out);
    EXPECT_NE(::access(file.c_str(), F_OK), 0);
    // Who does not go is killed.
    order = shell("trap '' TERM; while :; do sleep 0.02; done", 100);
    order.farewell = std::chrono::milliseconds(200);
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(run_child(order).how, How::timed_out);
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

TEST(Child, IsKilledWithAllThatItStarted) {
    const ChildEnd end = run_child(shell("sleep 60 & echo $!; wait", 300));
    EXPECT_EQ(end.how, How::timed_out);
    const pid_t grandchild = std::atoi(end.output.c_str());
    ASSERT_GT(grandchild, 1);
    for (int i = 0; i < 100 && ::kill(grandchild, 0) == 0; ++i) ::usleep(10'000);
    // Gone, or a zombie that nobody reaps in a container without init.
    if (::kill(grandchild, 0) == 0) {
        const std::string state =
            "grep -q '^State:.*Z' /proc/" + std::to_string(grandchild) + "/status";
        EXPECT_EQ(run_child(shell(state)).code, 0);
    }
}

TEST(Child, IsNotWaitedForWhereAGrandchildKeepsItsOutput) {
    const auto begin = std::chrono::steady_clock::now();
    const ChildEnd end = run_child(shell("echo done; sleep 60 &"));
    EXPECT_EQ(end.how, How::exited);
    EXPECT_EQ(end.output, "done\n");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
}

TEST(Child, EndsWhereItClosesItsOutputAndHangs) {
    const ChildEnd end = run_child(shell("exec 1>&-; sleep 60", 300));
    EXPECT_EQ(end.how, How::timed_out);
}

TEST(Child, AFloodACrashAndAMissingProgramAreTold) {
    ChildOrder flood = shell("while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done");
    flood.output_bytes_max = 1000;
    ChildEnd end = run_child(flood);
    EXPECT_EQ(end.how, How::too_much_output);
    EXPECT_EQ(end.output.size(), 1000u);
    end = run_child(shell("kill -SEGV $$"));
    EXPECT_EQ(end.how, How::by_signal);
    EXPECT_EQ(end.code, SIGSEGV);
    ChildOrder none;
    none.program = "/no/such/program";
    end = run_child(none);
    EXPECT_EQ(end.how, How::not_started);
    EXPECT_EQ(end.code, ENOENT);
}

}  // namespace
}  // namespace klarsyn
