#include "web/oidc.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <sodium.h>

#include <algorithm>

#include "protocols/http_client.h"
#include "protocols/web_token.h"
#include "web/http.h"
#include "web/sessions.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr UtcSecond kDiscoveryHoldsSeconds = 3600;
constexpr UtcSecond kKeysWaitSeconds = 30;  // a stranger's token must not make us ask all the time
constexpr std::size_t kGroupsMax = 1000;
constexpr std::string_view kLogoutEvent = "http://schemas.openid.net/event/backchannel-logout";

std::string text_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

Error not_ours(std::string_view why) {
    return make_error(ErrorCode::refused, "web.sign_in." + std::string(why));
}

Error provider_fault(const std::string& host, std::string reason) {
    return make_error(ErrorCode::unavailable, "protocols.http.failed",
                      {{"host", host}, {"reason", std::move(reason)}});
}

std::string sha256_base64url(const std::string& text) {
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    return to_base64url({reinterpret_cast<const char*>(digest), sizeof digest});
}

HttpFetch fetch_of(const OidcSettings& settings, std::string url) {
    HttpFetch wanted;
    wanted.url = std::move(url);
    wanted.ca_file = settings.ca_file;
    if (is_loopback_url(settings.issuer)) wanted.plain = HttpFetch::Plain::allowed;
    wanted.headers = {{"Accept", "application/json"}};
    return wanted;
}

Result<json::object> json_answer_of(const HttpFetch& wanted) {
    KL_TRY(const HttpAnswer answer, fetch(wanted));
    json::error_code error;
    const json::value value = json::parse(answer.body, error, {}, {.max_depth = 16});
    if (answer.status != 200)
        return provider_fault(host_of_url(wanted.url), "HTTP " + std::to_string(answer.status));
    if (error || !value.is_object()) return provider_fault(host_of_url(wanted.url), "JSON");
    return value.as_object();
}

}  // namespace

OidcProvider::OidcProvider(OidcSettings settings, std::string redirect_uri)
    : settings_(std::move(settings)), redirect_uri_(std::move(redirect_uri)) {}

Result<json::object> OidcProvider::ask(const std::string& url) const {
    return json_answer_of(fetch_of(settings_, url));
}

Result<json::object> OidcProvider::discovery(UtcSecond now) {
    {
        const std::lock_guard lock(mutex_);
        if (!discovery_.empty() && now - discovered_at_ < kDiscoveryHoldsSeconds) return discovery_;
    }
    std::string base = settings_.issuer;
    while (base.ends_with('/')) base.pop_back();
    KL_TRY(json::object found, ask(base + "/.well-known/openid-configuration"));
    if (text_of(found, "issuer") != settings_.issuer)
        return provider_fault(host_of_url(base), "issuer");
    for (const char* name : {"authorization_endpoint", "token_endpoint", "jwks_uri"})
        if (text_of(found, name).empty()) return provider_fault(host_of_url(base), name);
    const std::lock_guard lock(mutex_);
    discovery_ = found;
    discovered_at_ = now;
    return found;
}

Result<json::object> OidcProvider::keys(UtcSecond now, bool fresh) {
    {
        const std::lock_guard lock(mutex_);
        const UtcSecond age = now - keys_at_;
        const UtcSecond most = fresh ? kKeysWaitSeconds : kDiscoveryHoldsSeconds;
        if (!keys_.empty() && age < most) return keys_;
    }
    KL_TRY(const json::object known, discovery(now));
    KL_TRY(json::object found, ask(text_of(known, "jwks_uri")));
    const std::lock_guard lock(mutex_);
    keys_ = found;
    keys_at_ = now;
    return found;
}

Result<std::string> OidcProvider::begin(const std::string& next, const std::string& browser,
                                        UtcSecond now) {
    KL_TRY(const json::object known, discovery(now));
    const std::string state = random_token();
    Begun begun{hash_token(browser), random_token(), random_token(), next, now};
    const Pairs question = {{"response_type", "code"},
                            {"client_id", settings_.client_id},
                            {"redirect_uri", redirect_uri_},
                            {"scope", settings_.scopes},
                            {"state", state},
                            {"nonce", begun.nonce},
                            {"code_challenge", sha256_base64url(begun.verifier)},
                            {"code_challenge_method", "S256"}};
    {
        const std::lock_guard lock(mutex_);
        if (begun_.size() >= kBegunMax)
            std::erase_if(begun_, [&](const auto& item) { return now - item.second.at > kBegunSeconds; });
        if (begun_.size() >= kBegunMax) begun_.erase(begun_.begin());
        begun_[hash_token(state)] = std::move(begun);
    }
    const std::string where = text_of(known, "authorization_endpoint");
    const std::string query = build_query(question);
    return where + (where.find('?') == std::string::npos ? query : "&" + query.substr(1));
}

// Whatever is wrong, a state can be used once.
Result<OidcProvider::Begun> OidcProvider::take(const Answer& answer, const std::string& browser,
                                               UtcSecond now) {
    const std::lock_guard lock(mutex_);
    const auto found = begun_.find(hash_token(answer.state));
    if (answer.state.empty() || found == begun_.end()) return not_ours("not_begun");
    const Begun begun = std::move(found->second);
    begun_.erase(found);
    if (now - begun.at > kBegunSeconds) return not_ours("not_begun");
    if (browser.empty() || !equal_in_constant_time(begun.browser_hash, hash_token(browser)))
        return not_ours("not_begun");
    return begun;
}

