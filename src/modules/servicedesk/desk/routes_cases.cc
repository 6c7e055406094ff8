// /api/v1/cases: the desk's commands and lists over HTTP.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "modules/servicedesk/desk/answers.h"
#include "modules/servicedesk/desk/commands.h"
#include "modules/servicedesk/desk/own_work.h"
#include "web/problem.h"
#include "web/question.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr std::int64_t kLimitMax = 500;
constexpr std::int64_t kLimitDefault = 50;

// Both versions, and what was sent: nobody's change is lost.
Result<Response> stale_answer(const Request& request, Context& context, std::string_view number,
                              std::int64_t known) {
    Response response = problem(web_error(412), context.language, "");
    json::object body = json::parse(response.body).as_object();
    KL_TRY(const auto current, read_case(context, number));
    std::vector<Record> until = current.records;
    std::erase_if(until, [&](const Record& record) { return record.n > known; });
    body["current"] = case_json(current.details(), Reader::agent);
    body["base"] = base_json(replay(number, until));
    json::error_code error;
    body["yours"] = json::parse(request.body.empty() ? "{}" : request.body, error);
    response.body = json::serialize(body) + "\n";
    response.etag = version_tag(current.state.version);
    return response;
}

enum class IfMatch { optional, required };

// What a command on one case needs: body and the version it builds on.
template <typename Command>
Result<Response> run_on_case(const Request& request, Context& context, IfMatch need,
                             const Command& command) {
    const std::string number(request.param("number"));
    KL_TRY(JsonBody body, JsonBody::parse(request));
    KL_TRY(DeskEntry entry, DeskEntry::begin(*context.turn, desk_actor(context)));
    KL_TRY(const CaseState* state, entry.find(number));
    KL_TRY(const auto known, version_wanted(request));
    if (!known && need == IfMatch::required) return web_error(428);
    if (known && *known != state->version) {
        return stale_answer(request, context, number, *known);
    }
    const Result<void> done = command(entry, number, body);
    if (!body.ok()) return faults_problem(context, body.faults());
    if (!done.ok()) return done.error();
    KL_CHECK(entry.end());
    return case_answer(context, number, 200);
}

}  // namespace

Result<Response> post_case(const Request& request, Context& context) {
    KL_TRY(JsonBody body, JsonBody::parse(request));
    KL_TRY(DeskEntry entry, DeskEntry::begin(*context.turn, desk_actor(context)));
    const auto number = open_case(entry, body);
    if (!body.ok()) return faults_problem(context, body.faults());
    if (!number.ok()) return number.error();
    KL_CHECK(entry.end());
    return created_answer(context, *number);
}

Result<Response> patch_case(const Request& request, Context& context) {
    return run_on_case(request, context, IfMatch::required,
                       [](DeskEntry& entry, const std::string& number, JsonBody& body) {
                           return change_case(entry, number, body);
                       });
}

Result<Response> post_case_command(const Request& request, Context& context) {
    const std::string verb(request.param("verb"));
    if (verb == "split") return post_split(request, context);
    if (find_command(verb) == nullptr) return web_error(404);
    return run_on_case(request, context, IfMatch::optional,
                       [&](DeskEntry& entry, const std::string& number, JsonBody& body) {
                           return run_command(entry, number, verb, body);
                       });
}

Result<Response> post_split(const Request& request, Context& context) {
    KL_TRY(JsonBody body, JsonBody::parse(request));
    KL_TRY(DeskEntry entry, DeskEntry::begin(*context.turn, desk_actor(context)));
    const auto number = split_case(entry, request.param("number"), body);
    if (!body.ok()) return faults_problem(context, body.faults());
    if (!number.ok()) return number.error();
    KL_CHECK(entry.end());
    return created_answer(context, *number);
}

Result<Response> get_case(const Request& request, Context& context) {
    return case_answer(context, request.param("number"), 200);
}

Result<Response> get_cases(const Request& request, Context& context) {
    CaseQuery query;
    KL_CHECK(read_case_query(request, context, query));
    KL_TRY(query.limit, read_number(request, "limit", kLimitDefault, 1, kLimitMax));
    KL_TRY(const CaseViewer viewer, case_viewer(context));
    KL_TRY(const CasePage page, list_cases(context.db(), query, viewer));
    json::array items;
    for (const CaseItem& item : page.items) items.push_back(item_json(item));
    json::object body = {{"items", std::move(items)}, {"next", text_json(page.next)}};
    if (request.find("count").value_or("") == "1") {
        KL_TRY(body["total"], count_cases(context.db(), query, viewer));
    }
    Response response = json_answer(200, body);
    if (!page.next.empty()) {
        Pairs next = request.query;
        std::erase_if(next, [](const auto& pair) { return pair.first == "cursor"; });
        next.emplace_back("cursor", page.next);
        response.headers.emplace_back(
            "Link", fmt::format("</api/v1/cases{}>; rel=\"next\"", build_query(next)));
    }
    return response;
}

Result<Response> get_views(const Request&, Context& context) {
    KL_TRY(const CaseViewer viewer, case_viewer(context));
    json::array items;
    for (const std::string_view view : kViews) {
        CaseQuery query;
        query.view = view;
        KL_TRY(const auto count, count_cases(context.db(), query, viewer));
        items.push_back({{"id", view},
                         {"title", context.text("servicedesk.desk.view." + std::string(view))},
                         {"count", count}});
    }
    KL_TRY(const auto filters, own_filters(context.db(), context.account.name));
    for (const SavedFilter& filter : filters) {
        CaseQuery query;
        for (const auto& [name, value] : filter.query) take_query(name, value.as_string(), query);
        KL_TRY(const auto count, count_cases(context.db(), query, viewer));
        items.push_back({{"id", "filter:" + filter.name},
                         {"title", filter.title},
                         {"count", count},
                         {"query", filter.query}});
    }
    return json_answer(200, json::object{{"items", std::move(items)}});
}

}  // namespace klarsyn::servicedesk
