// How sure a share of independent tries is. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/text.h"

namespace klarsyn {

struct Indicator;

struct Interval {
    double low = 0, high = 1;  // fractions of 1
};

// The Wilson interval of 95 % for num of den tries; the whole of 0 to 1 for den 0. 0 <= num <= den.
Interval wilson_95(std::int64_t num, std::int64_t den);

struct ShareInterval {
    Interval between;
    bool certain = true;  // the whole interval has the share's colour; also where there are no colours
};

// Whether the indicator is a share of measurements: its answers tell their interval.
bool is_measured_share(const Indicator& indicator);

// "92,9–95,3 %"
std::string format_interval(const Interval& interval, Language language);

// For a share with the indicator's colours; nothing without tries.
std::optional<ShareInterval> share_interval(const Indicator& indicator,
                                            std::optional<std::int64_t> num,
                                            std::optional<std::int64_t> den);

}  // namespace klarsyn
