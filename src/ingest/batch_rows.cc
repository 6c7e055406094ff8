#include "ingest/batch_rows.h"

#include <boost/json.hpp>

#include "ingest/batch_list.h"
#include "ingest/files.h"

namespace klarsyn {

namespace json = boost::json;

Result<void> write_rejects(Connection& db, std::int64_t seq, const std::vector<Reject>& rejects) {
    std::int64_t ordinal = 0;
    for (const auto& reject : rejects) {
        json::object args;
        for (const auto& [name, value] : reject.args) args[name] = value;
        KL_TRY([[maybe_unused]] const auto added,
               db.run("INSERT INTO core_reject (seq, ordinal, file, line, field, reason, args, raw) "
                      "VALUES (:seq, :ordinal, :file, :line, :field, :reason, :args, :raw)",
                      {{":seq", Value(seq)},
                       {":ordinal", Value(ordinal++)},
                       {":file", Value(reject.file)},
                       {":line", Value(reject.line)},
                       {":field", Value(reject.field)},
                       {":reason", Value(reject.key)},
                       {":args", Value(json::serialize(args))},
                       {":raw", Value(reject.raw)}}));
    }
    return {};
}

Result<void> write_batch(Connection& db, const Format& format, const ImportOptions& options,
                         const BatchReport& report) {
    KL_TRY([[maybe_unused]] const auto added,
           db.run("INSERT INTO core_batch (seq, source, format, module, options, state, rows_read, "
                  "rows_new, rows_changed, rows_unchanged, rows_rejected) VALUES (:seq, :source, "
                  ":format, :module, :options, :state, :read, :new, :changed, :unchanged, :rejected)",
                  {{":seq", Value(report.seq)},
                   {":source", Value(report.source)},
                   {":format", Value(std::string(format.name))},
                   {":module", Value(std::string(format.module))},
                   {":options", Value(options_json(options))},
                   {":state", Value(report.state)},
                   {":read", Value(report.rows_read)},
                   {":new", Value(report.rows_new)},
                   {":changed", Value(report.rows_changed)},
                   {":unchanged", Value(report.rows_unchanged)},
                   {":rejected", Value(report.rows_rejected)}}));
    return {};
}

Result<void> update_batch(Connection& db, const BatchReport& report) {
    KL_TRY([[maybe_unused]] const auto changed,
           db.run("UPDATE core_batch SET rows_read = :read, rows_new = :new, rows_changed = :changed, "
                  "rows_unchanged = :unchanged, rows_rejected = :rejected WHERE seq = :seq",
                  {{":seq", Value(report.seq)},
                   {":read", Value(report.rows_read)},
                   {":new", Value(report.rows_new)},
                   {":changed", Value(report.rows_changed)},
                   {":unchanged", Value(report.rows_unchanged)},
                   {":rejected", Value(report.rows_rejected)}}));
    return {};
}

Result<void> write_coverage(Connection& db, const FeedEntry& entry, const std::set<Day>& days,
                            const std::optional<Period>& covers) {
    for (const Day day : days) {
        KL_TRY([[maybe_unused]] const auto added,
               db.run("INSERT INTO core_feed_day (seq, module, source, day) "
                           "VALUES (:seq, :module, :source, :day)",
                           {{":seq", Value(entry.seq)},
                            {":module", Value(entry.module)},
                            {":source", Value(entry.source)},
                            {":day", Value(std::int64_t{day})}}));
    }
    if (!covers) return {};
    KL_TRY([[maybe_unused]] const auto added,
           db.run("INSERT INTO core_feed_cover (seq, module, source, from_day, to_day) "
                       "VALUES (:seq, :module, :source, :from, :to)",
                       {{":seq", Value(entry.seq)},
                        {":module", Value(entry.module)},
                        {":source", Value(entry.source)},
                        {":from", Value(std::int64_t{covers->from})},
                        {":to", Value(std::int64_t{covers->to})}}));
    return {};
}

Result<void> write_standing_coverage(Connection& db, const FeedEntry& entry, Period period) {
    KL_TRY([[maybe_unused]] const auto added,
           db.run("INSERT INTO core_feed_cover (seq, module, source, from_day, to_day, whole) "
                  "VALUES (:seq, :module, :source, :from, :to, 1)",
                  {{":seq", Value(entry.seq)},
                   {":module", Value(entry.module)},
                   {":source", Value(entry.source)},
                   {":from", Value(std::int64_t{period.from})},
                   {":to", Value(std::int64_t{period.to})}}));
    return {};
}

Result<void> retract_coverage(Connection& db, std::int64_t batch, std::int64_t seq) {
    for (const char* table : {"core_feed_day", "core_feed_cover"}) {
        KL_TRY([[maybe_unused]] const auto changed,
               db.run(std::string("UPDATE ") + table +
                          " SET retracted_seq = :seq WHERE seq = :batch AND retracted_seq IS NULL",
                      {{":seq", Value(seq)}, {":batch", Value(batch)}}));
    }
    return {};
}

Result<BatchState> batch_state(Connection& db, std::int64_t batch) {
    KL_TRY(auto rows, db.query("SELECT source, state FROM core_batch WHERE seq = :seq",
                               {{":seq", Value(batch)}}));
    KL_TRY(const bool found, rows->next());
    if (!found) {
        return make_error(ErrorCode::not_found, "ingest.batch_unknown", {{"batch", batch_id(batch)}});
    }
    return BatchState{std::string(rows->text(0)), std::string(rows->text(1))};
}

}  // namespace klarsyn
