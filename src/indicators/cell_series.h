// Cells of figures over measurements in blocks: what cell_compute.h does for records in tables.
// Internal to indicators.
#pragma once

#include <map>
#include <optional>

#include "indicators/cell_compute.h"

namespace klarsyn {

// For a scan with programs.
Result<std::map<Day, DayCells>> compute_series_days(Connection& db, const Scan& scan, Period period,
                                                    std::int64_t as_of);

// From the first to the last day with measurements that stand; none without any.
Result<std::optional<Period>> measured_days(Connection& db, const Scan& scan);

}  // namespace klarsyn
