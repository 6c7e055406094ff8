// tls: is the service's certificate valid for its name, and for how many days more? Settings:
//   host         needed
//   port         443
//   server_name  the name that the certificate must hold; default: host
//   ca_file      PEM on the probe's machine; default: the authorities of the system
//   days_least   failed where the certificate has fewer days left; default 0
// Reading: certificate_days, whole days until it expires, rounded down.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>

#include "protocols/checks/basic.h"
#include "protocols/checks/net.h"

namespace klarsyn {
namespace {

struct TlsSettings {
    std::string host, server_name, ca_file;
    int port = 443;
    std::int64_t days_least = 0;
};

using SslContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using SslSession = std::unique_ptr<SSL, decltype(&SSL_free)>;

Result<TlsSettings> read_tls(const boost::json::object& settings) {
    Fields fields(settings);
    TlsSettings tls;
    tls.host = fields.host();
    tls.port = fields.port("port", 443);
    tls.server_name = fields.text("server_name", tls.host);
    tls.ca_file = fields.text("ca_file", "");
    tls.days_least = fields.number("days_least", 0, 10'000, 0);
    KL_CHECK(fields.finish());
    return tls;
}

Result<void> complete_tls(const boost::json::object& settings) {
    KL_TRY([[maybe_unused]] const auto tls, read_tls(settings));
    return {};
}

Tried<SslSession> new_session(const TlsSettings& tls, const NetStream& stream) {
    const SslContext context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    if (!context) return CheckFault{CheckOutcome::kUnable, "OpenSSL cannot be started"};
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    const bool trusted =
        tls.ca_file.empty()
            ? SSL_CTX_set_default_verify_paths(context.get()) == 1
            : SSL_CTX_load_verify_locations(context.get(), tls.ca_file.c_str(), nullptr) == 1;
    if (!trusted) return CheckFault{CheckOutcome::kUnable, "the ca_file cannot be read"};
    SslSession session(SSL_new(context.get()), SSL_free);
    X509_VERIFY_PARAM* wanted = SSL_get0_param(session.get());
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, tls.server_name.c_str()) != 1) {
        SSL_set1_host(session.get(), tls.server_name.c_str());
        SSL_set_tlsext_host_name(session.get(), tls.server_name.c_str());
    }
    SSL_set_fd(session.get(), stream.fd());
    return session;
}

std::string tls_reason(SSL* session) {
    const long verified = SSL_get_verify_result(session);
    if (verified != X509_V_OK)
        return std::string("certificate: ") + X509_verify_cert_error_string(verified);
    const unsigned long code = ERR_peek_last_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return std::string("handshake: ") + (reason != nullptr ? reason : "the connection was closed");
}

Tried<bool> shake_hands(SSL* session, const NetStream& stream, const Deadline& deadline) {
    while (true) {
        if (deadline.passed())
            return CheckFault{CheckOutcome::kTimeout,
                              "no answer within the time limit during the handshake"};
        ERR_clear_error();
        const int done = SSL_connect(session);
        if (done == 1) return true;
        const int why = SSL_get_error(session, done);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
            return CheckFault{CheckOutcome::kFailed, tls_reason(session)};
        auto waited = why == SSL_ERROR_WANT_READ ? stream.wait_readable(deadline)
                                                 : stream.wait_writable(deadline);
        if (!waited.ok()) return waited;
    }
}

// Whole days from now until it expires, rounded down; below zero where it has.
std::int64_t certificate_days(X509* certificate) {
    int days = 0, seconds = 0;
    if (ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate)) != 1) return 0;
    return seconds < 0 ? days - 1 : days;
}

CheckAnswer run_tls(const CheckTask& task) {
    const auto tls = read_tls(task.settings);
    if (!tls.ok()) return check_unable(tls.error());
    const Deadline deadline(task.time_limit);
    auto stream = NetStream::open(tls->host, tls->port, deadline);
    if (!stream.ok()) return answer_of(stream.fault());
    const std::int64_t connected_ms = deadline.elapsed_ms();
    auto session = new_session(*tls, *stream);
    if (!session.ok()) return answer_of(session.fault());
    const auto shaken = shake_hands(session->get(), *stream, deadline);
    CheckAnswer answer = shaken.ok() ? answer_ok(deadline) : answer_of(shaken.fault());
    answer.steps = {{"connect", connected_ms}, {"handshake", deadline.elapsed_ms() - connected_ms}};
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        SSL_get1_peer_certificate(session->get()), X509_free);
    if (!certificate) return answer;
    const std::int64_t days = certificate_days(certificate.get());
    answer.readings.push_back({"certificate_days", days});
    if (answer.outcome == CheckOutcome::kOk && days < tls->days_least) {
        answer.outcome = CheckOutcome::kFailed;
        answer.reason = "the certificate expires in " + std::to_string(days) + " days";
    }
    return answer;
}

}  // namespace

const CheckProtocol kTlsCheck{"tls", complete_tls, run_tls};

}  // namespace klarsyn
