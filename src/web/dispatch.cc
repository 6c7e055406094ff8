#include "web/dispatch.h"

#include <fmt/format.h>

#include <chrono>

#include "web/metrics.h"
#include "web/page.h"
#include "web/problem.h"
#include "web/sessions.h"

namespace klarsyn {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'";

Language language_of(const Request& request) {
    if (const auto asked = request.find("lang"))
        if (const auto language = parse_language(*asked)) return *language;
    return parse_language(request.cookie(kLanguageCookie)).value_or(Language::da);
}

std::string own_origin(const Site& site, const Request& request) {
    if (!site.public_url.empty()) return site.public_url;
    return "http://" + std::string(request.header("host"));
}

// A browser names the page that a form came from; what does not name one is no browser, and then
// the form's token decides alone.
bool origin_fits(const Site& site, const Request& request) {
    const std::string_view origin = request.header("origin");
    if (!origin.empty()) return origin == own_origin(site, request);
    const std::string_view from = request.header("sec-fetch-site");
    return from.empty() || from == "same-origin" || from == "none";
}

void parse_form(Request& request) {
    if (!request.header("content-type").starts_with("application/x-www-form-urlencoded")) return;
    if (auto form = parse_query(request.body)) request.form = std::move(*form);
}

void add_header(Response& response, std::string_view name, std::string value) {
    for (const auto& [existing, ignored] : response.headers)
        if (existing == name) return;
    response.headers.emplace_back(name, std::move(value));
}

void secure(const Site& site, Response& response) {
    add_header(response, "Content-Security-Policy", std::string(kContentSecurityPolicy));
    add_header(response, "X-Content-Type-Options", "nosniff");
    add_header(response, "Referrer-Policy", "same-origin");
    add_header(response, "Cross-Origin-Opener-Policy", "same-origin");
    add_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    add_header(response, "Permissions-Policy", "camera=(), geolocation=(), microphone=()");
    add_header(response, "Cache-Control", response.etag.empty() ? "private, no-store"
                                                                : "private, no-cache");
    if (site.https()) add_header(response, "Strict-Transport-Security", "max-age=31536000");
}

bool same_tag(std::string_view wanted, std::string_view etag) {
    return wanted == "*" || (!etag.empty() && wanted.find(etag) != std::string_view::npos);
}

void not_modified(const Request& request, Response& response) {
    if (response.status != 200 || request.method != "GET") return;
    if (!same_tag(request.header("if-none-match"), response.etag) || response.etag.empty()) return;
    response.status = 304;
    response.body.clear();
    response.fixed_body = {};
    response.next_piece = nullptr;
}

Shape shape_of(const Match& match, std::string_view target) {
    if (match.route != nullptr) return match.route->shape;
    return target.starts_with("/api/") ? Shape::api : Shape::page;
}

// Which methods an address takes, for 405: "GET, HEAD, POST".
std::string allowed_methods(std::span<const Route> table, std::string_view path) {
    std::string methods;
    for (const Route& route : table) {
        const std::string_view word = route.method == "GET" ? "GET, HEAD" : route.method;
        if (match_pattern(route.pattern, path) && methods.find(word) == std::string::npos)
            methods += (methods.empty() ? "" : ", ") + std::string(word);
    }
    return methods;
}

// A stand-in where no worker's tools are at hand: error pages need none.
WorkerTools& no_tools() {
    thread_local WorkerTools tools;
    return tools;
}

// Only words that we know become labels: anybody can send any method.
std::string_view method_label(std::string_view method) {
    return method == "GET" || method == "POST" ? method : "other";
}

// Who asks. The account is read anew each time, so that a removed one is out at once.
Result<void> recognise(const Site& site, const Services& services, const Request& request,
                       Context& context) {
    const std::string token = request.cookie(session_cookie_name(site));
    context.csrf = services.sessions.csrf(request.cookie(kFormCookie));
    const auto session = services.sessions.find(token, site.clock.now());
    if (!session) return {};
    KL_TRY(const auto account, find_account(context.db(), session->user_id));
    if (!account) return {};
    context.account = *account;
    context.session_token = token;
    context.csrf = services.sessions.csrf(token);
    return {};
}

bool form_fits(const Services& services, const Request& request, const Context& context) {
    const std::string cookie = context.session_token.empty() ? request.cookie(kFormCookie)
                                                             : context.session_token;
    return services.sessions.csrf_fits(cookie, request.field("csrf"));
}

}  // namespace

struct Dispatcher::Timing {
    Steady::time_point begin = Steady::now();
    std::string request_id;
    std::string_view route = "none";
};

Dispatcher::Dispatcher(const Site& site, const Services& services, WorkerPool& readers,
                       WorkerPool& blocking, AccessLog& log, std::span<const Route> table)
    : site_(site), services_(services), readers_(readers), blocking_(blocking), log_(log),
      table_(table) {}

