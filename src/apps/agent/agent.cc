// klarsyn-agent: the agent for PCs. `run` measures and delivers, `logon` notes how long a log-on
// took,
// --notify shows messages, `check` is one check in a process of its own. Core and protocols alone.
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "apps/agent/agent.h"
#include "core/stream.h"
#include "protocols/checks/basic.h"
#include "protocols/http_client.h"
#include "protocols/probe/check_process.h"
#include "protocols/probe/machine.h"
#include "protocols/probe/runner.h"

namespace klarsyn {

void tell_error(const Error& error, Language language) {
    std::fprintf(stderr, "klarsyn-agent: %s\n", describe(error, language).c_str());
}

namespace {

volatile std::sig_atomic_t stop_signal = 0;

void on_stop_signal(int) { stop_signal = 1; }

bool stop_asked() { return stop_signal != 0; }

Error fault_of(const char* key, const char* field) {
    Error error = make_error(ErrorCode::invalid_input, key);
    error.field = field;
    return error;
}

Result<void> check_server(const AgentOptions& options) {
    if (options.server.starts_with("https://") || is_loopback_url(options.server)) return {};
    return fault_of("probe.agent.plain", "--server");
}

std::string own_program() {
    char path[4096];
    const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
    return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : "klarsyn-agent";
}

Result<MachineFile> machine_file(const AgentOptions& options) {
    if (options.machine_file.empty()) return MachineFile{};
    std::ifstream in(options.machine_file, std::ios::binary);
    const auto text = read_rest(in);
    if (!text) {
        Error error = make_error(ErrorCode::not_found, "probe.agent.file");
        error.file = options.machine_file;
        return error;
    }
    return parse_machine_file(*text, options.machine_file, basic_check_protocols());
}

const std::string& first_of(const std::string& a, const std::string& b) {
    return a.empty() ? b : a;
}

// A PC is a seat of its own: two that log on in one second are two measurements.
std::string seat_of(const AgentOptions& options, const MachineFile& machine) {
    const std::string said = first_of(options.seat, machine.seat);
    return first_of(said, first_of(options.agent, first_of(machine.agent, host_name())));
}

Result<RunnerSettings> agent_settings(const AgentOptions& options) {
    KL_CHECK(check_server(options));
    RunnerSettings settings;
    settings.server = {options.server, first_line(options.token_file), options.ca_file};
    if (settings.server.token.empty()) return fault_of("probe.agent.token", "--token-file");
    KL_TRY(settings.machine, machine_file(options));
    settings.agent = first_of(options.agent, first_of(settings.machine.agent, host_name()));
    settings.site = first_of(options.site, settings.machine.site);
    settings.seat = seat_of(options, settings.machine);
    if (settings.site.empty()) return fault_of("probe.agent.site", "--site");
    settings.directory = options.directory;
    settings.machine_json = machine_json();
    settings.check_command = {own_program(), "check"};
    settings.once = options.once;
    settings.refresh_s = options.refresh_s;
    settings.deliver_s = options.deliver_s;
    settings.parallel_max = 4;  // somebody works at this PC
    settings.limits = {std::int64_t{16} << 20, 30 * 86'400};
    settings.tell = [](const std::string& message) {
        std::fprintf(stderr, "klarsyn-agent: %s\n", message.c_str());
    };
    return settings;
}

Result<bool> measure(const AgentOptions& options) {
    KL_TRY(RunnerSettings settings, agent_settings(options));
    const SystemClock clock;
    KL_TRY(const auto runner, Runner::create(std::move(settings), clock));
    return runner->run(stop_asked);
}

// When the session began: as told, or by utmp.
Result<UtcSecond> session_start(const AgentOptions& options) {
    if (!options.since.empty()) return parse_iso_utc(options.since);
    const passwd* user = ::getpwuid(::getuid());
    const auto began = user != nullptr ? session_began(user->pw_name) : std::nullopt;
    if (!began) return fault_of("probe.agent.session", "--since");
    return *began;
}

// Run by the log-on script when the desktop is usable.
Result<bool> note_logon(const AgentOptions& options) {
    KL_TRY(const MachineFile machine, machine_file(options));
    KL_TRY(const UtcSecond began, session_start(options));
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    const std::int64_t ms = (now.tv_sec - began) * 1000 + now.tv_nsec / 1'000'000;
    if (ms < 0 || ms > 3'600'000) return fault_of("probe.agent.logon", "--since");
    const std::string site = first_of(options.site, machine.site);
    const std::string seat = seat_of(options, machine);
    if (site.empty()) return fault_of("probe.agent.site", "--site");
    const boost::json::object result = {{"time", iso_utc(began)},
                                        {"system", options.system},
                                        {"action", options.action},
                                        {"site", site},
                                        {"seat", seat},
                                        {"outcome", "ok"},
                                        {"ms", ms}};
    std::error_code failed;
    std::filesystem::create_directories(options.directory, failed);
    KL_TRY(const auto store, LocalStore::open(options.directory + "/probe.db", {}));
    const std::string series = options.system + '\n' + options.action + '\n' + site + '\n' + seat;
    // A script that runs twice has noted one log-on.
    KL_TRY(const auto last, store->last_slot(series));
    if (last && *last == began) return true;
    KL_CHECK(store->keep(LocalStore::Kind::result, began, boost::json::serialize(result), series,
                         began));
    return true;
}

void add_options(CLI::App& app, AgentOptions& options, std::string& language) {
    app.add_option("--server", options.server, "https://klarsyn.region.example");
    app.add_option("--dir", options.directory, "where measurements and notes are kept");
    app.add_option("--ca-file", options.ca_file, "PEM of the server's authority");
    app.add_option("--lang", language, "da or en")->check(CLI::IsMember({"da", "en"}));
    app.add_flag("--once", options.once, "one round, then the end");
    app.add_option("--place", options.place,
                   "with --notify: whose messages, e.g. a hospital's code");
    app.add_option("--role", options.role, "with --notify: staff group");
    app.add_option("--every", options.every_s, "with --notify: seconds between two looks")
        ->check(CLI::Range(0.2, 86400.0));
    app.add_option("--notifier", options.notifier, "with --notify: program like notify-send");
    app.add_option("--checks", options.machine_file, "TOML of this machine");
    app.add_option("--site", options.site, "where the PC stands");
    app.add_option("--seat", options.seat, "ward PC, cross-connect room, ...; default: the name of the PC");
    app.add_option("--agent", options.agent, "name of the PC; default: the machine's");
    app.add_option("--token-file", options.token_file, "holds the token of a probe's account");
    app.add_option("--refresh", options.refresh_s, "seconds between two looks for a schedule")
        ->check(CLI::Range(0.2, 86400.0));
    app.add_option("--deliver", options.deliver_s, "seconds between two deliveries")
        ->check(CLI::Range(0.1, 86400.0));
    app.add_option("--since", options.since, "with logon: when the session began (RFC 3339)");
    app.add_option("--system", options.system, "with logon");
    app.add_option("--action", options.action, "with logon");
}

int ended(const Result<bool>& done, Language language) {
    if (done.ok()) return *done ? 0 : 1;
    tell_error(done.error(), language);
    return 1;
}

int run_agent(int argc, char** argv) {
    AgentOptions options;
    std::string language = "da";
    bool notify = false;
    CLI::App app("Klarsyn's agent for PCs " KLARSYN_VERSION, "klarsyn-agent");
    app.set_version_flag("--version", KLARSYN_VERSION);
    app.fallthrough();
    add_options(app, options, language);
    app.add_flag("--notify", notify, "shows messages for this PC's place");
    auto* run = app.add_subcommand("run", "measures and delivers");
    auto* logon = app.add_subcommand("logon", "notes how long the log-on took");
    auto* check = app.add_subcommand("check", "one check: a task on standard input")->group("");
    app.require_subcommand(0, 1);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& wrong) {
        return app.exit(wrong) == 0 ? 0 : 2;
    }
    options.language = parse_language(language).value_or(Language::da);
    if (check->parsed()) {
        ::prctl(PR_SET_DUMPABLE, 0);  // it may hold secrets
        const std::string task = read_rest(std::cin).value_or("");
        std::cout << run_task(task, basic_check_protocols()) << std::flush;
        return 0;
    }
    if (options.directory.empty() || (options.server.empty() && !logon->parsed()) ||
        (!notify && app.get_subcommands().empty())) {
        std::cerr << app.help();
        return 2;
    }
    if (logon->parsed()) return ended(note_logon(options), options.language);
    if (run->parsed()) return ended(measure(options), options.language);
    if (const auto right = check_server(options); !right.ok()) {
        tell_error(right.error(), options.language);
        return 1;
    }
    return run_notify(options, stop_asked);
}

}  // namespace
}  // namespace klarsyn

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    struct sigaction action {};
    action.sa_handler = klarsyn::on_stop_signal;
    sigaction(SIGTERM, &action, nullptr);
    sigaction(SIGINT, &action, nullptr);
    return klarsyn::run_agent(argc, argv);
}
