// Saved filters: views of one's own.
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "core/cpr.h"
#include "modules/servicedesk/desk/answers.h"
#include "modules/servicedesk/desk/masking.h"
#include "modules/servicedesk/desk/own_work.h"
#include "web/json_body.h"
#include "web/problem.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr std::string_view kFilterPrefix = "filter:";

struct QueryField {
    std::string_view name;
    std::string CaseQuery::*member;
};
constexpr QueryField kQueryFields[] = {
    {"view", &CaseQuery::view},         {"q", &CaseQuery::q},
    {"state", &CaseQuery::state},       {"system", &CaseQuery::system},
    {"org", &CaseQuery::org},           {"group", &CaseQuery::group},
    {"assignee", &CaseQuery::assignee}, {"priority", &CaseQuery::priority},
    {"type", &CaseQuery::type},         {"sort", &CaseQuery::sort},
};

bool is_filter_name(std::string_view name) {
    if (name.empty() || name.size() > 40) return false;
    for (const char c : name)
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
    return true;
}

// The fields of a question, none of them unknown; what is empty is left out.
json::object read_query(JsonBody& body) {
    json::object kept;
    const json::value* given = body.object().if_contains("query");
    if (given == nullptr || !given->is_object()) {
        body.fault("query", "web.body.required");
        return kept;
    }
    JsonBody inner = JsonBody::of(given->as_object());
    inner.allow_only(
        {"view", "q", "state", "system", "org", "group", "assignee", "priority", "type", "sort"});
    for (const QueryField& field : kQueryFields)
        if (const auto text = inner.text(field.name, {200}); text && !text->empty())
            kept[field.name] = *text;
    for (const BodyFault& fault : inner.faults())
        body.fault("query" + fault.pointer, fault.key, fault.args);
    return kept;
}

json::object filter_json(const SavedFilter& filter) {
    return {{"name", filter.name}, {"title", filter.title}, {"query", filter.query}};
}

}  // namespace

void take_query(std::string_view name, std::string_view value, CaseQuery& query) {
    for (const QueryField& field : kQueryFields)
        if (field.name == name) query.*field.member = value;
}

Result<std::vector<SavedFilter>> own_filters(Connection& db, std::string_view account) {
    KL_TRY(const auto rows, db.query("SELECT name, title, query FROM servicedesk_filter"
                                     " WHERE account = :account ORDER BY created_at, row_id",
                                     {{":account", std::string(account)}}));
    std::vector<SavedFilter> filters;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return filters;
        SavedFilter filter{std::string(rows->text(0)), std::string(rows->text(1)), {}};
        json::error_code failed;
        json::value query = json::parse(rows->text(2), failed);
        if (!failed && query.is_object()) filter.query = std::move(query.as_object());
        filters.push_back(std::move(filter));
    }
}

Result<void> apply_filter(Connection& db, std::string_view account, CaseQuery& query) {
    if (!query.view.starts_with(kFilterPrefix)) return {};
    const std::string name = query.view.substr(kFilterPrefix.size());
    KL_TRY(const auto filters, own_filters(db, account));
    const auto found = std::find_if(filters.begin(), filters.end(),
                                    [&](const SavedFilter& one) { return one.name == name; });
    if (found == filters.end()) {
        Error error = make_error(ErrorCode::invalid_input, "servicedesk.desk.no_view",
                                 {{"view", query.view}});
        error.field = "view";
        return error;
    }
    query.view = "open";
    for (const QueryField& field : kQueryFields) {
        const json::value* saved = found->query.if_contains(field.name);
        const bool asked = field.name != "view" && !(query.*field.member).empty();
        if (saved != nullptr && saved->is_string() && !asked)
            query.*field.member = std::string(saved->as_string());
    }
    return {};
}

Result<Response> get_filters(const Request&, Context& context) {
    KL_TRY(const auto filters, own_filters(context.db(), context.account.name));
    json::array items;
    for (const SavedFilter& filter : filters) items.push_back(filter_json(filter));
    return json_answer(200, json::object{{"items", std::move(items)}});
}

Result<Response> put_filter(const Request& request, Context& context) {
    const std::string name(request.param("name"));
    if (!is_filter_name(name)) return web_error(404);
    KL_TRY(JsonBody body, JsonBody::parse(request));
    body.allow_only({"name", "title", "query"});
    const auto title = body.text("title", {60, JsonBody::Need::required});
    json::object query = read_query(body);
    if (!body.ok()) return faults_problem(context, body.faults());
    const std::string shown = mask_cprs(*title).text;
    mask_body(query);
    CaseQuery asked;  // what the list would say to it
    for (const auto& [field, value] : query) take_query(field, value.as_string(), asked);
    asked.limit = 1;
    KL_TRY(const CaseViewer viewer, case_viewer(context));
    KL_TRY([[maybe_unused]] const auto tried, list_cases(context.db(), asked, viewer));
    const Params values = {{":account", context.account.name},
                           {":name", name},
                           {":title", shown},
                           {":query", json::serialize(query)},
                           {":now", context.turn->now}};
    KL_TRY(const std::int64_t others, query_i64(context.db(),
                                                "SELECT COUNT(*) FROM servicedesk_filter"
                                                " WHERE account = :account AND name <> :name",
                                                values));
    if (others >= kFiltersMax)
        return make_error(ErrorCode::conflict, "servicedesk.desk.filters_full",
                          {{"max", std::to_string(kFiltersMax)}});
    KL_TRY([[maybe_unused]] const auto kept,
           context.db().run("INSERT INTO servicedesk_filter (account, name, title, query, created_at)"
                            " VALUES (:account, :name, :title, :query, :now)"
                            " ON CONFLICT (account, name) DO UPDATE SET title = :title,"
                            " query = :query",
                            values));
    return json_answer(200, filter_json({name, shown, query}));
}

Result<Response> delete_filter(const Request& request, Context& context) {
    KL_TRY([[maybe_unused]] const auto deleted,
           context.db().run("DELETE FROM servicedesk_filter WHERE account = :account"
                            " AND name = :name",
                            {{":account", context.account.name},
                             {":name", std::string(request.param("name"))}}));
    Response response;
    response.status = 204;
    return response;
}

}  // namespace klarsyn::servicedesk
