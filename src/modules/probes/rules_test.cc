#include "modules/probes/rules.h"

#include <gtest/gtest.h>

namespace klarsyn::probes {
namespace {

constexpr UtcSecond kStart = 1'364'767'200;  // 2013-04-01 in Copenhagen
enum Name : std::int64_t { kAll, kEpm3, kLabka, kLogin, kOther, kHer, kRh, kPlain, kHeavy };

Rules dated_rules() {
    Rules rules;
    rules.add_limit(kEpm3, kLogin, {{kStart + 1000, kStart + 2000}, kHeavy, 15'000, "a"});
    rules.add_limit(kEpm3, kLogin, {{Span().from, Span().to}, kPlain, 3'000, "a"});
    rules.add_window(kEpm3, kAll, {{kStart + 100, kStart + 200}, kStart});
    rules.add_window(kAll, kHer, {{kStart + 150, kStart + 300}, kStart + 149});
    rules.add_window(kEpm3, kRh, {{kStart + 500, kStart + 600}, kStart + 500});
    rules.add_window(kEpm3, kRh, {{kStart + 700, kStart + 800}, std::nullopt});
    rules.seal();
    return rules;
}

TEST(Rules, TheLimitThatBeganLastHolds) {
    const Rules rules = dated_rules();
    const SeriesRules login = rules.of(kEpm3, kLogin, kRh);
    EXPECT_EQ(login.limit_at(kStart)->limit_ms, 3'000);
    EXPECT_EQ(login.limit_at(kStart + 999)->limit_ms, 3'000);
    EXPECT_EQ(login.limit_at(kStart + 1000)->limit_ms, 15'000);
    EXPECT_EQ(login.limit_at(kStart + 1999)->limit_ms, 15'000);
    EXPECT_EQ(login.limit_at(kStart + 2000)->limit_ms, 3'000);
    EXPECT_EQ(rules.of(kEpm3, kOther, kRh).limit_at(kStart), nullptr);
}

TEST(Rules, WindowsHoldFromTheirBeginningWhereTheyWereAnnouncedBefore) {
    const Rules rules = dated_rules();
    const SeriesRules herlev = rules.of(kEpm3, kLogin, kHer);
    EXPECT_FALSE(herlev.omitted_at(kStart + 99));
    EXPECT_TRUE(herlev.omitted_at(kStart + 100));
    EXPECT_TRUE(herlev.omitted_at(kStart + 250));  // of the site, all systems
    EXPECT_FALSE(herlev.omitted_at(kStart + 300));
    const SeriesRules other = rules.of(kEpm3, kLogin, kRh);
    EXPECT_TRUE(other.omitted_at(kStart + 199));
    EXPECT_FALSE(other.omitted_at(kStart + 200));
    EXPECT_FALSE(other.omitted_at(kStart + 550));  // announced when it began
    EXPECT_FALSE(other.omitted_at(kStart + 750));  // never announced
    EXPECT_FALSE(rules.of(kLabka, kLogin, kRh).omitted_at(kStart + 150));
}

TEST(Rules, StretchesSayTheSameAsMoments) {
    const Rules rules = dated_rules();
    for (const Name site : {kHer, kRh}) {
        const SeriesRules login = rules.of(kEpm3, kLogin, site);
        UtcSecond at = kStart + 50;
        const auto stretches = login.stretches(at, kStart + 2100);
        EXPECT_EQ(stretches.back().to, kStart + 2100);
        EXPECT_GT(stretches.size(), 3U);
        for (const RuleStretch& stretch : stretches) {
            for (; at < stretch.to; ++at) {
                ASSERT_EQ(stretch.limit, login.limit_at(at)) << at - kStart;
                ASSERT_EQ(stretch.omitted, login.omitted_at(at)) << at - kStart;
            }
        }
    }
    const auto none = rules.of(kLabka, kLogin, kRh).stretches(kStart, kStart + 1);
    ASSERT_EQ(none.size(), 1U);
    EXPECT_EQ(none[0].limit, nullptr);
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
