#include "modules/probes/keeper.h"

#include <boost/json.hpp>

#include "modules/probes/intake/keep.h"
#include "modules/probes/measurements.h"
#include "modules/probes/settle.h"

namespace klarsyn::probes {
namespace {

constexpr int kEvery_s = 5;
constexpr std::int64_t kTailRowsMax = 65'536;  // what every answer may have to read beside blocks
constexpr std::int64_t kTailEntriesMax = 2'000;
constexpr std::int64_t kPackAtOnce = 262'144;  // others wait for the writer meanwhile

Result<void> settle_due(WriteTurn& turn) {
    KL_TRY(const auto due, query_i64(turn.db, "SELECT COUNT(*) FROM probes_due"));
    if (due == 0) return {};
    KL_TRY(const auto seq, turn.begin_entry());
    KL_TRY(FactWriter* const writer, turn.facts(intake_format()));
    KL_CHECK(settle(turn.db, seq, *writer));
    if (writer->digest().rows_came + writer->digest().rows_went == 0) {
        turn.drop_entry();
        return {};
    }
    return turn.end_entry("klarsyn", "derive",
                          boost::json::serialize(boost::json::object{
                              {"format", "probe-intake"}, {"why", "measurements arrived"}}));
}

Result<void> pack_some(WriteTurn& turn, bool& more) {
    more = false;
    SeriesWriter& series = turn.series(result_series());
    KL_TRY(const auto rows, series.tail_rows());
    KL_TRY(const auto entries, query_i64(turn.db, "SELECT COUNT(*) FROM core_series_tail"));
    if (rows < kTailRowsMax && entries < kTailEntriesMax) return {};
    KL_TRY(const auto packed, series.pack(kPackAtOnce));
    more = packed > 0 && rows - packed >= kTailRowsMax;
    return {};
}

// What fails is tried again the next time; whoever writes meets the same error and tells it.
void run(BackgroundTools& tools) {
    if (!run_in_turn(tools.services, settle_due).ok()) return;
    for (bool more = true; more && !tools.stopping();) {
        if (!run_in_turn(tools.services, [&](WriteTurn& turn) {
                 return pack_some(turn, more);
             }).ok()) {
            return;
        }
    }
}

}  // namespace

Background measurement_keeper() { return {"measurements", kEvery_s, run}; }

}  // namespace klarsyn::probes
