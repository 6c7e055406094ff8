#include "protocols/checks/net.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "core/text.h"
#include "core/utf8.h"

namespace klarsyn {
namespace {

constexpr std::size_t kReasonBytesMax = 300;

CheckFault timed_out(std::string_view during) {
    return {CheckOutcome::kTimeout, "no answer within the time limit while " + std::string(during)};
}

CheckFault failed(std::string reason) { return {CheckOutcome::kFailed, std::move(reason)}; }

Tried<bool> wait_for(int fd, short events, const Deadline& deadline, std::string_view during) {
    while (true) {
        pollfd wanted{fd, events, 0};
        const int ready = ::poll(&wanted, 1, deadline.poll_ms());
        if (ready > 0) return true;
        if (ready == 0) return timed_out(during);
        if (errno != EINTR) return failed(system_reason(errno));
    }
}

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Tried<Addresses> resolve(const std::string& host, int port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (code != 0) return failed("the name " + host + " cannot be resolved: " + gai_strerror(code));
    return Addresses(found, freeaddrinfo);
}

}  // namespace

std::int64_t Deadline::elapsed_ms() const {
    return std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin_)
        .count();
}

std::chrono::milliseconds Deadline::left() const {
    const auto left = std::chrono::floor<std::chrono::milliseconds>(
        begin_ + limit_ - std::chrono::steady_clock::now());
    return std::max(left, std::chrono::milliseconds(0));
}

int Deadline::poll_ms() const {
    return static_cast<int>(std::min<std::int64_t>(left().count(), 3'600'000));
}

std::string short_reason(std::string_view reason) {
    std::string clean;
    for (const char c : reason.substr(0, kReasonBytesMax + 4))
        clean += static_cast<unsigned char>(c) < ' ' || c == 0x7F ? ' ' : c;
    while (clean.size() > kReasonBytesMax || (!clean.empty() && !well_formed_utf8(clean))) {
        if (clean.size() > kReasonBytesMax) {
            clean.pop_back();
            continue;
        }
        std::replace_if(
            clean.begin(), clean.end(), [](char c) { return static_cast<unsigned char>(c) > 0x7E; },
            '?');
    }
    return clean;
}

std::string system_reason(int error) { return std::generic_category().message(error); }

CheckAnswer answer_ok(const Deadline& deadline) {
    CheckAnswer answer;
    answer.outcome = CheckOutcome::kOk;
    answer.ms = deadline.elapsed_ms();
    return answer;
}

CheckAnswer answer_of(const CheckFault& fault) {
    CheckAnswer answer;
    answer.outcome = fault.outcome;
    answer.reason = short_reason(fault.reason);
    return answer;
}

CheckAnswer check_failed(std::string reason) { return answer_of(failed(std::move(reason))); }
CheckAnswer check_timed_out(std::string_view during) { return answer_of(timed_out(during)); }
CheckAnswer check_unable(std::string reason) {
    return answer_of({CheckOutcome::kUnable, std::move(reason)});
}
CheckAnswer check_unable(const Error& error) { return check_unable(describe(error, Language::en)); }

Tried<std::string> secret_of(const CheckTask& task, std::string_view name) {
    const auto found = task.secrets.find(std::string(name));
    if (found == task.secrets.end())
        return CheckFault{CheckOutcome::kUnable,
                          "the probe's machine holds no secret named " + std::string(name)};
    return found->second;
}

Tried<NetStream> NetStream::open(const std::string& host, int port, const Deadline& deadline) {
    auto addresses = resolve(host, port);
    if (!addresses.ok()) return addresses.fault();
    CheckFault last = failed("no address of " + host + " can be used");
    for (const addrinfo* one = addresses->get(); one != nullptr; one = one->ai_next) {
        NetStream stream(
            ::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, one->ai_protocol));
        if (stream.fd_ < 0) {
            last = failed(system_reason(errno));
            continue;
        }
        const int begun = ::connect(stream.fd_, one->ai_addr, one->ai_addrlen);
        if (begun != 0 && errno != EINPROGRESS) {
            last = failed("cannot connect: " + system_reason(errno));
            continue;
        }
        const auto waited = wait_for(stream.fd_, POLLOUT, deadline, "connecting");
        if (!waited.ok()) return waited.fault();
        int error = 0;
        socklen_t size = sizeof error;
        if (::getsockopt(stream.fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
        // A protocol of several small messages must not wait for delayed acknowledgements.
        const int at_once = 1;
        ::setsockopt(stream.fd_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
        if (error == 0) return stream;
        last = failed("cannot connect: " + system_reason(error));
    }
    return last;
}

NetStream::~NetStream() {
    if (fd_ >= 0) ::close(fd_);
}

Tried<bool> NetStream::wait_readable(const Deadline& deadline) const {
    return wait_for(fd_, POLLIN, deadline, "waiting for an answer");
}

Tried<bool> NetStream::wait_writable(const Deadline& deadline) const {
    return wait_for(fd_, POLLOUT, deadline, "sending");
}

Tried<bool> NetStream::send(std::string_view bytes, const Deadline& deadline) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
            return failed("sending failed: " + system_reason(errno));
        const auto waited = wait_writable(deadline);
        if (!waited.ok()) return waited.fault();
    }
    return true;
}

Tried<std::string> NetStream::receive(std::size_t most, const Deadline& deadline) {
    std::string bytes(std::min<std::size_t>(most, 65536), '\0');
    while (true) {
        // First the time: a peer that sends byte after byte must not hold the check for ever.
        if (deadline.passed()) return timed_out("reading an answer");
        const ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), 0);
        if (got >= 0) {
            bytes.resize(static_cast<std::size_t>(got));
            return bytes;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            return failed("reading failed: " + system_reason(errno));
        const auto waited = wait_readable(deadline);
        if (!waited.ok()) return waited.fault();
    }
}

}  // namespace klarsyn
