#include "modules/telephony/visit_reads.h"

#include <algorithm>
#include <map>

namespace klarsyn::telephony {
namespace {

constexpr std::string_view kVisitSql =
    "SELECT v.callid, q.text, v.outcome, s.text, COALESCE(a.text, ''), v.entered, v.connected, "
    "v.ended, v.wait_s, v.talk_s FROM telephony_visit AS v "
    "JOIN core_name AS q ON q.id = v.queue JOIN core_name AS s ON s.id = v.source "
    "LEFT JOIN core_name AS a ON a.id = v.agent "
    "WHERE v.retracted_seq IS NULL AND v.day BETWEEN :from AND :to";

std::optional<std::int64_t> maybe(const Rows& rows, int column) {
    if (rows.is_null(column)) return std::nullopt;
    return rows.i64(column);
}

Result<std::vector<LiveVisit>> read(Connection& db, std::string_view rest, const Params& params) {
    KL_TRY(auto rows, db.query(std::string(kVisitSql) + std::string(rest), params));
    std::vector<LiveVisit> visits;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return visits;
        LiveVisit visit;
        visit.callid = rows->text(0);
        visit.queue = rows->text(1);
        visit.outcome = rows->text(2);
        visit.source = rows->text(3);
        visit.agent = rows->text(4);
        visit.entered = rows->i64(5);
        visit.connected = maybe(*rows, 6);
        visit.ended = maybe(*rows, 7);
        visit.wait_s = maybe(*rows, 8);
        visit.talk_s = maybe(*rows, 9);
        visits.push_back(std::move(visit));
    }
}

Value day_value(Day day) { return Value(std::int64_t{day}); }

Period recent_days(UtcSecond now) {
    return {Zone::copenhagen().to_local(now - kRunningMax_s).day,
            Zone::copenhagen().to_local(now).day + 1};
}

// The first caller that was told; empty where none was or it is erased.
Result<std::string> caller_of(Connection& db, const std::string& callid) {
    KL_TRY(auto rows,
           db.query("SELECT caller FROM telephony_call_event WHERE callid = :callid "
                    "AND caller IS NOT NULL AND retracted_seq IS NULL ORDER BY id LIMIT 1",
                    {{":callid", Value(callid)}}));
    KL_TRY(const bool found, rows->next());
    return found ? std::string(rows->text(0)) : std::string();
}

// The visit that waits and of which some event of the phone system names the agent.
Result<std::optional<LiveVisit>> ringing_at(Connection& db, const std::vector<LiveVisit>& visits,
                                            const std::string& agent, UtcSecond now) {
    for (auto visit = visits.rbegin(); visit != visits.rend(); ++visit) {
        if (!visit->waits(now)) continue;
        KL_TRY(const auto told,
               query_i64(db,
                         "SELECT COUNT(*) FROM telephony_call_event WHERE callid = :callid "
                         "AND queue = :queue AND agent = :agent AND retracted_seq IS NULL",
                         {{":callid", Value(visit->callid)},
                          {":queue", Value(visit->queue)},
                          {":agent", Value(agent)}}));
        if (told > 0) return std::optional(*visit);
    }
    return std::optional<LiveVisit>();
}

// The latest call that the agent talked with and that ended a moment ago.
std::optional<LiveVisit> just_ended(const std::vector<LiveVisit>& visits, const std::string& agent,
                                    UtcSecond now) {
    std::optional<LiveVisit> latest;
    for (const auto& visit : visits) {
        if (visit.agent != agent || !visit.ended || now - *visit.ended > kJustEnded_s) continue;
        if (!latest || *visit.ended >= *latest->ended) latest = visit;
    }
    return latest;
}

}  // namespace

bool LiveVisit::waits(UtcSecond now) const {
    return outcome == "open" && now - entered < kRunningMax_s;
}
bool LiveVisit::talks(UtcSecond now) const {
    return outcome == "answered" && !ended && now - entered < kRunningMax_s;
}
bool LiveVisit::answered_within(std::int64_t seconds) const {
    return outcome == "answered" && wait_s && *wait_s <= seconds;
}

Result<std::vector<LiveVisit>> read_visits(Connection& db, Period days) {
    return read(db, " ORDER BY v.entered, v.id",
                {{":from", day_value(days.from)}, {":to", day_value(days.to)}});
}

Result<std::optional<LiveVisit>> latest_visit(Connection& db, const std::string& callid,
                                              const std::string& queue, Period days) {
    KL_TRY(auto visits, read(db,
                             " AND v.callid = :callid AND q.text = :queue "
                             "ORDER BY v.entered DESC, v.id DESC LIMIT 1",
                             {{":from", day_value(days.from)},
                              {":to", day_value(days.to)},
                              {":callid", Value(callid)},
                              {":queue", Value(queue)}}));
    if (visits.empty()) return std::optional<LiveVisit>();
    return std::optional(std::move(visits.front()));
}

Result<StaffCalls> read_staff_calls(Connection& db, Period period, const std::string& queue) {
    const Params params = {{":from", day_value(period.from)}, {":to", day_value(period.to)}};
    StaffCalls found;
    std::map<std::string, std::int64_t> counts;
    {
        KL_TRY(auto rows, db.query("SELECT q.text, COUNT(*) FROM telephony_visit AS v "
                                   "JOIN core_name AS q ON q.id = v.queue WHERE v.retracted_seq IS "
                                   "NULL AND v.day BETWEEN :from AND :to GROUP BY q.text",
                                   params));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            counts[std::string(rows->text(0))] = rows->i64(1);
        }
    }
    found.queue = queue;
    std::int64_t most = 0;
    for (const auto& [name, count] : counts) {
        found.queues.push_back(name);
        if (queue.empty() && count > most) found.queue = name;
        most = std::max(most, count);
    }
    KL_TRY(auto rows, db.query("SELECT v.entered, v.outcome, v.wait_s, v.talk_s, v.ring_s "
                               "FROM telephony_visit AS v JOIN core_name AS q ON q.id = v.queue "
                               "WHERE v.retracted_seq IS NULL AND v.day BETWEEN :from AND :to "
                               "AND q.text = :queue",
                               {{":from", day_value(period.from)},
                                {":to", day_value(period.to)},
                                {":queue", Value(found.queue)}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return found;
        StaffCall call;
        call.entered = rows->i64(0);
        call.answered = rows->text(1) == "answered";
        call.abandoned = rows->text(1) == "abandoned";
        call.wait_s = maybe(*rows, 2);
        if (call.answered && !rows->is_null(3)) call.busy_s = rows->i64(3) + rows->i64(4);
        found.calls.push_back(call);
    }
}

Result<std::optional<CurrentCall>> current_call(Connection& db, const std::string& agent,
                                                UtcSecond now) {
    KL_TRY(const auto visits, read_visits(db, recent_days(now)));
    const auto mine = std::find_if(visits.rbegin(), visits.rend(), [&](const LiveVisit& visit) {
        return visit.agent == agent && visit.talks(now);
    });
    std::optional<LiveVisit> visit;
    if (mine != visits.rend()) {
        visit = *mine;
    } else {
        KL_TRY(visit, ringing_at(db, visits, agent, now));
    }
    if (!visit) visit = just_ended(visits, agent, now);
    if (!visit) return std::optional<CurrentCall>();
    CurrentCall call;
    call.visit = *visit;
    KL_TRY(call.caller, caller_of(db, visit->callid));
    return std::optional(std::move(call));
}

}  // namespace klarsyn::telephony
