// command: a program of the probe's machine, judged by its exit code as Nagios plugins are: 0 ok,
// 1 a warning (ok, too), 2 failed, 3 it could not measure; any other code is failed. The runner
// lets only programs run that the machine's own file allows. Settings:
//   program        needed: an absolute path
//   arguments      a list of texts; everybody on the machine can read them
//   environment    a table of texts
//   secrets        a table: variable of the environment -> name of a secret
//   warning        ok (default) or failed: what code 1 means
#include <cerrno>

#include "protocols/checks/basic.h"
#include "protocols/checks/net.h"
#include "protocols/child_process.h"

namespace klarsyn {
namespace {

struct CommandSettings {
    ChildOrder order;
    std::map<std::string, std::string> secrets;
    bool warning_fails = false;
};

Result<CommandSettings> read_command(const boost::json::object& settings) {
    Fields fields(settings);
    CommandSettings command;
    command.order.program = fields.text("program");
    if (!command.order.program.starts_with('/')) fields.fault("program", "checks.field.path");
    command.order.arguments = fields.texts("arguments");
    for (const auto& [name, value] : fields.table("environment"))
        command.order.environment.emplace_back(name, value);
    command.secrets = fields.table("secrets");
    command.warning_fails = fields.word("warning", {"ok", "failed"}) == "failed";
    KL_CHECK(fields.finish());
    return command;
}

Result<void> complete_command(const boost::json::object& settings) {
    KL_TRY([[maybe_unused]] const auto command, read_command(settings));
    return {};
}

CheckAnswer judge_command(const ChildEnd& end, bool warning_fails, const Deadline& deadline) {
    const std::string code = std::to_string(end.code);
    switch (end.how) {
        case ChildEnd::How::timed_out: return check_timed_out("the program ran; it was killed");
        case ChildEnd::How::by_signal: return check_failed("the program ended by signal " + code);
        case ChildEnd::How::too_much_output: return check_failed("the program wrote too much");
        case ChildEnd::How::not_started:
            return check_unable("the program cannot be started: " + system_reason(end.code));
        case ChildEnd::How::exited: break;
    }
    if (end.code == 3) return check_unable("the program says that it could not measure (code 3)");
    CheckAnswer answer = answer_ok(deadline);
    if (end.code == 0) return answer;
    answer.reason = end.code == 1 ? "warning (code 1)" : "the program ended with code " + code;
    if (end.code != 1 || warning_fails) answer.outcome = CheckOutcome::kFailed;
    return answer;
}

CheckAnswer run_command_check(const CheckTask& task) {
    auto command = read_command(task.settings);
    if (!command.ok()) return check_unable(command.error());
    for (const auto& [variable, name] : command->secrets) {
        const auto secret = secret_of(task, name);
        if (!secret.ok()) return answer_of(secret.fault());
        command->order.environment.emplace_back(variable, *secret);
    }
    const Deadline deadline(task.time_limit);
    command->order.time_limit = task.time_limit;
    // Whoever runs the check kills its group when it ends: with the program, all that this started.
    command->order.group = ChildOrder::Group::callers;
    return judge_command(run_child(command->order), command->warning_fails, deadline);
}

}  // namespace

const CheckProtocol kCommandCheck{"command", complete_command, run_command_check};

}  // namespace klarsyn
