// Another program, run to its end or to its time limit, when it and all that it started are killed.
// It leads a process group of its own, dies with the thread that started it, inherits no file, and
// what it writes beyond a limit ends it, too. Blocks; call it from a thread that may wait.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace klarsyn {

struct ChildOrder {
    std::string program;                 // a path; the environment's PATH is not searched
    std::vector<std::string> arguments;  // without the program's name; everybody can read them
    // Besides PATH, HOME, LANG, TZ, TMPDIR and what a desktop's programs need to find it.
    std::vector<std::pair<std::string, std::string>> environment;
    std::string input;
    std::size_t output_bytes_max = 65536;
    std::chrono::milliseconds time_limit{10'000};
    // How long it may clear up after SIGTERM before it is killed: where its time is up or it was
    // cancelled.
    std::chrono::milliseconds farewell{0};
    // callers: for who is in a group that will be killed as a whole; only the program itself is
    // then.
    enum class Group { own, callers } group = Group::own;
    const std::atomic<bool>* cancelled = nullptr;  // once true, it ends as if its time were up
};

struct ChildEnd {
    enum class How { exited, by_signal, timed_out, too_much_output, not_started };
    How how = How::not_started;
    int code = 0;        // exit code, signal, or errno where it did not start
    std::string output;  // standard output; standard error is not kept
};

ChildEnd run_child(const ChildOrder& order);

}  // namespace klarsyn
