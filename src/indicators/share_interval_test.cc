#include "indicators/share_interval.h"

#include <gtest/gtest.h>

#include "indicators/catalogue.h"

namespace klarsyn {
namespace {

TEST(Wilson, IsThePublishedInterval) {
    // Wilson 1927 by an independent computation with 50 digits.
    const Interval small = wilson_95(8, 10);
    EXPECT_NEAR(small.low, 0.4901625, 1e-6);
    EXPECT_NEAR(small.high, 0.9433178, 1e-6);
    EXPECT_EQ(wilson_95(0, 10).low, 0);
    EXPECT_NEAR(wilson_95(0, 10).high, 0.2775328, 1e-6);
    EXPECT_EQ(wilson_95(10, 10).high, 1);
    EXPECT_EQ(wilson_95(0, 0).high, 1);
}

bool certain(std::int64_t num, std::int64_t den) {
    Indicator indicator;
    indicator.green = Bound{Bound::Op::greater, 95, 100};
    indicator.yellow = Bound{Bound::Op::greater_equal, 90, 100};
    return share_interval(indicator, num, den)->certain;
}

TEST(ShareInterval, IsUncertainWhereItCrossesAnEdge) {
    EXPECT_FALSE(certain(285, 300));  // 95.0 % of 300: about 92 to 97 %
    EXPECT_TRUE(certain(300, 300));
    EXPECT_TRUE(certain(9'700, 10'000));
    EXPECT_FALSE(certain(9'540, 10'000));
    EXPECT_FALSE(certain(90, 100));
    EXPECT_TRUE(certain(100, 200));
}

TEST(ShareInterval, IsNothingWithoutTriesAndCertainWithoutColours) {
    EXPECT_FALSE(share_interval(Indicator(), 0, 0));
    EXPECT_FALSE(share_interval(Indicator(), std::nullopt, 10));
    EXPECT_FALSE(share_interval(Indicator(), 1, std::nullopt));
    EXPECT_TRUE(share_interval(Indicator(), 95, 100)->certain);
}

}  // namespace
}  // namespace klarsyn
