#include "modules/alerts/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "core/random.h"

namespace klarsyn::alerts {
namespace {

using Kind = Act::Kind;
constexpr UtcSecond kNow = 1'700'000'000;

constexpr const char* kRules = R"(
storm = 3
storm_all = 6
wait = "10s"
[[rule]]
name = "net"
kind = "gap"
for = "5m"
by = ["site"]
fire_after = 2
clear_after = 2
[[rule]]
name = "svar"
kind = "share"
below = 90
clear = 95
fire_after = 2
clear_after = 3
depends = ["net"]
[[rule]]
name = "ude"
kind = "external"
)";

// The engine with a clock that goes a minute a step.
class Bench {
public:
    explicit Bench(const char* text = kRules) {
        auto read = parse_alert_rules(text, "test");
        EXPECT_TRUE(read.ok()) << describe(read.error(), Language::en);
        rules = read.take();
    }

    void say(const std::string& rule, const std::string& system, const std::string& site,
             Level level) {
        Judged judged;
        judged.rule = rules.find(rule);
        judged.group.system = system;
        judged.group.site = site;
        judged.level = level;
        next.push_back(judged);
    }

    std::vector<Act> go(bool all = true) {
        now += 60;
        const std::vector<Judged> judged = std::move(next);
        next.clear();
        std::vector<Act> acts = step(state, {rules, judged, windows, now, all});
        for (Act& act : acts) act.judged = nullptr;
        for (const Act& act : acts) {
            Episode& episode = state.episodes.at(act.episode);
            if (act.kind == Kind::tell || act.kind == Kind::storm)
                episode.case_number = "K" + std::to_string(act.episode);
        }
        return acts;
    }

    std::vector<Act> go(const std::string& rule, const std::string& system, const std::string& site,
                        Level level) {
        say(rule, system, site, level);
        return go();
    }

    AlertRules rules;
    EngineState state;
    std::vector<PlannedWindow> windows;
    std::vector<Judged> next;
    UtcSecond now = kNow;
};

std::string kinds(const std::vector<Act>& acts) {
    constexpr const char* kWords[] = {"fire", "hold", "tell", "storm", "join",
                                      "grow", "note", "flap", "clear"};
    std::string all;
    for (const Act& act : acts)
        all += (all.empty() ? "" : " ") + std::string(kWords[static_cast<int>(act.kind)]);
    return all;
}

TEST(Engine, FiresAndClearsAfterSoManyInARow) {
    Bench bench;
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::bad)), "");
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::well)), "");
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::bad)), "");
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::bad)), "fire tell");
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::well)), "");
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::well)), "");
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::between)), "");  // begins anew
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::well)), "");
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::well)), "");
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::well)), "clear");
}

TEST(Engine, GreyNeitherFiresNorClears) {
    Bench bench;
    bench.go("svar", "EPM3", "HER", Level::bad);
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::unknown)), "");
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::bad)), "fire tell");
    for (int i = 0; i < 30; ++i) EXPECT_EQ(kinds(bench.go()), "");  // judged no more: grey
    EXPECT_EQ(bench.state.watches.begin()->second.level, Level::unknown);
    EXPECT_TRUE(bench.state.episodes.at(1).burning());
}

TEST(Engine, ADeadSwitchIsOneAlertAndNotForty) {
    Bench bench;
    const auto all = [&](Level net, Level systems) {
        bench.say("net", "", "HER", net);
        for (int i = 0; i < 40; ++i) bench.say("svar", "S" + std::to_string(i), "HER", systems);
        return bench.go();
    };
    all(Level::bad, Level::bad);
    std::vector<Act> acts = all(Level::bad, Level::bad);
    EXPECT_EQ(std::count_if(acts.begin(), acts.end(),
                            [](const Act& act) { return act.kind == Kind::tell; }),
              1);
    EXPECT_EQ(std::count_if(acts.begin(), acts.end(),
                            [](const Act& act) { return act.kind == Kind::storm; }),
              0);
    // The switch is back; what was measured meanwhile says nothing, and then all is well.
    all(Level::well, Level::bad);
    acts = all(Level::well, Level::bad);
    EXPECT_EQ(kinds(acts), "clear");
    acts = all(Level::well, Level::unknown);
    EXPECT_EQ(kinds(acts), "");
    all(Level::well, Level::well);
    all(Level::well, Level::well);
    acts = all(Level::well, Level::well);
    EXPECT_EQ(acts.size(), 40U);
    for (const Act& act : acts) EXPECT_EQ(act.kind, Kind::clear);
}

