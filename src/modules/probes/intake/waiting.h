// Failures that came before anything was measured of their thing: they may be of another one, so they
// wait until its first measurement comes, and count from then on. At most a day and kWaitingMost of
// a source; what is given up is counted as "alone".
#pragma once

#include "modules/probes/intake/live_rows.h"

namespace klarsyn::probes {

constexpr std::int64_t kWaitingMost = 10'000;
constexpr UtcSecond kWaitingMost_s = 24 * 3600;

// In a write transaction, once the rows' new keys have their series: adds the failures that waited
// for these, and puts aside those of the request that have to wait.
Result<void> settle_waiting(WriteTurn& turn, const std::string& source, LiveRows& rows,
                            UnmappedCounts& unmapped);

}  // namespace klarsyn::probes
