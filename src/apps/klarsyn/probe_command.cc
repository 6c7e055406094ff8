// probe: measures services from this machine. `run` works until it is stopped; `check` is one check
// in a process of its own; `try` is one check for people; `readings` asks the devices of the
// machine's file.
#include <sys/prctl.h>
#include <unistd.h>

#include <boost/json.hpp>

#include <csignal>
#include <optional>

#include "apps/klarsyn/commands.h"
#include "protocols/checks/net.h"
#include "protocols/checks/unit_reading.h"
#include "protocols/checks/webdriver.h"
#include "protocols/http_client.h"
#include "protocols/probe/check_process.h"
#include "protocols/probe/flow_feed.h"
#include "protocols/probe/machine.h"
#include "protocols/probe/runner.h"

namespace klarsyn {
namespace {

volatile std::sig_atomic_t probe_stop_asked = 0;

void ask_probe_to_stop(int) { probe_stop_asked = 1; }

std::vector<std::string> check_command() {
    char path[4096];
    const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
    return {size > 0 ? std::string(path, static_cast<std::size_t>(size)) : "klarsyn", "probe",
            "check"};
}

Error wrong_input(std::string_view key, std::string_view field) {
    Error error = make_error(ErrorCode::invalid_input, "cli.probe." + std::string(key));
    error.field = field;
    return error;
}

Result<RunnerSettings> runner_settings(const Invocation& in, Environment& environment) {
    RunnerSettings settings;
    settings.server.url = in.server;
    if (!in.server.starts_with("https://") && !is_loopback_url(in.server))
        return wrong_input("plain", "--server");
    const std::string token_file = resolve_path(environment.cwd, in.token_file);
    settings.server.token = first_line(token_file);
    if (settings.server.token.empty()) return wrong_input("token_file", "--token-file");
    if (!in.ca_file.empty()) settings.server.ca_file = resolve_path(environment.cwd, in.ca_file);
    settings.directory = resolve_path(environment.cwd, in.directory);
    if (!in.machine_file.empty()) {
        KL_TRY(const std::string text, read_file(resolve_path(environment.cwd, in.machine_file)));
        KL_TRY(settings.machine, parse_machine_file(text, in.machine_file, check_protocols()));
    }
    const auto chosen = [](const std::string& option, const std::string& in_file) {
        return option.empty() ? in_file : option;
    };
    settings.agent = chosen(in.agent, chosen(settings.machine.agent, host_name()));
    settings.site = chosen(in.site, settings.machine.site);
    settings.seat = chosen(in.seat, settings.machine.seat);
    if (settings.site.empty()) return wrong_input("site", "--site");
    settings.machine_json = machine_json();
    settings.check_command = check_command();
    settings.once = in.once;
    settings.refresh_s = in.refresh_s;
    settings.deliver_s = in.deliver_s;
    settings.parallel_max = in.parallel;
    settings.limits.bytes_max = std::int64_t{in.store_mb} << 20;
    settings.clear_up = clear_left_browsers;
    settings.tell = [&output = environment.output](const std::string& message) {
        output.err("klarsyn probe: " + message + "\n");
    };
    return settings;
}

// None where the machine's file names no flow.
Result<std::unique_ptr<FlowFeed>> flow_feed(const RunnerSettings& settings, const Clock& clock) {
    if (settings.machine.flows.empty()) return std::unique_ptr<FlowFeed>();
    FlowFeedSettings feed;
    feed.rules = settings.machine.flows;
    feed.directory = settings.directory;
    feed.server = settings.server;
    feed.agent = settings.agent;
    feed.store_limits = settings.limits;
    feed.deliver_s = settings.deliver_s;
    feed.tell = settings.tell;
    return FlowFeed::create(std::move(feed), clock);
}

int probe_run(const Invocation& in, Environment& environment) {
    auto settings = runner_settings(in, environment);
    if (!settings.ok()) return fail(in, environment, settings.error());
    struct sigaction action {};
    action.sa_handler = ask_probe_to_stop;
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGINT, &action, nullptr);
    const std::string seat = settings->seat.empty() ? "" : ", " + settings->seat;
    const std::string said = text(in.language, "cli.probe.running",
                                  {{"agent", settings->agent},
                                   {"site", settings->site},
                                   {"seat", seat},
                                   {"server", settings->server.url}});
    const RunnerSettings& known = *settings;
    auto runner = Runner::create(known, environment.clock);
    if (!runner.ok()) return fail(in, environment, runner.error());
    const auto feed = flow_feed(known, environment.clock);  // the runner holds the directory
    if (!feed.ok()) return fail(in, environment, feed.error());
    if (!in.once) environment.output.err(said + "\n");
    if (*feed && !in.once) (*feed)->start();
    bool done = (*runner)->run([] { return probe_stop_asked != 0; });
    if (*feed && in.once) done = (*feed)->once() && done;
    if (done) return 0;
    environment.output.err(
        text(in.language, "cli.probe.undelivered", {{"directory", in.directory}}) + "\n");
    return 1;
}

int probe_check(Environment& environment) {
    ::prctl(PR_SET_DUMPABLE, 0);  // it holds secrets
    environment.output.out(run_task(environment.read_stdin(), check_protocols()));
    return 0;
}

Result<NamedTask> task_to_try(const Invocation& in, Environment& environment) {
    NamedTask task;
    task.protocol = in.protocol;
    const CheckProtocol* protocol = find_check_protocol(in.protocol);
    if (protocol == nullptr) {
        std::string known;
        for (const CheckProtocol& one : check_protocols())
            known += (known.empty() ? "" : ", ") + std::string(one.name);
        return make_error(ErrorCode::invalid_input, "cli.probe.unknown",
                          {{"protocol", in.protocol}, {"known", known}});
    }
    boost::system::error_code failed;
    const auto parsed = boost::json::parse(in.task.empty() ? "{}" : in.task, failed);
    if (failed || !parsed.is_object()) return wrong_input("settings", "--settings");
    task.task.settings = parsed.get_object();
    KL_CHECK(protocol->complete(task.task.settings));
    for (const std::string& one : in.secret_files) {
        const auto equals = one.find('=');
        if (equals == std::string::npos) return wrong_input("secret", "--secret");
        KL_TRY(std::string value, read_file(resolve_path(environment.cwd, one.substr(equals + 1))));
        while (value.ends_with('\n') || value.ends_with('\r')) value.pop_back();
        task.task.secrets[one.substr(0, equals)] = value;
    }
    task.task.time_limit = std::chrono::milliseconds(in.time_limit_ms);
    return task;
}

int probe_try(const Invocation& in, Environment& environment) {
    if (in.protocol.empty()) {
        for (const CheckProtocol& one : check_protocols())
            environment.output.out(std::string(one.name) + "\n");
        return 0;
    }
    const auto task = task_to_try(in, environment);
    if (!task.ok()) return fail(in, environment, task.error());
    const CheckAnswer answer = run_check_process(check_command(), *task);
    const int code = answer.outcome == CheckOutcome::kOk ? 0 : 1;
    if (in.json) {
        environment.output.out(answer_json(answer) + "\n");
        return code;
    }
    const auto say = [&](const char* key, const TextArgs& args) {
        environment.output.out(text(in.language, std::string("cli.probe.") + key, args) + "\n");
    };
    const std::string outcome = "cli.probe.outcomes." + std::string(outcome_name(answer.outcome));
    say("outcome", {{"protocol", in.protocol}, {"outcome", text(in.language, outcome)}});
    if (answer.outcome == CheckOutcome::kOk)
        say("took", {{"ms", format_integer(answer.ms, in.language)}});
    if (!answer.reason.empty()) say("reason", {{"reason", answer.reason}});
    for (const CheckStep& step : answer.steps)
        say("step", {{"name", step.name}, {"ms", format_integer(step.ms, in.language)}});
    for (const CheckReading& reading : answer.readings)
        say("reading",
            {{"name", reading.name}, {"value", format_integer(reading.value, in.language)}});
    return code;
}

// What a check of the machine's file reads of a UPS or a store; none where it reads something else.
std::optional<MeasuredUnit> measured_unit(const CheckRule& rule, const MachineFile& machine) {
    const auto member = [&](std::string_view name, const std::string& otherwise) {
        const auto* value = rule.settings.if_contains(name);
        return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                      : otherwise;
    };
    const std::string set = member("set", "");
    if (rule.protocol != "snmp" || (set != "ups" && set != "storage")) return std::nullopt;
    return MeasuredUnit{set == "ups" ? "power" : "storage", member("place", machine.site),
                        member("unit_name", rule.system)};
}

// Rows of reading-csv, one for each device of the machine's file. A silent device costs its own
// row.
int probe_readings(const Invocation& in, Environment& environment) {
    const auto read = [&]() -> Result<MachineFile> {
        KL_TRY(const std::string text, read_file(resolve_path(environment.cwd, in.machine_file)));
        return parse_machine_file(text, in.machine_file, check_protocols());
    };
    const auto machine = read();
    if (!machine.ok()) return fail(in, environment, machine.error());
    environment.output.out(unit_reading_header());
    int code = 0;
    for (const auto& [rule, every_s] : machine->checks) {
        const auto unit = measured_unit(rule, *machine);
        if (!unit) continue;
        const UtcSecond at = environment.clock.now();
        const auto row = [&, &how = rule]() -> Result<std::string> {
            PlannedCheck check;
            check.rule = how;
            KL_TRY(CheckTask task, task_of(check, *machine));
            const CheckAnswer answer =
                run_check_process(check_command(), {how.protocol, std::move(task)});
            if (answer.outcome == CheckOutcome::kOk) return unit_reading_row(*unit, answer, at);
            return make_error(ErrorCode::unavailable, "cli.probe.silent",
                              {{"reason", answer.reason}});
        }();
        if (row.ok()) {
            environment.output.out(*row);
            continue;
        }
        environment.output.err("klarsyn: " + rule.system + ": " +
                               describe(row.error(), in.language) + "\n");
        code = 1;
    }
    return code;
}

}  // namespace

int run_probe(const Invocation& in, Environment& environment) {
    if (in.verb == "check") return probe_check(environment);
    if (in.verb == "readings") return probe_readings(in, environment);
    if (in.verb == "try") return probe_try(in, environment);
    return probe_run(in, environment);
}

}  // namespace klarsyn
