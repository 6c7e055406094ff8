#include "modules/servicedesk/desk/bulk.h"
#include "modules/servicedesk/desk/masking.h"

#include <boost/json/array.hpp>

#include <charconv>
#include <set>

#include "modules/servicedesk/desk/answers.h"
#include "modules/servicedesk/desk/commands.h"
#include "modules/servicedesk/desk/own_work.h"
#include "web/problem.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr std::string_view kJournalKind = "bulk";
constexpr std::string_view kVerbs[] = {"assign",  "move",  "hold",    "resume",
                                       "resolve", "close", "comment", "change"};

struct BulkAsk {
    std::vector<std::string> numbers;
    std::string verb;
    json::object body;
    bool preview = false;
    std::optional<json::object> versions;  // those of the preview
};

// The cases of a list, as the list has them now.
Result<void> take_listed(JsonBody& body, Context& context, BulkAsk& ask) {
    CaseQuery query;
    for (const auto& [name, value] : body.object().at("query").as_object())
        if (value.is_string()) take_query(name, value.as_string(), query);
    KL_CHECK(apply_filter(context.db(), context.account.name, query));
    query.limit = kBulkMax + 1;
    query.cursor.clear();
    KL_TRY(const CaseViewer viewer, case_viewer(context));
    KL_TRY(const CasePage page, list_cases(context.db(), query, viewer));
    if (page.items.size() > kBulkMax)
        body.fault("query", "servicedesk.desk.bulk.many", {{"max", std::to_string(kBulkMax)}});
    for (const CaseItem& item : page.items) ask.numbers.push_back(item.number);
    return {};
}

Result<BulkAsk> read_ask(JsonBody& body, Context& context) {
    BulkAsk ask;
    body.allow_only({"numbers", "query", "action", "body", "preview", "versions"});
    ask.verb = body.text("action", {20, JsonBody::Need::required}).value_or("");
    bool known = false;
    for (const std::string_view verb : kVerbs) known = known || verb == ask.verb;
    if (!known && body.ok())
        body.fault("action", "web.body.word",
                   {{"words", "assign, move, hold, resume, resolve, close, comment, change"}});
    ask.preview = body.flag("preview").value_or(false);
    const auto object = [&](std::string_view name) -> const json::object* {
        if (!body.has(name) || body.is_null(name)) return nullptr;
        const json::value& value = body.object().at(name);
        if (value.is_object()) return &value.as_object();
        body.fault(name, "servicedesk.desk.bulk.object");
        return nullptr;
    };
    if (const json::object* given = object("body")) ask.body = *given;
    if (const json::object* given = object("versions")) ask.versions = *given;
    const bool listed = object("query") != nullptr;
    std::set<std::string> seen;
    for (const std::string& number :
         body.texts("numbers", kBulkMax).value_or(std::vector<std::string>()))
        if (seen.insert(number).second) ask.numbers.push_back(number);
    if (listed == !seen.empty() && body.ok())
        body.fault("numbers", "servicedesk.desk.bulk.numbers_or_query");
    if (listed && body.ok()) KL_CHECK(take_listed(body, context, ask));
    return ask;
}

// One case of many. A refusal is an error of the case alone; what is wrong with the body is the
// same for all of them.
Result<void> run_one(DeskEntry& entry, const std::string& number, const BulkAsk& ask,
                     JsonBody& body) {
    KL_TRY(const CaseState* state, entry.find(number));
    const std::int64_t version = state->version;
    if (ask.versions && body_number(*ask.versions, number, -1) != version)
        return make_error(ErrorCode::conflict, "servicedesk.desk.bulk.overtaken",
                          {{"number", number}});
    KL_CHECK(ask.verb == "change" ? change_case(entry, number, body)
                                  : run_command(entry, number, ask.verb, body));
    if (entry.state(number).version == version)
        return make_error(ErrorCode::conflict, "servicedesk.desk.bulk.no_change",
                          {{"number", number}});
    return {};
}

bool is_ours(const Error& error) {  // not the case's: the whole request fails
    return error.code == ErrorCode::internal || error.code == ErrorCode::unavailable;
}

// The fields that differ, before and after; a comment has none and is shown itself.
std::pair<json::object, json::object> difference(const BulkAsk& ask, const CaseState& before,
                                                 const CaseState& after) {
    const json::object was = base_json(before), is = base_json(after);
    json::object old_fields, new_fields;
    for (const auto& [name, value] : is) {
        if (name == "version" || was.at(name) == value) continue;
        old_fields[name] = was.at(name);
        new_fields[name] = value;
    }
    if (ask.verb == "comment" || ask.verb == "resolve")
        for (const std::string_view name : {"text", "resolution"})
            if (const json::value* text = ask.body.if_contains(name)) new_fields[name] = *text;
    mask_body(new_fields);  // the answer may be kept
    return {std::move(old_fields), std::move(new_fields)};
}

Response body_problem(const Context& context, const JsonBody& body) {
    std::vector<BodyFault> faults = body.faults();
    for (BodyFault& fault : faults) fault.pointer = "/body" + fault.pointer;
    return faults_problem(context, faults);
}

