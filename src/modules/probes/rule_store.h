// The rules of measurements as the database holds them.
#pragma once

#include <map>
#include <memory>
#include <string_view>
#include <tuple>
#include <vector>

#include "modules/probes/rules.h"
#include "modules/probes/slots.h"
#include "store/database.h"
#include "store/journal.h"

namespace klarsyn::probes {

// Limits and windows that stand now.
Result<std::shared_ptr<const Rules>> load_rules(Connection& db);

// The same for Format::load_state, and back.
Result<std::shared_ptr<const void>> load_rules_state(Connection& db, std::string_view source);
const Rules& rules_of(const void* state);  // no rules for null

// A series by its core_name ids: system, action, site, seat.
using SeriesIds = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>;
// The schedules that stand now.
Result<std::map<SeriesIds, std::vector<Plan>>> load_plans(Connection& db);

}  // namespace klarsyn::probes
