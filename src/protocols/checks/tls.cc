// tls: is the service's certificate valid for its name, and for how many days more? Settings:
//   host         needed
//   port         443
//   server_name  the name that the certificate must hold; default: host
//   ca_file      PEM on the probe's machine; default: the authorities of the system
//   certificate_file, key_secret  ours, where the service asks for one (secure.h)
//   days_least   failed where the certificate has fewer days left; default 0
// Reading: certificate_days, whole days until it expires, rounded down.
#include "protocols/checks/basic.h"
#include "protocols/checks/secure.h"

namespace klarsyn {
namespace {

struct TlsSettings {
    std::string host;
    TlsWish wish;
    int port = 443;
    std::int64_t days_least = 0;
};

Result<TlsSettings> read_tls(const boost::json::object& settings) {
    Fields fields(settings);
    TlsSettings tls;
    tls.host = fields.host();
    tls.port = fields.port("port", 443);
    tls.wish = read_tls_fields(fields, tls.host);
    tls.days_least = fields.number("days_least", 0, 10'000, 0);
    KL_CHECK(fields.finish());
    return tls;
}

Result<void> complete_tls(const boost::json::object& settings) {
    KL_TRY([[maybe_unused]] const auto tls, read_tls(settings));
    return {};
}

CheckAnswer run_tls(const CheckTask& task) {
    const auto tls = read_tls(task.settings);
    if (!tls.ok()) return check_unable(tls.error());
    const Deadline deadline(task.time_limit);
    auto stream = NetStream::open(tls->host, tls->port, deadline);
    if (!stream.ok()) return answer_of(stream.fault());
    const std::int64_t connected_ms = deadline.elapsed_ms();
    PeerStream peer(std::move(*stream));
    const auto shaken = peer.secure(tls->wish, task, deadline);
    CheckAnswer answer = shaken.ok() ? answer_ok(deadline) : answer_of(shaken.fault());
    answer.steps = {{"connect", connected_ms}, {"handshake", deadline.elapsed_ms() - connected_ms}};
    const auto days = peer.certificate_days();
    if (!days) return answer;
    answer.readings.push_back({"certificate_days", *days});
    if (answer.outcome == CheckOutcome::kOk && *days < tls->days_least) {
        answer.outcome = CheckOutcome::kFailed;
        answer.reason = "the certificate expires in " + std::to_string(*days) + " days";
    }
    return answer;
}

}  // namespace

const CheckProtocol kTlsCheck{"tls", complete_tls, run_tls};

}  // namespace klarsyn
