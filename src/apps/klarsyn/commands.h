// The commands of the klarsyn program. Each takes a parsed invocation and an environment, writes to
// the environment's output and returns the exit code: 0 done, 1 refused or failed, 2 wrong usage.
// The same functions run in a process of their own and inside a server that got the command from
// one; then `store` is the server's.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/text.h"
#include "core/time.h"
#include "store/store.h"
#include "web/command_socket.h"

namespace klarsyn {

struct Invocation {
    std::string command;
    std::string data;
    Language language = Language::da;
    bool language_given = false;
    bool json = false;

    // import
    std::string format;
    std::vector<std::string> files;
    std::string source, zone = "Europe/Copenhagen", groups, mapping, covers, encoding, delimiter,
        decimal, manifest;
    double max_rejects = 1.0;
    bool dry_run = false;

    // batches, withdraw, rejects, accept
    std::string batch, why, list_format;

    // tail, serve --tail
    std::string tail;
    int every_seconds = 5;
    bool once = false;

    // settings, export
    std::string setting, subject, from, to;

    // figure, records; of registers: the kind of findings
    std::string id, period, as_of;
    std::vector<std::string> by, where, assume, support_groups;
    std::vector<std::string> erase_accounts, erase_phrases;
    bool apply = false;
    bool gap = false;
    std::int64_t limit = 0;

    // report, publish, edition
    std::string plan, edition, dialect;
    std::vector<std::string> out;

    // init, serve, user, token, simulate
    std::string region, listen = "127.0.0.1:8080", public_url, access_log, user_name, role, scenario,
        verb, label, display_name, org, mail, phone, phone_agent,
        directory, config;
    std::uint64_t seed = 1;
    int years = 10;
    int days = 30;
    int every_s = 60;

    // probe
    std::string server, token_file, ca_file, agent, site, seat, machine_file, protocol, task;
    std::vector<std::string> secret_files;  // NAME=FILE
    double refresh_s = 60, deliver_s = 5;
    int parallel = 32, time_limit_ms = 10'000, store_mb = 256;
};

struct Environment {
    std::string cwd;
    std::function<std::string()> read_stdin;
    CommandOutput& output;
    bool terminal = false;  // progress may overwrite its line
    const Clock& clock;
    Store* store = nullptr;  // the server's; none in a process of its own
    std::string actor;
};

// Parses and runs. The arguments are without the program's name.
int run_command(const std::vector<std::string>& arguments, Environment& environment);
// Parses only. The message of a wrong usage is written to the environment's output: nullopt and
// `exit_code` is 2, or 0 for --help.
std::optional<Invocation> parse_arguments(const std::vector<std::string>& arguments,
                                          CommandOutput& output, int& exit_code);
bool writes(const std::string& command);  // must go through a running server

int run_init(const Invocation&, Environment&);
int run_import(const Invocation&, Environment&);
int run_tail(const Invocation&, Environment&);
int run_tail_step(const Invocation&, Environment&);
int run_batches(const Invocation&, Environment&);
int run_withdraw(const Invocation&, Environment&);
int run_rejects(const Invocation&, Environment&);
int run_accept(const Invocation&, Environment&);
int run_export(const Invocation&, Environment&);
int run_registers(const Invocation&, Environment&);
int run_figures(const Invocation&, Environment&);
int run_figure(const Invocation&, Environment&);
int run_records(const Invocation&, Environment&);
int run_report(const Invocation&, Environment&);
int run_publish(const Invocation&, Environment&);
int run_edition(const Invocation&, Environment&);
int run_editions(const Invocation&, Environment&);
int run_settings(const Invocation&, Environment&);
int run_derive(const Invocation&, Environment&);
int run_verify(const Invocation&, Environment&);
int run_erase(const Invocation&, Environment&);
int run_retention(const Invocation&, Environment&);
int run_reindex(const Invocation&, Environment&);
int run_simulate(const Invocation&, Environment&);
int run_serve(const Invocation&, Environment&);
int run_user(const Invocation&, Environment&);
int run_token(const Invocation&, Environment&);
int run_mail(const Invocation&, Environment&);
int run_probe(const Invocation&, Environment&);
// Letters may hold any bytes; what goes through a running server's socket is text.
std::string encode_stdin(const std::string& bytes);

// Shared by the commands.
int fail(const Invocation& invocation, Environment& environment, const Error& error);
constexpr int kWrongUsage = 2;

// The store of the invocation's DATA: the server's, or one opened for this command.
class OpenedStore {
public:
    static Result<OpenedStore> open(const Invocation& invocation, Environment& environment,
                                    Access access);
    Store& store() { return borrowed_ ? *borrowed_ : *owned_; }

private:
    Store* borrowed_ = nullptr;
    std::unique_ptr<Store> owned_;
};

Result<std::string> read_file(const std::string& path);
// Replaces the file as a whole: a reader sees the old or the new one.
Result<void> write_file(const std::string& path, std::string_view bytes);

}  // namespace klarsyn
