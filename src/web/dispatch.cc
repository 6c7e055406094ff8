#include "web/dispatch.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>

#include "core/hash.h"
#include "protocols/multipart.h"
#include "reports/plan.h"
#include "web/accepted.h"
#include "web/metrics.h"
#include "web/page.h"
#include "web/idempotency.h"
#include "web/problem.h"
#include "web/recognise.h"
#include "web/sessions.h"
#include "web/shared_pages.h"

namespace klarsyn {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kWholeMost = 64;   // answers of at_once that are remembered
constexpr std::uint64_t kSpread_s = 15;  // within which machines that were refused come again

constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'";

Language language_of(const Request& request) {
    if (const auto asked = request.find("lang"))
        if (const auto language = parse_language(*asked)) return *language;
    if (const auto chosen = parse_language(request.cookie(kLanguageCookie))) return *chosen;
    return accepted_language(request.header("accept-language"));
}

// Of a form with files the texts; the files stay in the body.
void parse_form_with_files(Request& request, std::string_view type) {
    const auto boundary = multipart_boundary(type);
    if (!boundary.ok()) return;
    const auto fields = parse_multipart(request.body, *boundary);
    if (!fields.ok()) return;
    for (const MultipartField& field : *fields)
        if (!field.is_file) request.form.emplace_back(field.name, std::string(field.bytes));
}

void parse_form(Request& request) {
    const std::string_view type = request.header("content-type");
    if (type.starts_with("multipart/form-data")) return parse_form_with_files(request, type);
    if (!type.starts_with("application/x-www-form-urlencoded")) return;
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

void not_modified(std::string_view if_none_match, Response& response) {
    if (response.status != 200) return;
    if (!same_tag(if_none_match, response.etag) || response.etag.empty()) return;
    response.status = 304;
    response.body.clear();
    response.fixed_body = {};
    response.next_piece = nullptr;
}

// What the first half of a route learned of its sender.
void take_over(const Context& first, Context& context) {
    context.account = first.account;
    context.scope = first.scope;
    context.session_token = first.session_token;
    context.csrf = first.csrf;
    context.orgs = first.orgs;
    context.by_token = first.by_token;
    context.prepared = first.prepared;
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

// Only words that we know become labels: anybody can send any method.
std::string_view method_label(std::string_view method) {
    for (const std::string_view known : {"GET", "POST", "PUT", "PATCH", "DELETE"})
        if (method == known) return method;
    return "other";
}

std::string_view method_of(const Request& request) {
    return request.head ? "HEAD" : method_label(request.method);
}

// What never changes while the server runs, and is worth packing once.
std::vector<std::string_view> fixed_texts(const Site& site) {
    std::vector<std::string_view> texts = {site.library.style()};
    for (const EmbeddedFile& file : site.assets) {
        const bool text = file.path.ends_with(".css") || file.path.ends_with(".js") ||
                          file.path.ends_with(".svg") || file.path.ends_with(".json");
        const bool served = file.path.starts_with("ui/dist/") || file.path.starts_with("web/openapi/");
        if (served && text) texts.push_back(file.text);
    }
    return texts;
}

}  // namespace

struct Dispatcher::Timing {
    Steady::time_point begin = Steady::now();
    std::string request_id;
    std::string_view route = "none";
};

Dispatcher::Dispatcher(const Site& site, const Services& services, const Pools& pools,
                       AccessLog& log, std::span<const Route> table)
    : site_(site), services_(services), pools_(pools), log_(log), table_(table),
      packed_(fixed_texts(site)) {}

Match Dispatcher::find(Request& request) const {
    Match match;
    match.status = 400;
    if (parse_target(request)) match = match_route(table_, request.method, request.path);
    return match;
}

void Dispatcher::admit(Request head, Admitted done) {
    const Match match = find(head);
    const bool anybody = match.route == nullptr || match.route->runs == Runs::io ||
                         match.route->permission == Permission::open;
    if (anybody) return done(std::nullopt);
    auto shared = std::make_shared<Request>(std::move(head));
    const bool taken = pools_.readers.post([this, shared, match, done](WorkerTools* tools) {
        done(refusal(*shared, match, tools));
    });
    if (taken) return;
    services_.metrics.refused();
    done(refusal(*shared, match, nullptr));
}

std::optional<Response> Dispatcher::refusal(Request& head, const Match& match,
                                            WorkerTools* tools) const {
    Timing timing;
    timing.request_id = fmt::format("{:x}-{:x}", site_.clock.now(), ++requests_);
    timing.route = match.route->pattern;
    Context context{.site = site_, .services = services_, .tools = tools, .turn = nullptr};
    context.language = language_of(head);
    const auto admitted = [&]() -> Result<void> {
        if (tools == nullptr || !tools->db) return web_error(503);
        KL_CHECK(recognise(head, context));
        if (context.may(match.route->permission)) return {};
        return web_error(context.account.role == Role::anonymous ? 401 : 403);
    }();
    if (admitted.ok()) return std::nullopt;
    Response response = error_response(head, match, context, admitted.error(), timing.request_id);
    secure(site_, response);
    finish(method_of(head), timing, response.status, response.size());
    return response;
}

// A page that was made for everybody who is not logged in, in the bytes that leave.
std::optional<Response> Dispatcher::prepared(const Request& request) const {
    if (services_.pages == nullptr || request.method != "GET") return std::nullopt;
    const Language language = language_of(request);
    const auto page = services_.pages->ready(request.target, language, site_.clock.now());
    if (!page || !request.header("authorization").empty() ||
        !request.cookie(session_cookie_name(site_)).empty())
        return std::nullopt;
    Timing timing;
    timing.route = page->target;
    Response response =
        prepared_response(page, takes_gzip(request), request.header("if-none-match"));
    finish(method_of(request), timing, response.status, response.size());
    return response;
}

Response Dispatcher::prepared_response(const std::shared_ptr<const SharedPages::Ready>& page,
                                       bool packed, std::string_view if_none_match) const {
    Response response;
    response.type = page->type;
    response.etag = packed ? packed_tag(page->etag) : page->etag;
    response.fixed_body = packed ? page->packed : page->body;
    response.kept = page;
    response.headers.emplace_back("Vary", "Accept-Encoding, Accept-Language, Cookie");
    if (packed) response.headers.emplace_back("Content-Encoding", "gzip");
    not_modified(if_none_match, response);
    secure(site_, response);
    return response;
}

std::shared_ptr<const std::string> Dispatcher::at_once(const PlainGet& get) {
    if (services_.pages == nullptr) return nullptr;
    Timing timing;
    const UtcSecond now = site_.clock.now();
    const auto page =
        services_.pages->ready(get.target, accepted_language(get.accept_language), now);
    if (!page) return nullptr;
    timing.route = page->target;
    const bool packed = takes_gzip(get.accept_encoding);
    const bool unchanged =
        !get.if_none_match.empty() &&
        same_tag(get.if_none_match, packed ? packed_tag(page->etag) : page->etag);
    const auto same = [&](const Whole& one) {
        return one.page == page && one.packed == packed && one.unchanged == unchanged &&
               one.keep_open == get.keep_open && one.at == now;
    };
    auto whole = std::find_if(whole_.begin(), whole_.end(), same);
    if (whole == whole_.end()) {
        std::erase_if(whole_, [&](const Whole& one) { return one.at != now; });
        if (whole_.size() >= kWholeMost) whole_.clear();
        const Response response = prepared_response(page, packed, get.if_none_match);
        const auto after = get.keep_open ? AfterAnswer::keep_open : AfterAnswer::close;
        auto bytes = std::make_shared<const std::string>(
            response_head(response, after, now) + std::string(response.content()));
        whole_.push_back({page, packed, unchanged, get.keep_open, now, response.size(),
                          std::move(bytes)});
        whole = whole_.end() - 1;
    }
    finish("GET", timing, unchanged ? 304 : 200, whole->body_bytes);
    return whole->bytes;
}

void Dispatcher::handle(Request request, Done done) {
    if (auto page = prepared(request)) return done(std::move(*page));
    const Match match = find(request);
    if (match.route == nullptr || match.route->runs == Runs::io)
        return done(answer(request, match, {}));
    // The job holds the request; it must be copyable, as std::function wants it.
    auto shared = std::make_shared<Request>(std::move(request));
    bool taken = false;
    if (match.route->prepare != nullptr) {
        taken = pools_.intake.post([this, shared, match, done](WorkerTools* tools) {
            prepare(shared, match, done, tools);
        });
    } else if (match.route->runs == Runs::writer) {
        taken = write(shared, match, done);
    } else {
        WorkerPool& pool = match.route->runs == Runs::reader ? pools_.readers : pools_.blocking;
        taken = pool.post([this, shared, match, done](WorkerTools* tools) {
            done(answer(*shared, match, {tools, nullptr}));
        });
    }
    if (!taken) refuse_busy(*shared, match, done);
}

// Machines are told when to come again, spread out, so that many do not return at once.
void Dispatcher::refuse_busy(Request& request, Match match, const Done& done) const {
    services_.metrics.refused();
    const bool machine = match.route != nullptr && match.route->prepare != nullptr;
    match.status = machine ? 429 : 503;
    Response response = answer(request, match, {});
    if (machine) {
        const std::uint64_t spread = hash64(std::to_string(requests_.load())) % kSpread_s;
        add_header(response, "Retry-After", std::to_string(1 + spread));
    }
    done(std::move(response));
}

// The first half, then the writer; an answer that the first half found leaves at once.
void Dispatcher::prepare(const std::shared_ptr<Request>& request, const Match& match,
                         const Done& done, WorkerTools* tools) const {
    std::shared_ptr<const Context> between;
    Response response = answer(*request, match, {tools, nullptr, &between});
    if (!between) return done(std::move(response));
    if (!write(request, match, done, std::move(between))) refuse_busy(*request, match, done);
}

// The answer is made inside the shared transaction and leaves when that is on disk.
bool Dispatcher::write(const std::shared_ptr<Request>& request, const Match& match,
                       const Done& done, std::shared_ptr<const Context> between) const {
    auto response = std::make_shared<Response>();
    const bool bulk = match.route->prepare != nullptr;
    return services_.command(
        {[this, request, match, response, between](WriteTurn& turn) {
             auto first = between;
             *response = answer(*request, match, {nullptr, &turn, &first});
             return response->status < 400 ? PartOutcome::keep : PartOutcome::take_back;
         },
         [this, request, match, response, done](const Result<void>& committed) {
             if (committed.ok()) return done(std::move(*response));
             Match failed = match;
             failed.failure = committed.error();
             done(answer(*request, failed, {}));
         },
         bulk});
}

std::uint64_t Dispatcher::body_most(std::string_view method, std::string_view target) const {
    Request request;
    request.method = method;
    request.target = target;
    if (!parse_target(request)) return kBodyBytesUsual;
    const Match match = match_route(table_, request.method, request.path);
    return match.route != nullptr ? match.route->body_most : kBodyBytesUsual;
}

void Dispatcher::next_piece(const NextPiece& piece,
                            std::function<void(Result<std::string>)> done) {
    const bool taken = pools_.readers.post([piece, done](WorkerTools* tools) {
        done(tools != nullptr ? piece(*tools)
                              : Result<std::string>(make_error(ErrorCode::unavailable,
                                                               "web.problem.status_503")));
    });
    if (!taken) done(make_error(ErrorCode::unavailable, "web.problem.status_503"));
}

Response Dispatcher::respond(Request& request, WorkerTools* tools) const {
    const Match match = find(request);
    if (match.route == nullptr || match.route->runs != Runs::writer)
        return answer(request, match, {tools, nullptr});
    auto shared = std::make_shared<Request>(std::move(request));
    std::promise<Response> answered;
    const auto done = [&](Response response) { answered.set_value(std::move(response)); };
    if (match.route->prepare != nullptr) {
        prepare(shared, match, done, tools);
        return answered.get_future().get();
    }
    const bool taken = write(shared, match, done);
    KL_ASSERT(taken);
    return answered.get_future().get();
}

Response Dispatcher::answer(Request& request, const Match& match, Means means) const {
    Timing timing;
    timing.request_id = fmt::format("{:x}-{:x}", site_.clock.now(), ++requests_);
    if (match.route != nullptr) timing.route = match.route->pattern;
    request.params = match.params;
    if (request.method == "POST") parse_form(request);
    Context context{.site = site_, .services = services_, .tools = means.tools, .turn = means.turn};
    context.language = language_of(request);
    if (means.between != nullptr && *means.between) take_over(**means.between, context);
    auto result = run_guarded(request, match, context, timing.request_id);
    if (means.turn == nullptr && result.ok() && context.prepared) {
        *means.between = std::make_shared<const Context>(std::move(context));
        return {};
    }
    Response response = result.ok() ? result.take()
                                    : error_response(request, match, context, result.error(),
                                                     timing.request_id);
    if (const auto lang = request.find("lang"); lang && parse_language(*lang))
        response.headers.emplace_back("Set-Cookie",
                                      plain_cookie(site_, kLanguageCookie,
                                                   std::string(language_code(context.language))));
    const bool worker = match.route != nullptr && (match.route->runs == Runs::reader ||
                                                   match.route->runs == Runs::blocking);
    const Packing packing =
        choose_packing(request, packed_, worker ? Where::worker : Where::network, response);
    if (request.method == "GET") not_modified(request.header("if-none-match"), response);
    pack(packing, packed_, response);
    secure(site_, response);
    finish(method_of(request), timing, response.status, response.size());
    return response;
}

Result<Response> Dispatcher::run_guarded(Request& request, const Match& match, Context& context,
                                         std::string_view request_id) const {
    if (match.failure) return *match.failure;
    if (match.route == nullptr || match.status != 200) return web_error(match.status);
    const bool able = context.turn != nullptr || (context.tools != nullptr && context.tools->db);
    if (match.route->runs != Runs::io && !able) return web_error(503);
    try {
        return run(request, *match.route, context);
    } catch (const std::exception& failure) {  // a bug, or no memory: this request fails, not all
        log_.fault(request_id, failure.what());
        return web_error(500);
    }
}

Result<Response> Dispatcher::run(Request& request, const Route& route, Context& context) const {
    if (context.prepared) return run_writing(request, route, context);
    if (route.runs != Runs::io) KL_CHECK(recognise(request, context));
    if (!context.may(route.permission)) {
        if (context.account.role != Role::anonymous) return web_error(403);
        if (route.shape == Shape::api || request.method != "GET") return web_error(401);
        return redirect("/login" + build_query({{"next", request.target}}));
    }
    const bool proven = request.method == "GET" || route.proof == Route::Proof::handler;
    if (!proven && !write_is_ours(request, context)) return web_error(403);
    if (route.runs == Runs::io) return route.handler(request, context);
    if (route.prepare != nullptr) return run_preparing(request, route, context);
    if (route.runs == Runs::writer) return run_writing(request, route, context);
    KL_CHECK(context.db().begin_read());  // every answer is of one snapshot
    auto response = route.handler(request, context);
    context.db().rollback();
    return response;
}

Result<Response> Dispatcher::run_preparing(Request& request, const Route& route,
                                           Context& context) const {
    KL_CHECK(context.db().begin_read());
    auto prepared = route.prepare(request, context);
    context.db().rollback();
    if (!prepared.ok()) return prepared.error();
    if (prepared->answer) return std::move(*prepared->answer);
    context.prepared = std::move(prepared->work);
    KL_ASSERT(context.prepared != nullptr);
    return Response{};
}

Result<Response> Dispatcher::run_writing(Request& request, const Route& route,
                                         Context& context) const {
    const IdempotencyKey key(request, context.account);
    if (!key.given()) return route.handler(request, context);
    KL_CHECK(key.check());
    KL_TRY(auto kept, key.kept(context.db()));
    if (kept) return std::move(*kept);
    KL_TRY(Response response, route.handler(request, context));
    if (response.status < 400 && !response.secret) KL_CHECK(key.keep(*context.turn, response));
    return response;
}

Response Dispatcher::error_response(const Request& request, const Match& match, Context& context,
                                    const Error& error, std::string_view request_id) const {
    const int status = status_of(error);
    if (status == 500) log_.fault(request_id, error.key);
    if (context.tools != nullptr && (status == 500 || status == 503))
        context.tools->state = WorkerTools::State::broken;
    Response response = shape_of(match, request.target) == Shape::api
                            ? problem(error, context.language, request_id)
                            : error_page(context, error, request_id);
    if (status == 405)
        response.headers.emplace_back("Allow", allowed_methods(table_, request.path));
    return response;
}

void Dispatcher::finish(std::string_view method, const Timing& timing, int status,
                        std::size_t bytes) const {
    const double seconds = std::chrono::duration<double>(Steady::now() - timing.begin).count();
    services_.metrics.request(method, timing.route, status, seconds);
    log_.line({timing.request_id, method, timing.route, status, seconds, bytes});
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
