// A check in a process of its own: what hangs or crashes there harms nobody. The task goes in as
// JSON on standard input, so that no secret is ever an argument; the answer comes as JSON on
// standard output.
#pragma once

#include <atomic>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocols/checks/check.h"

namespace klarsyn {

struct NamedTask {
    std::string protocol;
    CheckTask task;
};

std::string task_json(const NamedTask& task);
// invalid_input: no task.
Result<NamedTask> parse_task(std::string_view text);
std::string answer_json(const CheckAnswer& answer);
// invalid_input: no answer.
Result<CheckAnswer> parse_answer(std::string_view text);
std::string_view outcome_name(CheckOutcome outcome);  // "ok", "failed", "timeout", "unable"

// What the process does: one task in, one answer out. Unknown protocols cannot be measured.
std::string run_task(std::string_view task, std::span<const CheckProtocol> protocols);

// Starts `command` (program and arguments) for the task and waits for it. One second after the
// task's limit it gets SIGTERM, which ends all checks at once but those that have to clear up, and
// is killed three seconds later. A crash is kFailed, silence kTimeout, what did not start kUnable.
CheckAnswer run_check_process(const std::vector<std::string>& command, const NamedTask& task,
                              const std::atomic<bool>* cancelled = nullptr);

}  // namespace klarsyn
