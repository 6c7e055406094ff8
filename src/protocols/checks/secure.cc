#include "protocols/checks/secure.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace klarsyn {
namespace {

using SslContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

CheckFault unable(std::string reason) { return {CheckOutcome::kUnable, std::move(reason)}; }

// OpenSSL's own words for the last error; never a text of the peer.
std::string openssl_reason(std::string_view otherwise) {
    const unsigned long code = ERR_peek_last_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    return std::string(reason != nullptr ? reason : otherwise);
}

int no_password(char*, int, int, void*) { return 0; }  // else OpenSSL asks at the terminal

Tried<bool> use_own_certificate(SSL_CTX* context, const TlsWish& wish, const CheckTask& task) {
    if (wish.certificate_file.empty()) return true;
    if (SSL_CTX_use_certificate_chain_file(context, wish.certificate_file.c_str()) != 1)
        return unable("the certificate_file cannot be read");
    const auto key = secret_of(task, wish.key_secret);
    if (!key.ok()) return key.fault();
    const std::unique_ptr<BIO, decltype(&BIO_free)> text(
        BIO_new_mem_buf(key->data(), static_cast<int>(key->size())), BIO_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> read(
        text ? PEM_read_bio_PrivateKey(text.get(), nullptr, no_password, nullptr) : nullptr,
        EVP_PKEY_free);
    if (!read) return unable("the secret " + wish.key_secret + " is no key in PEM");
    if (SSL_CTX_use_PrivateKey(context, read.get()) != 1)
        return unable("the secret " + wish.key_secret + " is not the key of certificate_file");
    return true;
}

Tried<SslContext> new_context(const TlsWish& wish, const CheckTask& task) {
    SslContext context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    if (!context) return unable("OpenSSL cannot be started");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    const bool trusted =
        wish.ca_file.empty()
            ? SSL_CTX_set_default_verify_paths(context.get()) == 1
            : SSL_CTX_load_verify_locations(context.get(), wish.ca_file.c_str(), nullptr) == 1;
    if (!trusted) return unable("the ca_file cannot be read");
    const auto own = use_own_certificate(context.get(), wish, task);
    if (!own.ok()) return own.fault();
    return context;
}

std::string handshake_reason(const SSL* session) {
    const long verified = SSL_get_verify_result(session);
    if (verified != X509_V_OK)
        return std::string("certificate: ") + X509_verify_cert_error_string(verified);
    return "handshake: " + openssl_reason("the connection was closed");
}

bool closed(int why) {
    return why == SSL_ERROR_ZERO_RETURN ||
           (why == SSL_ERROR_SSL &&
            ERR_GET_REASON(ERR_peek_last_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING);
}

CheckFault broken(std::string_view what) {
    return {CheckOutcome::kFailed,
            std::string(what) + " failed: " + openssl_reason("the connection was closed")};
}

}  // namespace

TlsWish read_tls_fields(Fields& fields, const std::string& host) {
    TlsWish wish;
    wish.server_name = fields.text("server_name", host);
    wish.ca_file = fields.text("ca_file", "");
    wish.certificate_file = fields.text("certificate_file", "");
    wish.key_secret = fields.text("key_secret", "");
    if (wish.certificate_file.empty() != wish.key_secret.empty())
        fields.fault("key_secret", "checks.address.own_certificate");
    return wish;
}

std::optional<TlsWish> read_tls_wish(Fields& fields, const std::string& host) {
    if (fields.flag("tls", false)) return read_tls_fields(fields, host);
    for (const char* field : {"server_name", "ca_file", "certificate_file", "key_secret"})
        if (fields.has(field)) fields.fault(field, "checks.address.with_tls");
    return {};
}

Tried<bool> PeerStream::wait_for(int why, std::string_view during, const Deadline& deadline) const {
    if (deadline.passed())
        return CheckFault{CheckOutcome::kTimeout,
                          "no answer within the time limit " + std::string(during)};
    return why == SSL_ERROR_WANT_WRITE ? net_.wait_writable(deadline)
                                       : net_.wait_readable(deadline);
}

Tried<bool> PeerStream::secure(const TlsWish& wish, const CheckTask& task,
                               const Deadline& deadline) {
    auto context = new_context(wish, task);
    if (!context.ok()) return context.fault();
    SSL_CTX_set_cert_verify_callback(context->get(), verify, shown_.get());
    ssl_.reset(SSL_new(context->get()));
    if (!ssl_) return unable("OpenSSL cannot be started");
    X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl_.get());
    if (X509_VERIFY_PARAM_set1_ip_asc(wanted, wish.server_name.c_str()) != 1) {
        SSL_set1_host(ssl_.get(), wish.server_name.c_str());
        SSL_set_tlsext_host_name(ssl_.get(), wish.server_name.c_str());
    }
    SSL_set_fd(ssl_.get(), net_.fd());
    while (true) {
        ERR_clear_error();
        const int done = SSL_connect(ssl_.get());
        if (done == 1) return true;
        const int why = SSL_get_error(ssl_.get(), done);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
            return CheckFault{CheckOutcome::kFailed, handshake_reason(ssl_.get())};
        auto waited = wait_for(why, "during the handshake", deadline);
        if (!waited.ok()) return waited;
    }
}

// OpenSSL forgets a certificate that it refuses.
int PeerStream::verify(X509_STORE_CTX* shown, void* into) {
    if (X509* certificate = X509_STORE_CTX_get0_cert(shown); certificate != nullptr) {
        X509_up_ref(certificate);
        static_cast<Certificate*>(into)->reset(certificate);
    }
    return X509_verify_cert(shown);
}

std::optional<std::int64_t> PeerStream::certificate_days() const {
    if (!*shown_) return {};
    int days = 0, seconds = 0;
    if (ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(shown_->get())) != 1) return {};
    return seconds < 0 ? days - 1 : days;
}

Tried<bool> PeerStream::send(std::string_view bytes, const Deadline& deadline) {
    if (!ssl_) return net_.send(bytes, deadline);
    while (!bytes.empty()) {
        std::size_t sent = 0;
        ERR_clear_error();
        const int done = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent);
        if (done == 1) {
            bytes.remove_prefix(sent);
            continue;
        }
        const int why = SSL_get_error(ssl_.get(), done);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return broken("sending");
        auto waited = wait_for(why, "while sending", deadline);
        if (!waited.ok()) return waited;
    }
    return true;
}

Tried<std::string> PeerStream::receive(std::size_t most, const Deadline& deadline) {
    if (!ssl_) return net_.receive(most, deadline);
    std::string bytes(std::min<std::size_t>(most, 65536), '\0');
    while (true) {
        std::size_t got = 0;
        ERR_clear_error();
        const int done =
            deadline.passed() ? 0 : SSL_read_ex(ssl_.get(), bytes.data(), bytes.size(), &got);
        if (done == 1) {
            bytes.resize(got);
            return bytes;
        }
        const int why = deadline.passed() ? SSL_ERROR_WANT_READ : SSL_get_error(ssl_.get(), done);
        if (closed(why)) return std::string();
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return broken("reading");
        const auto waited = wait_for(why, "while reading an answer", deadline);
        if (!waited.ok()) return waited.fault();
    }
}

bool PeerStream::readable(const Deadline& deadline) const {
    if (ssl_ && SSL_pending(ssl_.get()) > 0) return true;
    return net_.wait_readable(deadline).ok();
}

}  // namespace klarsyn
