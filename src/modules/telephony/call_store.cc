#include "modules/telephony/call_store.h"

#include <deque>
#include <map>
#include <set>

#include "ingest/derive_rows.h"
#include "modules/telephony/visit_fact.h"

namespace klarsyn::telephony {
namespace {

// The events of one group, with the bytes that they point into.
struct GroupEvents {
    std::deque<std::string> bytes;
    std::vector<CallEvent> events;

    std::string_view keep(std::string_view text) { return bytes.emplace_back(text); }
};

Result<GroupEvents> load_events(Connection& db, std::int64_t group) {
    KL_TRY(auto rows, db.query("SELECT callid, queue, agent, at, event FROM telephony_call_event "
                               "WHERE group_key = :group AND retracted_seq IS NULL",
                               {{":group", Value(group)}}));
    GroupEvents loaded;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return loaded;
        CallEvent event;
        event.callid = loaded.keep(rows->text(0));
        event.queue = loaded.keep(rows->text(1));
        event.agent = loaded.keep(rows->text(2));
        event.at = rows->i64(3);
        const auto verb = parse_call_verb(rows->text(4));
        if (!verb) return make_error(ErrorCode::internal, "telephony.call.event_unknown");
        event.verb = *verb;
        loaded.events.push_back(event);
    }
}

using HeldVisits = std::map<std::pair<std::string, std::string>, int>;  // callid, queue

Result<std::vector<std::string>> log_sources(Connection& db) {
    KL_TRY(auto rows, db.query("SELECT source FROM telephony_log_source ORDER BY source"));
    std::vector<std::string> sources;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return sources;
        sources.emplace_back(rows->text(0));
    }
}

// What the queue logs hold of one call, of each queue as many as the log that holds most.
Result<void> add_held(Connection& db, const std::vector<std::string>& sources,
                      const std::string& callid, HeldVisits& held) {
    for (const auto& source : sources) {
        std::string exact = source + '\n';
        KL_TRY(
            auto rows,
            db.query("SELECT n.text, COUNT(*) FROM telephony_visit AS v "
                     "JOIN core_name AS n ON n.id = v.queue JOIN core_name AS s ON s.id = v.source "
                     "WHERE v.group_key = :group AND v.retracted_seq IS NULL "
                     "AND v.callid = :callid AND s.text = :source GROUP BY n.text",
                     {{":group", Value(log_group(callid, exact))},
                      {":callid", Value(callid)},
                      {":source", Value(source)}}));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            int& count = held[{callid, std::string(rows->text(0))}];
            count = std::max(count, static_cast<int>(rows->i64(1)));
        }
    }
    return {};
}

Result<void> derive_group(Connection& db, const std::vector<std::string>& sources,
                          std::int64_t group, FactWriter& writer) {
    KL_TRY(const auto loaded, load_events(db, group));
    std::set<std::string_view> calls;
    for (const auto& event : loaded.events) calls.insert(event.callid);
    HeldVisits held;
    for (const auto callid : calls) KL_CHECK(add_held(db, sources, std::string(callid), held));
    KL_CHECK(writer.begin_group(group, FactWriter::Group::may_exist));
    derive_calls(
        loaded.events,
        [&](std::string_view callid, std::string_view queue) {
            const auto found = held.find({std::string(callid), std::string(queue)});
            return found == held.end() ? 0 : found->second;
        },
        writer);
    return writer.end_group();
}

Result<std::vector<std::int64_t>> groups_of(Connection& db, std::string_view sql,
                                            const Params& params) {
    KL_TRY(auto rows, db.query(sql, params));
    std::vector<std::int64_t> groups;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return groups;
        groups.push_back(rows->i64(0));
    }
}

// A day on which the webhook told of a call is a day that its feed has.
Result<void> cover_day(Connection& db, std::int64_t seq, Day day) {
    const std::string source(kCallSource);
    KL_TRY(const auto known,
           query_i64(db,
                     "SELECT COUNT(*) FROM core_feed_day WHERE module = 'telephony' "
                     "AND day = :day AND source = :source AND retracted_seq IS NULL",
                     {{":day", Value(std::int64_t{day})}, {":source", Value(source)}}));
    if (known > 0) return {};
    KL_TRY([[maybe_unused]] const auto added,
           db.run("INSERT INTO core_feed_day (seq, module, source, day) "
                  "VALUES (:seq, 'telephony', :source, :day)",
                  {{":seq", Value(seq)},
                   {":source", Value(source)},
                   {":day", Value(std::int64_t{day})}}));
    return {};
}

