// Forecasts: known lines, their intervals, and hindcasts on simulated readings.
#include "modules/capacity/forecast.h"

#include <gtest/gtest.h>

#include "core/random.h"

namespace klarsyn::capacity {
namespace {

TEST(Trend, OfAWorkedExample) {
    // x 1..5, y 2, 4, 5, 4, 5: slope 0.6, s² = 2.4 / 3; the interval at 6 by hand with
    // t(0.975, 3) = 3.182446: 5.8 ± 3.182446 · 0.894427 · sqrt(1 + 1/5 + 9/10).
    const std::vector<DayValue> values{{1, 2}, {2, 4}, {3, 5}, {4, 4}, {5, 5}};
    const auto trend = fit_trend(values);
    ASSERT_TRUE(trend);
    EXPECT_NEAR(trend->slope, 0.6, 1e-12);
    EXPECT_NEAR(trend->spread, 0.894427191, 1e-9);
    EXPECT_NEAR(trend->quantile, 3.182446305, 1e-8);
    const Predicted at = predict(*trend, 6);
    EXPECT_NEAR(at.value, 5.8, 1e-12);
    EXPECT_NEAR(at.high - at.value, 4.1249219, 1e-6);
    EXPECT_NEAR(at.value - at.low, 4.1249219, 1e-6);
}

TEST(Trend, NeedsThreeDays) {
    EXPECT_FALSE(fit_trend(std::vector<DayValue>{{1, 2}, {2, 3}}));
    EXPECT_FALSE(fit_trend(std::vector<DayValue>{{1, 2}, {1, 3}, {1, 4}}));
}

TEST(Crossing, IsTheFirstDayOnTheLine) {
    const std::vector<DayValue> line{{10, 100}, {11, 101}, {12, 102}};
    const Crossing crossing = find_crossing(*fit_trend(line), 110);
    EXPECT_EQ(crossing.expected, 20);
    EXPECT_EQ(crossing.earliest, 20);
    EXPECT_EQ(crossing.latest, 20);
    EXPECT_EQ(find_crossing(*fit_trend(line), 50).expected, 13);  // reached already
    EXPECT_FALSE(find_crossing(*fit_trend(line), 1e9).expected);
    const std::vector<DayValue> falling{{10, 102}, {11, 101}, {12, 100}};
    EXPECT_FALSE(find_crossing(*fit_trend(falling), 110).expected);
}

// Ninety days of use that grows and strays; was the day right on which it then first reached the
// limit for good? The line's own day must lie in the interval in at least 90 % of 400 simulations.
TEST(Hindcast, TheDayOfTheUnderlyingGrowthLiesInTheInterval) {
    int hits = 0, narrow = 0;
    constexpr int kRuns = 400;
    for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
        Random random(seed);
        const double start = random.uniform(200, 240), growth = random.uniform(0.1, 0.3);
        const double limit = 270;
        std::vector<DayValue> values;
        for (Day day = 0; day < 90; ++day)
            values.push_back({day, start + growth * day + 1.5 * random.normal()});
        Day truth = 90;
        while (start + growth * truth < limit) ++truth;
        const Crossing crossing = find_crossing(*fit_trend(values), limit);
        ASSERT_TRUE(crossing.earliest) << seed;
        const bool inside =
            *crossing.earliest <= truth && (!crossing.latest || truth <= *crossing.latest);
        hits += inside ? 1 : 0;
        if (crossing.latest) narrow += *crossing.latest - *crossing.earliest < 365 ? 1 : 0;
    }
    EXPECT_GE(hits, kRuns * 9 / 10);
    EXPECT_GE(narrow, kRuns * 3 / 4);  // an interval that says nothing would hold every day
}

// A single later value lies in the interval of its day as often as stated.
TEST(Hindcast, LaterValuesLieInTheirIntervalAsOftenAsStated) {
    int hits = 0;
    constexpr int kRuns = 1000;
    for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
        Random random(seed);
        std::vector<DayValue> values;
        for (Day day = 0; day < 60; ++day)
            values.push_back({day, 100 + 0.2 * day + 2 * random.normal()});
        const Predicted at = predict(*fit_trend(values), 120);
        const double later = 100 + 0.2 * 120 + 2 * random.normal();
        hits += at.low <= later && later <= at.high ? 1 : 0;
    }
    EXPECT_GE(hits, 930);
    EXPECT_LE(hits, 970);
}

}  // namespace
}  // namespace klarsyn::capacity
