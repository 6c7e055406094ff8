#include "protocols/probe/flow_listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/time.h"
#include "protocols/checks/net.h"
#include "protocols/hl7.h"

namespace klarsyn {
namespace {

constexpr int kBacklog = 128;
constexpr int kAcceptAtOnce = 64;
constexpr std::int64_t kAcceptPause_ms = 1000;

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Error unusable(const std::string& place, std::string_view reason) {
    return make_error(ErrorCode::unavailable, "probe.flow.listen",
                      {{"place", place}, {"reason", std::string(reason)}});
}

Result<Addresses> addresses_of(const std::string& place, int flags) {
    const auto parts = split_address(place);
    if (!parts) return unusable(place, "no address and port");
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int code =
        ::getaddrinfo(parts->first.c_str(), std::to_string(parts->second).c_str(), &hints, &found);
    if (code != 0) return unusable(place, ::gai_strerror(code));
    return Addresses(found, &::freeaddrinfo);
}

std::string numeric(const sockaddr_storage& address) {
    char text[NI_MAXHOST] = "";
    const auto size = address.ss_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    (void)::getnameinfo(reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size),
                        text, sizeof text, nullptr, 0, NI_NUMERICHOST);
    const std::string found = text;
    return found.starts_with("::ffff:") ? found.substr(7) : found;
}

void close_fd(int& fd) {
    if (fd >= 0) ::close(fd);
    fd = -1;
}

bool later(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

short revents_of(std::span<const pollfd> list, int fd, std::size_t slot) {
    return fd >= 0 && slot < list.size() && list[slot].fd == fd ? list[slot].revents : short{0};
}

// What answers a message: AA once it is kept, AE where it is not, AR where it has no number.
std::string answer_to(const std::string& header, bool kept, std::uint64_t number) {
    const auto message = Hl7Message::parse(header);
    if (!message.ok()) return {};
    const auto envelope = hl7_envelope(*message);
    if (envelope.ok() && !envelope->acknowledges.empty()) return {};
    const char* code = !envelope.ok() ? "AR" : kept ? "AA" : "AE";
    const UtcSecond now = SystemClock().now();
    std::string time = iso_utc(now);
    std::erase_if(time, [](char c) { return c < '0' || c > '9'; });
    return mllp_frame(hl7_acknowledge(*message, code,
                                      "KL" + std::to_string(now) + "-" + std::to_string(number),
                                      time.substr(0, 14)));
}

}  // namespace

Result<std::unique_ptr<FlowListener>> FlowListener::open(const FlowRule& rule,
                                                         const FlowLimits& limits) {
    KL_TRY(const auto own, addresses_of(rule.listen, AI_PASSIVE));
    int fd = -1;
    std::string reason = "no address";
    for (const addrinfo* one = own.get(); one != nullptr && fd < 0; one = one->ai_next) {
        fd = ::socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, one->ai_protocol);
        const int yes = 1;
        if (fd >= 0) (void)::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (fd >= 0 && ::bind(fd, one->ai_addr, one->ai_addrlen) == 0 &&
            ::listen(fd, kBacklog) == 0)
            break;
        reason = system_reason(errno);
        close_fd(fd);
    }
    if (fd < 0) return unusable(rule.listen, reason);
    std::unique_ptr<FlowListener> listener(new FlowListener(rule, limits, fd));
    if (rule.forward.empty()) return listener;
    KL_TRY(const auto target, addresses_of(rule.forward, 0));
    std::memcpy(&listener->target_, target->ai_addr, target->ai_addrlen);
    listener->target_size_ = target->ai_addrlen;
    return listener;
}

FlowListener::~FlowListener() {
    for (Link& link : links_) close_link(link);
    close_fd(listener_);
}

int FlowListener::port() const {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    const auto port = address.ss_family == AF_INET6
                          ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                          : reinterpret_cast<const sockaddr_in*>(&address)->sin_port;
    return ntohs(port);
}

void FlowListener::want(std::vector<pollfd>& list) {
    const auto add = [&](int fd, short events, std::size_t& slot) {
        slot = list.size();  // a descriptor that waits for nothing must not wake us by its end
        if (fd >= 0) list.push_back({events != 0 ? fd : -1, events, 0});
    };
    add(listener_, now_ms_ < accept_from_ms_ ? short{0} : short{POLLIN}, slot_);
    for (Link& link : links_) {
        const auto events = [&](const Side& side, const Side& other) {
            const bool reads =
                !side.ended && other.out.size() < limits_.waiting_bytes_max && !link.connecting;
            return static_cast<short>((reads ? POLLIN : 0) | (side.out.empty() ? 0 : POLLOUT));
        };
        add(link.client.fd, events(link.client, link.target), link.client.slot);
        add(link.target.fd, link.connecting ? short{POLLOUT} : events(link.target, link.client),
            link.target.slot);
    }
}

bool FlowListener::may_connect(const sockaddr_storage& from) const {
    return rule_.from.empty() ||
           std::find(rule_.from.begin(), rule_.from.end(), numeric(from)) != rule_.from.end();
}

// Of connections that never brought a message the oldest gives way.
bool FlowListener::make_room() {
    if (links_.size() < limits_.connections_max) return true;
    const auto oldest = std::find_if(links_.begin(), links_.end(),
                                     [](const Link& link) { return !link.began && !link.broken; });
    if (oldest == links_.end() || relays()) return false;
    close_link(*oldest);
    links_.erase(oldest);
    ++troubles_.closed;
    return true;
}

