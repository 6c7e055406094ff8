// tcp: can a connection be made, and does the service say what it says? Settings:
//   host, port  needed
//   send        what to send once connected; \n in it as it stands
//   expect      a text that the first 64 KiB of the answer must hold; without it nothing is read
#include "protocols/checks/basic.h"
#include "protocols/checks/net.h"

namespace klarsyn {
namespace {

constexpr std::size_t kReadMost = 65536;

struct TcpSettings {
    std::string host, send, expect;
    int port = 0;
};

Result<TcpSettings> read_tcp(const boost::json::object& settings) {
    Fields fields(settings);
    TcpSettings tcp;
    tcp.host = fields.host();
    tcp.port = fields.port("port", 0);
    tcp.send = fields.text("send", "");
    tcp.expect = fields.text("expect", "");
    KL_CHECK(fields.finish());
    return tcp;
}

Result<void> complete_tcp(const boost::json::object& settings) {
    KL_TRY([[maybe_unused]] const auto tcp, read_tcp(settings));
    return {};
}

CheckAnswer expect_text(NetStream& stream, const std::string& expect, const Deadline& deadline) {
    std::string all;
    while (all.find(expect) == std::string::npos) {
        if (all.size() >= kReadMost) return check_failed("the answer lacks the expected text");
        const auto more = stream.receive(kReadMost - all.size(), deadline);
        if (!more.ok()) return answer_of(more.fault());
        if (more->empty()) return check_failed("closed without the expected text");
        all += *more;
    }
    return answer_ok(deadline);
}

CheckAnswer run_tcp(const CheckTask& task) {
    const auto tcp = read_tcp(task.settings);
    if (!tcp.ok()) return check_unable(tcp.error());
    const Deadline deadline(task.time_limit);
    auto stream = NetStream::open(tcp->host, tcp->port, deadline);
    if (!stream.ok()) return answer_of(stream.fault());
    const auto sent = stream->send(tcp->send, deadline);
    if (!sent.ok()) return answer_of(sent.fault());
    if (!tcp->expect.empty()) return expect_text(*stream, tcp->expect, deadline);
    return answer_ok(deadline);
}

}  // namespace

const CheckProtocol kTcpCheck{"tcp", complete_tcp, run_tcp};

}  // namespace klarsyn
