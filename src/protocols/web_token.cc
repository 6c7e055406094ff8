#include "protocols/web_token.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <sodium.h>

#include <boost/json/parse.hpp>

#include <array>
#include <memory>

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr std::size_t kTokenBytesMax = 64 << 10;
constexpr UtcSecond kLeewaySeconds = 60;  // clocks differ
constexpr UtcSecond kAgeSecondsMax = 600;  // of a token that names no end
constexpr int kRsaBitsMin = 2048;
constexpr std::size_t kP256Bytes = 32;

template <auto Free>
struct Freed {
    template <typename T>
    void operator()(T* pointer) const { Free(pointer); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

Error refused(std::string reason) {
    return make_error(ErrorCode::refused, "protocols.token.refused", {{"reason", std::move(reason)}});
}

std::string_view text_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view(value->as_string())
                                                  : std::string_view();
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

Number number_of(const json::object& key, std::string_view name) {
    const auto bytes = from_base64url(text_of(key, name));
    if (!bytes.ok() || bytes->empty()) return nullptr;
    return Number(BN_bin2bn(bytes_of(*bytes), static_cast<int>(bytes->size()), nullptr));
}

Key build_key(const char* type, const Builder& builder) {
    const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
    const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) <= 0)
        return nullptr;
    return Key(key);
}

Key rsa_key(const json::object& jwk) {
    const Number n = number_of(jwk, "n"), e = number_of(jwk, "e");
    const Builder builder(OSSL_PARAM_BLD_new());
    if (!n || !e || !builder || BN_num_bits(n.get()) < kRsaBitsMin) return nullptr;
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
    return build_key("RSA", builder);
}

Key p256_key(const json::object& jwk) {
    const auto x = from_base64url(text_of(jwk, "x")), y = from_base64url(text_of(jwk, "y"));
    if (text_of(jwk, "crv") != "P-256" || !x.ok() || !y.ok() || x->size() != kP256Bytes ||
        y->size() != kP256Bytes)
        return nullptr;
    const std::string point = "\x04" + *x + *y;
    const Builder builder(OSSL_PARAM_BLD_new());
    if (!builder) return nullptr;
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
    return build_key("EC", builder);
}

