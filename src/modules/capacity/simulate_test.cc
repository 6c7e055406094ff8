// The demo region's readings: what the sources say of it, and a hindcast on them.
#include "modules/capacity/simulate.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <set>

#include "ingest/derive_for_test.h"
#include "modules/capacity/capacity.h"
#include "modules/capacity/forecast.h"

namespace klarsyn::capacity {
namespace {

struct Day_ {
    std::int64_t used = 0, total = 0;
    std::set<std::string> units;
};
// By kind, place and day, from the text alone.
using Days = std::map<std::pair<std::string, std::string>, std::map<std::string, Day_>>;

Days read(const std::string& text) {
    Days days;
    std::size_t at = text.find('\n') + 1;
    while (at < text.size()) {
        std::vector<std::string> fields;
        const std::size_t end = text.find('\n', at);
        for (std::size_t begin = at; begin <= end;) {
            const std::size_t comma = std::min(text.find(',', begin), end);
            fields.push_back(text.substr(begin, comma - begin));
            begin = comma + 1;
        }
        Day_& day = days[{fields[1], fields[2]}][fields[0].substr(0, 10)];
        const std::int64_t factor = find_unit(fields[6])->factor;
        day.used += base_units(*parse_decimal(fields[4], '.'), factor).value();
        day.total += base_units(*parse_decimal(fields[5], '.'), factor).value();
        day.units.insert(fields[3]);
        at = end + 1;
    }
    return days;
}

const Period kDemo{day_of({2012, 9, 1}), day_of({2013, 4, 30})};

TEST(SimulatedReadings, AreReadWithoutRejects) {
    const TestFacts facts =
        derive_files(reading_format(), {{simulate_readings(1, {kDemo.to, kDemo.to})}});
    EXPECT_TRUE(facts.rejects.empty());
    EXPECT_EQ(facts.rows.size(), 10U + kSimulatedStores);
}

TEST(SimulatedReadings, SayWhatTheSourcesSay) {
    for (const std::uint64_t seed : {1, 2}) {
        const Days days = read(simulate_readings(seed, kDemo));
        std::int64_t total = 0;
        std::size_t stores = 0, centres = 0;
        for (const auto& [key, series] : days) {
            const Day_& last = series.at("2013-04-30");
            if (key.first == "power") {
                ++centres;
                EXPECT_LE(last.used * 100, last.total * 90) << key.second;
            } else {
                total += last.total;
                stores += last.units.size();
            }
            EXPECT_EQ(series.size(), 242U) << key.second;
        }
        EXPECT_EQ(centres, 5U);
        EXPECT_EQ(stores, 44U);
        EXPECT_EQ(total, 4'400'000'000'000'000);
        const auto& hvh = days.at({"power", "HVH"});
        EXPECT_GT(hvh.at("2012-09-01").used * 100, hvh.at("2012-09-01").total * 90);
    }
}

TEST(SimulatedReadings, AreTheSameForTheSameSeedMonthByMonth) {
    const Period april{day_of({2013, 4, 1}), day_of({2013, 4, 30})};
    EXPECT_EQ(simulate_readings(1, april), simulate_readings(1, april));
    EXPECT_NE(simulate_readings(1, april), simulate_readings(2, april));
    const std::string whole = simulate_readings(1, kDemo);
    const std::string tail = simulate_readings(1, april);
    EXPECT_TRUE(whole.ends_with(tail.substr(tail.find('\n') + 1)));
}

// What the readings up to the end of 2012 said of the day on which RH would use 81 %, held against
// the first day on which it then did in the mean of a week: single days stray.
TEST(SimulatedReadings, AreForetoldByHindcast) {
    int inside = 0;
    constexpr int kSeeds = 20;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        std::vector<DayValue> known;
        std::vector<double> later;
        std::optional<Day> crossed;
        double limit = 0;
        const Days days = read(simulate_readings(seed, kDemo));
        for (const auto& [date, sum] : days.at({"power", "RH"})) {
            const Day day = parse_iso_date(date).value();
            limit = 0.81 * static_cast<double>(sum.total);
            if (day <= day_of({2012, 12, 31})) {
                known.push_back({day, static_cast<double>(sum.used)});
                continue;
            }
            later.push_back(static_cast<double>(sum.used));
            if (later.size() < 7 || crossed) continue;
            if (std::accumulate(later.end() - 7, later.end(), 0.0) / 7 >= limit) crossed = day - 3;
        }
        ASSERT_TRUE(crossed) << seed;
        const Crossing crossing = find_crossing(*fit_trend(known), limit);
        ASSERT_TRUE(crossing.earliest && crossing.latest) << seed;
        inside += *crossing.earliest <= *crossed && *crossed <= *crossing.latest ? 1 : 0;
    }
    EXPECT_GE(inside, kSeeds * 9 / 10);
}

}  // namespace
}  // namespace klarsyn::capacity
