// How sure a share is: the Wilson interval of 95 %, and the report's colours. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

namespace klarsyn::probes {

struct Interval {
    double low = 0, high = 1;  // fractions of 1
};

// For num of den independent tries; the whole of 0 to 1 for den 0. 0 <= num <= den.
Interval wilson_95(std::int64_t num, std::int64_t den);

enum class Band { none, red, yellow, green };
std::string_view band_name(Band band);  // "", "red", "yellow", "green"

// Green > 95 %, yellow 90 to 95 %, red < 90 %, by whole numbers; none for den 0.
Band band_of(std::int64_t num, std::int64_t den);

// Whether the whole interval has the share's colour.
bool certain(std::int64_t num, std::int64_t den);

}  // namespace klarsyn::probes
