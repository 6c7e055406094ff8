#include "protocols/probe/check_process.h"

#include <gtest/gtest.h>

#include "protocols/checks/basic.h"

namespace klarsyn {
namespace {

NamedTask task_of_tcp(int limit_ms = 300) {
    NamedTask task;
    task.protocol = "tcp";
    task.task.settings = {{"host", "127.0.0.1"}, {"port", 1}};
    task.task.secrets = {{"pw", "a\"b"}};
    task.task.time_limit = std::chrono::milliseconds(limit_ms);
    return task;
}

CheckAnswer shell_answers(const std::string& script) {
    return run_check_process({"/bin/sh", "-c", script}, task_of_tcp());
}

TEST(CheckProcess, TasksAndAnswersTravelWhole) {
    const auto task = parse_task(task_json(task_of_tcp()));
    ASSERT_TRUE(task.ok());
    EXPECT_EQ(task->task.secrets.at("pw"), "a\"b");
    EXPECT_EQ(task->task.time_limit.count(), 300);
    CheckAnswer answer;
    answer.outcome = CheckOutcome::kOk;
    answer.ms = 12;
    answer.steps = {{"a", 5}};
    answer.readings = {{"certificate_days", -3}};
    const auto read = parse_answer(answer_json(answer));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->ms, 12);
    EXPECT_EQ(read->steps[0].ms, 5);
    EXPECT_EQ(read->readings[0].value, -3);
    for (const char* text : {"", "[]", "{}", R"({"outcome":"fine","ms":1})",
                             R"({"outcome":"ok","ms":-1})", R"({"outcome":"ok"})"})
        EXPECT_FALSE(parse_answer(text).ok()) << text;
}

TEST(CheckProcess, WhatGoesWrongInItHarmsNobody) {
    EXPECT_EQ(shell_answers("sleep 60").outcome, CheckOutcome::kTimeout);
    EXPECT_EQ(shell_answers("kill -SEGV $$").outcome, CheckOutcome::kFailed);
    EXPECT_EQ(shell_answers("echo nonsense").outcome, CheckOutcome::kFailed);
    EXPECT_EQ(shell_answers("yes").outcome, CheckOutcome::kFailed);
    EXPECT_EQ(shell_answers("echo '{\"outcome\":\"ok\",\"ms\":301}'").outcome,
              CheckOutcome::kTimeout);
    EXPECT_EQ(shell_answers("echo '{\"outcome\":\"ok\",\"ms\":300}'").outcome, CheckOutcome::kOk);
    EXPECT_EQ(run_check_process({"/no/such/program"}, task_of_tcp()).outcome,
              CheckOutcome::kUnable);
}

TEST(CheckProcess, ATaskOfAnUnknownProtocolCannotBeMeasured) {
    const auto run = [](const NamedTask& task) {
        return parse_answer(run_task(task_json(task), basic_check_protocols()));
    };
    NamedTask task = task_of_tcp();
    EXPECT_EQ(run(task)->outcome, CheckOutcome::kFailed);  // nobody listens at port 1
    task.protocol = "gopher";
    EXPECT_EQ(run(task)->outcome, CheckOutcome::kUnable);
    EXPECT_EQ(parse_answer(run_task("{", basic_check_protocols()))->outcome, CheckOutcome::kUnable);
}

}  // namespace
}  // namespace klarsyn
