// Signing in at the identity provider: there, back, and out when the provider says so.
#include "web/dispatch.h"
#include "web/handlers.h"
#include "web/metrics.h"
#include "web/problem.h"
#include "web/sessions.h"
#include "web/sign_in.h"

namespace klarsyn {
namespace {

std::string browser_cookie(const Site& site) {
    return site.https() ? "__Host-klarsyn_signin" : "klarsyn_signin";
}

}  // namespace

Result<Response> get_login_oidc(const Request& request, Context& context) {
    if (context.services.oidc == nullptr) return web_error(404);
    const std::string browser = random_token();
    const std::string next = safe_next(request.find("next").value_or("/"));
    const auto where = context.services.oidc->begin(next, browser, context.site.clock.now());
    if (!where.ok())
        return refused_login(request, context, 503, context.text("web.sign_in.provider_silent"));
    Response response = redirect(*where);
    response.headers.emplace_back(
        "Set-Cookie", plain_cookie(context.site, browser_cookie(context.site), browser) +
                          "; Max-Age=" + std::to_string(OidcProvider::kBegunSeconds));
    return response;
}

Result<Response> get_login_oidc_callback(const Request& request, Context& context) {
    if (context.services.oidc == nullptr) return web_error(404);
    const OidcProvider::Answer answer{request.find("state").value_or(""), request.find("code").value_or(""),
                                      request.find("iss").value_or(""), request.find("error").value_or("")};
    const auto signed_in = context.services.oidc->finish(
        answer, request.cookie(browser_cookie(context.site)), context.site.clock.now());
    const auto account = signed_in.ok() ? admit(context, signed_in->person)
                                        : Result<Account>(signed_in.error());
    if (!account.ok()) {
        context.services.metrics.login("wrong");
        const ErrorCode code = account.error().code;
        if (code == ErrorCode::unavailable)
            return refused_login(request, context, 503, context.text("web.sign_in.provider_silent"));
        const bool own = account.error().key.starts_with("web.sign_in.");
        if (!own && code != ErrorCode::refused) return account.error();
        return refused_login(request, context, code == ErrorCode::conflict ? 409 : 403,
                             own ? describe(account.error(), context.language)
                                 : context.text("web.sign_in.not_rightly_signed"));
    }
    Response response = start_session(context, *account, signed_in->next);
    response.headers.emplace_back("Set-Cookie",
                                  plain_cookie(context.site, browser_cookie(context.site), "") + "; Max-Age=0");
    return response;
}

// Back-channel logout: the provider says, signed, that somebody is out.
Result<Response> post_login_oidc_logout(const Request& request, Context& context) {
    if (context.services.oidc == nullptr) return web_error(404);
    const auto subject = context.services.oidc->ended_subject(
        std::string(request.field("logout_token")), context.site.clock.now());
    if (!subject.ok()) return subject.error().code == ErrorCode::unavailable ? web_error(503) : web_error(400);
    KL_TRY(const auto account, find_account_by_subject(context.db(), "oidc", *subject));
    if (account) KL_CHECK(end_access(context.services, *account, "oidc"));
    Response response;
    response.type = "text/plain; charset=utf-8";
    return response;
}

}  // namespace klarsyn
