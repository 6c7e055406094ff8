// A connection in plain text or in TLS (1.2 or newer), as the settings of a check say: certificates
// are always verified, and the name in them, too. Moves; closes itself; one thread.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocols/checks/net.h"

namespace klarsyn {

struct TlsWish {
    std::string server_name;  // name or address that the certificate must hold
    std::string ca_file;      // PEM; empty: the authorities of the system
    // Ours, where the service asks for one: PEM, and the name of the secret that holds its key.
    std::string certificate_file, key_secret;
};

// server_name (`host` without it), ca_file, certificate_file and key_secret (both or neither).
TlsWish read_tls_fields(Fields& fields, const std::string& host);
// tls (false), and where it is true the fields above. None: in plain text.
std::optional<TlsWish> read_tls_wish(Fields& fields, const std::string& host);

class PeerStream {
public:
    explicit PeerStream(NetStream plain) : net_(std::move(plain)) {}

    // The handshake. kFailed: the peer's certificate or protocol; kUnable: what the probe's machine
    // holds (ca_file, certificate, key) cannot be used.
    Tried<bool> secure(const TlsWish& wish, const CheckTask& task, const Deadline& deadline);
    // Whole days until the peer's certificate expires, rounded down; also after a handshake that
    // failed for it. None: there is none.
    std::optional<std::int64_t> certificate_days() const;

    Tried<bool> send(std::string_view bytes, const Deadline& deadline);  // all of them
    // What has come, at most `most` bytes; empty: the other side has closed.
    Tried<std::string> receive(std::size_t most, const Deadline& deadline);
    // Whether receive() would give something within this time.
    bool readable(const Deadline& deadline) const;

private:
    Tried<bool> wait_for(int why, std::string_view during, const Deadline& deadline) const;

    using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
    static int verify(X509_STORE_CTX* shown, void* into);

    NetStream net_;
    // What the peer showed, whether it holds or not; its address stays when the stream is moved.
    std::unique_ptr<Certificate> shown_ = std::make_unique<Certificate>(nullptr, X509_free);
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};
};

}  // namespace klarsyn
