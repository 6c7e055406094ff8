// What handlers work with: the site (immutable), the services that all threads share (each
// thread-safe), and the tools of the worker thread that runs them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/embedded.h"
#include "core/text.h"
#include "core/time.h"
#include "indicators/figures.h"
#include "ingest/turn.h"
#include "store/database.h"
#include "web/accounts.h"
#include "web/http.h"
#include "web/org_scope.h"

namespace klarsyn {

class Catalogue;
class EventHub;
struct GateSettings;
class Metrics;
class OidcProvider;
class Presence;
class ReportLibrary;
class Sessions;
class SharedPages;
class Throttle;

// Immutable while the server runs; everything is borrowed and outlives it.
struct Site {
    const Catalogue& catalogue;
    const ReportLibrary& library;
    const Clock& clock;
    std::vector<EmbeddedFile> assets;  // ui/dist/* and */openapi/*
    std::string public_url;            // "https://..." behind a proxy; empty: plain HTTP
    const GateSettings* gates = nullptr;  // to the systems around; null: none (web/gates.h)

    bool https() const { return public_url.starts_with("https://"); }
    const EmbeddedFile* asset(std::string_view path) const;
};

// Runs a job on the writer thread; false when it is not taken (queue full, stopping).
using WriterJob = std::function<void(Connection& writer)>;
using WriterQueue = std::function<bool(WriterJob job)>;

// A command that shares a transaction with those that arrived with it. `run` says whether its part
// is kept; `done` hears afterwards whether the whole was committed. Both on the writer thread; they
// must not throw.
enum class PartOutcome { keep, take_back };
struct WriterPart {
    std::function<PartOutcome(WriteTurn& turn)> run;
    std::function<void(const Result<void>& committed)> done;
    bool bulk = false;  // waits behind what people do
};
using PartQueue = std::function<bool(WriterPart part)>;

struct Services {
    Sessions& sessions;
    Throttle& throttle;
    Metrics& metrics;
    WriterQueue write;
    PartQueue command;
    std::function<bool()> stopping;  // true from the first SIGTERM on
    Presence& presence;
    EventHub& events;
    OidcProvider* oidc = nullptr;    // null: nobody signs in elsewhere
    SharedPages* pages = nullptr;    // what threads make for each other; null: each for itself
};

// A worker thread's own read-only connection. After a failure of the database it is opened anew.
struct WorkerTools {
    std::unique_ptr<Connection> db;
    std::unique_ptr<Figures> figures;
    std::unique_ptr<ThreadMemory> memory;
    enum class State { usable, broken } state = State::usable;
};

// One request being answered.
struct Context {
    const Site& site;
    const Services& services;
    WorkerTools* tools = nullptr;      // of reading routes
    WriteTurn* turn = nullptr;         // of writing routes
    Account account = {};              // role anonymous when nobody is logged in
    OrgScope scope = {};               // what it may see
    Language language = Language::da;
    std::string session_token = {};    // empty when nobody is logged in
    std::string csrf = {};                  // what forms on this page must carry
    // Organisations (core_name ids) whose records the reader may see; none = all. A figure counts
    // everything whoever asks: only its list of records is the reader's own.
    std::optional<std::vector<std::int64_t>> orgs = std::nullopt;

    bool by_token = false;             // came with a bearer token, not with a browser's cookie
    std::shared_ptr<const void> prepared = {};  // what Route::prepare made of the request

    Connection& db() const { return turn != nullptr ? turn->db : *tools->db; }
    ThreadMemory& memory() const { return turn != nullptr ? turn->memory : *tools->memory; }
    Figures& figures() const { return *tools->figures; }
    std::string text(std::string_view key, const TextArgs& args = {}) const {
        return klarsyn::text(language, key, args);
    }
    bool may(Permission permission) const { return allowed(account.role, permission); }
};

}  // namespace klarsyn