TEST(Engine, WhatStillBurnsWhenItsCauseIsGoneIsTold) {
    Bench bench;
    for (int i = 0; i < 2; ++i) {
        bench.say("net", "", "HER", Level::bad);
        bench.say("svar", "EPM3", "HER", Level::bad);
        bench.go();
    }
    for (int i = 0; i < 2; ++i) {
        bench.say("net", "", "HER", Level::well);
        bench.say("svar", "EPM3", "HER", Level::bad);
        bench.go();
    }
    bench.say("net", "", "HER", Level::well);
    bench.say("svar", "EPM3", "HER", Level::unknown);
    EXPECT_EQ(kinds(bench.go()), "");  // nothing fresh yet
    bench.say("net", "", "HER", Level::well);
    bench.say("svar", "EPM3", "HER", Level::bad);
    EXPECT_EQ(kinds(bench.go()), "tell");
}

TEST(Engine, TheFirstSignOfACauseHoldsBackWhatItWouldExplain) {
    Bench bench;
    bench.say("svar", "EPM3", "HER", Level::bad);
    bench.go();
    bench.say("net", "", "HER", Level::bad);
    bench.say("svar", "EPM3", "HER", Level::bad);
    EXPECT_EQ(kinds(bench.go()), "fire hold");
    bench.say("net", "", "HER", Level::bad);
    bench.say("svar", "EPM3", "HER", Level::bad);
    EXPECT_EQ(kinds(bench.go()), "fire tell");  // the cause
    EXPECT_EQ(bench.state.episodes.at(1).held, Held::dependency);
}

TEST(Engine, NothingIsToldInAWindowAndWhatBurnsAfterItIs) {
    Bench bench;
    bench.windows = {{"EPM3", "", kNow, kNow + 240}};
    bench.go("svar", "EPM3", "HER", Level::bad);
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::bad)), "fire hold");
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::bad)), "");
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::unknown)), "");  // over, nothing known
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::bad)), "tell");
}

TEST(Engine, WhatWasToldBeforeAWindowIsToldAgainAfterIt) {
    Bench bench;
    bench.go("svar", "EPM3", "HER", Level::bad);
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::bad)), "fire tell");
    bench.windows = {{"", "HER", bench.now, bench.now + 100}};
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::bad)), "note");
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::unknown)), "");
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::bad)), "note");
    EXPECT_EQ(kinds(bench.go("svar", "EPM3", "HER", Level::bad)), "");
}

TEST(Engine, WhatFiresOftenClearsLate) {
    Bench bench;
    const auto burn = [&] {
        bench.go("svar", "EPM3", "HER", Level::bad);
        return kinds(bench.go("svar", "EPM3", "HER", Level::bad));
    };
    const auto calm = [&](int times) {
        std::string last;
        for (int i = 0; i < times; ++i) last = kinds(bench.go("svar", "EPM3", "HER", Level::well));
        return last;
    };
    EXPECT_EQ(burn(), "fire tell");
    EXPECT_EQ(calm(3), "clear");
    EXPECT_EQ(burn(), "fire tell");
    EXPECT_EQ(calm(3), "clear");
    EXPECT_EQ(burn(), "fire flap tell");
    EXPECT_EQ(calm(11), "");
    EXPECT_EQ(calm(1), "clear");
}

TEST(Engine, ManyOfOneRuleAreOneStorm) {
    Bench bench;
    std::vector<Act> acts;
    for (int i = 0; i < 2; ++i) {
        for (int s = 0; s < 5; ++s) bench.say("svar", "S" + std::to_string(s), "HER", Level::bad);
        acts = bench.go();
    }
    EXPECT_EQ(kinds(acts), "fire fire fire fire fire storm join join join join join");
    const Episode& storm = bench.state.episodes.at(6);
    EXPECT_EQ(storm.storm_of, "rule=svar");
    EXPECT_EQ(storm.members, 5);
    EXPECT_EQ(storm.group.site, "HER");
    EXPECT_EQ(storm.group.system, "");
    // It clears when the last one does.
    for (int i = 0; i < 3; ++i) {
        for (int s = 0; s < 5; ++s)
            bench.say("svar", "S" + std::to_string(s), "HER", s == 0 ? Level::bad : Level::well);
        acts = bench.go();
    }
    EXPECT_EQ(kinds(acts), "clear clear clear clear");
    for (int i = 0; i < 3; ++i) acts = bench.go("svar", "S0", "HER", Level::well);
    EXPECT_EQ(kinds(acts), "clear clear");
    EXPECT_FALSE(bench.state.episodes.at(6).burning());
}

