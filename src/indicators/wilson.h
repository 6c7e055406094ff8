// How sure a share of independent tries is: the Wilson interval of 95 %. Pure; thread-safe.
#pragma once

#include <cstdint>

namespace klarsyn {

struct Interval {
    double low = 0, high = 1;  // fractions of 1
};

// For num of den tries; the whole of 0 to 1 for den 0. 0 <= num <= den.
Interval wilson_95(std::int64_t num, std::int64_t den);

}  // namespace klarsyn
