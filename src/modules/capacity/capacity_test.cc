// Units and exact amounts.
#include "modules/capacity/capacity.h"

#include <gtest/gtest.h>

namespace klarsyn::capacity {
namespace {

std::int64_t amount(std::string_view number, std::string_view unit) {
    const auto decimal = parse_decimal(number, '.');
    const auto scale = find_unit(unit);
    if (!decimal || !scale) return -1;
    return base_units(*decimal, scale->factor).value_or(-2);
}

TEST(Units, AreExactInWholeWattsAndBytes) {
    EXPECT_EQ(amount("1", "W"), 1);
    EXPECT_EQ(amount("0.1", "kW"), 100);
    EXPECT_EQ(amount("1.234567", "MW"), 1234567);
    EXPECT_EQ(amount("4400", "TB"), 4'400'000'000'000'000);
    EXPECT_EQ(amount("0.1", "TB"), 100'000'000'000);     // 0.1 is no binary fraction
    EXPECT_EQ(amount("1.1", "TiB"), 1'209'462'790'554);  // 1209462790553.6
    EXPECT_EQ(amount("3", "PiB"), 3'377'699'720'527'872);
    EXPECT_EQ(amount("0", "GB"), 0);
}

TEST(Units, RoundAHalfUpOnce) {
    EXPECT_EQ(amount("0.4999", "W"), 0);
    EXPECT_EQ(amount("0.5", "W"), 1);
    EXPECT_EQ(amount("12.3455", "kW"), 12346);
}

TEST(Units, KnowTheirLimits) {
    EXPECT_EQ(amount("1000", "PB"), 1'000'000'000'000'000'000);
    EXPECT_EQ(amount("1001", "PB"), -2);
    EXPECT_EQ(amount("-1", "W"), -2);
    for (const char* unit : {"", "w", "mW", "kw", "Tb", "tb", "bytes", "kWh"})
        EXPECT_FALSE(find_unit(unit)) << unit;
    EXPECT_EQ(find_unit("MW")->kind, "power");
    EXPECT_EQ(find_unit("MB")->kind, "storage");
}

}  // namespace
}  // namespace klarsyn::capacity
