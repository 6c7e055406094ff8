#include "web/command_socket.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <thread>

#include "indicators/figures_json.h"
#include "web/socket_io.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr char kSocketName[] = "klarsyn.sock";
constexpr std::size_t kLineBytesMax = 64 * 1024 * 1024;  // a letter with its files
constexpr std::size_t kConnectionsMax = 16;

std::string encode(const ForwardedCommand& command) {
    std::string line = "{\"argv\":[";
    for (std::size_t i = 0; i < command.argv.size(); ++i) {
        if (i > 0) line += ',';
        line += json_string(command.argv[i]);
    }
    line += "],\"cwd\":" + json_string(command.cwd) +
            ",\"stdin\":" + json_string(command.stdin_text) +
            ",\"terminal\":" + (command.terminal ? "true" : "false") + "}\n";
    return line;
}

std::string string_member(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return "";
    return std::string(value->as_string());
}

std::optional<json::object> parse_object(const std::string& line) {
    boost::system::error_code error;
    json::value value = json::parse(line, error);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.as_object());
}

std::optional<ForwardedCommand> decode(const std::string& line) {
    const auto object = parse_object(line);
    if (!object) return std::nullopt;
    const json::value* argv = object->if_contains("argv");
    if (argv == nullptr || !argv->is_array()) return std::nullopt;
    ForwardedCommand command;
    for (const json::value& argument : argv->as_array()) {
        if (!argument.is_string()) return std::nullopt;
        command.argv.emplace_back(argument.as_string());
    }
    command.cwd = string_member(*object, "cwd");
    command.stdin_text = string_member(*object, "stdin");
    const json::value* terminal = object->if_contains("terminal");
    command.terminal = terminal != nullptr && terminal->is_bool() && terminal->as_bool();
    return command;
}

class SocketOutput final : public CommandOutput {
public:
    explicit SocketOutput(const Socket& socket) : socket_(socket) {}
    void out(std::string_view text) override { send("stdout", text); }
    void err(std::string_view text) override { send("stderr", text); }
    bool connected() const override { return !gone_ && !socket_.peer_gone(); }
    void finish(int code) { line("{\"exit\":" + std::to_string(code) + "}\n"); }
    void refuse(std::string_view key) { line("{\"unavailable\":" + json_string(key) + "}\n"); }

private:
    void send(std::string_view stream, std::string_view text) {
        line("{" + json_string(stream) + ":" + json_string(text) + "}\n");
    }
    void line(const std::string& text) {
        const std::lock_guard lock(mutex_);
        if (!gone_ && !socket_.write_all(text)) gone_ = true;
    }
    const Socket& socket_;
    std::mutex mutex_;
    std::atomic<bool> gone_ = false;
};

class Terminal final : public CommandOutput {
public:
    void out(std::string_view text) override { put(stdout, text); }
    void err(std::string_view text) override { put(stderr, text); }
    bool connected() const override { return true; }

private:
    static void put(std::FILE* file, std::string_view text) {
        std::fwrite(text.data(), 1, text.size(), file);
        std::fflush(file);
    }
};

class Server final : public CommandServer {
public:
    Server(Socket listener, std::string data, CommandRunner runner, Schedule schedule)
        : listener_(std::move(listener)), data_(std::move(data)), runner_(std::move(runner)),
          schedule_(std::move(schedule)), acceptor_([this] { accept_all(); }) {}

    ~Server() override {
        Server::stop();
        std::unique_lock lock(mutex_);
        idle_.wait(lock, [this] { return connections_ == 0; });
    }

    void stop() override {
        if (stopping_.exchange(true)) return;
        listener_.shut_down();  // wakes accept
        acceptor_.join();
        std::error_code ignored;
        std::filesystem::remove(std::filesystem::path(data_) / kSocketName, ignored);
    }

private:
    void accept_all() {
        while (!stopping_) {
            Socket socket = accept_unix(listener_);
            if (stopping_) return;
            if (!socket.open()) {
                std::this_thread::sleep_for(std::chrono::milliseconds(50));  // out of descriptors
                continue;
            }
            const std::lock_guard lock(mutex_);
            if (!socket.peer_is_same_user() || connections_ >= kConnectionsMax) continue;
            ++connections_;
            std::thread([this, peer = std::move(socket)]() mutable { serve(std::move(peer)); })
                .detach();
        }
    }

    void serve(Socket socket) {
        answer(socket);
        const std::lock_guard lock(mutex_);
        --connections_;
        idle_.notify_all();  // under the lock: the object may be gone right after it
    }

    void answer(Socket& socket) {
        const auto line = socket.read_line(kLineBytesMax);
        if (!line) return;
        SocketOutput output(socket);
        const auto command = decode(*line);
        if (!command) return output.refuse("web.socket.bad_request");
        std::mutex done_mutex;
        std::condition_variable done_changed;
        bool done = false;
        const bool taken = schedule_([&] {
            const int code = runner_(*command, output);
            output.finish(code);
            const std::lock_guard lock(done_mutex);
            done = true;
            done_changed.notify_one();
        });
        if (!taken) return output.refuse("web.socket.busy");
        std::unique_lock lock(done_mutex);
        done_changed.wait(lock, [&] { return done; });
    }

    Socket listener_;
    std::string data_;
    CommandRunner runner_;
    Schedule schedule_;
    std::mutex mutex_;
    std::condition_variable idle_;
    std::size_t connections_ = 0;
    std::atomic<bool> stopping_ = false;
    std::thread acceptor_;  // last: it uses what is above
};

}  // namespace

std::string resolve_path(const std::string& cwd, const std::string& path) {
    const std::filesystem::path given(path);
    if (given.is_absolute() || cwd.empty()) return path;
    return (std::filesystem::path(cwd) / given).lexically_normal().string();
}

Result<std::optional<int>> forward_command(const std::string& data,
                                           const ForwardedCommand& command) {
    Terminal terminal;
    return forward_command(data, command, terminal);
}

Result<std::optional<int>> forward_command(const std::string& data, const ForwardedCommand& command,
                                           CommandOutput& output) {
    if (data.find("://") != std::string::npos) return std::optional<int>();
    KL_TRY(Socket socket, connect_unix(data, kSocketName));
    if (!socket.open() || !socket.write_all(encode(command))) return std::optional<int>();
    while (const auto line = socket.read_line(kLineBytesMax)) {
        const auto object = parse_object(*line);
        if (!object) break;
        if (const auto* code = object->if_contains("exit"); code != nullptr && code->is_int64())
            return std::optional<int>(static_cast<int>(code->as_int64()));
        if (object->contains("unavailable"))
            return make_error(ErrorCode::unavailable, string_member(*object, "unavailable"));
        if (object->contains("stdout")) output.out(string_member(*object, "stdout"));
        if (object->contains("stderr")) output.err(string_member(*object, "stderr"));
    }
    return make_error(ErrorCode::unavailable, "web.socket.cut");
}

Result<std::unique_ptr<CommandServer>> CommandServer::start(const std::string& data,
                                                            CommandRunner runner,
                                                            Schedule schedule) {
    KL_TRY(Socket listener, listen_unix(data, kSocketName));
    return std::unique_ptr<CommandServer>(std::make_unique<Server>(
        std::move(listener), data, std::move(runner), std::move(schedule)));
}

}  // namespace klarsyn
