// Capacity: readings of power and storage, in whole watts and bytes, and the input format that
// brings them. The rules are pure; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"
#include "ingest/format.h"
#include "protocols/csv.h"

namespace klarsyn::capacity {

// Whole base units of one unit of measure: watts for power, bytes for storage. TB is 10^12, TiB
// 2^40.
struct UnitScale {
    std::string_view kind;  // "power" or "storage"
    std::int64_t factor = 1;
};
// Spelled as in the standards (W, kW, MW; B, kB, MB, GB, TB, PB, KiB, MiB, GiB, TiB, PiB); KW and
// KB are taken for kW and kB. Nothing else: mW and Tb are other units.
std::optional<UnitScale> find_unit(std::string_view unit);

// An exact decimal number of units as whole watts or bytes; a half is rounded up. Empty for less
// than nothing and beyond 10^18.
std::optional<std::int64_t> base_units(const Decimal& number, std::int64_t factor);

// What one row says.
struct Reading {
    UtcSecond at = 0;
    Day day = 0;
    std::string kind, place, unit_name;
    std::optional<std::int64_t> used, total;  // watts or bytes; at least one of them
};

// CSV time,kind,place,unit_name,used,total,unit.
Format reading_format();

}  // namespace klarsyn::capacity
