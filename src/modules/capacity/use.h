// How much is used, day by day: what forecasts and plans start from. Reads capacity_reading.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "modules/capacity/forecast.h"
#include "store/database.h"

namespace klarsyn::capacity {

// Used at the end of each day on which the place was read: the last reading of each unit there,
// those of the days before carried on. In watts or bytes.
using UseByPlace = std::map<std::string, std::vector<DayValue>>;
Result<UseByPlace> read_use(Connection& db, std::string_view kind, Period period);

// One place before and after what is planned.
struct Load {
    std::int64_t used = 0, total = 0;  // watts or bytes
};
// Whether more than 90 % is used; nothing is more than 90 % of nothing.
bool above_limit(const Load& load);
// The most that may be used, exact or less by a fraction of a watt or byte.
std::int64_t limit_of(const Load& load);

// What moves from one place to another; a place that is empty stands for equipment that is new or
// goes. Amounts below 0 become 0: no more than is used can go.
struct Move {
    std::string from, to;
    std::int64_t amount = 0;
};
std::map<std::string, Load> after_move(std::map<std::string, Load> loads, const Move& move);

}  // namespace klarsyn::capacity
