#include "modules/probes/slots.h"

#include <gtest/gtest.h>

namespace klarsyn::probes {
namespace {

using Runs = std::vector<MissingRun>;

constexpr UtcSecond kLater = 4'000'000'000;

Runs runs_of(const ScheduleRule& rule, const Known& known, const std::vector<UtcSecond>& starts,
             const Span& day) {
    const Plan plan = plans_of({rule}).at(0);
    return missing_runs(plan, expected_span(plan, known), starts, day);
}

TEST(Slots, ASlotWithoutAMeasurementIsMissing) {
    const ScheduleRule rule{{1000, 2000}, 100, "s"};
    const Span day{0, 86'400};
    const Known known{Span{0, 5000}, kLater};
    EXPECT_EQ(runs_of(rule, known, {}, day), (Runs{{1000, 10}}));
    EXPECT_EQ(runs_of(rule, known, {1000, 1199, 1500}, day), (Runs{{1200, 3}, {1600, 4}}));
    // Several in one slot, and some outside the schedule.
    EXPECT_EQ(runs_of(rule, known, {10, 1000, 1001, 1099, 2000}, day), (Runs{{1100, 9}}));
    // The last one of the schedule counts only where it is whole.
    EXPECT_EQ(runs_of({{1000, 1950}, 100, "s"}, known, {}, day), (Runs{{1000, 9}}));
}

TEST(Slots, APlanThatIsOverCountsAsAWhole) {
    const ScheduleRule rule{{1000, 2000}, 100, "s"};
    const Span day{0, 86'400};
    const Runs all{{1000, 10}};
    EXPECT_EQ(runs_of(rule, {Span{1250, 1251}, 2000}, {}, day), all);
    EXPECT_EQ(runs_of(rule, {std::nullopt, 2000}, {}, day), all);  // nothing was measured at all
    EXPECT_EQ(runs_of(rule, {Span{50'000, 60'000}, kLater}, {}, day), all);
    EXPECT_EQ(runs_of(rule, {Span{100, 200}, kLater}, {}, day), all);
}

TEST(Slots, APlanThatGoesOnCountsUpToTheSlotThatWasMeasuredLast) {
    const Span day{0, 86'400};
    for (const UtcSecond to : {UtcSecond{100'000}, Span().to}) {
        const ScheduleRule rule{{1000, to}, 100, "s"};
        EXPECT_EQ(runs_of(rule, {Span{1250, 1500}, 50'000}, {}, day), (Runs{{1000, 5}}));
        EXPECT_EQ(runs_of(rule, {Span{1250, 1501}, 50'000}, {}, day), (Runs{{1000, 6}}));
        // That slot is not over yet.
        EXPECT_EQ(runs_of(rule, {Span{1250, 1501}, 1599}, {}, day), (Runs{{1000, 5}}));
        EXPECT_EQ(runs_of(rule, {Span{1250, 1501}, 1600}, {}, day), (Runs{{1000, 6}}));
        EXPECT_EQ(runs_of(rule, {std::nullopt, 50'000}, {}, day), Runs());
        // A clock that runs ahead measured in the future; the schedule begins there.
        EXPECT_EQ(runs_of(rule, {Span{1250, 90'000}, 1300}, {}, day), (Runs{{1000, 3}}));
        EXPECT_EQ(runs_of(rule, {Span{1250, 90'000}, 900}, {}, day), Runs());
        EXPECT_EQ(runs_of(rule, {Span{100, 1000}, 50'000}, {}, day), Runs());
    }
}

TEST(Slots, AYearBesideWhatWasMeasuredIsTheMost) {
    const UtcSecond year = kBesideMeasured_s;
    const auto expected = [](const ScheduleRule& rule, const Known& known) {
        return expected_span(plans_of({rule}).at(0), known);
    };
    const UtcSecond at = 10 * year;
    const Span one{at + 50, at + 51};
    EXPECT_EQ(expected({{at - year + 100, Span().to}, 100, "s"}, {one, kLater}),
              (Span{at - year + 100, at + 100}));
    // One that began before counts from the slot that was measured first.
    EXPECT_EQ(expected({{at - 2 * year, Span().to}, 100, "s"}, {one, kLater}), (Span{at, at + 100}));
    EXPECT_EQ(expected({{at, at + 5 * year}, 100, "s"}, {one, kLater}).to, at + year + 100);
    EXPECT_EQ(expected({{0, at}, 100, "s"}, {std::nullopt, kLater}), (Span{at - year, at}));
}

TEST(Slots, ARunDoesNotCrossTheDay) {
    const ScheduleRule rule{{0, 400'000}, 300, "s"};
    const Known known{Span{0, 400'000}, kLater};
    EXPECT_EQ(runs_of(rule, known, {}, {86'400, 172'800}), (Runs{{86'400, 288}}));
    // A slot belongs to the day on which it begins; a measurement of the next day still fills it.
    EXPECT_EQ(runs_of(rule, known, {86'390}, {100, 86'390}), (Runs{{300, 286}}));
    EXPECT_EQ(runs_of(rule, known, {172'810}, {172'600, 172'800}), Runs());
}

TEST(Slots, AnEveningOfTwentyFiveHoursHasMoreOfThem) {
    const Day autumn = day_of({2013, 10, 27});
    const Day spring = day_of({2013, 3, 31});
    for (const auto& [day, slots] : {std::pair{autumn, 300}, std::pair{spring, 276}}) {
        const Span of_day{day_start(day), day_end(day)};
        const ScheduleRule rule{{of_day.from - 86'400, of_day.to + 86'400}, 300, "s"};
        const Runs runs = runs_of(rule, {Span{0, of_day.to + 86'400}, kLater}, {}, of_day);
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
