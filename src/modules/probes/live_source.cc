#include "modules/probes/live_source.h"

namespace klarsyn::probes {

Result<void> check_live_source(Connection& db, const std::string& source) {
    KL_TRY(const auto files,
           query_i64(db,
                     "SELECT COUNT(*) FROM core_batch WHERE source = :source AND module = 'probes' "
                     "AND state = 'applied'",
                     {{":source", Value(source)}}));
    if (files == 0) return {};
    return make_error(ErrorCode::conflict, "probes.intake.source_taken", {{"source", source}});
}

Result<void> cover_live_days(Connection& db, std::int64_t seq, const std::string& source,
                             const std::set<Day>& days) {
    for (const Day day : days) {
        KL_TRY(const auto known,
               query_i64(db,
                         "SELECT COUNT(*) FROM core_feed_day WHERE module = 'probes' "
                         "AND day = :day AND source = :source AND retracted_seq IS NULL",
                         {{":day", Value(std::int64_t{day})}, {":source", Value(source)}}));
        if (known > 0) continue;
        KL_CHECK(check_live_source(db, source));
        KL_TRY([[maybe_unused]] const auto added,
               db.run("INSERT INTO core_feed_day (seq, module, source, day) "
                      "VALUES (:seq, 'probes', :source, :day)",
                      {{":seq", Value(seq)},
                       {":source", Value(source)},
                       {":day", Value(std::int64_t{day})}}));
    }
    return {};
}

}  // namespace klarsyn::probes
