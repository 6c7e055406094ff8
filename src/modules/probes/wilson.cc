#include "modules/probes/wilson.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace klarsyn::probes {
namespace {

constexpr double kZ = 1.959963984540054;  // the normal distribution's 97.5 % point

Band band_of_fraction(double share) {
    if (share > 0.95) return Band::green;
    return share >= 0.90 ? Band::yellow : Band::red;
}

}  // namespace

Interval wilson_95(std::int64_t num, std::int64_t den) {
    if (den <= 0) return {};
    const double n = static_cast<double>(den);
    const double p = static_cast<double>(num) / n;
    const double z2 = kZ * kZ;
    const double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
    const double half = kZ * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
    return {num == 0 ? 0 : std::max(0.0, middle - half),
            num == den ? 1 : std::min(1.0, middle + half)};
}

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
