// icmp: does a machine answer an echo? Needs no privileges where the system grants ping sockets
// (net.ipv4.ping_group_range); without them the probe cannot measure. Settings:
//   host   needed
#include <netdb.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "core/random.h"
#include "protocols/checks/basic.h"
#include "protocols/checks/net.h"

namespace klarsyn {
namespace {

constexpr std::size_t kEchoHead = 8;  // type, code, checksum, identifier, sequence
constexpr std::size_t kEchoBytes = kEchoHead + 16;
constexpr std::uint16_t kEchoSequence = 1;

Result<std::string> read_icmp(const boost::json::object& settings) {
    Fields fields(settings);
    std::string host = fields.host();
    KL_CHECK(fields.finish());
    return host;
}

Result<void> complete_icmp(const boost::json::object& settings) {
    KL_TRY([[maybe_unused]] const auto host, read_icmp(settings));
    return {};
}

// The kernel fills in identifier and checksum.
std::string echo_request(int family) {
    std::string packet(kEchoBytes, '\0');
    packet[0] = static_cast<char>(family == AF_INET ? ICMP_ECHO : ICMP6_ECHO_REQUEST);
    packet[7] = static_cast<char>(kEchoSequence);
    const std::uint64_t now =
        static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
    const std::uint64_t mark = Random(now).next();
    std::memcpy(packet.data() + kEchoHead, &mark, sizeof mark);
    return packet;
}

bool is_reply(std::string_view got, std::string_view sent, int family) {
    const auto type = static_cast<char>(family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY);
    return got.size() == sent.size() && got[0] == type && got.substr(6) == sent.substr(6);
}

CheckAnswer wait_echo(int fd, std::string_view sent, int family, const Deadline& deadline) {
    while (!deadline.passed()) {
        pollfd wanted{fd, POLLIN, 0};
        if (::poll(&wanted, 1, deadline.poll_ms()) <= 0) continue;
        char bytes[2048];
        const ssize_t got = ::recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got < 0 && errno != EAGAIN && errno != EINTR)
            return check_failed("no echo: " + system_reason(errno));
        if (got > 0 && is_reply({bytes, static_cast<std::size_t>(got)}, sent, family))
            return answer_ok(deadline);
    }
    return check_timed_out("waiting for the echo");
}

CheckAnswer run_icmp(const CheckTask& task) {
    const auto host = read_icmp(task.settings);
    if (!host.ok()) return check_unable(host.error());
    addrinfo hints{};
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* raw = nullptr;
    if (const int code = ::getaddrinfo(host->c_str(), nullptr, &hints, &raw); code != 0)
        return check_failed("the name " + *host + " cannot be resolved: " + gai_strerror(code));
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> address(raw, freeaddrinfo);
    const int family = address->ai_family;
    const int fd = ::socket(
        family, SOCK_DGRAM | SOCK_CLOEXEC,
        family == AF_INET ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6));
    if (fd < 0)
        return check_unable("this probe may not send ICMP (" + system_reason(errno) +
                            "): see net.ipv4.ping_group_range");
    struct Closer {
        int fd;
        ~Closer() { ::close(fd); }
    } closer{fd};
    const Deadline deadline(task.time_limit);  // of the echo alone, as ping counts
    const std::string packet = echo_request(family);
    if (::sendto(fd, packet.data(), packet.size(), 0, address->ai_addr, address->ai_addrlen) < 0) {
        if (errno == EPERM || errno == EACCES)
            return check_unable("this probe may not send ICMP: " + system_reason(errno));
        return check_failed("the echo cannot be sent: " + system_reason(errno));
    }
    return wait_echo(fd, packet, family, deadline);
}

}  // namespace

const CheckProtocol kIcmpCheck{"icmp", complete_icmp, run_icmp};

}  // namespace klarsyn
