// The rules of measurements as the database holds them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "modules/probes/measurements.h"
#include "modules/probes/rules.h"
#include "modules/probes/slots.h"
#include "store/database.h"
#include "store/journal.h"

namespace klarsyn::probes {

constexpr std::int64_t kNow = INT64_MAX;

// Limits and windows as they were known at an entry.
Result<std::shared_ptr<const Rules>> load_rules(Connection& db, std::int64_t as_of = kNow);

// The schedules that stand now.
Result<std::map<SeriesIds, std::vector<Plan>>> load_plans(Connection& db);

}  // namespace klarsyn::probes
