#include "reports/interval.h"

#include <cmath>

#include "indicators/answer.h"
#include "indicators/wilson.h"

namespace klarsyn {

void add_interval(ReportFigure& figure, const Indicator& indicator) {
    if (!figure.value || !figure.num || figure.den.value_or(0) <= 0) return;
    figure.interval = wilson_95(*figure.num, *figure.den);
    const auto crosses = [&](const std::optional<Bound>& bound) {
        if (!bound) return false;
        const auto side = [&](double fraction) {
            constexpr double kParts = 1e9;
            return meets(*bound, std::llround(fraction * kParts),
                         static_cast<std::int64_t>(kParts));
        };
        return side(figure.interval->low) != side(figure.interval->high);
    };
    figure.certain = !crosses(indicator.green) && !crosses(indicator.yellow);
}

}  // namespace klarsyn
