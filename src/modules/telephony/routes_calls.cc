// POST /api/v1/calls: the webhook that any phone system can call.
#include <boost/json/serialize.hpp>

#include <charconv>

#include "core/cpr.h"
#include "modules/telephony/call_json.h"
#include "modules/telephony/call_store.h"
#include "modules/telephony/phone_routes.h"
#include "modules/telephony/visit_reads.h"
#include "web/json_body.h"

namespace klarsyn::telephony {
namespace {

namespace json = boost::json;

constexpr std::size_t kNameMax = 100;
constexpr std::int64_t kAhead_s = 24 * 3600;  // a phone system's clock may be wrong, not absurd
constexpr UtcSecond kTimeMax = 4102444800;    // 2100-01-01

// RFC 3339 with a zone, or whole seconds since 1970 as number or text: what phone systems have.
std::optional<UtcSecond> read_time(JsonBody& body, UtcSecond now) {
    const json::value* given = body.object().if_contains("time");
    std::optional<UtcSecond> time;
    if (given != nullptr && given->is_number()) {
        time = body.integer("time", 0, kTimeMax);
    } else if (given != nullptr && given->is_string()) {
        const std::string_view text = given->as_string();
        UtcSecond second = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), second);
        const bool digits =
            !text.empty() && error == std::errc{} && end == text.data() + text.size();
        time = digits ? std::optional(second) : body.time("time");
    } else {
        body.fault("time", given == nullptr || given->is_null() ? "web.body.required"
                                                                : "telephony.call.time_unreadable");
        return std::nullopt;
    }
    if (time && (*time < 0 || *time > now + kAhead_s)) {
        body.fault("time", "telephony.call.time_ahead");
        return std::nullopt;
    }
    return time;
}

CallNotice read_notice(JsonBody& body, UtcSecond now) {
    using Need = JsonBody::Need;
    body.allow_only({"callid", "queue", "caller", "agent", "time", "event"});
    CallNotice notice;
    notice.callid = body.text("callid", {kNameMax, Need::required}).value_or("");
    notice.queue = body.text("queue", {kNameMax, Need::required}).value_or("");
    notice.caller = mask_cprs(body.text("caller", {kNameMax}).value_or("")).text;
    notice.agent = body.text("agent", {kNameMax}).value_or("");
    if (notice.agent == "NONE") notice.agent.clear();
    if (!notice.callid.empty() && !is_call(notice.callid)) {
        body.fault("callid", "telephony.call.no_call", {{"value", notice.callid}});
    }
    const auto word = body.word("event", {"enter", "connect", "abandon", "leave", "end"});
    if (word)
        notice.verb = parse_call_verb(*word).value_or(CallVerb::enter);
    else if (!body.has("event") || body.is_null("event"))
        body.fault("event", "web.body.required");
    notice.at = read_time(body, now).value_or(0);
    return notice;
}

json::object visit_json(const LiveVisit& visit) {
    return {{"state", visit.outcome == "open"                       ? "waiting"
                      : visit.outcome == "answered" && !visit.ended ? "connected"
                                                                    : "ended"},
            {"outcome", visit.outcome},
            {"entered_at", iso_utc(visit.entered)},
            {"connected_at", time_json(visit.connected)},
            {"ended_at", time_json(visit.ended)},
            {"wait_s", number_json(visit.wait_s)},
            {"agent", text_json(visit.agent)},
            {"source", visit.source}};
}

// The accounts that go by this name in the phone system.
Result<std::vector<std::string>> accounts_of(Connection& db, const std::string& agent) {
    std::vector<std::string> names;
    if (agent.empty()) return names;
    KL_TRY(auto rows, db.query("SELECT name FROM core_user WHERE removed_at IS NULL AND "
                               "(phone_agent = :agent OR (phone_agent = '' AND name = :agent))",
                               {{":agent", Value(agent)}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return names;
        names.emplace_back(rows->text(0));
    }
}

// The people whose call it is hear of it once it is on disk; the caller stays out of the stream.
Result<void> announce(WriteTurn& turn, const CallNotice& notice, const LiveVisit* visit) {
    const std::string& agent =
        notice.agent.empty() && visit != nullptr ? visit->agent : notice.agent;
    KL_TRY(const auto names, accounts_of(turn.db, agent));
    for (const auto& name : names) {
        Announcement told;
        told.kind = "call";
        told.account = name;
        told.data = json::serialize(json::object{{"callid", notice.callid},
                                                 {"queue", notice.queue},
                                                 {"event", call_verb_name(notice.verb)}});
        turn.announce(std::move(told));
    }
    return {};
}

Result<void> keep(const Context& context, const CallNotice& notice) {
    WriteTurn& turn = *context.turn;
    KL_TRY(const auto seq, turn.begin_entry());
    KL_TRY(FactWriter* const writer, turn.facts(calls_format()));
    KL_CHECK(keep_call_event(turn.db, seq, turn.now, notice, *writer));
    json::object detail = {{"callid", notice.callid},
                           {"queue", notice.queue},
                           {"event", call_verb_name(notice.verb)},
                           {"time", iso_utc(notice.at)}};
    if (!notice.caller.empty()) detail["caller"] = keyed_digest(turn.key, notice.caller);
    return turn.end_entry(context.account.name, "call", json::serialize(detail));
}

}  // namespace

Result<Response> post_call(const Request& request, Context& context) {
    KL_TRY(JsonBody body, JsonBody::parse(request));
    const CallNotice notice = read_notice(body, context.turn->now);
    if (!body.ok()) return faults_problem(context, body.faults());
    KL_TRY(const bool known, is_known(context.db(), notice));
    if (!known) KL_CHECK(keep(context, notice));
    const Day day = Zone::copenhagen().to_local(notice.at).day;
    KL_TRY(const auto visit,
           latest_visit(context.db(), notice.callid, notice.queue, {day - 1, day + 1}));
    if (!known) KL_CHECK(announce(*context.turn, notice, visit ? &*visit : nullptr));
    return json_answer(known ? 200 : 202,
                       {{"callid", notice.callid},
                        {"queue", notice.queue},
                        {"event", call_verb_name(notice.verb)},
                        {"known", known},
                        {"visit", visit ? json::value(visit_json(*visit)) : json::value(nullptr)}});
}

std::vector<Route> phone_routes() {
    using P = Permission;
    using R = Runs;
    using S = Shape;
    return {{"POST", "/api/v1/calls", P::calls, R::writer, S::api, post_call},
            {"GET", "/api/v1/calls/current", P::case_work, R::reader, S::api, get_current_call},
            {"GET", "/api/v1/staffing", P::staffing, R::reader, S::api, get_staffing},
            {"GET", "/calls", P::cases, R::reader, S::page, get_calls_page},
            {"GET", "/staffing", P::staffing, R::reader, S::page, get_staffing_page}};
}

}  // namespace klarsyn::telephony
