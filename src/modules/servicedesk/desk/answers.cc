#include "modules/servicedesk/desk/answers.h"

#include <boost/json/serialize.hpp>

#include "modules/servicedesk/desk/commands.h"
#include "modules/servicedesk/desk/imported_records.h"
#include "modules/servicedesk/desk/own_work.h"

namespace klarsyn::servicedesk {

DeskActor desk_actor(const Context& context) {
    DeskActor actor;
    actor.name = context.account.name;
    actor.phone_agent =
        context.account.phone_agent.empty() ? context.account.name : context.account.phone_agent;
    actor.display_name = context.account.display_name;
    actor.via = context.by_token ? "api" : "desk";
    actor.scope = context.scope;
    return actor;
}

Result<CaseViewer> case_viewer(const Context& context) {
    return CaseViewer{context.account.name, context.account.groups, context.scope,
                      context.site.clock.now(), &context.memory()};
}

namespace {

Result<std::map<std::string, std::string>> names_of_actors(Context& context,
                                                           std::span<const Record> records) {
    std::map<std::string, std::string> names{{context.account.name, context.account.shown_name()}};
    for (const Record& record : records) {
        if (names.contains(record.actor)) continue;
        KL_TRY(const auto account, find_account_by_name(context.db(), record.actor));
        names.emplace(record.actor, account ? account->shown_name() : record.actor);
    }
    return names;
}

}  // namespace

Result<ReadCase> read_case(Context& context, std::string_view number) {
    ReadCase read;
    KL_TRY(auto item, find_item(context.db(), number, context.scope));
    if (!item)
        return make_error(ErrorCode::not_found, "servicedesk.desk.no_case",
                          {{"number", std::string(number)}});
    read.item = std::move(*item);
    read.item.breached = is_breached(read.item, context.site.clock.now());
    if (read.item.source != kOwnSource) {
        KL_TRY(const auto found, find_imported(context.db(), number));
        read.state.number = number;
        if (found) {
            read.records = imported_records(*found);
            read.state.title = found->title;
            read.state.text = found->text;
        }
        return read;
    }
    KL_TRY(read.records, load_records(context.db(), number));
    read.state = replay(number, read.records);
    KL_TRY(read.names, names_of_actors(context, read.records));
    KL_TRY(read.children, children_of(context.db(), number, context.scope));
    read.undo_until =
        undo_until(read.state, read.records, context.account.name, context.site.clock.now());
    return read;
}

std::string version_tag(std::int64_t version) { return "\"" + std::to_string(version) + "\""; }

Result<std::optional<std::int64_t>> version_wanted(const Request& request) {
    std::string_view tag = request.header("if-match");
    if (tag.empty() || tag == "*") return std::optional<std::int64_t>();
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag.size() > 2 && tag.front() == '"' && tag.back() == '"')
        tag = tag.substr(1, tag.size() - 2);
    char* end = nullptr;
    const std::string digits(tag);
    const long long version = std::strtoll(digits.c_str(), &end, 10);
    if (!digits.empty() && *end == '\0' && version >= 0)
        return std::optional<std::int64_t>(version);
    Error error = make_error(ErrorCode::invalid_input, "servicedesk.desk.if_match");
    error.field = "If-Match";
    return error;
}

Result<void> read_case_query(const Request& request, Context& context, CaseQuery& query) {
    for (const auto& [name, value] : request.query) take_query(name, value, query);
    query.cursor = request.find("cursor").value_or("");
    KL_CHECK(apply_filter(context.db(), context.account.name, query));
    const std::string numbers = request.find("numbers").value_or("");
    for (std::size_t at = 0; at < numbers.size() && query.numbers.size() < 100;) {
        const std::size_t end = std::min(numbers.find(',', at), numbers.size());
        if (end > at) query.numbers.push_back(numbers.substr(at, end - at));
        at = end + 1;
    }
    return {};
}

Response json_answer(int status, const boost::json::object& body) {
    Response response;
    response.status = status;
    response.type = "application/json";
    response.body = boost::json::serialize(body) + "\n";
    return response;
}

Result<Response> case_answer(Context& context, std::string_view number, int status) {
    KL_TRY(const ReadCase read, read_case(context, number));
    Response response = json_answer(status, case_json(read.details(), Reader::agent));
    response.etag = version_tag(read.item.version);
    return response;
}

Result<Response> created_answer(Context& context, std::string_view number) {
    KL_TRY(Response response, case_answer(context, number, 201));
    response.headers.emplace_back("Location", "/api/v1/cases/" + std::string(number));
    return response;
}

}  // namespace klarsyn::servicedesk
