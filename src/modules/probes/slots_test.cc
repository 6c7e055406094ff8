#include "modules/probes/slots.h"

#include <gtest/gtest.h>

namespace klarsyn::probes {
namespace {

using Runs = std::vector<MissingRun>;

Runs runs_of(const ScheduleRule& rule, const std::vector<Span>& covered,
             const std::vector<UtcSecond>& starts, const Span& day) {
    const auto plans = plans_of({rule});
    return missing_runs(plans.at(0), covered, starts, day);
}

TEST(Slots, ASlotWithoutAMeasurementIsMissing) {
    const ScheduleRule rule{{1000, 2000}, 100, "s"};
    const Span day{0, 86'400};
    EXPECT_EQ(runs_of(rule, {{0, 5000}}, {}, day), (Runs{{1000, 10}}));
    EXPECT_EQ(runs_of(rule, {{0, 5000}}, {1000, 1199, 1500}, day), (Runs{{1200, 3}, {1600, 4}}));
    // Several in one slot, and some outside the schedule.
    EXPECT_EQ(runs_of(rule, {{0, 5000}}, {10, 1000, 1001, 1099, 2000}, day), (Runs{{1100, 9}}));
}

TEST(Slots, OnlyWholeOnesWithinScheduleAndCoverageCount) {
    const Span day{0, 86'400};
    EXPECT_EQ(runs_of({{1000, 1950}, 100, "s"}, {{0, 5000}}, {}, day), (Runs{{1000, 9}}));
    EXPECT_EQ(runs_of({{1000, 2000}, 100, "s"}, {{1050, 1850}}, {}, day), (Runs{{1100, 7}}));
    EXPECT_EQ(runs_of({{1000, 2000}, 100, "s"}, {{1000, 1300}, {1350, 1600}}, {}, day),
              (Runs{{1000, 3}, {1400, 2}}));
    EXPECT_EQ(runs_of({{1000, 2000}, 100, "s"}, {}, {}, day), Runs());
}

TEST(Slots, ARunDoesNotCrossTheDay) {
    const ScheduleRule rule{{0, 400'000}, 300, "s"};
    const std::vector<Span> covered{{0, 400'000}};
    EXPECT_EQ(runs_of(rule, covered, {}, {86'400, 172'800}), (Runs{{86'400, 288}}));
    // A slot belongs to the day on which it begins; a measurement of the next day still fills it.
    EXPECT_EQ(runs_of(rule, covered, {86'390}, {100, 86'390}), (Runs{{300, 286}}));
    EXPECT_EQ(runs_of(rule, covered, {172'810}, {172'600, 172'800}), Runs());
}

TEST(Slots, AnEveningOfTwentyFiveHoursHasMoreOfThem) {
    const Day autumn = day_of({2013, 10, 27});
    const Day spring = day_of({2013, 3, 31});
    for (const auto& [day, slots] : {std::pair{autumn, 300}, std::pair{spring, 276}}) {
        const Span of_day{day_start(day), day_end(day)};
        const ScheduleRule rule{{of_day.from - 86'400, of_day.to + 86'400}, 300, "s"};
        const Runs runs = runs_of(rule, {{0, of_day.to + 86'400}}, {}, of_day);
        EXPECT_EQ(runs, (Runs{{of_day.from, slots}}));
    }
}

TEST(Plans, TheRowThatBeganLastHoldsWhileItIsInForce) {
    const auto plans = plans_of({{{0, 1000}, 100, "a"}, {{300, 500}, 50, "a"}});
    ASSERT_EQ(plans.size(), 2U);
    EXPECT_EQ(plans[0].pieces, (std::vector<Span>{{0, 300}, {500, 1000}}));
    EXPECT_EQ(plans[1].pieces, (std::vector<Span>{{300, 500}}));
    EXPECT_EQ(plans[0].anchor, 0);
}

}  // namespace
}  // namespace klarsyn::probes
