// The report's colours of a share, and whether its Wilson interval has one colour. Pure;
// thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

#include "indicators/wilson.h"

namespace klarsyn::probes {

enum class Band { none, red, yellow, green };
std::string_view band_name(Band band);  // "", "red", "yellow", "green"

// Green > 95 %, yellow 90 to 95 %, red < 90 %, by whole numbers; none for den 0.
Band band_of(std::int64_t num, std::int64_t den);

// Whether the whole interval has the share's colour.
bool certain(std::int64_t num, std::int64_t den);

}  // namespace klarsyn::probes
