#include "protocols/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace klarsyn {
namespace {

using Time = std::chrono::steady_clock::time_point;

constexpr int kLookEvery_ms = 50;  // whether it has ended though a grandchild keeps its output open
constexpr std::array kInherited = {"PATH",
                                   "HOME",
                                   "LANG",
                                   "TZ",
                                   "TMPDIR",
                                   "KLARSYN_STRICT_TEXTS",
                                   "DISPLAY",
                                   "USER",
                                   "XDG_RUNTIME_DIR",
                                   "WAYLAND_DISPLAY",
                                   "DBUS_SESSION_BUS_ADDRESS"};

class Pipe {
public:
    Pipe() {
        if (::pipe2(ends_, O_CLOEXEC) != 0) ends_[0] = ends_[1] = -1;
    }
    ~Pipe() {
        shut(0);
        shut(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    int end(int which) const { return ends_[which]; }
    void shut(int which) {
        if (ends_[which] >= 0) ::close(ends_[which]);
        ends_[which] = -1;
    }

private:
    int ends_[2] = {-1, -1};
};

// While it lives, a write of this thread to a pipe that nobody reads is an error and no signal.
class NoPipeSignal {
public:
    NoPipeSignal() {
        sigemptyset(&pipe_);
        sigaddset(&pipe_, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    ~NoPipeSignal() {
        const timespec at_once{};
        while (::sigtimedwait(&pipe_, nullptr, &at_once) == SIGPIPE) {
        }
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    NoPipeSignal(const NoPipeSignal&) = delete;
    NoPipeSignal& operator=(const NoPipeSignal&) = delete;

private:
    sigset_t pipe_, before_;
};

std::vector<std::string> environment_of(const ChildOrder& order) {
    std::vector<std::string> list;
    for (const char* name : kInherited)
        if (const char* value = std::getenv(name)) list.push_back(std::string(name) + '=' + value);
    for (const auto& [name, value] : order.environment) list.push_back(name + '=' + value);
    return list;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> list;
    for (std::string& text : texts) list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

// What the new process does: only calls that are safe after fork in a program with threads.
[[noreturn]] void become(const char* program, char* const* arguments, char* const* environment,
                         const Pipe& input, const Pipe& output, const Pipe& status, pid_t parent,
                         bool own_group) {
    if (own_group) ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(input.end(0), STDIN_FILENO);
    ::dup2(output.end(1), STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    ::close(nowhere);
    ::execve(program, arguments, environment);
    const int error = errno;
    (void)!::write(status.end(1), &error, sizeof error);
    ::_exit(127);
}

bool has_ended(pid_t pid) {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid;
}

// Writes what it takes; true once there is nothing left to write.
bool feed(Pipe& input, const std::string& text, std::size_t& fed) {
    const ssize_t written = ::write(input.end(1), text.data() + fed, text.size() - fed);
    if (written > 0) fed += static_cast<std::size_t>(written);
    return fed >= text.size() || (written < 0 && errno != EAGAIN && errno != EINTR);
}

// Feeds and reads until it has closed its output or ended; says how that went.
ChildEnd::How converse(pid_t pid, Pipe& input, Pipe& output, const ChildOrder& order, Time end,
                       std::string& collected) {
    std::size_t fed = 0;
    if (order.input.empty()) input.shut(1);
    while (true) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (left.count() <= 0 || (order.cancelled != nullptr && *order.cancelled))
            return ChildEnd::How::timed_out;
        pollfd ends[2] = {{output.end(0), POLLIN, 0}, {input.end(1), POLLOUT, 0}};
        const int ready =
            ::poll(ends, 2, static_cast<int>(std::min<std::int64_t>(left.count(), kLookEvery_ms)));
        if (ready <= 0) {
            if (has_ended(pid)) return ChildEnd::How::exited;
            continue;
        }
        if (ends[1].revents != 0 && feed(input, order.input, fed)) input.shut(1);
        if (ends[0].revents == 0) continue;
        char bytes[16384];
        const ssize_t got = ::read(output.end(0), bytes, sizeof bytes);
        if (got == 0) return ChildEnd::How::exited;
        if (got < 0) continue;
        collected.append(bytes, static_cast<std::size_t>(got));
        if (collected.size() > order.output_bytes_max) return ChildEnd::How::too_much_output;
    }
}

// Ends it and all of its group; it is gone when this returns.
void finish(pid_t pid, bool own_group, ChildEnd& end, Time latest,
            std::chrono::milliseconds farewell) {
    while (end.how == ChildEnd::How::exited && !has_ended(pid)) {
        if (std::chrono::steady_clock::now() >= latest) end.how = ChildEnd::How::timed_out;
        ::usleep(1000);
    }
    if (end.how == ChildEnd::How::timed_out && farewell.count() > 0) {
        const Time killed = std::chrono::steady_clock::now() + farewell;
        ::kill(pid, SIGTERM);
        while (!has_ended(pid) && std::chrono::steady_clock::now() < killed) ::usleep(1000);
    }
    if (own_group) ::kill(-pid, SIGKILL);  // before it is reaped: the number is still its own
    ::kill(pid, SIGKILL);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (end.how != ChildEnd::How::exited) return;
    if (WIFSIGNALED(status)) {
        end.how = ChildEnd::How::by_signal;
        end.code = WTERMSIG(status);
    } else {
        end.code = WEXITSTATUS(status);
    }
}

}  // namespace

ChildEnd run_child(const ChildOrder& order) {
    const NoPipeSignal no_signal;
    const Time latest = std::chrono::steady_clock::now() + order.time_limit;
    std::vector<std::string> arguments = {order.program};
    arguments.insert(arguments.end(), order.arguments.begin(), order.arguments.end());
    std::vector<std::string> environment = environment_of(order);
    const auto argv = pointers(arguments), envp = pointers(environment);
    Pipe input, output, status;
    ChildEnd end;
    if (input.end(0) < 0 || output.end(0) < 0 || status.end(0) < 0) {
        end.code = errno;
        return end;
    }
    const bool own_group = order.group == ChildOrder::Group::own;
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) {
        end.code = errno;
        return end;
    }
    if (pid == 0)
        become(order.program.c_str(), argv.data(), envp.data(), input, output, status, parent,
               own_group);
    if (own_group) ::setpgid(pid, pid);  // also here, so that it holds whoever runs first
    input.shut(0);
    output.shut(1);
    status.shut(1);
    int error = 0;
    if (::read(status.end(0), &error, sizeof error) == sizeof error) {
        ::waitpid(pid, nullptr, 0);
        end.code = error;
        return end;
    }
    ::fcntl(input.end(1), F_SETFL, O_NONBLOCK);
    ::fcntl(output.end(0), F_SETFL, O_NONBLOCK);
    end.how = converse(pid, input, output, order, latest, end.output);
    finish(pid, own_group, end, latest, order.farewell);
    if (end.output.size() > order.output_bytes_max) end.output.resize(order.output_bytes_max);
    return end;
}

}  // namespace klarsyn
