// /api/v1/notices: messages to users for programs.
#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "modules/notices/answers.h"
#include "modules/notices/commands.h"
#include "web/problem.h"

namespace klarsyn::notices {
namespace {

namespace json = boost::json;

constexpr std::int64_t kListMax = 500;

json::object words_json(const Words& words) {
    json::object both = {{"da", words.da}, {"en", nullptr}};
    if (!words.en.empty()) both["en"] = words.en;
    return both;
}

json::value time_json(const std::optional<UtcSecond>& time) {
    return time ? json::value(iso_utc(*time)) : json::value(nullptr);
}

json::value text_json(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

std::string tag_of(const Notice& notice) { return fmt::format("\"{}\"", notice.version); }

Response answer(int status, const json::object& body) {
    Response response;
    response.status = status;
    response.type = "application/json";
    response.body = json::serialize(body) + "\n";
    return response;
}

Response answer(int status, const Notice& notice) {
    Response response = answer(status, notice_json(notice));
    response.etag = tag_of(notice);
    return response;
}

Author author_of(const Context& context) { return {*context.turn, context.account.name}; }

using Command = Result<void> (*)(const Author& author, const Notice& notice, JsonBody& body);
enum class IfMatch { optional, required };

Result<Response> run(const Request& request, Context& context, IfMatch need, Command command) {
    const std::string number(request.param("number"));
    KL_TRY(JsonBody body, JsonBody::parse(request));
    KL_TRY(const Notice notice, find_notice(context.db(), number));
    const std::string_view tag = request.header("if-match");
    if (tag.empty() && need == IfMatch::required) return web_error(428);
    if (!tag.empty() && tag != "*" && tag != tag_of(notice)) {
        Response response = problem(web_error(412), context.language, "");
        json::object both = json::parse(response.body).as_object();
        both["current"] = notice_json(notice);
        both["yours"] = body.object();
        response.body = json::serialize(both) + "\n";
        return response;
    }
    const Result<void> done = command(author_of(context), notice, body);
    if (!body.ok()) return faults_problem(context, body.faults());
    KL_CHECK(done);
    KL_TRY(const Notice now, find_notice(context.db(), number));
    return answer(200, now);
}

}  // namespace

json::object notice_json(const Notice& notice) {
    json::array orgs, roles, updates;
    for (const std::string& role : notice.roles) roles.emplace_back(role);
    for (const std::string& org : notice.orgs) orgs.emplace_back(org);
    for (const NoticeUpdate& update : notice.updates)
        updates.push_back(
            {{"at", iso_utc(update.at)}, {"kind", update.kind}, {"text", words_json(update.text)}});
    return {{"number", notice.number},
            {"version", notice.version},
            {"kind", notice.kind},
            {"state", notice.open() ? "open" : "cleared"},
            {"severity", text_json(notice.severity)},
            {"system", text_json(notice.system)},
            {"orgs", std::move(orgs)},
            {"title", words_json(notice.title)},
            {"text", words_json(notice.text)},
            {"advice", words_json(notice.advice)},
            {"case", text_json(notice.case_number)},
            {"major", text_json(notice.major)},
            {"change", text_json(notice.change)},
            {"roles", std::move(roles)},
            {"ack_required", notice.ack},
            {"starts_at", iso_utc(notice.starts_at)},
            {"ends_at", time_json(notice.ends_at)},
            {"next_at", time_json(notice.next_at)},
            {"created_at", iso_utc(notice.created_at)},
            {"updated_at", iso_utc(notice.updated_at)},
            {"cleared_at", time_json(notice.cleared_at)},
            {"updates", std::move(updates)}};
}

Result<Response> get_notices(const Request& request, Context& context) {
    const bool all = request.find("state").value_or("open") == "all";
    const UtcSecond since = all ? 0 : context.site.clock.now();
    KL_TRY(const auto list, list_notices(context.db(), since, kListMax));
    json::array items;
    for (const Notice& notice : list) items.push_back(notice_json(notice));
    return answer(200, json::object{{"items", std::move(items)}});
}

Result<Response> get_notice(const Request& request, Context& context) {
    KL_TRY(const Notice notice, find_notice(context.db(), request.param("number")));
    return answer(200, notice);
}

Result<Response> post_notice(const Request& request, Context& context) {
    KL_TRY(JsonBody body, JsonBody::parse(request));
    const auto number = publish(author_of(context), body);
    if (!body.ok()) return faults_problem(context, body.faults());
    KL_CHECK(number);
    KL_TRY(const Notice notice, find_notice(context.db(), *number));
    Response response = answer(201, notice);
    response.headers.emplace_back("Location", "/api/v1/notices/" + *number);
    return response;
}

Result<Response> patch_notice(const Request& request, Context& context) {
    return run(request, context, IfMatch::required, correct);
}

Result<Response> post_notice_update(const Request& request, Context& context) {
    return run(request, context, IfMatch::optional, update);
}

Result<Response> post_notice_clear(const Request& request, Context& context) {
    return run(request, context, IfMatch::optional, clear);
}

}  // namespace klarsyn::notices