void Dispatcher::handle(Request request, Done done) {
    Match match;
    match.status = 400;
    if (parse_target(request)) match = match_route(table_, request.method, request.path);
    if (match.route == nullptr || match.route->runs == Runs::io)
        return done(answer(request, match, nullptr));
    WorkerPool& pool = match.route->runs == Runs::reader ? readers_ : blocking_;
    // The job holds the request; it must be copyable, as std::function wants it.
    auto shared = std::make_shared<Request>(std::move(request));
    const bool taken = pool.post([this, shared, match, done](WorkerTools* tools) {
        done(answer(*shared, match, tools));
    });
    if (taken) return;
    services_.metrics.refused();
    Match busy = match;
    busy.status = 503;
    done(answer(*shared, busy, nullptr));
}

void Dispatcher::next_piece(const NextPiece& piece,
                            std::function<void(Result<std::string>)> done) {
    const bool taken = readers_.post([piece, done](WorkerTools* tools) {
        done(tools != nullptr ? piece(*tools)
                              : Result<std::string>(make_error(ErrorCode::unavailable,
                                                               "web.problem.status_503")));
    });
    if (!taken) done(make_error(ErrorCode::unavailable, "web.problem.status_503"));
}

Response Dispatcher::respond(Request& request, WorkerTools* tools) const {
    Match match;
    match.status = 400;
    if (parse_target(request)) match = match_route(table_, request.method, request.path);
    return answer(request, match, tools);
}

Response Dispatcher::answer(Request& request, const Match& match, WorkerTools* tools) const {
    Timing timing;
    timing.request_id = fmt::format("{:x}-{:x}", site_.clock.now(), ++requests_);
    if (match.route != nullptr) timing.route = match.route->pattern;
    request.params = match.params;
    if (request.method == "POST") parse_form(request);
    Context context{site_, services_, tools != nullptr ? *tools : no_tools(), {}, Language::da,
                    "", ""};
    context.language = language_of(request);
    auto result = run_guarded(request, match, context, timing.request_id);
    Response response = result.ok() ? result.take()
                                    : error_response(request, match, context, result.error(),
                                                     timing.request_id);
    if (const auto lang = request.find("lang"); lang && parse_language(*lang))
        response.headers.emplace_back("Set-Cookie",
                                      plain_cookie(site_, kLanguageCookie,
                                                   std::string(language_code(context.language))));
    not_modified(request, response);
    secure(site_, response);
    finish(request, timing, response);
    return response;
}

Result<Response> Dispatcher::run_guarded(Request& request, const Match& match, Context& context,
                                         std::string_view request_id) const {
    if (match.route == nullptr || match.status != 200) return web_error(match.status);
    if (match.route->runs != Runs::io && !context.tools.db) return web_error(503);
    try {
        return run(request, *match.route, context);
    } catch (const std::exception& failure) {  // a bug, or no memory: this request fails, not all
        log_.fault(request_id, failure.what());
        return web_error(500);
    }
}

Result<Response> Dispatcher::run(Request& request, const Route& route, Context& context) const {
    if (route.runs != Runs::io) KL_CHECK(recognise(site_, services_, request, context));
    if (!context.may(route.permission)) {
        if (context.account.role != Role::anonymous) return web_error(403);
        if (route.shape == Shape::api || request.method != "GET") return web_error(401);
        return redirect("/login" + build_query({{"next", request.target}}));
    }
    if (request.method == "POST" &&
        (!origin_fits(site_, request) || !form_fits(services_, request, context)))
        return web_error(403);
    if (route.runs == Runs::io) return route.handler(request, context);
    KL_CHECK(context.db().begin_read());  // every answer is of one snapshot
    auto response = route.handler(request, context);
    context.db().rollback();
    return response;
}

Response Dispatcher::error_response(const Request& request, const Match& match, Context& context,
                                    const Error& error, std::string_view request_id) const {
    const int status = status_of(error);
    if (status == 500) log_.fault(request_id, error.key);
    if (status == 500 || status == 503) context.tools.state = WorkerTools::State::broken;
    Response response = shape_of(match, request.target) == Shape::api
                            ? problem(error, context.language, request_id)
                            : error_page(context, error, request_id);
    if (status == 405)
        response.headers.emplace_back("Allow", allowed_methods(table_, request.path));
    return response;
}

void Dispatcher::finish(const Request& request, const Timing& timing,
                        const Response& response) const {
    const double seconds = std::chrono::duration<double>(Steady::now() - timing.begin).count();
    const std::string_view method = request.head ? "HEAD" : method_label(request.method);
    services_.metrics.request(method, timing.route, response.status, seconds);
    log_.line({timing.request_id, method, timing.route, response.status, seconds, response.size()});
}

std::string session_cookie_name(const Site& site) {
    return site.https() ? "__Host-klarsyn" : "klarsyn";
}

std::string plain_cookie(const Site& site, std::string_view name, std::string_view value) {
    return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax{}", name, value,
                       site.https() ? "; Secure" : "");
}

std::string session_cookie(const Site& site, std::string_view token) {
    return plain_cookie(site, session_cookie_name(site), token) +
           fmt::format("; Max-Age={}", Sessions::kLifetimeSeconds);
}

std::string expired_session_cookie(const Site& site) {
    return plain_cookie(site, session_cookie_name(site), "") + "; Max-Age=0";
}

}  // namespace klarsyn
