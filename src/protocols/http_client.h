// Asking other servers over HTTP (libcurl): identity providers, webhooks. Blocks: call it from a
// thread that may wait. No redirects, no proxy of the environment, TLS 1.2 at least. Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"

struct sockaddr;

namespace klarsyn {

// Where a connection may lead. public_only: to no address of this machine, of a private or a
// link-local network, whatever a name resolves to at the moment of connecting.
enum class Reach { anywhere, public_only };

struct HttpFetch {
    std::string method = "GET";
    std::string url;  // https://..., or http:// where plain is allowed
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    int timeout_seconds = 10;  // of the whole exchange
    std::size_t answer_bytes_max = 1 << 20;
    Reach reach = Reach::anywhere;
    enum class Plain { refused, allowed } plain = Plain::refused;
    std::string ca_file;  // PEM; empty: those of the system
};

struct HttpAnswer {
    int status = 0;
    std::string type;
    std::string body;
    int retry_after_seconds = 0;  // of Retry-After; 0: none
    std::string etag = {};        // as it stands, quotes and all; empty: none
};

// unavailable: no answer (protocols.http.failed); refused: the address must not be reached
// (protocols.http.private). Any status is an answer, no error.
Result<HttpAnswer> fetch(const HttpFetch& wanted);

bool is_public_address(const sockaddr* address);
// http://127.0.0.1..., http://[::1]..., http://localhost...: nothing leaves this machine.
bool is_loopback_url(std::string_view url);
// The host of an address, without port; empty where there is none.
std::string host_of_url(std::string_view url);

}  // namespace klarsyn