TEST(Engine, AStormTakesOverWhatWasToldJustBefore) {
    Bench bench;
    const auto external = [&](int from, int to) {
        for (int i = from; i < to; ++i) bench.say("ude", "S" + std::to_string(i), "", Level::bad);
        bench.now -= 45;  // a beat of 15 seconds
        return bench.go(false);
    };
    external(0, 2);
    std::vector<Act> acts = external(0, 2);
    EXPECT_EQ(kinds(acts), "tell tell");
    external(0, 9);
    acts = external(0, 9);
    ASSERT_FALSE(acts.empty());
    EXPECT_EQ(acts.front().kind, Kind::storm);
    EXPECT_EQ(acts.front().takes_case, "K1");
    EXPECT_EQ(acts.front().merges, std::vector<std::string>{"K2"});
    EXPECT_EQ(acts.size(), 10U);
}

TEST(Engine, TenThousandAreOne) {
    Bench bench;
    std::size_t told = 0, storms = 0;
    for (int beat = 0; beat < 5; ++beat) {
        for (int i = 0; i < std::min(10'000, (beat + 1) * 2500); ++i)
            bench.say("ude", "S" + std::to_string(i), "X" + std::to_string(i % 7), Level::bad);
        bench.now -= 57;
        for (const Act& act : bench.go(false)) {
            told += act.kind == Kind::tell ? 1 : 0;
            storms += act.kind == Kind::storm ? 1 : 0;
        }
    }
    EXPECT_EQ(told, 0U);
    EXPECT_EQ(storms, 1U);
    EXPECT_EQ(bench.state.episodes.size(), 10'001U);
    // Not for each member a word.
    std::size_t words = 0;
    for (int i = 0; i < 5; ++i)
        for (const Act& act : bench.go(false)) words += act.kind == Kind::grow ? 1 : 0;
    EXPECT_LE(words, 1U);
}

TEST(Engine, WhatARuleThatIsGoneLitIsCleared) {
    Bench bench;
    bench.go("svar", "EPM3", "HER", Level::bad);
    bench.go("svar", "EPM3", "HER", Level::bad);
    auto other = parse_alert_rules("[[rule]]\nname=\"x\"\nkind=\"gap\"\nfor=\"1m\"\n", "t");
    ASSERT_TRUE(other.ok());
    bench.rules = other.take();
    EXPECT_EQ(kinds(bench.go()), "clear");
}

// Whatever is said: at most one episode burns for a (rule, group), each is told at most once,
// clears once, is told of inside no window and under no burning cause, and the same input gives the
// same acts.
TEST(Engine, HoldsItsPromisesWhateverHappens) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        Random random(seed);
        Bench bench, twin;
        std::set<std::int64_t> told, cleared, joined;
        for (int beat = 0; beat < 60; ++beat) {
            bench.windows.clear();
            if (random.below(4) == 0)
                bench.windows.push_back(
                    {random.below(2) == 0 ? "S1" : "", "", bench.now, bench.now + 120});
            twin.windows = bench.windows;
            for (const char* site : {"A", "B"}) {
                const auto level = [&] { return static_cast<Level>(random.below(4)); };
                const Level net = level();
                bench.say("net", "", site, net);
                twin.say("net", "", site, net);
                for (int s = 0; s < 4; ++s) {
                    const Level one = level();
                    bench.say("svar", "S" + std::to_string(s), site, one);
                    twin.say("svar", "S" + std::to_string(s), site, one);
                }
            }
            const auto acts = bench.go();
            EXPECT_EQ(kinds(acts), kinds(twin.go()));
            std::set<Watched> burning, causes;
            for (const auto& [number, episode] : bench.state.episodes) {
                if (!episode.burning() || episode.is_storm()) continue;
                EXPECT_TRUE(burning.insert({episode.rule, episode.group}).second);
                if (episode.rule == "net") causes.insert({episode.rule, episode.group});
            }
            for (const Act& act : acts) {
                const Episode& episode = bench.state.episodes.at(act.episode);
                if (act.kind == Kind::clear) {
                    EXPECT_TRUE(cleared.insert(act.episode).second);
                }
                if (act.kind == Kind::join) {
                    EXPECT_TRUE(joined.insert(act.episode).second);
                }
                if (act.kind != Kind::tell && act.kind != Kind::join) continue;
                if (act.kind == Kind::tell) {
                    EXPECT_TRUE(told.insert(act.episode).second);
                    for (const PlannedWindow& window : bench.windows)
                        EXPECT_FALSE(covers(window, episode.group) && bench.now < window.to);
                    for (const Watched& cause : causes)
                        EXPECT_FALSE(episode.rule == "svar" &&
                                     explains(cause.second, episode.group));
                }
            }
        }
    }
}

}  // namespace
}  // namespace klarsyn::alerts
