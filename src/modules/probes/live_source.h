// A source that delivers by itself: what it is allowed, and the days that it has.
#pragma once

#include <set>
#include <string>

#include "core/time.h"
#include "store/database.h"

namespace klarsyn::probes {

// What files bring must follow from them alone: a source has files or delivers itself. conflict
// (probes.intake.source_taken) where it has files.
Result<void> check_live_source(Connection& db, const std::string& source);

// A day on which something came is a day that its feed has. Checks the source where a day is new.
Result<void> cover_live_days(Connection& db, std::int64_t seq, const std::string& source,
                             const std::set<Day>& days);

}  // namespace klarsyn::probes
