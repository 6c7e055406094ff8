// Logging in and out.
#include <fmt/format.h>

#include "web/dispatch.h"
#include "web/events.h"
#include "web/handlers.h"
#include "web/metrics.h"
#include "web/page.h"
#include "web/sessions.h"
#include "web/sign_in.h"
#include "web/throttle.h"

namespace klarsyn {
namespace {

struct LoginForm {
    std::string name;
    std::string next;
    std::string message;  // what was wrong, empty at first
    int status = 200;
    std::string csrf;
};

// The way to the identity provider, where there is one.
std::string provider_link(const Context& context, const std::string& next) {
    if (context.services.oidc == nullptr) return "";
    return fmt::format("<p><a class=\"k-button\" href=\"/login/oidc{}\">{}</a></p><h2>{}</h2>",
                       escape_html(build_query({{"next", next}})),
                       escape_html(context.text("web.sign_in.provider")),
                       escape_html(context.text("web.sign_in.local")));
}

Response login_page(const Request& request, Context& context, const LoginForm& form) {
    context.csrf = form.csrf;
    const std::string message =
        form.message.empty()
            ? ""
            : fmt::format("<div class=\"k-alert k-alert-error\" role=\"alert\" id=\"problem\">"
                          "<p>{}</p></div>",
                          escape_html(form.message));
    const std::string described = form.message.empty() ? "" : " aria-describedby=\"problem\"";
    const std::string main = fmt::format(
        "<h1>{0}</h1>{1}{9}<form class=\"k-form\" method=\"post\" action=\"/login\">{2}"
        "<input type=\"hidden\" name=\"next\" value=\"{3}\">"
        "<label for=\"name\">{4}</label>"
        "<input id=\"name\" name=\"name\" type=\"text\" autocomplete=\"username\" required"
        " maxlength=\"64\" autocapitalize=\"none\" spellcheck=\"false\" value=\"{5}\"{6}>"
        "<label for=\"password\">{7}</label>"
        "<input id=\"password\" name=\"password\" type=\"password\""
        " autocomplete=\"current-password\" required maxlength=\"1024\"{6}>"
        "<button class=\"k-button\" type=\"submit\">{8}</button></form>",
        escape_html(context.text("web.login.title")), message, csrf_field(context),
        escape_html(form.next), escape_html(context.text("web.login.name")),
        escape_html(form.name), described, escape_html(context.text("web.login.password")),
        escape_html(context.text("web.login.submit")), provider_link(context, form.next));
    Response response = html_page(context,
                                  {context.text("web.login.title"), Menu::none, form.status,
                                   request.method == "GET" ? request.target : "/login"},
                                  main);
    return response;
}

Response wrong_login(const Request& request, Context& context, int status, std::string message) {
    return login_page(request, context,
                      {std::string(request.field("name")), safe_next(request.field("next")),
                       std::move(message), status, std::string(request.field("csrf"))});
}

// Local accounts first, so that an emergency account works while everything else is down; a name
// that is none of them is the directory's.
Result<std::optional<Account>> account_of_login(const Context& context, const std::string& name,
                                                std::string_view password) {
    const bool directory = context.site.gates != nullptr && context.site.gates->ldap.has_value();
    if (!directory) return check_password(context.db(), name, password);
    KL_TRY(const auto local, query_i64(context.db(), "SELECT COUNT(*) FROM core_user WHERE name ="
                                                     " :name AND origin = ''",
                                       {{":name", name}}));
    if (local > 0) return check_password(context.db(), name, password);
    return check_directory(context, name, password);
}

}  // namespace

Response refused_login(const Request& request, Context& context, int status, std::string message) {
    LoginForm form{"", "/", std::move(message), status, context.csrf};
    std::string cookie = request.cookie(kFormCookie);
    if (context.session_token.empty()) {
        const bool fresh = cookie.size() != random_token().size();
        if (fresh) cookie = random_token();
        form.csrf = context.services.sessions.csrf(cookie);
        Response response = login_page(request, context, form);
        if (fresh)
            response.headers.emplace_back("Set-Cookie",
                                          plain_cookie(context.site, kFormCookie, cookie));
        return response;
    }
    return login_page(request, context, form);
}

Result<Response> get_login(const Request& request, Context& context) {
    const std::string next = safe_next(request.find("next").value_or("/"));
    if (!context.session_token.empty())  // somebody logs in as somebody else
        return login_page(request, context, {"", next, "", 200, context.csrf});
    std::string cookie = request.cookie(kFormCookie);
    const bool fresh = cookie.size() != random_token().size();
    if (fresh) cookie = random_token();
    Response response = login_page(
        request, context, {"", next, "", 200, context.services.sessions.csrf(cookie)});
    if (fresh)
        response.headers.emplace_back("Set-Cookie",
                                      plain_cookie(context.site, kFormCookie, cookie));
    return response;
}

Result<Response> post_login(const Request& request, Context& context) {
    const Services& services = context.services;
    const UtcSecond now = context.site.clock.now();
    const std::string name = fold_account_name(request.field("name").substr(0, 64));
    if (const int wait = services.throttle.wait_seconds(name, request.address, now); wait > 0) {
        services.metrics.login("held");
        Response response = wrong_login(
            request, context, 429, context.text("web.login.held", {{"seconds", std::to_string(wait)}}));
        response.headers.emplace_back("Retry-After", std::to_string(wait));
        return response;
    }
    const auto account = account_of_login(context, name, request.field("password"));
    if (!account.ok() && account.error().code == ErrorCode::unavailable &&
        account.error().key == "protocols.directory.failed")
        return wrong_login(request, context, 503, context.text("web.sign_in.directory_silent"));
    if (!account.ok() && account.error().key.starts_with("web.sign_in."))
        return wrong_login(request, context, 403, describe(account.error(), context.language));
    if (!account.ok()) return account.error();
    if (!*account) {
        services.throttle.failed(name, request.address, now);
        services.metrics.login("wrong");
        return wrong_login(request, context, 401, context.text("web.login.wrong"));
    }
    services.throttle.succeeded(name, request.address);
    return start_session(context, **account, std::string(request.field("next")));
}

Result<Response> post_logout(const Request&, Context& context) {
    const std::string hash = context.services.sessions.end(context.session_token);
    context.services.write([hash](Connection& writer) { (void)erase_session(writer, hash); });
    context.services.events.end_where([&context](const EventListener& listener) {
        return !context.session_token.empty() &&
               listener.cookie.find(context.session_token) != std::string::npos;
    });
    Response response = redirect("/login");
    response.headers.emplace_back("Set-Cookie", expired_session_cookie(context.site));
    return response;
}

}  // namespace klarsyn
