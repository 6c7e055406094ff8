// /api/v1/majors, /problems and /changes: the same commands and lists over HTTP, by kind.
#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "modules/servicedesk/desk/answers.h"
#include "modules/servicedesk/practice/object_json.h"
#include "modules/servicedesk/practice/change_notices.h"
#include "modules/servicedesk/practice/practice_routes.h"
#include "web/problem.h"
#include "web/question.h"

namespace klarsyn::servicedesk {

namespace json = boost::json;

Result<void> run_practice(Context& context, std::string_view kind, JsonBody& body,
                          const PracticeCommand& command) {
    WriteTurn& turn = *context.turn;
    DeskActor actor = desk_actor(context);
    actor.scope = {};  // what follows reaches every case; `scope` bounds what may be named
    KL_TRY(const auto rules, practice_rules(turn.db, turn.memory, turn.now));
    KL_TRY(DeskEntry entry, DeskEntry::begin(turn, std::move(actor)));
    PracticeWork work{entry, *rules, context.scope, context.language};
    KL_CHECK(command(work));
    if (!body.ok()) return make_error(ErrorCode::invalid_input, "servicedesk.desk.faults");
    const auto changed = entry.others();
    KL_CHECK(entry.end(std::string(kind)));
    for (const std::string& number : changed)
        if (object_kind(number)->word == "change")
            KL_CHECK(follow_change(turn, context.account.name, number));
    return {};
}

namespace {

using Commands = const ObjectCommands& (*)();

constexpr std::int64_t kLimitMax = 500;
constexpr std::int64_t kLimitDefault = 100;

// The part of the address and the word of a kind.
struct KindNames {
    std::string_view path, word;
};
KindNames names_of(std::string_view letter) {
    if (letter == "M") return {"/api/v1/majors", "major"};
    if (letter == "P") return {"/api/v1/problems", "problem"};
    return {"/api/v1/changes", "change"};
}

Result<Response> object_answer(Context& context, std::string_view number, int status) {
    KL_TRY(const ReadObject read, read_object(context, number));
    Response response = json_answer(status, read.body);
    response.etag = version_tag(read.row.version);
    return response;
}

// Not only unknown numbers but also those of another kind are not found here.
Result<void> check_number(std::string_view number, std::string_view letter) {
    const ObjectKind* kind = object_kind(number);
    if (kind != nullptr && kind->letter == letter) return {};
    return make_error(ErrorCode::not_found, "servicedesk.practice.no_object",
                      {{"number", std::string(number)}});
}

template <Commands kCommands>
Result<Response> list(const Request& request, Context& context) {
    const KindNames names = names_of(kCommands().letter);
    ObjectQuery query;
    query.kind = names.word;
    const std::string open = request.find("open").value_or("");
    if (open == "1" || open == "0") query.open = open == "1";
    query.state = request.find("state").value_or("");
    query.system = request.find("system").value_or("");
    for (const auto& [name, into] :
         {std::pair{"from", &query.overlaps_from}, {"to", &query.overlaps_to}}) {
        const auto text = request.find(name);
        if (!text) continue;
        KL_TRY(*into, parse_iso_utc(*text));
    }
    KL_TRY(query.limit, read_number(request, "limit", kLimitDefault, 1, kLimitMax));
    KL_TRY(query.before, read_number(request, "cursor", 0, 0, std::int64_t{1} << 60));
    KL_TRY(const ObjectPage page, list_objects(context.db(), query, context.scope));
    json::array items;
    for (const ObjectRow& row : page.items) {
        json::object item = row_json(row);
        if (row.kind == "problem") {
            KL_TRY(const Pain pain, pain_of(context.db(), row.number, context.site.clock.now()));
            item["pain"] = pain_json(pain);
        }
        items.push_back(std::move(item));
    }
    const std::string next = page.next > 0 ? std::to_string(page.next) : std::string();
    Response response = json_answer(200, {{"items", std::move(items)}, {"next", text_json(next)}});
    if (!next.empty()) {
        Pairs question = request.query;
        std::erase_if(question, [](const auto& pair) { return pair.first == "cursor"; });
        question.emplace_back("cursor", next);
        response.headers.emplace_back(
            "Link", fmt::format("<{}{}>; rel=\"next\"", names.path, build_query(question)));
    }
    return response;
}

template <Commands kCommands>
Result<Response> show(const Request& request, Context& context) {
    KL_CHECK(check_number(request.param("number"), kCommands().letter));
    return object_answer(context, request.param("number"), 200);
}

template <Commands kCommands>
Result<Response> open(const Request& request, Context& context) {
    const KindNames names = names_of(kCommands().letter);
    KL_TRY(JsonBody body, JsonBody::parse(request));
    std::string number;
    const auto done =
        run_practice(context, names.word, body, [&](PracticeWork& work) -> Result<void> {
            KL_TRY(number, kCommands().open(work, body));
            return {};
        });
    if (!body.ok()) return faults_problem(context, body.faults());
    if (!done.ok()) return done.error();
    KL_TRY(Response response, object_answer(context, number, 201));
    response.headers.emplace_back("Location", fmt::format("{}/{}", names.path, number));
    return response;
}

// Both versions, and what was sent.
Result<Response> stale_answer(const Request& request, Context& context, std::string_view number,
                              std::int64_t known) {
    Response response = problem(web_error(412), context.language, "");
    json::object body = json::parse(response.body).as_object();
    KL_TRY(const ReadObject current, read_object(context, number));
    std::vector<Record> until = current.records;
    std::erase_if(until, [&](const Record& record) { return record.n > known; });
    body["current"] = current.body;
    body["base"] = object_base(number, until);
    json::error_code error;
    body["yours"] = json::parse(request.body.empty() ? "{}" : request.body, error);
    response.body = json::serialize(body) + "\n";
    response.etag = version_tag(current.row.version);
    return response;
}

enum class IfMatch { optional, required };

Result<Response> run_on_object(const Request& request, Context& context,
                               const ObjectCommands& commands, IfMatch need,
                               const ObjectCommand& command) {
    const std::string number(request.param("number"));
    KL_CHECK(check_number(number, commands.letter));
    KL_TRY(const auto row, find_object(context.db(), number, context.scope));
    if (!row) return check_number("", commands.letter).error();
    KL_TRY(JsonBody body, JsonBody::parse(request));
    KL_TRY(const auto known, version_wanted(request));
    if (!known && need == IfMatch::required) return web_error(428);
    if (known && *known != row->version) return stale_answer(request, context, number, *known);
    const auto done = run_practice(
        context, names_of(commands.letter).word, body, [&](PracticeWork& work) -> Result<void> {
            KL_TRY([[maybe_unused]] const auto* records, work.entry.find_other(number));
            return command.run(work, number, body);
        });
    Result<void> after;
    if (body.ok() && done.ok() && command.after != nullptr)
        after = command.after(*context.turn, context.account.name, number, body);
    if (!body.ok()) return faults_problem(context, body.faults());
    if (!done.ok()) return done.error();
    KL_CHECK(after);
    return object_answer(context, number, 200);
}

template <Commands kCommands>
Result<Response> change(const Request& request, Context& context) {
    return run_on_object(request, context, kCommands(), IfMatch::required,
                         {"change", kCommands().change});
}

template <Commands kCommands>
Result<Response> command(const Request& request, Context& context) {
    const ObjectCommand* found = kCommands().find(request.param("verb"));
    if (found == nullptr) return web_error(404);
    return run_on_object(request, context, kCommands(), IfMatch::optional, *found);
}

// The written criteria, in the reader's language.
Result<Response> get_criteria(const Request&, Context& context) {
    KL_TRY(const auto rules,
           practice_rules(context.db(), context.memory(), context.site.clock.now()));
    json::array levels, criteria;
    for (const CriticalityLevel& level : rules->criticality.levels)
        levels.push_back({{"id", level.id}, {"title", level.title.in(context.language)}});
    for (const Criterion& one : rules->criticality.criteria)
        criteria.push_back(
            {{"id", one.id}, {"level", one.level}, {"text", one.text.in(context.language)}});
    return json_answer(200, {{"levels", std::move(levels)}, {"criteria", std::move(criteria)}});
}

// What stands in the way of a change at that time on those systems.
Result<Response> get_check(const Request& request, Context& context) {
    Window window;
    for (const auto& [name, into] : {std::pair{"from", &window.from}, {"to", &window.to}}) {
        const auto text = request.find(name);
        const auto time = parse_iso_utc(text.value_or(""));
        if (!time.ok()) {
            Error error = make_error(ErrorCode::invalid_input, "web.body.time", {{"field", name}});
            error.field = name;
            return error;
        }
        *into = *time;
    }
    KL_TRY(const auto rules,
           practice_rules(context.db(), context.memory(), context.site.clock.now()));
    const std::vector<std::string> systems = request.all("system");
    KL_TRY(const auto collisions,
           find_collisions(context.db(), window, systems, request.find("except").value_or(""),
                           context.scope));
    return json_answer(
        200, {{"freezes", freezes_json(rules->freeze.touching(window.from, window.to, systems),
                                       context.language)},
              {"collisions", collisions_json(collisions)}});
}

struct ObjectPaths {
    std::string_view all, one, command;
};

template <Commands kCommands>
void add_routes(std::vector<Route>& routes, const ObjectPaths& paths) {
    using P = Permission;
    using R = Runs;
    using S = Shape;
    routes.push_back({"GET", paths.all, P::cases, R::reader, S::api, list<kCommands>});
    routes.push_back({"POST", paths.all, P::manage, R::writer, S::api, open<kCommands>});
    routes.push_back({"GET", paths.one, P::cases, R::reader, S::api, show<kCommands>});
    routes.push_back({"PATCH", paths.one, P::manage, R::writer, S::api, change<kCommands>});
    routes.push_back({"POST", paths.command, P::manage, R::writer, S::api, command<kCommands>});
}

}  // namespace

std::vector<Route> practice_routes() {
    using P = Permission;
    std::vector<Route> routes = {
        {"GET", "/api/v1/majors/criteria", P::cases, Runs::reader, Shape::api, get_criteria},
        {"GET", "/api/v1/changes/check", P::cases, Runs::reader, Shape::api, get_check},
        {"POST", "/api/v1/changes/feed", P::cases, Runs::writer, Shape::api, post_feed},
        {"POST", "/changes/feed", P::cases, Runs::writer, Shape::page, post_changes_feed},
        {"GET", "/changes.ics", P::open, Runs::reader, Shape::page, get_changes_ics},
        {"GET", "/majors", P::cases, Runs::reader, Shape::page, get_majors_page},
        {"POST", "/majors", P::manage, Runs::writer, Shape::page, post_majors_page},
        {"GET", "/majors/{number}", P::cases, Runs::reader, Shape::page, get_major_page},
        {"POST", "/majors/{number}", P::manage, Runs::writer, Shape::page, post_major_page},
        {"GET", "/problems", P::cases, Runs::reader, Shape::page, get_problems_page},
        {"POST", "/problems", P::manage, Runs::writer, Shape::page, post_problems_page},
        {"GET", "/problems/{number}", P::cases, Runs::reader, Shape::page, get_problem_page},
        {"POST", "/problems/{number}", P::manage, Runs::writer, Shape::page, post_problem_page},
        {"GET", "/changes", P::cases, Runs::reader, Shape::page, get_changes_page},
        {"POST", "/changes", P::manage, Runs::writer, Shape::page, post_changes_page},
        {"GET", "/changes/{number}", P::cases, Runs::reader, Shape::page, get_change_page},
        {"POST", "/changes/{number}", P::manage, Runs::writer, Shape::page, post_change_page},
        {"GET", "/api/v1/catalogue", P::own_cases, Runs::reader, Shape::api, get_catalogue},
        {"POST", "/api/v1/catalogue/{form}", P::own_cases, Runs::writer, Shape::api, post_order},
        {"GET", "/api/v1/orders/{number}", P::own_cases, Runs::reader, Shape::api, get_order},
        {"POST", "/api/v1/orders/{number}/{verb}", P::case_work, Runs::writer, Shape::api,
         post_order_command},
        {"GET", "/catalogue", P::own_cases, Runs::reader, Shape::page, get_catalogue_page},
        {"GET", "/catalogue/{form}", P::own_cases, Runs::reader, Shape::page, get_form_page},
        {"POST", "/catalogue/{form}", P::own_cases, Runs::writer, Shape::page, post_form_page},
        {"GET", "/orders/{number}", P::own_cases, Runs::reader, Shape::page, get_order_page},
        {"POST", "/orders/{number}", P::case_work, Runs::writer, Shape::page, post_order_page},
    };
    add_routes<major_commands>(
        routes, {"/api/v1/majors", "/api/v1/majors/{number}", "/api/v1/majors/{number}/{verb}"});
    add_routes<problem_commands>(routes, {"/api/v1/problems", "/api/v1/problems/{number}",
                                          "/api/v1/problems/{number}/{verb}"});
    add_routes<change_commands>(
        routes, {"/api/v1/changes", "/api/v1/changes/{number}", "/api/v1/changes/{number}/{verb}"});
    return routes;
}

}  // namespace klarsyn::servicedesk
