#include "modules/alerts/judge.h"

#include <gtest/gtest.h>

namespace klarsyn::alerts {
namespace {

constexpr UtcSecond kNow = 1'700'000'000;

AlertRules rules_of(const std::string& text) {
    auto rules = parse_alert_rules(text, "test");
    EXPECT_TRUE(rules.ok()) << describe(rules.error(), Language::en);
    return rules.take();
}

// `good` measurements that met the limit and `bad` that did not, one a minute, the last one now.
MeasuredSeries series(const std::string& system, const std::string& site, int good, int bad) {
    MeasuredSeries one{system, "login", site, "pc1", 0, 0, {}};
    for (int i = good + bad - 1; i >= 0; --i) {
        Measured measured;
        measured.at = kNow - i * 60;
        measured.ms = i < bad ? 9'000 : 1'000;
        measured.met = i < bad ? Measured::Met::no : Measured::Met::yes;
        one.measured.push_back(measured);
    }
    return one;
}

std::vector<Judged> ask(const AlertRules& rules, const MeasuredNow& measured, UtcSecond fresh = 0) {
    static const std::vector<CapacityOutlook> kNoOutlook;
    static const std::vector<StoredReading> kNoReadings;
    return judge(rules.rules.front(), {measured, kNoOutlook, kNoReadings, kNow},
                 [fresh](const AlertRule&, const Group&) { return fresh; });
}

const std::string kShare = R"(
[[rule]]
name = "r"
kind = "share"
over = "10m"
at_least = 4
below = 50
clear = 75
)";

TEST(Judge, SharesAreComparedExactly) {
    const AlertRules rules = rules_of(kShare);
    for (const auto& [good, bad, level] : {std::tuple{4, 4, Level::between},
                                           {3, 4, Level::bad},
                                           {6, 2, Level::well},
                                           {5, 2, Level::between},
                                           {2, 1, Level::unknown}}) {
        const auto judged = ask(rules, {{series("EPM3", "HER", good, bad)}, {}, false});
        ASSERT_EQ(judged.size(), 1U);
        EXPECT_EQ(judged[0].level, level) << good << " " << bad;
        EXPECT_EQ(judged[0].num, good);
        EXPECT_EQ(judged[0].den, good + bad);
        EXPECT_EQ(judged[0].group.system, "EPM3");
        EXPECT_TRUE(judged[0].group.action.empty());
    }
}

TEST(Judge, WhatNobodyLimitsIsNotJudged) {
    MeasuredSeries one = series("EPM3", "HER", 8, 0);
    for (Measured& measured : one.measured) measured.met = Measured::Met::unknown;
    const auto judged = ask(rules_of(kShare), {{one}, {}, false});
    ASSERT_EQ(judged.size(), 1U);
    EXPECT_EQ(judged[0].level, Level::unknown);
}

TEST(Judge, TooManyIsUnknownAndNeverAGuess) {
    const auto judged = ask(rules_of(kShare), {{series("EPM3", "HER", 0, 8)}, {}, true});
    ASSERT_EQ(judged.size(), 1U);
    EXPECT_EQ(judged[0].level, Level::unknown);
}

TEST(Judge, OnlyTheTimeAndWhatIsFreshCounts) {
    const AlertRules rules = rules_of(kShare);
    const MeasuredNow measured{{series("EPM3", "HER", 10, 5)}, {}, false};
    EXPECT_EQ(ask(rules, measured)[0].den, 10);
    EXPECT_EQ(ask(rules, measured, kNow - 300)[0].den, 5);
    EXPECT_EQ(ask(rules, measured, kNow - 60)[0].level, Level::unknown);
}

TEST(Judge, WindowsLeaveOutWhatIsNotTheirs) {
    const AlertRules rules = rules_of(kShare);
    MeasuredNow measured{{series("EPM3", "HER", 0, 8)}, {}, false};
    measured.windows = {{"EPM3", "", kNow - 240, kNow + 60}};  // goes on: it counts, and is held
    EXPECT_EQ(ask(rules, measured)[0].den, 8);
    measured.windows = {{"EPM3", "", kNow - 240, kNow - 60}};  // is over: it tells nothing
    EXPECT_EQ(ask(rules, measured)[0].den, 8 - 3);
    measured.windows = {{"FMK", "", kNow - 240, kNow + 60}};
    EXPECT_EQ(ask(rules, measured)[0].den, 8);
    // A window of one site leaves that site out of a group of all sites.
    const AlertRules whole = rules_of(kShare + "by = [\"system\"]\n");
    measured.series.push_back(series("EPM3", "RH", 8, 0));
    measured.windows = {{"", "HER", kNow - 3600, kNow + 60}};
    const auto judged = ask(whole, measured);
    EXPECT_EQ(judged[0].den, 8);
    EXPECT_EQ(judged[0].level, Level::well);
}

TEST(Judge, LatencyIsTheNearestRankOfWhatSucceeded) {
    const AlertRules rules = rules_of(R"(
[[rule]]
name = "r"
kind = "latency"
percentile = 95
above_ms = 8000
clear_ms = 2000
)");
    MeasuredNow measured{{series("EPM3", "HER", 5, 5)}, {}, false};
    for (int i = 0; i < 9; ++i) measured.series[0].measured[static_cast<std::size_t>(i)].ms = -1;
    EXPECT_EQ(ask(rules, measured)[0].level, Level::unknown);  // one of ten: too few
    measured.series = {series("EPM3", "HER", 9, 1)};
    EXPECT_EQ(ask(rules, measured)[0].num, 9'000);
    EXPECT_EQ(ask(rules, measured)[0].level, Level::bad);
    measured.series = {series("EPM3", "HER", 10, 0)};
    EXPECT_EQ(ask(rules, measured)[0].level, Level::well);
}

TEST(Judge, ADeadProbeIsSilentNotWell) {
    const AlertRules rules = rules_of(R"(
[[rule]]
name = "r"
kind = "gap"
by = ["seat"]
for = "5m"
)");
    MeasuredNow measured{{series("EPM3", "HER", 3, 0), series("FMK", "HER", 3, 0)}, {}, false};
    EXPECT_EQ(ask(rules, measured)[0].level, Level::well);
    for (MeasuredSeries& one : measured.series)
        for (Measured& at : one.measured) at.at -= 600;
    EXPECT_EQ(ask(rules, measured)[0].level, Level::bad);
    measured.windows = {{"", "HER", kNow - 700, kNow - 60}};  // silent since the window, not longer
    EXPECT_EQ(ask(rules, measured)[0].level, Level::between);
    measured.windows.clear();
    measured.series[0].measured.back().at = kNow - 10;  // one of its series speaks
    EXPECT_EQ(ask(rules, measured)[0].level, Level::well);
    measured.series = {
        {"EPM3", "login", "HER", "pc9", 60, kNow - 301, {}}};  // scheduled, never came
    EXPECT_EQ(ask(rules, measured)[0].level, Level::bad);
}

TEST(Judge, ForecastsAndReadingsAreComparedWithTheirLimits) {
    const Day today = Zone::copenhagen().to_local(kNow).day;
    const MeasuredNow nothing;
    const std::vector<StoredReading> readings = {{"certificate_days", "EPM3", "HER", "", 12, kNow},
                                                 {"certificate_days", "EPM3", "HER", "", 90, kNow},
                                                 {"certificate_days", "FMK", "RH", "", 25, kNow},
                                                 {"other", "SP", "RH", "", 1, kNow}};
    const std::vector<CapacityOutlook> outlook = {
        {"power", "DC1", 80, 100, today, false, today + 10, today + 5},
        {"power", "DC2", 80, 100, today, false, std::nullopt, std::nullopt},
        {"power", "DC3", 95, 100, today, true, std::nullopt, std::nullopt},
        {"power", "DC4", 80, 100, today - 30, false, today + 1, today + 1},
        {"power", "DC5", 89, 100, today - 5, false, today - 2, today - 4}};
    const auto of = [&](const std::string& text) {
        const AlertRules rules = rules_of(text);
        std::string all;
        for (const Judged& one : judge(rules.rules.front(), {nothing, outlook, readings, kNow},
                                       [](const AlertRule&, const Group&) { return 0; }))
            all +=
                one.group.system + one.group.place + "=" + std::string(level_name(one.level)) + " ";
        return all;
    };
    EXPECT_EQ(of("[[rule]]\nname=\"r\"\nkind=\"expiry\"\nreading=\"certificate_days\"\nbelow=14\n"
                 "clear=30\n"),
              "EPM3=bad FMK=between ");
    EXPECT_EQ(of("[[rule]]\nname=\"r\"\nkind=\"forecast\"\nwithin_days=30\n"),
              "DC1=bad DC2=well DC3=bad DC4=unknown DC5=bad ");
}

}  // namespace
}  // namespace klarsyn::alerts
