#include "indicators/share_interval.h"

#include <algorithm>
#include <cmath>

#include "indicators/answer.h"
#include "indicators/catalogue.h"

namespace klarsyn {

namespace {

constexpr double kZ = 1.959963984540054;  // the normal distribution's 97.5 % point

bool crosses(const Interval& between, const std::optional<Bound>& bound) {
    if (!bound) return false;
    const auto side = [&](double fraction) {
        constexpr double kParts = 1e9;
        return meets(*bound, std::llround(fraction * kParts), static_cast<std::int64_t>(kParts));
    };
    return side(between.low) != side(between.high);
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

bool is_measured_share(const Indicator& indicator) {
    return indicator.series_text && indicator.aggregate == Aggregate::ratio;
}

std::string format_interval(const Interval& interval, Language language) {
    const auto percent = [&](double fraction) { return format_decimal(fraction * 100, 1, language); };
    return percent(interval.low) + "–" + percent(interval.high) +
           (language == Language::da ? "\u00a0%" : "%");
}

std::optional<ShareInterval> share_interval(const Indicator& indicator,
                                            std::optional<std::int64_t> num,
                                            std::optional<std::int64_t> den) {
    if (!num || den.value_or(0) <= 0) return std::nullopt;
    const Interval between = wilson_95(*num, *den);
    return ShareInterval{between, !crosses(between, indicator.green) &&
                                      !crosses(between, indicator.yellow)};
}

}  // namespace klarsyn
