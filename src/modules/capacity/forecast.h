// When will a limit be reached? A straight line through daily values with its prediction interval.
// Pure; thread-safe.
//
// Least squares over (day, value); for a day x0 a single new value lies with the stated confidence
// in
//   y0 ± t(1 − α/2, n − 2) · s · sqrt(1 + 1/n + (x0 − x̄)² / Sxx),
// s² = SSE / (n − 2). D. C. Montgomery, E. A. Peck, G. G. Vining: Introduction to Linear Regression
// Analysis, "Prediction of New Observations"; NIST/SEMATECH e-Handbook of Statistical
// Methods, 4.5.2. The interval supposes that growth goes on as it was and that days stray
// independently: what strays for weeks makes it too narrow.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/time.h"

namespace klarsyn::capacity {

struct DayValue {
    Day day = 0;
    double value = 0;
};

struct Trend {
    double slope = 0;  // per day
    double mean_day = 0, mean_value = 0;
    double spread = 0;  // s
    double sxx = 0;
    int n = 0;
    Day last = 0;         // of the values
    double quantile = 0;  // t(1 − α/2, n − 2)
};
// Empty for fewer than three days.
std::optional<Trend> fit_trend(std::span<const DayValue> values, double confidence = 0.95);

struct Predicted {
    double value = 0, low = 0, high = 0;
};
Predicted predict(const Trend& trend, Day day);

// The first day after the last value on which the line reaches the limit, and the first on which
// the interval's upper and lower end reach it. Empty: not within the horizon.
struct Crossing {
    std::optional<Day> expected, earliest, latest;
};
inline constexpr int kHorizonDays = 3653;  // ten years
Crossing find_crossing(const Trend& trend, double limit, int horizon_days = kHorizonDays);

}  // namespace klarsyn::capacity
