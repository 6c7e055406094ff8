// The stored number of a scan: cells of an earlier definition have another number. Internal.
#pragma once

#include <cstdint>
#include <optional>

#include "indicators/cell_scan.h"
#include "store/database.h"

namespace klarsyn {

// nullopt: this binary's definition has no cells yet.
Result<std::optional<std::int64_t>> current_scan_id(Connection& db, const Scan& scan);

// Drops the cells of definitions that this binary does not know, numbers new scans, and marks every
// day of their tables dirty. One write transaction of its own, only when something changed.
Result<void> sync_scans(Connection& db, const ScanSet& set);

}  // namespace klarsyn
