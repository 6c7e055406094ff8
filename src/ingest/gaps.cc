#include "ingest/gaps.h"

#include <boost/json.hpp>

#include <set>

#include "indicators/coverage.h"
#include "store/journal.h"

namespace klarsyn {
namespace {

Result<std::set<std::string>> modules_of(Connection& db, const std::string& source) {
    KL_TRY(auto rows, db.query("SELECT DISTINCT module FROM core_batch WHERE source = :source",
                               {{":source", Value(source)}}));
    std::set<std::string> modules;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return modules;
        modules.emplace(rows->text(0));
    }
}

Result<std::set<Day>> missing_days(Connection& db, const std::string& source, Period period) {
    std::set<Day> days;
    KL_TRY(const auto modules, modules_of(db, source));
    KL_TRY(const auto head, head_seq(db));
    for (const auto& module : modules) {
        KL_TRY(const auto coverage, load_coverage(db, module, head));
        for (const auto& feed : coverage.feeds) {
            if (feed.source != source) continue;
            for (const Day day : feed.missing) {
                if (period.contains(day)) days.insert(day);
            }
        }
    }
    return days;
}

Result<std::int64_t> accept_inside(Store& store, const Clock& clock, const std::string& source,
                                   Period period, const std::string& why, const std::string& actor) {
    Connection& db = store.writer();
    KL_TRY(const auto days, missing_days(db, source, period));
    if (days.empty()) {
        return make_error(ErrorCode::not_found, "ingest.no_gap",
                          {{"source", source}, {"period", period_label(period)}});
    }
    KL_TRY(const auto seq, next_seq(db));
    boost::json::array listed;
    for (const Day day : days) {
        KL_TRY([[maybe_unused]] const auto replaced,
               db.run("UPDATE core_gap_accepted SET retracted_seq = :seq WHERE source = :source AND "
                      "day = :day AND retracted_seq IS NULL",
                      {{":seq", Value(seq)}, {":source", Value(source)}, {":day", Value(std::int64_t{day})}}));
        KL_TRY([[maybe_unused]] const auto added,
               db.run("INSERT INTO core_gap_accepted (seq, source, day, note) "
                      "VALUES (:seq, :source, :day, :note)",
                      {{":seq", Value(seq)},
                       {":source", Value(source)},
                       {":day", Value(std::int64_t{day})},
                       {":note", Value(why)}}));
        listed.emplace_back(iso_date(day));
    }
    JournalEntry entry;
    entry.seq = seq;
    entry.at = clock.now();
    entry.actor = actor;
    entry.kind = "accept";
    entry.detail = boost::json::serialize(
        boost::json::object{{"source", source}, {"days", std::move(listed)}, {"why", why}});
    KL_CHECK(append_entry(db, store.journal_key(), std::move(entry)));
    return static_cast<std::int64_t>(days.size());
}

}  // namespace

Result<std::int64_t> accept_gap(Store& store, const Clock& clock, const std::string& source,
                                Period period, const std::string& why, const std::string& actor) {
    Connection& db = store.writer();
    KL_CHECK(db.begin_write());
    auto accepted = accept_inside(store, clock, source, period, why, actor);
    if (!accepted.ok()) {
        db.rollback();
        return accepted.error();
    }
    KL_CHECK(db.commit());
    return accepted;
}

Result<std::vector<GapNote>> accepted_gaps(Connection& db, std::string_view module, Period period) {
    KL_TRY(auto rows,
           db.query("SELECT g.source, g.day, g.note FROM core_gap_accepted AS g "
                    "WHERE g.retracted_seq IS NULL AND g.day BETWEEN :from AND :to AND EXISTS "
                    "(SELECT 1 FROM core_batch AS b WHERE b.source = g.source AND b.module = :module) "
                    "ORDER BY g.day, g.source",
                    {{":from", Value(std::int64_t{period.from})},
                     {":to", Value(std::int64_t{period.to})},
                     {":module", Value(std::string(module))}}));
    std::vector<GapNote> notes;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return notes;
        notes.push_back({std::string(rows->text(0)), static_cast<Day>(rows->i64(1)),
                         std::string(rows->text(2))});
    }
}

}  // namespace klarsyn
