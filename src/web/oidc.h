// Sign-in at an identity provider: OpenID Connect, authorization code with PKCE. What was begun and
// not finished is kept in memory for ten minutes, bound to the browser that began it. Thread-safe;
// begin and finish may wait for the provider for some seconds.
//
// Errors: unavailable where the provider does not answer as it should; refused (web.sign_in.*) for
// an answer that is not ours, too old, or not rightly signed.
#pragma once

#include <boost/json/object.hpp>

#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "web/gates.h"

namespace klarsyn {

// Somebody whom another system knows.
struct OutsidePerson {
    std::string origin;   // "oidc" or "ldap"
    std::string subject;  // stays the same when name or mail change
    std::string name, display_name, mail, phone;
    std::vector<std::string> groups;
};

class OidcProvider {
public:
    static constexpr UtcSecond kBegunSeconds = 600;
    static constexpr std::size_t kBegunMax = 10'000;

    OidcProvider(OidcSettings settings, std::string redirect_uri);

    // Where the browser goes. `browser` is a secret that only this browser has (a cookie); `next`
    // an address of our own, given back at the end.
    Result<std::string> begin(const std::string& next, const std::string& browser, UtcSecond now);

    struct Answer {
        std::string state, code, issuer, error;  // as the browser brought them back
    };
    struct SignedIn {
        OutsidePerson person;
        std::string next;
    };
    Result<SignedIn> finish(const Answer& answer, const std::string& browser, UtcSecond now);

    // Whose sessions the provider ends (back-channel logout): the subject.
    Result<std::string> ended_subject(const std::string& logout_token, UtcSecond now);

private:
    struct Begun {
        std::string browser_hash, verifier, nonce, next;
        UtcSecond at = 0;
    };
    Result<boost::json::object> ask(const std::string& url) const;
    Result<boost::json::object> discovery(UtcSecond now);
    Result<boost::json::object> keys(UtcSecond now, bool fresh);
    Result<boost::json::object> claims_of(const std::string& token, UtcSecond now, bool logout);
    Result<boost::json::object> exchange(const boost::json::object& known, const std::string& code,
                                         const std::string& verifier) const;
    Result<void> add_userinfo(const boost::json::object& known, const boost::json::object& tokens,
                              boost::json::object& claims) const;
    Result<Begun> take(const Answer& answer, const std::string& browser, UtcSecond now);
    OutsidePerson person_of(const boost::json::object& claims) const;

    const OidcSettings settings_;
    const std::string redirect_uri_;
    std::mutex mutex_;
    std::unordered_map<std::string, Begun> begun_;  // by the hash of state
    boost::json::object discovery_, keys_;
    UtcSecond discovered_at_ = 0, keys_at_ = 0;
};

}  // namespace klarsyn
