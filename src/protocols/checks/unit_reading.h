// A device's numbers as one row of the format reading-csv: how much power a UPS gives, how full a
// store is. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/time.h"
#include "protocols/checks/check.h"

namespace klarsyn {

struct MeasuredUnit {
    std::string kind;  // "power" (readings of the set "ups") or "storage" (of the set "storage")
    std::string place, name;
};

// "time,kind,place,unit_name,used,total,unit" and a line end.
std::string_view unit_reading_header();
// The row, with its line end. What a device does not tell is left empty, never counted as zero:
// power of three lines needs all three. invalid_input (checks.reading.nothing) where neither used
// nor total is known.
Result<std::string> unit_reading_row(const MeasuredUnit& unit, const CheckAnswer& answer,
                                     UtcSecond at);

}  // namespace klarsyn
