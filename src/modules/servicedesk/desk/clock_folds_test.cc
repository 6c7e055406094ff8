#include "modules/servicedesk/desk/clock_folds.h"

#include <gtest/gtest.h>

namespace klarsyn::servicedesk {
namespace {

constexpr UtcSecond kMonday = 1451862000;  // 2016-01-04 00:00 in Copenhagen

// Days of eight hours that run and sixteen that do not.
std::vector<Stretch> days(int count) {
    std::vector<Stretch> stretches;
    for (int day = 0; day < count; ++day) {
        const UtcSecond from = kMonday + day * 86400;
        stretches.push_back({from, from + 8 * 3600, StretchClass::running, "r", {}});
        stretches.push_back({from + 8 * 3600, from + 86400, StretchClass::outside, "o", {}});
    }
    return stretches;
}

TEST(ClockFolds, few_stretches_are_all_shown) {
    EXPECT_TRUE(fold_stretches({}, {}, "").empty());
    const auto stretches = days(30);
    const auto folds = fold_stretches(stretches, {}, "");
    ASSERT_EQ(folds.size(), 1U);
    EXPECT_TRUE(folds[0].open);
    EXPECT_EQ(folds[0].end, 60U);
}

TEST(ClockFolds, some_weeks_are_folded_by_week_without_a_gap) {
    const auto stretches = days(40);
    const auto folds = fold_stretches(stretches, {}, "2016-W02");
    ASSERT_EQ(folds.size(), 6U);
    EXPECT_EQ(folds[0].key, "2016-W01");
    EXPECT_EQ(folds[0].running_s, 7 * 8 * 3600);
    EXPECT_EQ(folds[0].outside_s, 7 * 16 * 3600);
    EXPECT_FALSE(folds[0].open);
    EXPECT_TRUE(folds[1].open);
    std::size_t at = 0;
    std::int64_t seconds = 0;
    for (const ClockFold& fold : folds) {
        EXPECT_EQ(fold.begin, at);
        at = fold.end;
        seconds += fold.running_s + fold.outside_s + fold.paused_s + fold.resolved_s;
    }
    EXPECT_EQ(at, stretches.size());
    EXPECT_EQ(seconds, 40 * 86400);
}

TEST(ClockFolds, years_are_folded_by_month_and_the_breach_stays_open) {
    const auto stretches = days(800);
    const auto folds = fold_stretches(stretches, kMonday + 40 * 86400 + 60, "");
    EXPECT_EQ(folds.size(), 27U);
    EXPECT_EQ(folds[0].key, "2016-01");
    EXPECT_FALSE(folds[0].open);
    EXPECT_TRUE(folds[1].open) << folds[1].key;
    for (const ClockFold& fold : fold_stretches(stretches, {}, kAllOpen)) EXPECT_TRUE(fold.open);
}

TEST(ClockFolds, what_is_not_longer_open_than_folded_is_open) {
    auto stretches = days(400);
    stretches.push_back(
        {stretches.back().to, stretches.back().to + 500 * 86400, StretchClass::paused, "p", {}});
    const auto folds = fold_stretches(stretches, {}, "");
    EXPECT_EQ(folds.back().end, stretches.size());
    EXPECT_GT(folds.back().paused_s, 0);
}

}  // namespace
}  // namespace klarsyn::servicedesk
