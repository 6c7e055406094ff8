// dns: does a name server answer with the right addresses? Settings:
//   name     needed: the name to ask for
//   type     A (default) or AAAA
//   server   the address of the name server, with or without :port; default: those of the system
//   expect   a list of addresses; every address answered must be one of them
#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>
#include <sys/select.h>

#include <algorithm>

#include "protocols/checks/basic.h"
#include "protocols/checks/net.h"

namespace klarsyn {
namespace {

struct DnsSettings {
    std::string name, type, server;
    std::vector<std::string> expect;
};

struct DnsFound {
    bool done = false;
    int status = ARES_SUCCESS;
    std::vector<std::string> addresses;
};

class DnsChannel {
public:
    explicit DnsChannel(const Deadline& deadline) {
        started_ = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
        ares_options options{};
        options.lookups = const_cast<char*>("b");  // not the file of hosts
        options.timeout = std::max(1, deadline.poll_ms() / 2);
        options.tries = 2;
        ready_ = started_ && ares_init_options(&channel_, &options,
                                               ARES_OPT_LOOKUPS | ARES_OPT_TIMEOUTMS |
                                                   ARES_OPT_TRIES) == ARES_SUCCESS;
    }
    ~DnsChannel() {
        if (ready_) ares_destroy(channel_);
        if (started_) ares_library_cleanup();
    }
    DnsChannel(const DnsChannel&) = delete;
    DnsChannel& operator=(const DnsChannel&) = delete;
    bool ready() const { return ready_; }
    ares_channel get() const { return channel_; }

private:
    ares_channel channel_ = nullptr;
    bool started_ = false, ready_ = false;
};

Result<DnsSettings> read_dns(const boost::json::object& settings) {
    Fields fields(settings);
    DnsSettings dns;
    dns.name = fields.host("name");
    dns.type = fields.word("type", {"A", "AAAA"});
    dns.server = fields.text("server", "");
    dns.expect = fields.texts("expect");
    KL_CHECK(fields.finish());
    return dns;
}

Result<void> complete_dns(const boost::json::object& settings) {
    KL_TRY([[maybe_unused]] const auto dns, read_dns(settings));
    return {};
}

// The same address is always written alike.
std::string canonical(const std::string& address) {
    unsigned char bytes[sizeof(in6_addr)];
    char text[INET6_ADDRSTRLEN];
    for (const int family : {AF_INET, AF_INET6})
        if (::inet_pton(family, address.c_str(), bytes) == 1 &&
            ::inet_ntop(family, bytes, text, sizeof text) != nullptr)
            return text;
    return address;
}

void take_addresses(void* into, int status, int, ares_addrinfo* result) {
    auto& found = *static_cast<DnsFound*>(into);
    found.done = true;
    found.status = status;
    if (result == nullptr) return;
    for (const ares_addrinfo_node* node = result->nodes; node != nullptr; node = node->ai_next) {
        char text[NI_MAXHOST];
        if (::getnameinfo(node->ai_addr, static_cast<socklen_t>(node->ai_addrlen), text,
                          sizeof text, nullptr, 0, NI_NUMERICHOST) == 0)
            found.addresses.emplace_back(text);
    }
    ares_freeaddrinfo(result);
}

bool wait_dns(const DnsChannel& channel, DnsFound& found, const Deadline& deadline) {
    while (!found.done && !deadline.passed()) {
        fd_set readable, writable;
        FD_ZERO(&readable);
        FD_ZERO(&writable);
        const int most = ares_fds(channel.get(), &readable, &writable);
        if (most == 0) break;
        const std::int64_t left = std::min<std::int64_t>(deadline.left().count(), 100);
        timeval pause{0, static_cast<suseconds_t>(left * 1000)};
        ::select(most, &readable, &writable, nullptr, &pause);
        ares_process(channel.get(), &readable, &writable);
    }
    return found.done;
}

CheckAnswer judge_dns(const DnsSettings& dns, const DnsFound& found, const Deadline& deadline) {
    if (found.status == ARES_ETIMEOUT) return check_timed_out("asking the name server");
    if (found.status != ARES_SUCCESS)
        return check_failed(std::string("the name server: ") + ares_strerror(found.status));
    if (found.addresses.empty()) return check_failed("the name server names no address");
    if (dns.expect.empty()) return answer_ok(deadline);
    for (const std::string& address : found.addresses) {
        const bool expected = std::any_of(
            dns.expect.begin(), dns.expect.end(),
            [&](const std::string& one) { return canonical(one) == canonical(address); });
        if (!expected) return check_failed("the name server names another address, " + address);
    }
    return answer_ok(deadline);
}

CheckAnswer run_dns(const CheckTask& task) {
    const auto dns = read_dns(task.settings);
    if (!dns.ok()) return check_unable(dns.error());
    const Deadline deadline(task.time_limit);
    DnsFound found;  // outlives the channel, whose end calls back
    const DnsChannel channel(deadline);
    if (!channel.ready()) return check_unable("the resolver cannot be started");
    if (!dns->server.empty() &&
        ares_set_servers_ports_csv(channel.get(), dns->server.c_str()) != ARES_SUCCESS)
        return check_unable("server is no address");
    ares_addrinfo_hints hints{};
    hints.ai_family = dns->type == "A" ? AF_INET : AF_INET6;
    hints.ai_flags = ARES_AI_NOSORT;
    const std::string name = dns->name.ends_with('.') ? dns->name : dns->name + '.';
    ares_getaddrinfo(channel.get(), name.c_str(), nullptr, &hints, take_addresses, &found);
    if (!wait_dns(channel, found, deadline)) return check_timed_out("asking the name server");
    return judge_dns(*dns, found, deadline);
}

}  // namespace

const CheckProtocol kDnsCheck{"dns", complete_dns, run_dns};

}  // namespace klarsyn
