#include <boost/multiprecision/cpp_int.hpp>

#include "reports/words.h"

namespace klarsyn {

namespace {

using Rational = boost::multiprecision::cpp_rational;

Rational distance(const Rational& a, const Rational& b) { return a < b ? b - a : a - b; }

// Marks every point that belongs to eight or more in a row on one side of the mean.
void mark_runs(const std::vector<Rational>& points, const Rational& mean,
               std::vector<Xmr::Signal>& signals) {
    std::size_t start = 0;
    int side = 0;
    const auto close = [&](std::size_t end) {
        if (side == 0 || end - start < static_cast<std::size_t>(kXmrPointsMin)) return;
        for (std::size_t i = start; i < end; ++i)
            if (signals[i] == Xmr::Signal::none)
                signals[i] = side > 0 ? Xmr::Signal::run_above : Xmr::Signal::run_below;
    };
    for (std::size_t i = 0; i < points.size(); ++i) {
        const int now = points[i] > mean ? 1 : points[i] < mean ? -1 : 0;
        if (now != side) {
            close(i);
            start = i;
            side = now;
        }
    }
    close(points.size());
}

}  // namespace

Xmr xmr(std::span<const std::optional<Fraction>> values) {
    Xmr result;
    result.signals.assign(values.size(), Xmr::Signal::none);
    std::vector<Rational> points;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!values[i]) continue;
        points.emplace_back(values[i]->num, values[i]->den);
        places.push_back(i);
    }
    result.points = static_cast<int>(points.size());
    result.enough = result.points >= kXmrPointsMin;
    if (!result.enough) return result;

    Rational sum = 0, ranges = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        sum += points[i];
        if (i > 0) ranges += distance(points[i], points[i - 1]);
    }
    const Rational mean = sum / result.points;
    const Rational reach = Rational(266, 100) * ranges / (result.points - 1);
    const Rational upper = mean + reach, lower = mean - reach;
    std::vector<Xmr::Signal> signals(points.size(), Xmr::Signal::none);
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (points[i] > upper) signals[i] = Xmr::Signal::above;
        if (points[i] < lower) signals[i] = Xmr::Signal::below;
    }
    mark_runs(points, mean, signals);
    for (std::size_t i = 0; i < points.size(); ++i) result.signals[places[i]] = signals[i];
    result.limits.mean = mean.convert_to<double>();
    result.limits.upper = upper.convert_to<double>();
    result.limits.lower = lower < 0 ? 0.0 : lower.convert_to<double>();
    return result;
}

}  // namespace klarsyn