Result<json::object> OidcProvider::exchange(const json::object& known, const std::string& code,
                                            const std::string& verifier) const {
    HttpFetch wanted = fetch_of(settings_, text_of(known, "token_endpoint"));
    wanted.method = "POST";
    Pairs form = {{"grant_type", "authorization_code"},
                  {"code", code},
                  {"redirect_uri", redirect_uri_},
                  {"code_verifier", verifier}};
    if (settings_.client_secret.empty()) {
        form.emplace_back("client_id", settings_.client_id);
    } else {
        const std::string pair = url_encode(settings_.client_id) + ":" + url_encode(settings_.client_secret);
        std::string basic(sodium_base64_encoded_len(pair.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
        sodium_bin2base64(basic.data(), basic.size(), reinterpret_cast<const unsigned char*>(pair.data()),
                          pair.size(), sodium_base64_VARIANT_ORIGINAL);
        basic.pop_back();
        wanted.headers.emplace_back("Authorization", "Basic " + basic);
    }
    wanted.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    wanted.body = build_query(form).substr(1);
    KL_TRY(const HttpAnswer answer, fetch(wanted));
    json::error_code error;
    const json::value value = json::parse(answer.body, error, {}, {.max_depth = 16});
    if (error || !value.is_object()) return provider_fault(host_of_url(wanted.url), "JSON");
    if (answer.status >= 400 && answer.status < 500) return not_ours("code_refused");
    if (answer.status != 200)
        return provider_fault(host_of_url(wanted.url), "HTTP " + std::to_string(answer.status));
    return value.as_object();
}

Result<json::object> OidcProvider::claims_of(const std::string& token, UtcSecond now, bool logout) {
    const TokenRules rules{settings_.algorithm, settings_.issuer, settings_.client_id, now,
                           logout ? TokenRules::Expiry::optional : TokenRules::Expiry::required};
    KL_TRY(const json::object known, keys(now, false));
    auto claims = open_token(token, known, rules);
    if (claims.ok() || claims.error().code != ErrorCode::not_found) return claims;
    KL_TRY(const json::object fresh, keys(now, true));  // the provider has changed its keys
    claims = open_token(token, fresh, rules);
    if (!claims.ok() && claims.error().code == ErrorCode::not_found)
        return make_error(ErrorCode::refused, claims.error().key);
    return claims;
}

// Some providers tell groups and names only here.
Result<void> OidcProvider::add_userinfo(const json::object& known, const json::object& tokens,
                                        json::object& claims) const {
    const std::string where = text_of(known, "userinfo_endpoint");
    const bool complete = claims.contains(settings_.groups_claim) && claims.contains(settings_.name_claim);
    if (complete || where.empty() || text_of(tokens, "access_token").empty()) return {};
    HttpFetch wanted = fetch_of(settings_, where);
    wanted.headers.emplace_back("Authorization", "Bearer " + text_of(tokens, "access_token"));
    KL_TRY(const json::object info, json_answer_of(wanted));
    if (text_of(info, "sub") != text_of(claims, "sub")) return not_ours("not_rightly_signed");
    for (const auto& [name, value] : info)
        if (!claims.contains(name)) claims[name] = value;
    return {};
}

OutsidePerson OidcProvider::person_of(const json::object& claims) const {
    OutsidePerson person;
    person.origin = "oidc";
    person.subject = settings_.issuer + " " + text_of(claims, "sub");
    person.name = text_of(claims, settings_.name_claim);
    if (person.name.empty()) person.name = text_of(claims, "email");
    if (person.name.empty()) person.name = text_of(claims, "sub");
    person.display_name = text_of(claims, "name");
    const json::value* verified = claims.if_contains("email_verified");
    if (verified == nullptr || !verified->is_bool() || verified->as_bool())
        person.mail = text_of(claims, "email");
    person.phone = text_of(claims, "phone_number");
    if (const json::value* groups = claims.if_contains(settings_.groups_claim)) {
        if (groups->is_string()) person.groups.emplace_back(groups->as_string());
        if (groups->is_array())
            for (const json::value& group : groups->as_array())
                if (group.is_string() && person.groups.size() < kGroupsMax)
                    person.groups.emplace_back(group.as_string());
    }
    return person;
}

Result<OidcProvider::SignedIn> OidcProvider::finish(const Answer& answer, const std::string& browser,
                                                    UtcSecond now) {
    KL_TRY(const Begun begun, take(answer, browser, now));
    if (!answer.issuer.empty() && answer.issuer != settings_.issuer) return not_ours("not_begun");
    if (!answer.error.empty() || answer.code.empty()) return not_ours("declined");
    KL_TRY(const json::object known, discovery(now));
    KL_TRY(const json::object tokens, exchange(known, answer.code, begun.verifier));
    KL_TRY(json::object claims, claims_of(text_of(tokens, "id_token"), now, false));
    if (!equal_in_constant_time(text_of(claims, "nonce"), begun.nonce) || text_of(claims, "sub").empty())
        return not_ours("not_rightly_signed");
    KL_CHECK(add_userinfo(known, tokens, claims));
    return SignedIn{person_of(claims), begun.next};
}

Result<std::string> OidcProvider::ended_subject(const std::string& logout_token, UtcSecond now) {
    KL_TRY(const json::object claims, claims_of(logout_token, now, true));
    const json::value* events = claims.if_contains("events");
    const bool meant = events != nullptr && events->is_object() &&
                       events->as_object().contains(kLogoutEvent) && !claims.contains("nonce");
    if (!meant || text_of(claims, "sub").empty()) return not_ours("not_rightly_signed");
    return settings_.issuer + " " + text_of(claims, "sub");
}

}  // namespace klarsyn