// r and s one after the other, as tokens have them, in the form that OpenSSL reads.
std::string der_signature(std::string_view raw) {
    if (raw.size() != 2 * kP256Bytes) return "";
    const Signature signature(ECDSA_SIG_new());
    Number r(BN_bin2bn(bytes_of(raw), kP256Bytes, nullptr));
    Number s(BN_bin2bn(bytes_of(raw) + kP256Bytes, kP256Bytes, nullptr));
    if (!signature || !r || !s || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return "";
    (void)r.release();
    (void)s.release();
    unsigned char* out = nullptr;
    const int length = i2d_ECDSA_SIG(signature.get(), &out);
    if (length <= 0) return "";
    std::string der(reinterpret_cast<const char*>(out), static_cast<std::size_t>(length));
    OPENSSL_free(out);
    return der;
}

bool signed_by(const Key& key, std::string_view signed_text, std::string_view signature) {
    const Digest digest(EVP_MD_CTX_new());
    return digest && EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
           EVP_DigestVerify(digest.get(), bytes_of(signature), signature.size(),
                            bytes_of(signed_text), signed_text.size()) == 1;
}

// What is no key for this algorithm, or is one for something else, is passed over.
bool may_be_used(const json::object& jwk, std::string_view algorithm, std::string_view id) {
    if (text_of(jwk, "kty") != (algorithm == "RS256" ? "RSA" : "EC")) return false;
    if (const auto use = text_of(jwk, "use"); !use.empty() && use != "sig") return false;
    if (const auto alg = text_of(jwk, "alg"); !alg.empty() && alg != algorithm) return false;
    return id.empty() || text_of(jwk, "kid") == id;
}

Result<json::object> json_piece(std::string_view piece) {
    KL_TRY(const std::string text, from_base64url(piece));
    json::error_code error;
    const json::value value = json::parse(text, error, {}, {.max_depth = 16});
    if (error || !value.is_object()) return refused("no JSON object");
    return value.as_object();
}

Result<void> check_audience(const json::object& claims, const std::string& audience) {
    const json::value* aud = claims.if_contains("aud");
    bool named = false;
    std::size_t count = 1;
    if (aud != nullptr && aud->is_string()) named = aud->as_string() == audience;
    if (aud != nullptr && aud->is_array()) {
        count = aud->as_array().size();
        for (const json::value& one : aud->as_array())
            named = named || (one.is_string() && one.as_string() == audience);
    }
    if (!named) return refused("aud");
    const std::string_view party = text_of(claims, "azp");
    if ((count > 1 || !party.empty()) && party != audience) return refused("azp");
    return {};
}

std::optional<UtcSecond> time_of(const json::object& claims, std::string_view name) {
    const json::value* value = claims.if_contains(name);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    json::error_code error;
    const double seconds = value->to_number<double>(error);
    if (error || !(seconds > 0 && seconds < 1e12)) return std::nullopt;
    return static_cast<UtcSecond>(seconds);
}

Result<void> check_times(const json::object& claims, const TokenRules& rules) {
    const auto ends = time_of(claims, "exp"), made = time_of(claims, "iat"),
               begins = time_of(claims, "nbf");
    if (ends ? rules.now >= *ends + kLeewaySeconds : rules.expiry == TokenRules::Expiry::required)
        return refused("exp");
    if (!made || *made > rules.now + kLeewaySeconds) return refused("iat");
    if (!ends && rules.now - *made > kAgeSecondsMax) return refused("iat");
    if (begins && *begins > rules.now + kLeewaySeconds) return refused("nbf");
    return {};
}

Result<void> check_signature(const json::object& header, const json::object& keys,
                             std::string_view signed_text, std::string signature,
                             const std::string& algorithm) {
    if (text_of(header, "alg") != algorithm) return refused("alg");
    if (header.contains("crit")) return refused("crit");
    if (algorithm == "ES256") signature = der_signature(signature);
    if (signature.empty()) return refused("signature");
    const json::value* list = keys.if_contains("keys");
    if (list == nullptr || !list->is_array()) return refused("keys");
    bool known = false;
    for (const json::value& item : list->as_array()) {
        if (!item.is_object()) continue;
        const json::object& jwk = item.as_object();
        if (!may_be_used(jwk, algorithm, text_of(header, "kid"))) continue;
        const Key key = algorithm == "RS256" ? rsa_key(jwk) : p256_key(jwk);
        if (!key) continue;
        known = true;
        if (signed_by(key, signed_text, signature)) return {};
    }
    if (!known) return make_error(ErrorCode::not_found, "protocols.token.no_key");
    return refused("signature");
}

}  // namespace

std::string to_base64url(std::string_view bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes_of(bytes), bytes.size(),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    text.pop_back();  // the closing zero
    return text;
}

Result<std::string> from_base64url(std::string_view text) {
    std::string bytes(text.size(), '\0');
    std::size_t length = 0;
    const char* end = nullptr;
    if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(),
                          text.size(), nullptr, &length, &end,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        end != text.data() + text.size())
        return refused("base64url");
    bytes.resize(length);
    return bytes;
}

Result<json::object> open_token(std::string_view token, const json::object& keys,
                                const TokenRules& rules) {
    KL_ASSERT(rules.algorithm == "RS256" || rules.algorithm == "ES256");
    const std::size_t first = token.find('.');
    const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (token.size() > kTokenBytesMax || second == std::string_view::npos ||
        token.find('.', second + 1) != std::string_view::npos)
        return refused("form");
    KL_TRY(const json::object header, json_piece(token.substr(0, first)));
    KL_TRY(std::string signature, from_base64url(token.substr(second + 1)));
    KL_CHECK(check_signature(header, keys, token.substr(0, second), std::move(signature),
                             rules.algorithm));
    KL_TRY(json::object claims, json_piece(token.substr(first + 1, second - first - 1)));
    if (rules.issuer.empty() || text_of(claims, "iss") != rules.issuer) return refused("iss");
    KL_CHECK(check_audience(claims, rules.audience));
    KL_CHECK(check_times(claims, rules));
    return claims;
}

}  // namespace klarsyn
