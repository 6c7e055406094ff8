// Limits and planned moves, exact.
#include "modules/capacity/use.h"

#include <gtest/gtest.h>

namespace klarsyn::capacity {
namespace {

TEST(Limits, AreExact) {
    EXPECT_FALSE(above_limit({540'000, 600'000}));
    EXPECT_TRUE(above_limit({540'001, 600'000}));
    EXPECT_FALSE(above_limit({0, 0}));
    EXPECT_TRUE(above_limit({1, 0}));
    EXPECT_FALSE(above_limit({900'000'000'000'000'000, 1'000'000'000'000'000'000}));
    EXPECT_TRUE(above_limit({900'000'000'000'000'001, 1'000'000'000'000'000'000}));
    EXPECT_EQ(limit_of({0, 600'000}), 540'000);
    EXPECT_EQ(limit_of({0, 999}), 899);
    EXPECT_EQ(limit_of({0, 1'000'000'000'000'000'000}), 900'000'000'000'000'000);
}

TEST(Moves, ChangeBothPlaces) {
    const std::map<std::string, Load> loads{{"HVH", {500, 600}}, {"RH", {100, 500}}};
    const auto moved = after_move(loads, {"HVH", "RH", 150});
    EXPECT_EQ(moved.at("HVH").used, 350);
    EXPECT_EQ(moved.at("RH").used, 250);
    EXPECT_EQ(after_move(loads, {"", "RH", 7}).at("RH").used, 107);
    EXPECT_EQ(after_move(loads, {"HVH", "", 501}).at("HVH").used, 0);
    EXPECT_EQ(after_move(loads, {"nowhere", "", 1}).at("HVH").used, 500);
}

}  // namespace
}  // namespace klarsyn::capacity
