#include "modules/probes/wilson.h"

#include <array>

namespace klarsyn::probes {
namespace {

Band band_of_fraction(double share) {
    if (share > 0.95) return Band::green;
    return share >= 0.90 ? Band::yellow : Band::red;
}

}  // namespace

std::string_view band_name(Band band) {
    constexpr std::array<std::string_view, 4> kNames{"", "red", "yellow", "green"};
    return kNames[static_cast<std::size_t>(band)];
}

Band band_of(std::int64_t num, std::int64_t den) {
    if (den <= 0) return Band::none;
    if (20 * num > 19 * den) return Band::green;
    return 10 * num >= 9 * den ? Band::yellow : Band::red;
}

bool certain(std::int64_t num, std::int64_t den) {
    const Band band = band_of(num, den);
    if (band == Band::none) return false;
    const Interval interval = wilson_95(num, den);
    return band_of_fraction(interval.low) == band && band_of_fraction(interval.high) == band;
}

}  // namespace klarsyn::probes