void FlowListener::accept_some(std::int64_t now_ms) {
    for (int i = 0; i < kAcceptAtOnce; ++i) {
        sockaddr_storage from{};
        socklen_t size = sizeof from;
        int fd = ::accept4(listener_, reinterpret_cast<sockaddr*>(&from), &size,
                           SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) {
            if (!later(errno) && errno != ECONNABORTED) accept_from_ms_ = now_ms + kAcceptPause_ms;
            return;
        }
        if (!may_connect(from) || !make_room()) {
            close_fd(fd);
            ++troubles_.refused;
            continue;
        }
        const int yes = 1;
        (void)::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
        (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        Link& link = links_.emplace_back();
        link.client.fd = fd;
        link.opened_ms = link.heard_ms = now_ms;
        if (relays()) connect_target(link);
    }
}

void FlowListener::connect_target(Link& link) {
    link.target.fd = ::socket(target_.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int yes = 1;
    if (link.target.fd >= 0) {
        (void)::setsockopt(link.target.fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
        (void)::setsockopt(link.target.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (::connect(link.target.fd, reinterpret_cast<const sockaddr*>(&target_), target_size_) ==
                0 ||
            errno == EINPROGRESS) {
            link.connecting = true;
            return;
        }
    }
    link.broken = true;  // the sender hears of it as it would from the target
    ++troubles_.unreachable;
}

void FlowListener::read_side(Link& link, Side& side, Side& other, std::int64_t utc_ms,
                             std::int64_t now_ms, std::vector<SeenMessage>& seen) {
    char bytes[16'384];
    const ssize_t size = ::recv(side.fd, bytes, sizeof bytes, 0);
    if (size < 0) {
        link.broken = link.broken || !later(errno);
        return;
    }
    if (size == 0) {
        side.ended = true;
        return;
    }
    link.heard_ms = now_ms;
    const std::string_view came(bytes, static_cast<std::size_t>(size));
    const bool was_inside = side.tap.inside();
    MllpTap::Headers headers;
    side.tap.take(came, headers);
    if (&side == &link.client && (!was_inside || !headers.empty())) link.message_ms = now_ms;
    if (relays()) {
        other.out += came;
        write_side(link, other);
    }
    for (std::string& header : headers) {
        link.began = true;
        if (header.empty()) {
            ++troubles_.unreadable;
            continue;
        }
        if (rule_.answer) link.answers.push_back(header);
        seen.push_back({utc_ms, rule_.hop, std::move(header)});
    }
}

void FlowListener::write_side(Link& link, Side& side) {
    while (!side.out.empty() && side.fd >= 0) {
        const ssize_t size = ::send(side.fd, side.out.data(), side.out.size(), MSG_NOSIGNAL);
        if (size < 0) {
            link.broken = link.broken || !later(errno);
            return;
        }
        side.out.erase(0, static_cast<std::size_t>(size));
    }
}

// A stream that is handed on is never cut off here: it is its own two sides' business.
void FlowListener::check_limits(Link& link, std::int64_t now_ms) {
    if (relays() || link.broken) return;
    const MllpTap& tap = link.client.tap;
    const bool too_slow = (tap.inside() && now_ms - link.message_ms > limits_.message_ms) ||
                          (!link.began && now_ms - link.opened_ms > limits_.first_ms) ||
                          now_ms - link.heard_ms > limits_.silence_ms;
    if (!too_slow && tap.message_bytes() <= limits_.message_bytes_max &&
        tap.stray_bytes() <= limits_.stray_bytes_max &&
        link.client.out.size() <= limits_.waiting_bytes_max)
        return;
    link.broken = true;
    ++troubles_.closed;
}

void FlowListener::work(std::span<const pollfd> list, std::int64_t utc_ms, std::int64_t now_ms,
                        std::vector<SeenMessage>& seen) {
    now_ms_ = now_ms;
    for (Link& link : links_) {
        Side& client = link.client;
        Side& target = link.target;
        const short at_client = revents_of(list, client.fd, client.slot);
        const short at_target = revents_of(list, target.fd, target.slot);
        if (link.connecting && at_target != 0) {
            int error = 0;
            socklen_t size = sizeof error;
            (void)::getsockopt(target.fd, SOL_SOCKET, SO_ERROR, &error, &size);
            link.connecting = false;
            if (error != 0) ++troubles_.unreachable;
            link.broken = error != 0;
            continue;
        }
        if ((at_client & (POLLIN | POLLHUP | POLLERR)) != 0 && !client.ended)
            read_side(link, client, target, utc_ms, now_ms, seen);
        if ((at_target & (POLLIN | POLLHUP | POLLERR)) != 0 && !target.ended && !link.connecting)
            read_side(link, target, client, utc_ms, now_ms, seen);
        if ((at_client & POLLOUT) != 0) write_side(link, client);
        if ((at_target & POLLOUT) != 0) write_side(link, target);
        check_limits(link, now_ms);
    }
    if ((revents_of(list, listener_, slot_) & POLLIN) != 0) accept_some(now_ms);
}

void FlowListener::settle(bool kept) {
    for (Link& link : links_) {
        for (const std::string& header : std::exchange(link.answers, {}))
            link.client.out += answer_to(header, kept, ++answered_);
        write_side(link, link.client);
        if (!relays()) {
            if (link.client.ended && link.client.out.empty()) link.broken = true;
            continue;
        }
        // Each side hears of the other's end once it has all that came before.
        for (auto [from, to] :
             {std::pair(&link.client, &link.target), std::pair(&link.target, &link.client)}) {
            if (link.connecting || !from->ended || !to->out.empty() || to->shut) continue;
            ::shutdown(to->fd, SHUT_WR);
            to->shut = true;
        }
        if (link.client.shut && link.target.shut) link.broken = true;
    }
    std::erase_if(links_, [&](Link& link) {
        if (!link.broken) return false;
        close_link(link);
        return true;
    });
}

void FlowListener::close_link(Link& link) {
    close_fd(link.client.fd);
    close_fd(link.target.fd);
}

}  // namespace klarsyn
