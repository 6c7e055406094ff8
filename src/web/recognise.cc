#include "web/recognise.h"

#include "core/text.h"
#include "web/dispatch.h"
#include "web/sessions.h"
#include "web/tokens.h"

namespace klarsyn {
namespace {

std::string own_origin(const Site& site, const Request& request) {
    if (!site.public_url.empty()) return site.public_url;
    return "http://" + std::string(request.header("host"));
}

// A browser names the page that a request came from; what does not name one is no browser, and then
// the form's token decides alone.
bool origin_fits(const Site& site, const Request& request) {
    const std::string_view origin = request.header("origin");
    if (!origin.empty()) return origin == own_origin(site, request);
    const std::string_view from = request.header("sec-fetch-site");
    return from.empty() || from == "same-origin" || from == "none";
}

// What no form of another site can send without the browser asking us first: any other type than
// the three of forms, or a header of ours.
bool is_scripted(const Request& request) {
    if (!request.header("x-visibility").empty()) return true;
    const std::string_view type = request.header("content-type");
    if (type.empty()) return false;
    for (const std::string_view simple :
         {"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
        if (fold(type).starts_with(simple)) return false;
    return true;
}

constexpr std::string_view kBearer = "Bearer ";

Result<void> find_account_of(const Request& request, Context& context) {
    const Sessions& sessions = context.services.sessions;
    context.csrf = sessions.csrf(request.cookie(kFormCookie));
    if (const auto given = request.header("authorization"); given.starts_with(kBearer)) {
        KL_TRY(const auto account, find_token_account(context.db(), given.substr(kBearer.size()),
                                                      context.site.clock.now()));
        if (account) context.account = *account;
        context.by_token = account.has_value();
        return {};
    }
    const std::string token = request.cookie(session_cookie_name(context.site));
    const auto session = context.services.sessions.find(token, context.site.clock.now());
    if (!session) return {};
    KL_TRY(const auto account, find_account(context.db(), session->user_id));
    if (!account) return {};
    context.account = *account;
    context.session_token = token;
    context.csrf = sessions.csrf(token);
    return {};
}

}  // namespace

Result<void> recognise(const Request& request, Context& context) {
    KL_CHECK(find_account_of(request, context));
    const Day today = Zone::copenhagen().to_local(context.site.clock.now()).day;
    KL_TRY(context.scope, org_scope(context.db(), context.account.org, today));
    if (context.scope.all) return {};
    context.orgs = {0};  // what belongs to no organisation is everybody's
    for (const std::string& code : context.scope.codes) {
        KL_TRY(const auto id, context.memory().names.find(code));
        if (id) context.orgs->push_back(*id);
    }
    return {};
}

bool write_is_ours(const Request& request, const Context& context) {
    if (context.by_token) return true;
    if (!origin_fits(context.site, request)) return false;
    if (is_scripted(request) && !context.session_token.empty()) return true;
    const std::string cookie = context.session_token.empty() ? request.cookie(kFormCookie)
                                                             : context.session_token;
    const Sessions& sessions = context.services.sessions;
    return sessions.csrf_fits(cookie, request.field("csrf")) ||
           sessions.csrf_fits(cookie, request.header("x-csrf-token"));
}

}  // namespace klarsyn