Result<void> derive_all(Connection& db, FactWriter& writer) {
    KL_TRY(const auto sources, log_sources(db));
    KL_TRY(const auto groups,
           groups_of(db,
                     "SELECT DISTINCT group_key FROM telephony_call_event "
                     "UNION SELECT DISTINCT v.group_key FROM telephony_visit AS v "
                     "JOIN core_name AS s ON s.id = v.source "
                     "WHERE s.text = :source AND v.retracted_seq IS NULL",
                     {{":source", Value(std::string(kCallSource))}}));
    for (const auto group : groups) KL_CHECK(derive_group(db, sources, group, writer));
    return writer.flush();
}

}  // namespace

const Format& calls_format() {
    static const Format kFormat = fileless_format("calls", "telephony", {visit_table_spec()});
    return kFormat;
}

Result<bool> is_known(Connection& db, const CallNotice& notice) {
    KL_TRY(const auto known,
           query_i64(db,
                     "SELECT COUNT(*) FROM telephony_call_event WHERE group_key = :group "
                     "AND callid = :callid AND queue = :queue AND agent = :agent AND at = :at "
                     "AND event = :event AND retracted_seq IS NULL",
                     {{":group", Value(call_group(notice.callid))},
                      {":callid", Value(notice.callid)},
                      {":queue", Value(notice.queue)},
                      {":agent", Value(notice.agent)},
                      {":at", Value(notice.at)},
                      {":event", Value(std::string(call_verb_name(notice.verb)))}}));
    return known > 0;
}

Result<void> keep_call_event(Connection& db, std::int64_t seq, UtcSecond now,
                             const CallNotice& notice, FactWriter& writer) {
    const std::int64_t group = call_group(notice.callid);
    KL_TRY(const auto last, query_i64(db, "SELECT MAX(id) FROM telephony_call_event"));
    KL_TRY([[maybe_unused]] const auto added,
           db.run("INSERT INTO telephony_call_event (id, seq, group_key, callid, queue, agent, at, "
                  "event, caller, received_at) VALUES (:id, :seq, :group, :callid, :queue, :agent, "
                  ":at, :event, "
                  ":caller, :received)",
                  {{":id", Value(last + 1)},
                   {":seq", Value(seq)},
                   {":group", Value(group)},
                   {":callid", Value(notice.callid)},
                   {":queue", Value(notice.queue)},
                   {":agent", Value(notice.agent)},
                   {":at", Value(notice.at)},
                   {":event", Value(std::string(call_verb_name(notice.verb)))},
                   {":caller", notice.caller.empty() ? Value() : Value(notice.caller)},
                   {":received", Value(now)}}));
    KL_CHECK(cover_day(db, seq, Zone::copenhagen().to_local(notice.at).day));
    KL_TRY(const auto sources, log_sources(db));
    return derive_group(db, sources, group, writer);
}

Result<void> settle_calls(Connection& db, std::int64_t seq, FactWriter& writer) {
    KL_TRY(const auto any, query_i64(db, "SELECT MAX(id) FROM telephony_call_event"));
    if (any == 0) return {};
    KL_TRY(const auto sources, log_sources(db));
    KL_TRY(const auto groups,
           groups_of(db,
                     "SELECT DISTINCT e.group_key FROM telephony_visit AS v "
                     "JOIN telephony_call_event AS e ON e.callid = v.callid WHERE v.id >= :first "
                     "UNION SELECT DISTINCT e.group_key FROM telephony_visit AS v "
                     "JOIN telephony_call_event AS e ON e.callid = v.callid "
                     "WHERE v.retracted_seq = :seq",
                     {{":first", Value(writer.first_id(0))}, {":seq", Value(seq)}}));
    for (const auto group : groups) KL_CHECK(derive_group(db, sources, group, writer));
    return writer.flush();
}

Result<void> keep_log_source(Connection& db, const std::string& source) {
    KL_TRY(
        [[maybe_unused]] const auto kept,
        db.run("INSERT INTO telephony_log_source (source) VALUES (:source) ON CONFLICT DO NOTHING",
               {{":source", Value(source)}}));
    return {};
}

Result<std::int64_t> count_call_faults(Store& store) {
    return count_derived_faults(
        store, calls_format(),
        [](Connection& db, std::int64_t, FactWriter& writer) { return derive_all(db, writer); });
}

Result<void> erase_callers(WriteTurn& turn, const ErasureOrder& order, ErasureReport& report) {
    std::vector<std::int64_t> found;
    {
        KL_TRY(const auto rows, turn.db.stream("SELECT id, caller FROM telephony_call_event"
                                               " WHERE caller IS NOT NULL"));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            if (holds_phrase(rows->text(1), order)) found.push_back(rows->i64(0));
        }
    }
    for (const std::int64_t id : found) {
        KL_TRY(const auto changed, turn.db.run("UPDATE telephony_call_event SET caller = NULL"
                                               " WHERE id = :id",
                                               {{":id", id}}));
        report.rows += changed;
    }
    return {};
}

}  // namespace klarsyn::telephony