Result<Response> preview(Context& context, const BulkAsk& ask) {
    KL_TRY(DeskEntry entry, DeskEntry::look(*context.turn, desk_actor(context)));
    json::array items;
    std::int64_t allowed = 0;
    for (const std::string& number : ask.numbers) {
        JsonBody body = JsonBody::of(ask.body);
        CaseState before;
        const auto found = entry.find(number);
        if (found.ok()) before = **found;
        const auto done = run_one(entry, number, ask, body);
        if (!body.ok()) return body_problem(context, body);
        if (!done.ok() && is_ours(done.error())) return done.error();
        json::object item = {{"number", number},          {"title", before.title},
                             {"version", before.version}, {"before", json::object()},
                             {"after", json::object()},   {"refused", nullptr}};
        if (done.ok()) {
            auto [was, is] = difference(ask, before, entry.state(number));
            item["before"] = std::move(was);
            item["after"] = std::move(is);
            ++allowed;
        } else {
            item["refused"] = describe(done.error(), context.language);
        }
        items.push_back(std::move(item));
    }
    return json_answer(
        200, {{"count", ask.numbers.size()}, {"allowed", allowed}, {"items", std::move(items)}});
}

json::object refusal(const Context& context, const std::string& number, const Error& error) {
    return {{"number", number}, {"detail", describe(error, context.language)}};
}

Result<Response> run(Context& context, const BulkAsk& ask) {
    KL_TRY(DeskEntry entry, DeskEntry::begin(*context.turn, desk_actor(context)));
    json::array done, refused;
    for (const std::string& number : ask.numbers) {
        JsonBody body = JsonBody::of(ask.body);
        const auto ran = run_one(entry, number, ask, body);
        if (!body.ok()) return body_problem(context, body);
        if (ran.ok())
            done.push_back(json::value(number));
        else if (is_ours(ran.error()))
            return ran.error();
        else
            refused.push_back(refusal(context, number, ran.error()));
    }
    const std::string bulk = "B" + std::to_string(entry.seq());
    const UtcSecond until = context.turn->now + kUndoSeconds;
    const json::value undo_until = done.empty() ? json::value() : json::value(iso_utc(until));
    KL_CHECK(entry.end(std::string(kJournalKind)));
    return json_answer(200, {{"bulk", bulk},
                             {"done", std::move(done)},
                             {"refused", std::move(refused)},
                             {"undo_until", undo_until}});
}

struct BulkEntry {
    std::int64_t seq = 0;
    UtcSecond at = 0;
    std::vector<std::string> numbers;  // not yet taken back
};

// not_found for what is no bulk change of this account.
Result<BulkEntry> find_bulk(Context& context, std::string_view name) {
    BulkEntry bulk;
    const Error missing = make_error(ErrorCode::not_found, "servicedesk.desk.bulk.unknown",
                                     {{"bulk", std::string(name)}});
    if (!name.starts_with('B')) return missing;
    name.remove_prefix(1);
    const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), bulk.seq);
    if (failed != std::errc{} || end != name.data() + name.size()) return missing;
    const Params values = {
        {":seq", bulk.seq}, {":actor", context.account.name}, {":kind", std::string(kJournalKind)}};
    KL_TRY(bulk.at, query_i64(context.db(),
                              "SELECT at FROM core_journal WHERE seq = :seq"
                              " AND actor = :actor AND kind = :kind",
                              values, -1));
    if (bulk.at < 0) return missing;
    KL_TRY(const auto rows, context.db().query("SELECT DISTINCT object FROM servicedesk_record"
                                               " WHERE seq = :seq AND retracted_seq IS NULL"
                                               " ORDER BY object",
                                               values));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return bulk;
        bulk.numbers.emplace_back(rows->text(0));
    }
}

}  // namespace

Result<Response> post_bulk(const Request& request, Context& context) {
    KL_TRY(JsonBody body, JsonBody::parse(request));
    KL_TRY(const BulkAsk ask, read_ask(body, context));
    if (!body.ok()) return faults_problem(context, body.faults());
    return ask.preview ? preview(context, ask) : run(context, ask);
}

Result<Response> post_bulk_undo(const Request& request, Context& context) {
    KL_TRY(JsonBody body, JsonBody::parse(request));
    body.allow_only({});
    if (!body.ok()) return faults_problem(context, body.faults());
    KL_TRY(const BulkEntry bulk, find_bulk(context, request.param("bulk")));
    if (context.turn->now > bulk.at + kUndoSeconds)
        return make_error(ErrorCode::conflict, "servicedesk.desk.bulk.late");
    KL_TRY(DeskEntry entry, DeskEntry::begin(*context.turn, desk_actor(context)));
    json::array undone, refused;
    for (const std::string& number : bulk.numbers) {
        const auto ran = entry.undo_on(number, bulk.seq);
        if (ran.ok())
            undone.push_back(json::value(number));
        else if (is_ours(ran.error()))
            return ran.error();
        else
            refused.push_back(refusal(context, number, ran.error()));
    }
    KL_CHECK(entry.end("bulk_undo"));
    return json_answer(200, {{"undone", std::move(undone)}, {"refused", std::move(refused)}});
}

}  // namespace klarsyn::servicedesk
