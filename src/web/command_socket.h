// Commands that write go through the server while it runs on a directory: DATA/klarsyn.sock (mode
// 0600, only the same user or root is heard) carries one command per connection, a JSON object per
// line. Request: {"argv":[...],"cwd":"...","stdin":"...","terminal":true}. Answer, any number of
// {"stdout":"..."} and {"stderr":"..."}, then {"exit":0} or {"unavailable":"text key"}.
//
// The server side has an accepting thread and a few connection threads of its own; the runner is
// called wherever `schedule` runs it (the writer thread). Blocking sockets; nothing of Asio.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace klarsyn {

struct ForwardedCommand {
    std::vector<std::string> argv;  // without the program's name: {"import", "DATA", ...}
    std::string cwd;                // the caller's; relative file arguments are relative to it
    std::string stdin_text;
    bool terminal = false;          // the caller's standard error is a terminal: show progress
};

// An absolute path: `path` as the caller meant it.
std::string resolve_path(const std::string& cwd, const std::string& path);

// Where a forwarded command writes. Thread-safe. `connected` turns false when the caller has gone.
class CommandOutput {
public:
    virtual ~CommandOutput() = default;
    virtual void out(std::string_view text) = 0;
    virtual void err(std::string_view text) = 0;
    virtual bool connected() const = 0;
};

// Runs one command and returns its exit code. Called on the writer thread.
using CommandRunner = std::function<int(const ForwardedCommand& command, CommandOutput& output)>;

// Runs `command` in the server of `data`, copying its output to this process's standard output and
// error. Its exit code, or none when no server runs on `data` (also for a postgresql:// URL).
Result<std::optional<int>> forward_command(const std::string& data, const ForwardedCommand& command);
// The same with the output handed to `output`.
Result<std::optional<int>> forward_command(const std::string& data, const ForwardedCommand& command,
                                           CommandOutput& output);

class CommandServer {
public:
    // `schedule` queues a job and returns false when it is not taken (queue full, stopping).
    using Schedule = std::function<bool(std::function<void()> job)>;

    // Listens on data/klarsyn.sock. The caller holds the writer's lock, so a socket file found there
    // is a dead server's and is replaced. unavailable when the socket cannot be made.
    static Result<std::unique_ptr<CommandServer>> start(const std::string& data, CommandRunner runner,
                                                        Schedule schedule);
    // Stops listening, removes the file and waits for running commands.
    virtual ~CommandServer() = default;
    // Stops listening; running commands go on.
    virtual void stop() = 0;
};

}  // namespace klarsyn
