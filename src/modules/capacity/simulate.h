// Made-up readings of the demo region's power and storage in format reading-csv: three primary and
// two secondary data centres, read daily at noon, and 44 stores of 4,400 TB in the three primary
// ones. The sources print no figures per data centre; these are ours. What they say holds:
// equipment was taken out at HVH in the second half of 2012, storage was added in spring 2013, and
// at the end of April 2013 every data centre keeps within 90 %. Pure; the same seed gives the same
// bytes everywhere.
#pragma once

#include <cstdint>
#include <string>

#include "core/time.h"

namespace klarsyn::capacity {

inline constexpr int kSimulatedStores = 44;

// The readings of these days, with the heading row.
std::string simulate_readings(std::uint64_t seed, Period days);

}  // namespace klarsyn::capacity
