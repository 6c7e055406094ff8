// /api/v1/alerts: alerts for programs, and the way in for other monitors' alerts.
#include <boost/json.hpp>

#include "modules/alerts/alert_routes.h"
#include "modules/alerts/external.h"
#include "modules/alerts/task.h"
#include "modules/alerts/words.h"
#include "web/question.h"

namespace klarsyn::alerts {
namespace {

namespace json = boost::json;

constexpr std::int64_t kLimitMax = 500;
constexpr std::uint64_t kBodyMost = std::uint64_t{32} << 20;

Response json_response(int status, const json::object& object) {
    Response response;
    response.status = status;
    response.type = "application/json";
    response.body = json::serialize(object) + "\n";
    return response;
}

json::value time_json(const std::optional<UtcSecond>& at) {
    return at ? json::value(iso_utc(*at)) : json::value(nullptr);
}

json::value text_json(const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

Error bad_parameter(std::string field, std::string_view what) {
    Error error = make_error(ErrorCode::invalid_input, "alerts.api." + std::string(what));
    error.field = std::move(field);
    return error;
}

Result<EpisodeQuery> read_query(const Request& request) {
    using Which = EpisodeQuery::Which;
    EpisodeQuery query;
    KL_TRY(query.limit, read_number(request, "limit", 50, 1, kLimitMax));
    if (const auto cursor = request.find("cursor")) {
        query.before = parse_episode_number(*cursor);
        if (query.before == 0) return bad_parameter("cursor", "cursor");
    }
    if (const auto storm = request.find("storm")) {
        query.storm = parse_episode_number(*storm);
        if (query.storm == 0) return bad_parameter("storm", "cursor");
        query.which = Which::members;
        return query;
    }
    const std::string state(request.find("state").value_or("all"));
    for (const auto& [word, which] : {std::pair{"all", Which::all},
                                      {"burning", Which::burning},
                                      {"held", Which::held},
                                      {"cleared", Which::cleared}}) {
        if (state != word) continue;
        query.which = which;
        return query;
    }
    return bad_parameter("state", "state");
}

}  // namespace

std::string_view state_name(const Episode& episode) {
    if (!episode.burning()) return "cleared";
    return episode.told_at || episode.storm != 0 ? "burning" : "held";
}

json::object episode_json(const AlertRules& rules, const Episode& episode, Language language) {
    const json::value storm =
        episode.storm != 0 ? json::value(episode_number(episode.storm)) : json::value(nullptr);
    return {{"number", episode_number(episode.number)},
            {"state", state_name(episode)},
            {"rule", text_json(episode.rule)},
            {"title", title_of(rules, episode, language)},
            {"group", group_json(episode.group)},
            {"storm_of", text_json(episode.storm_of)},
            {"storm", storm},
            {"members", episode.members},
            {"fired_at", iso_utc(episode.fired_at)},
            {"told_at", time_json(episode.told_at)},
            {"cleared_at", time_json(episode.cleared_at)},
            {"held", text_json(std::string(held_name(episode.held)))},
            {"held_by", text_json(episode.held_by)},
            {"case", text_json(episode.case_number)},
            {"flapping", episode.flapping},
            {"untouched", episode.untouched}};
}

Result<Response> get_alerts(const Request& request, Context& context) {
    KL_TRY(EpisodeQuery query, read_query(request));
    query.scope = context.scope;
    const std::int64_t limit = query.limit;
    ++query.limit;  // to know whether more follow
    KL_TRY(auto list, list_episodes(context.db(), query));
    KL_TRY(const AlertRules rules, rules_at(context.db(), context.site.clock.now()));
    const bool more = static_cast<std::int64_t>(list.size()) > limit;
    if (more) list.pop_back();
    json::array items;
    for (const Episode& one : list) items.push_back(episode_json(rules, one, context.language));
    const json::value next =
        more ? json::value(episode_number(list.back().number)) : json::value(nullptr);
    KL_TRY(const Clockwork clockwork, read_clockwork(context.db()));
    const json::value evaluated = clockwork.evaluated_at > 0
                                      ? json::value(iso_utc(clockwork.evaluated_at))
                                      : json::value(nullptr);
    return json_response(
        200, {{"items", std::move(items)}, {"next", next}, {"evaluated_at", evaluated}});
}

Result<Response> get_alert(const Request& request, Context& context) {
    const std::int64_t number = parse_episode_number(request.param("number"));
    KL_TRY(const Episode episode, find_episode(context.db(), number, context.scope));
    KL_TRY(const AlertRules rules, rules_at(context.db(), context.site.clock.now()));
    KL_TRY(const auto records, load_records(context.db(), number));
    json::object answer = episode_json(rules, episode, context.language);
    json::array list;
    for (const EpisodeRecord& record : records)
        list.push_back({{"n", record.n},
                        {"at", iso_utc(record.at)},
                        {"kind", record.kind},
                        {"body", record.body}});
    answer["records"] = std::move(list);
    return json_response(200, answer);
}

Result<Response> post_alerts(const Request& request, Context& context) {
    KL_TRY(JsonBody body, JsonBody::parse(request));
    KL_TRY(const AlertRules rules, rules_at(context.db(), context.turn->now));
    const Delivery delivery = read_delivery(rules, body);
    if (!body.ok()) return faults_problem(context, body.faults());
    KL_TRY(const std::int64_t changed,
           keep_delivery(*context.turn, delivery, context.account.name));
    json::array rejected;
    for (const AlertFault& fault : delivery.faults)
        rejected.push_back(
            {{"alert", fault.index}, {"field", fault.field}, {"detail", context.text(fault.key)}});
    return json_response(200, {{"accepted", delivery.alerts.size()},
                               {"changed", changed},
                               {"left_out", delivery.cut},
                               {"rejected", std::move(rejected)}});
}

std::vector<Route> alert_routes() {
    using P = Permission;
    using R = Runs;
    using S = Shape;
    return {{"GET", "/alerts", P::cases, R::reader, S::page, get_alerts_page},
            {"GET", "/alerts/{number}", P::cases, R::reader, S::page, get_alert_page},
            {"GET", "/api/v1/alerts", P::cases, R::reader, S::api, get_alerts},
            {"POST", "/api/v1/alerts", P::intake, R::writer, S::api, post_alerts, kBodyMost},
            {"GET", "/api/v1/alerts/{number}", P::cases, R::reader, S::api, get_alert}};
}

}  // namespace klarsyn::alerts
