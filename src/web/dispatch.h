// From a request to its answer: route, session, permission, form token, language, handler, error
// pages, security headers, 304. Nothing of the network. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "web/access_log.h"
#include "web/compress.h"
#include "web/plain_get.h"
#include "web/routes.h"
#include "web/shared_pages.h"
#include "web/workers.h"

namespace klarsyn {

class Dispatcher {
public:
    using Done = std::function<void(Response response)>;

    struct Pools {
        WorkerPool& readers;
        WorkerPool& blocking;
        WorkerPool& intake;  // of Route::prepare
    };
    Dispatcher(const Site& site, const Services& services, const Pools& pools, AccessLog& log,
               std::span<const Route> table);

    // How long a request's body may be: its route's limit, or the usual one where there is no route.
    std::uint64_t body_most(std::string_view method, std::string_view target) const;
    // Whether the sender may use the route at all, told from the head alone: asked before a large
    // body is read. `done` is called exactly once, on this thread or on a worker's, with the refusal
    // (401, 403, 503), or without one.
    using Admitted = std::function<void(std::optional<Response> refusal)>;
    void admit(Request head, Admitted done);
    // `done` is called exactly once, on this thread or on a worker's.
    void handle(Request request, Done done);
    void next_piece(const NextPiece& piece, std::function<void(Result<std::string>)> done);

    // The whole answer to a request for a page that is prepared for everybody, as it goes on the
    // wire; null where handle() must answer. One thread: the network's.
    std::shared_ptr<const std::string> at_once(const PlainGet& get);

    // The answer, waited for; `tools` may be null.
    Response respond(Request& request, WorkerTools* tools) const;

private:
    struct Timing;
    struct Means {  // what the thread at hand offers: neither, a reader's tools or the writer's turn
        WorkerTools* tools = nullptr;
        WriteTurn* turn = nullptr;
        // Between the halves of a route that prepares: set by the first, asked by the second.
        std::shared_ptr<const Context>* between = nullptr;
    };
    std::optional<Response> prepared(const Request& request) const;
    Response prepared_response(const std::shared_ptr<const SharedPages::Ready>& page, bool packed,
                               std::string_view if_none_match) const;
    Match find(Request& request) const;
    std::optional<Response> refusal(Request& head, const Match& match, WorkerTools* tools) const;
    bool write(const std::shared_ptr<Request>& request, const Match& match, const Done& done,
               std::shared_ptr<const Context> between = {}) const;
    void prepare(const std::shared_ptr<Request>& request, const Match& match, const Done& done,
                 WorkerTools* tools) const;
    void refuse_busy(Request& request, Match match, const Done& done) const;
    Response answer(Request& request, const Match& match, Means means) const;
    Result<Response> run_guarded(Request& request, const Match& match, Context& context,
                                 std::string_view request_id) const;
    Result<Response> run(Request& request, const Route& route, Context& context) const;
    Result<Response> run_preparing(Request& request, const Route& route, Context& context) const;
    Result<Response> run_writing(Request& request, const Route& route, Context& context) const;
    Response error_response(const Request& request, const Match& match, Context& context,
                            const Error& error, std::string_view request_id) const;
    void finish(std::string_view method, const Timing& timing, int status, std::size_t bytes) const;

    const Site& site_;
    const Services& services_;
    Pools pools_;
    AccessLog& log_;
    std::span<const Route> table_;
    PackedAssets packed_;
    // The answers of at_once, made anew each second for their Date.
    struct Whole {
        std::shared_ptr<const SharedPages::Ready> page;
        bool packed = false, unchanged = false, keep_open = false;
        UtcSecond at = 0;
        std::size_t body_bytes = 0;
        std::shared_ptr<const std::string> bytes;
    };
    std::vector<Whole> whole_;
    mutable std::atomic<std::uint64_t> requests_ = 0;
};

// The cookie that carries a session, and one that ends it.
std::string session_cookie_name(const Site& site);
std::string session_cookie(const Site& site, std::string_view token);
std::string expired_session_cookie(const Site& site);
// The cookie that a form before login is tied to.
inline constexpr std::string_view kFormCookie = "klarsyn_form";
inline constexpr std::string_view kLanguageCookie = "klarsyn_lang";
std::string plain_cookie(const Site& site, std::string_view name, std::string_view value);

}  // namespace klarsyn
