#include "modules/probes/wilson.h"

#include <gtest/gtest.h>

namespace klarsyn::probes {
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

TEST(Bands, HaveTheirEdgesInTheMiddleOne) {
    EXPECT_EQ(band_of(95, 100), Band::yellow);
    EXPECT_EQ(band_of(951, 1000), Band::green);
    EXPECT_EQ(band_of(90, 100), Band::yellow);
    EXPECT_EQ(band_of(899, 1000), Band::red);
    EXPECT_EQ(band_of(0, 0), Band::none);
    // Where a double would round: 19/20 of a large number, and one more.
    const std::int64_t many = 20'000'000'000'000'000;
    EXPECT_EQ(band_of(many / 20 * 19, many), Band::yellow);
    EXPECT_EQ(band_of(many / 20 * 19 + 1, many), Band::green);
}

TEST(Bands, AreUncertainWhereTheIntervalCrossesAnEdge) {
    EXPECT_FALSE(certain(285, 300));  // 95.0 % of 300: about 92 to 97 %
    EXPECT_TRUE(certain(300, 300));
    EXPECT_TRUE(certain(9'700, 10'000));
    EXPECT_FALSE(certain(9'540, 10'000));
    EXPECT_TRUE(certain(100, 200));
    EXPECT_FALSE(certain(0, 0));
}

}  // namespace
}  // namespace klarsyn::probes
