// Signed tokens of identity providers (JWS in compact form, RFC 7515): the signature is checked
// against the provider's keys (JWK) with OpenSSL, then issuer, audience and times. The algorithm
// comes from the settings, never from the token. Pure; thread-safe.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace klarsyn {

struct TokenRules {
    std::string algorithm;  // "RS256" or "ES256"
    std::string issuer;
    std::string audience;   // the client's id
    UtcSecond now = 0;
    enum class Expiry { required, optional } expiry = Expiry::required;
};

// The claims. not_found (protocols.token.no_key): none of the keys is the token's, so fresh keys
// may help. refused (protocols.token.refused, with the reason): anything else that is wrong with it.
Result<boost::json::object> open_token(std::string_view token, const boost::json::object& keys,
                                       const TokenRules& rules);

// Unpadded base64url; decoding is strict and gives none for anything else.
std::string to_base64url(std::string_view bytes);
Result<std::string> from_base64url(std::string_view text);

}  // namespace klarsyn
