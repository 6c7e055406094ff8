#include "modules/probes/simulate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace klarsyn::probes {
namespace {

const Day kDay = day_of({2013, 4, 2});

ProbeSimulator simulator(std::uint64_t seed, std::int64_t every_s = 300,
                         int actions = kActionsPerSystem) {
    return {seed, world_2013(), {{kDay, kDay + 2}, every_s, actions}};
}

TEST(ProbeSimulation, HasTheStatedSeriesAtRegularTimes) {
    std::map<UtcSecond, int> tries;
    int heavy = 0;
    const ProbeSimulator of = simulator(1);
    for (const auto& action : of.world().actions) heavy += action.data_heavy ? 1 : 0;
    EXPECT_EQ(heavy, 3);
    of.day(kDay, [&](const ProbeSample& sample) { ++tries[sample.at]; });
    EXPECT_EQ(tries.size(), 288U);
    EXPECT_EQ(tries.begin()->first, day_start(kDay));
    for (const auto& [at, count] : tries) EXPECT_EQ(count, 11 * 10 * 8) << iso_utc(at);
}

TEST(ProbeSimulation, IsAsFastSlowAndFaultyAsItSays) {
    std::int64_t tries = 0, failed = 0, standard = 0, in_time = 0;
    const ProbeSimulator of = simulator(1, 60);
    of.day(kDay, [&](const ProbeSample& sample) {
        ++tries;
        failed += sample.outcome == Outcome::ok ? 0 : 1;
        if (of.world().actions[static_cast<std::size_t>(sample.action)].data_heavy) return;
        ++standard;
        in_time += sample.outcome == Outcome::ok && sample.ms <= kStandardLimitMs ? 1 : 0;
        EXPECT_TRUE(sample.outcome != Outcome::ok || sample.ms >= 0);
    });
    EXPECT_EQ(tries, 11 * 10 * 8 * 1440);
    EXPECT_GT(failed, tries / 2000);
    EXPECT_LT(failed, tries / 200);
    EXPECT_GT(in_time * 100, standard * 93);
    EXPECT_LT(in_time * 1000, standard * 999);
}

TEST(ProbeSimulation, TheSameSeedWritesTheSameBytes) {
    const std::string once = simulator(7, 3600, 2).day_csv(kDay);
    EXPECT_EQ(once, simulator(7, 3600, 2).day_csv(kDay));
    EXPECT_NE(once, simulator(8, 3600, 2).day_csv(kDay));
    EXPECT_EQ(std::count(once.begin(), once.end(), '\n'), 24 * 11 * 2 * 8);
}

TEST(ProbeSimulation, IsReadByItsFormatsWithoutRejects) {
    const ProbeSimulator of = simulator(1, 3600, 2);
    ImportOptions options;
    options.source = "s";
    const std::string measurements = std::string(ProbeSimulator::header()) + of.day_csv(kDay);
    for (const auto& [format, text] : {std::pair{probe_csv_format(), measurements},
                                       std::pair{probe_actions_format(), of.actions_csv()},
                                       std::pair{probe_schedule_format(), of.schedule_csv()},
                                       std::pair{window_format(), of.windows_csv()}}) {
        const auto scanned = format.scan(text, options, nullptr);
        ASSERT_TRUE(scanned.ok()) << format.name;
        EXPECT_TRUE(scanned->rejects.empty()) << format.name;
        EXPECT_GT(scanned->rows.size() + scanned->readings.rows.size(), 2U) << format.name;
    }
}

TEST(ProbeSimulation, AProbeHostIsOffForSixHours) {
    std::map<int, int> by_site;
    simulator(1, 3600, 1).day(kDay + 1, [&](const ProbeSample& s) { ++by_site[s.site]; });
    EXPECT_EQ(by_site[0], 24 * 11);
    EXPECT_EQ(by_site[2], 18 * 11);
}

}  // namespace
}  // namespace klarsyn::probes
