// Logging in and out.
#include <fmt/format.h>

#include "web/dispatch.h"
#include "web/events.h"
#include "web/handlers.h"
#include "web/metrics.h"
#include "web/page.h"
#include "web/sessions.h"
#include "web/throttle.h"

namespace klarsyn {
namespace {

// Only a path of our own: "//host" and "/\host" would lead away.
std::string safe_next(std::string_view next) {
    const bool own = next.size() >= 1 && next[0] == '/' &&
                     (next.size() == 1 || (next[1] != '/' && next[1] != '\\'));
    return own ? std::string(next) : "/";
}

struct LoginForm {
    std::string name;
    std::string next;
    std::string message;  // what was wrong, empty at first
    int status = 200;
    std::string csrf;
};

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
        "<h1>{0}</h1>{1}<form class=\"k-form\" method=\"post\" action=\"/login\">{2}"
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
        escape_html(context.text("web.login.submit")));
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

}  // namespace

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
    KL_TRY(const auto account, check_password(context.db(), name, request.field("password")));
    if (!account) {
        services.throttle.failed(name, request.address, now);
        services.metrics.login("wrong");
        return wrong_login(request, context, 401, context.text("web.login.wrong"));
    }
    services.throttle.succeeded(name, request.address);
    services.metrics.login("accepted");
    if (!context.session_token.empty()) services.sessions.end(context.session_token);
    const auto started = services.sessions.start(account->id, now);
    // Not waited for: an import may hold the writer, and the session is good without its copy.
    services.write([session = started.session](Connection& writer) {
        (void)store_session(writer, session);
    });
    Response response = redirect(safe_next(request.field("next")));
    response.headers.emplace_back("Set-Cookie", session_cookie(context.site, started.token));
    return response;
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
