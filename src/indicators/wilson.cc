#include "indicators/wilson.h"

#include <algorithm>
#include <cmath>

namespace klarsyn {

namespace {

constexpr double kZ = 1.959963984540054;  // the normal distribution's 97.5 % point

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

}  // namespace klarsyn
