#include "modules/capacity/forecast.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace klarsyn::capacity {

std::optional<Trend> fit_trend(std::span<const DayValue> values, double confidence) {
    constexpr std::size_t kFewest = 3;
    if (values.size() < kFewest) return std::nullopt;
    Trend trend;
    trend.n = static_cast<int>(values.size());
    for (const DayValue& at : values) {
        trend.mean_day += at.day;
        trend.mean_value += at.value;
        trend.last = std::max(trend.last, at.day);
    }
    trend.mean_day /= trend.n;
    trend.mean_value /= trend.n;
    double sxy = 0;
    for (const DayValue& at : values) {
        trend.sxx += (at.day - trend.mean_day) * (at.day - trend.mean_day);
        sxy += (at.day - trend.mean_day) * (at.value - trend.mean_value);
    }
    if (trend.sxx <= 0) return std::nullopt;  // all on one day
    trend.slope = sxy / trend.sxx;
    double errors = 0;
    for (const DayValue& at : values) {
        const double off = at.value - trend.mean_value - trend.slope * (at.day - trend.mean_day);
        errors += off * off;
    }
    trend.spread = std::sqrt(errors / (trend.n - 2));
    const boost::math::students_t_distribution<double> student(trend.n - 2);
    trend.quantile = boost::math::quantile(student, 1 - (1 - confidence) / 2);
    return trend;
}

Predicted predict(const Trend& trend, Day day) {
    const double off = day - trend.mean_day;
    Predicted at;
    at.value = trend.mean_value + trend.slope * off;
    const double reach =
        trend.quantile * trend.spread * std::sqrt(1 + 1.0 / trend.n + off * off / trend.sxx);
    at.low = at.value - reach;
    at.high = at.value + reach;
    return at;
}

Crossing find_crossing(const Trend& trend, double limit, int horizon_days) {
    Crossing crossing;
    for (Day day = trend.last + 1; day <= trend.last + horizon_days; ++day) {
        const Predicted at = predict(trend, day);
        if (!crossing.earliest && at.high >= limit) crossing.earliest = day;
        if (!crossing.expected && at.value >= limit) crossing.expected = day;
        if (at.low >= limit) {
            crossing.latest = day;
            break;
        }
    }
    return crossing;
}

}  // namespace klarsyn::capacity
