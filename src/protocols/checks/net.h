// What checks share: the time that is left, connections with a deadline, and answers. Names are
// resolved by the system, which may block; the process of a check is killed soon after its limit.
// Values; one thread each.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "protocols/checks/check.h"
#include "protocols/checks/fields.h"

namespace klarsyn {

// When a check began (steady clock) and how long it may last.
class Deadline {
public:
    explicit Deadline(std::chrono::milliseconds limit)
        : begin_(std::chrono::steady_clock::now()), limit_(limit) {}
    std::int64_t elapsed_ms() const;         // rounded up
    std::chrono::milliseconds left() const;  // rounded down, never negative
    bool passed() const { return left().count() == 0; }
    int poll_ms() const;  // what is left, for poll(2)

private:
    std::chrono::steady_clock::time_point begin_;
    std::chrono::milliseconds limit_;
};

// Why a check ends here. The reason is English, of at most 300 bytes and without secrets.
struct CheckFault {
    CheckOutcome outcome = CheckOutcome::kFailed;
    std::string reason;
};

// A value, or why the check ends.
template <typename T>
class [[nodiscard]] Tried {
public:
    Tried(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Tried(CheckFault fault) : state_(std::in_place_index<1>, std::move(fault)) {}
    bool ok() const { return state_.index() == 0; }
    T& operator*() { return std::get<0>(state_); }
    const T& operator*() const { return std::get<0>(state_); }
    T* operator->() { return &std::get<0>(state_); }
    const T* operator->() const { return &std::get<0>(state_); }
    const CheckFault& fault() const { return std::get<1>(state_); }

private:
    std::variant<T, CheckFault> state_;
};

CheckAnswer answer_ok(const Deadline& deadline);
CheckAnswer answer_of(const CheckFault& fault);
CheckAnswer check_failed(std::string reason);
CheckAnswer check_timed_out(std::string_view during);  // "no answer within the limit while ..."
CheckAnswer check_unable(std::string reason);
// Settings that complete() would have refused: the probe cannot measure by them.
CheckAnswer check_unable(const Error& error);
// At most 300 bytes of well-formed UTF-8 without control characters.
std::string short_reason(std::string_view reason);
// errno as text: "connection refused".
std::string system_reason(int error);
// The value of the secret; kUnable where the probe's machine does not hold it.
Tried<std::string> secret_of(const CheckTask& task, std::string_view name);

// A TCP connection. Moves; closes itself.
class NetStream {
public:
    // kFailed: no such name, refused, unreachable; kTimeout: nobody answers. All addresses of the
    // name are tried in turn.
    static Tried<NetStream> open(const std::string& host, int port, const Deadline& deadline);
    NetStream(NetStream&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    NetStream& operator=(NetStream&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    NetStream(const NetStream&) = delete;
    NetStream& operator=(const NetStream&) = delete;
    ~NetStream();

    Tried<bool> send(std::string_view bytes, const Deadline& deadline);  // all of them
    // What has come, at most `most` bytes; empty: the other side has closed.
    Tried<std::string> receive(std::size_t most, const Deadline& deadline);
    // kTimeout where nothing may be read (written) in time.
    Tried<bool> wait_readable(const Deadline& deadline) const;
    Tried<bool> wait_writable(const Deadline& deadline) const;
    int fd() const { return fd_; }  // non-blocking

private:
    explicit NetStream(int fd) : fd_(fd) {}
    int fd_ = -1;
};

}  // namespace klarsyn
