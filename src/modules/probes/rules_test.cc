#include "modules/probes/rules.h"

#include <gtest/gtest.h>

namespace klarsyn::probes {
namespace {

constexpr UtcSecond kStart = 1'364'767'200;  // 2013-04-01 in Copenhagen

Rules dated_rules() {
    Rules rules;
    rules.add_limit("EPM3", "login", {{kStart + 1000, kStart + 2000}, "data_heavy", 15'000, "a"});
    rules.add_limit("EPM3", "login", {{Span().from, Span().to}, "standard", 3'000, "a"});
    rules.add_window("EPM3", "", {{kStart + 100, kStart + 200}, kStart});
    rules.add_window("", "HER", {{kStart + 150, kStart + 300}, kStart + 149});
    rules.add_window("EPM3", "RH", {{kStart + 500, kStart + 600}, kStart + 500});
    rules.add_window("EPM3", "RH", {{kStart + 700, kStart + 800}, std::nullopt});
    rules.seal();
    return rules;
}

TEST(Rules, TheLimitThatBeganLastHolds) {
    const Rules rules = dated_rules();
    const SeriesRules login = rules.of("EPM3", "login", "RH");
    EXPECT_EQ(login.limit_at(kStart)->limit_ms, 3'000);
    EXPECT_EQ(login.limit_at(kStart + 999)->limit_ms, 3'000);
    EXPECT_EQ(login.limit_at(kStart + 1000)->limit_ms, 15'000);
    EXPECT_EQ(login.limit_at(kStart + 1999)->limit_ms, 15'000);
    EXPECT_EQ(login.limit_at(kStart + 2000)->limit_ms, 3'000);
    EXPECT_EQ(rules.of("EPM3", "other", "RH").limit_at(kStart), nullptr);
}

TEST(Rules, OnlyASuccessWithinTheLimitMeetsIt) {
    const Rules rules = dated_rules();
    const SeriesRules login = rules.of("EPM3", "login", "RH");
    EXPECT_EQ(login.judge(kStart, Outcome::ok, 3'000).met, true);
    EXPECT_EQ(login.judge(kStart, Outcome::ok, 3'001).met, false);
    EXPECT_EQ(login.judge(kStart, Outcome::failed, 10).met, false);
    EXPECT_EQ(login.judge(kStart, Outcome::timeout, std::nullopt).met, false);
    EXPECT_EQ(login.judge(kStart, Outcome::ok, 3'000).kind, "standard");
    const Judgement unknown = rules.of("Labka", "login", "RH").judge(kStart, Outcome::ok, 1);
    EXPECT_FALSE(unknown.met.has_value());
    EXPECT_FALSE(unknown.limit_ms.has_value());
    EXPECT_EQ(unknown.kind, "");
}

TEST(Rules, WindowsHoldFromTheirBeginningWhereTheyWereAnnouncedBefore) {
    const Rules rules = dated_rules();
    const SeriesRules herlev = rules.of("EPM3", "login", "HER");
    EXPECT_FALSE(herlev.omitted_at(kStart + 99));
    EXPECT_TRUE(herlev.omitted_at(kStart + 100));
    EXPECT_TRUE(herlev.omitted_at(kStart + 250));  // of the site, all systems
    EXPECT_FALSE(herlev.omitted_at(kStart + 300));
    const SeriesRules other = rules.of("EPM3", "login", "RH");
    EXPECT_TRUE(other.omitted_at(kStart + 199));
    EXPECT_FALSE(other.omitted_at(kStart + 200));
    EXPECT_FALSE(other.omitted_at(kStart + 550));  // announced when it began
    EXPECT_FALSE(other.omitted_at(kStart + 750));  // never announced
    EXPECT_FALSE(rules.of("Labka", "login", "RH").omitted_at(kStart + 150));
}

TEST(Spans, AreUnited) {
    EXPECT_EQ(united({{5, 9}, {1, 3}, {3, 4}, {8, 12}, {20, 20}}),
              (std::vector<Span>{{1, 4}, {5, 12}}));
}

TEST(Keys, ArePartsThatCannotRunTogether) {
    EXPECT_EQ(series_key("a/b", "c", "d%", ""), "a%2Fb/c/d%25/");
    EXPECT_NE(series_key("a/b", "c", "d", ""), series_key("a", "b/c", "d", ""));
}

}  // namespace
}  // namespace klarsyn::probes
