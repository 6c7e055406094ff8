#include "web/web_fixture.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "ingest/import.h"
#include "modules/module.h"
#include "web/accounts.h"

namespace klarsyn {
namespace {

constexpr const char* kLog =
    "1365000000|c1|servicedesk|NONE|ENTERQUEUE||4411|1\n"
    "1365000010|c1|servicedesk|Agent/1|CONNECT|10|1365000005.1|3\n"
    "1365000100|c1|servicedesk|Agent/1|COMPLETECALLER|10|90|1\n"
    "1365000200|c2|servicedesk|NONE|ENTERQUEUE||4412|1\n"
    "1365000230|c2|servicedesk|NONE|ABANDON|1|1|30\n"
    "1365090000|c3|klinisk_programhjaelp|NONE|ENTERQUEUE||4414|1\n"
    "1365090400|c3|klinisk_programhjaelp|Agent/<b>2</b>|CONNECT|400|1365090001.2|5\n"
    "1365090500|c3|klinisk_programhjaelp|Agent/<b>2</b>|COMPLETEAGENT|400|100|1\n"
    "1365090600|c4|servicedesk|NONE|ENTERQUEUE||4413|1\n"
    "garbage line\n";

WorkerPool::Open opener(WebFixture& fixture) {
    return [&fixture]() -> Result<WorkerTools> {
        WorkerTools tools;
        KL_TRY(tools.db, fixture.store->reader());
        tools.figures = std::make_unique<Figures>(*tools.db, catalogue());
        tools.memory = std::make_unique<ThreadMemory>(*tools.db);
        return tools;
    };
}

}  // namespace

WebFixture::WebFixture() {
    char name[] = "/tmp/klarsyn-web-XXXXXX";
    data = std::string(::mkdtemp(name)) + "/data";
    store = Store::create(data, migrations()).take();
    fill();
    memory = std::make_unique<ThreadMemory>(store->writer());
    std::vector<EmbeddedFile> assets = embedded_files("");
    library = std::make_unique<ReportLibrary>(ReportLibrary::load(assets).take());
    log = AccessLog::open("").take();
    site = std::make_unique<Site>(Site{catalogue(), *library, clock, assets, ""});
    services = std::make_unique<Services>(Services{
        sessions, throttle, metrics,
        [this](WriterJob job) {
            job(store->writer());
            return true;
        },
        [this](WriterPart part) {
            std::vector<WriterPart> parts;
            parts.push_back(std::move(part));
            run_parts({store->writer(), *memory, store->journal_key(), clock,
                       [this](const Announcement& told) {
                           announced.push_back(told);
                           events.announce(told);
                       }},
                      std::move(parts));
            return true;
        },
        [this] { return stopping; }, presence, events});
    readers = std::make_unique<WorkerPool>(2, 64, opener(*this));
    blocking = std::make_unique<WorkerPool>(1, 8, opener(*this));
    dispatcher = std::make_unique<Dispatcher>(
        *site, *services, Dispatcher::Pools{*readers, *blocking, *readers}, *log, all_routes());
    tools = opener(*this)().take();
    open_cases();
}

// K1 with something of everything that a case can have, and K2.
void WebFixture::open_cases() {
    const std::pair<const char*, const char*> said[] = {
        {"/api/v1/cases", R"({"title":"FMK svarer ikke","text":"Siden i morges","system":"FMK",)"
                          R"("impact":2,"urgency":1,"contact":"phone","place":"Afsnit 3112",)"
                          R"("caller":{"name":"Bo Lund","phone":"+4535451234"}})"},
        {"/api/v1/cases", R"({"title":"Ny skærm","type":"request"})"},
        {"/api/v1/cases/K1/comment", R"({"text":"Vi ser på det","visibility":"public"})"},
        {"/api/v1/cases/K1/affected", R"({"person":"Ida Berg"})"},
        {"/api/v1/cases/K1/link", R"({"to":"K2","relation":"related"})"},
        {"/api/v1/cases/K1/move", R"({"level":2,"reason":"Kræver adgang til platformen"})"},
    };
    tell(Role::agent, said);
    open_objects();
}

// M1 that K1 follows, the known error P1, and C1 that waits for the board.
void WebFixture::open_objects() {
    const std::pair<const char*, const char*> said[] = {
        {"/api/v1/majors", R"({"case":"K1","criteria":["patient_safety"],"orgs":["RH"]})"},
        {"/api/v1/majors/M1/duty", R"({"law":"nis2","applies":true,"reason":"Væsentlig tjeneste",)"
                                   R"("aware_at":"2013-04-26T17:00:00Z"})"},
        {"/api/v1/problems", R"({"title":"FMK taber forbindelsen","systems":["FMK"],"case":"K1"})"},
        {"/api/v1/problems/P1/known_error", R"({"workaround":"Log ud og ind igen"})"},
        {"/api/v1/changes", R"({"title":"Ny FMK-klient","systems":["FMK"],"impact":1,"likelihood":2,)"
                            R"("planned_from":"2013-12-24T18:00:00Z",)"
                            R"("planned_to":"2013-12-24T20:00:00Z","freeze_reason":"Sikkerhedsfejl"})"},
        {"/api/v1/changes", R"({"title":"Ny FMK-server","systems":["FMK"],)"
                            R"("planned_from":"2013-12-24T19:00:00Z",)"
                            R"("planned_to":"2013-12-24T21:00:00Z","freeze_reason":"Samme arbejde",)"
                            R"("collision_reason":"Samme hold"})"},
        {"/api/v1/catalogue/mailbox", R"({"name":"fmk","members":"Bo Lund"})"},
        {"/api/v1/orders/K3/step", R"({"step":"create"})"},
    };
    tell(Role::lead, said);
}

void WebFixture::tell(Role role, std::span<const std::pair<const char*, const char*>> said) {
    for (const auto& [target, body] : said) {
        Request request = post(target, "", role);
        as_json(request, body);
        const Response response = ask(request);
        if (response.status >= 300) {
            std::fprintf(stderr, "%s\n", response.body.c_str());
            std::abort();
        }
    }
}

WebFixture::~WebFixture() {
    tools = {};
    memory.reset();
    readers.reset();
    blocking.reset();
    store.reset();
    std::filesystem::remove_all(std::filesystem::path(data).parent_path());
}

void WebFixture::fill() {
    for (const Role role : {Role::user, Role::reader, Role::agent, Role::lead, Role::editor, Role::admin})
        add_user(store->writer(), store->journal_key(), clock,
                 {std::string(role_name(role)), std::string(role_name(role)), kPassword, "test"})
            .value();
    ImportRequest request;
    request.format = find_format("queue-log");
    request.options.source = "queue-log";
    request.options.max_rejects_percent = 50;
    request.files = {{"queue_log", kLog}};
    request.actor = "test";
    import_batch(*store, clock, request).take();
    add_user(store->writer(), store->journal_key(), clock, {"probe", "probe", kPassword, "test"})
        .value();
}

std::string WebFixture::token_of(Role role) {
    if (role == Role::anonymous) return "";
    for (const Account& account : list_accounts(store->writer()).take())
        if (account.role == role) return sessions.start(account.id, clock.now()).token;
    return "";
}

Request WebFixture::get(const std::string& target, Role role) {
    Request request;
    request.method = "GET";
    request.target = target;
    request.address = "192.0.2.1";
    request.headers = {{"host", "klarsyn.test"}};
    const std::string token = token_of(role);
    if (!token.empty()) request.headers.emplace_back("cookie", "klarsyn=" + token);
    return request;
}

Request WebFixture::post(const std::string& target, const std::string& form, Role role) {
    Request request = get(target, role);
    request.method = "POST";
    request.headers.emplace_back("content-type", "application/x-www-form-urlencoded");
    const std::string token = request.cookie("klarsyn");
    if (token.empty()) request.headers.emplace_back("cookie", "klarsyn_form=before");
    request.body = form + "&csrf=" + sessions.csrf(token.empty() ? "before" : token);
    return request;
}

void WebFixture::as_json(Request& request, const std::string& body) {
    for (auto& [name, value] : request.headers)
        if (name == "content-type") value = "application/json";
    request.body = body;
}

Response WebFixture::ask(Request request) { return dispatcher->respond(request, &tools); }

}  // namespace klarsyn
