// The clock of targets: the rules, and by name the defects of other systems that must not come back
// (asks 14 to 18 of the survey of rival systems).
#include "modules/servicedesk/sla.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/text.h"
#include "modules/servicedesk/service_rules.h"

namespace klarsyn::servicedesk {
namespace {

using ::testing::ElementsAre;

const Day kMonday = day_of({2026, 11, 16});
constexpr std::int64_t kHour = 3600;

UtcSecond at(int day, int hour, int minute = 0) {
    return Zone::copenhagen().to_utc({kMonday + day, hour * 3600 + minute * 60}).utc;
}

// P1 round the clock 2 h, P2 workdays 6 h, P3 workdays 8 h, answers 1 h; of FMK P2 is 1 h.
constexpr const char* kRules = R"(
pauses = ["awaiting_user"]
[waits]
awaiting_user = ["Afventer bruger"]
[[rule]]
system = "fmk"
priority = 2
calendar = "always"
resolution = "1 h"
[[rule]]
priority = 1
calendar = "always"
first_response = "1 h"
resolution = "2 h"
[[rule]]
priority = 2
calendar = "work"
first_response = { limit = "30 min", pauses = [] }
resolution = "6 h"
[[rule]]
priority = 3
calendar = "work"
first_response = "1 h"
resolution = { limit = "8 h", pauses = [] }
)";
constexpr const char* kHours = R"(
[calendar.always]
hours = "always"
[calendar.work]
weekdays = "08:00-16:00"
)";

class Sla : public ::testing::Test {
protected:
    Sla() {
        auto hours = parse_business_hours(kHours, "h");
        auto file = parse_sla(kRules, "s");
        EXPECT_TRUE(hours.ok() && file.ok());
        rules_ = make_rules(0, std::make_shared<PriorityRules>(default_priority()),
                            std::make_shared<BusinessHours>(hours.take()), file.take(), "s")
                     .take();
    }

    void values(UtcSecond when, std::string_view priority, std::string_view system = "") {
        SlaMark& added = mark(when, MarkKind::values);
        added.priority = priority;
        added.system = system;
    }
    SlaMark& mark(UtcSecond when, MarkKind kind, std::string_view text = "") {
        SlaMark& added = marks_.emplace_back();
        added.at = when;
        added.kind = kind;
        added.text = text;
        return added;
    }
    SlaInput input() const {
        SlaInput result;
        result.opened_at = marks_.front().at;
        result.marks = marks_;
        result.tells_replies = true;
        return result;
    }
    TargetResult resolution() const { return replay(input(), rules_)[1]; }
    TargetResult first_response() const { return replay(input(), rules_)[0]; }

    // "running 0-3600" and so on, in seconds since the opening.
    std::vector<std::string> stretches(UtcSecond until, std::size_t target = 1) const {
        std::vector<std::string> lines;
        const auto clocks = explain(input(), rules_, until);
        for (const Stretch& s : clocks.at(target).stretches) {
            EXPECT_TRUE(has_text(Language::da, s.rule)) << s.rule;
            lines.push_back(std::string(stretch_name(s.stretch)) + " " +
                            std::to_string((s.from - marks_[0].at) / 60) + "-" +
                            std::to_string((s.to - marks_[0].at) / 60));
        }
        return lines;
    }

    RuleVersion rules_;
    std::vector<SlaMark> marks_;
};

void expect_count(const TargetCount& count, Outcome outcome, UtcSecond when) {
    EXPECT_EQ(count.outcome, outcome);
    EXPECT_EQ(count.at, when);
}

TEST_F(Sla, KeptMeansNoMoreThanTheLimit) {
    values(at(0, 8), "2");
    mark(at(0, 14), MarkKind::resolved);
    expect_count(resolution().net, Outcome::kept, at(0, 14));
    EXPECT_EQ(resolution().running_s, 6 * kHour);
    EXPECT_EQ(resolution().net.limit_s, 6 * kHour);
    marks_[1].at += 1;
    expect_count(resolution().net, Outcome::breached, at(0, 14));
    EXPECT_EQ(resolution().running_s, 6 * kHour + 1);
}

TEST_F(Sla, ALimitUsedUpAtClosingTimeIsBrokenWhenItOpensAgain) {
    values(at(4, 10), "2");  // Friday: 6 hours until 16:00
    expect_count(resolution().net, Outcome::breached, at(7, 8));
    EXPECT_EQ(resolution().due_at, at(4, 16));
    mark(at(6, 12), MarkKind::resolved);  // on Sunday: nothing has run since
    expect_count(resolution().net, Outcome::kept, at(6, 12));
    EXPECT_EQ(resolution().running_s, 6 * kHour);
}

TEST_F(Sla, AClockChangeIsCountedAsItWas) {
    const Day sunday = day_of({2026, 10, 25});
    marks_.clear();
    values(day_start(sunday) + kHour, "1");  // 01:00; two hours later it is 02:00 again
    mark(Zone::copenhagen().to_utc({sunday, 2 * 3600 + 1800}).utc, MarkKind::resolved);
    EXPECT_EQ(resolution().running_s, kHour + 1800);
    marks_[1].at += kHour;  // the second 02:30
    expect_count(resolution().net, Outcome::breached, day_start(sunday) + 3 * kHour);
}

TEST_F(Sla, HolidaysStandStill) {
    const Day wednesday = day_of({2026, 4, 1});  // Maundy Thursday to Easter Monday follow
    values(Zone::copenhagen().to_utc({wednesday, 15 * 3600}).utc, "2");
    mark(Zone::copenhagen().to_utc({wednesday + 6, 9 * 3600}).utc, MarkKind::resolved);
    EXPECT_EQ(resolution().running_s, 2 * kHour);
    const auto clocks = explain(input(), rules_, at(0, 8));
    ASSERT_EQ(clocks[1].stretches.size(), 4U);
    EXPECT_EQ(clocks[1].stretches[1].rule, "servicedesk.sla.outside_holiday");
    EXPECT_EQ(clocks[1].stretches[1].args[1].second, "2026-04-02");
}

// 14: pending from Friday to Monday took the weekend off twice.
TEST_F(Sla, Ask14_Glpi10594_PendingOverAWeekendAddsNothing) {
    values(at(4, 13), "2");                              // Friday 13:00
    mark(at(4, 14), MarkKind::held, "Afventer bruger");  // one hour has run
    mark(at(7, 10), MarkKind::resumed);                  // Monday 10:00
    mark(at(7, 12), MarkKind::resolved);                 // two more
    EXPECT_EQ(resolution().running_s, 3 * kHour);
    EXPECT_EQ(resolution().paused_s, 4 * kHour);  // 14-16 and 8-10, not the weekend
    EXPECT_THAT(stretches(at(7, 12)),
                ElementsAre("running 0-60", "paused 60-180", "outside 180-4020", "paused 4020-4140",
                            "running 4140-4260"));
}

// 14 (the related fix, glpi#14937): a case that is put on hold when nobody is there, and taken up again
// when nobody is there, has not been paused at all.
TEST_F(Sla, Ask14_Glpi14937_APauseOutsideOpeningHoursIsNoPause) {
    values(at(4, 15), "2");                              // Friday 15:00
    mark(at(4, 18), MarkKind::held, "Afventer bruger");  // one hour has run
    mark(at(6, 12), MarkKind::resumed);                  // Sunday
    mark(at(7, 9), MarkKind::resolved);                  // Monday: another one
    EXPECT_EQ(resolution().running_s, 2 * kHour);
    EXPECT_EQ(resolution().paused_s, 0);
    EXPECT_THAT(stretches(at(7, 9)),
                ElementsAre("running 0-60", "outside 60-3900", "running 3900-3960"));
}

// 15: the time between solved and reopened was counted as pending.
TEST_F(Sla, Ask15_Glpi23359_SolvedThenReopenedIsNeitherRunningNorPaused) {
    values(at(0, 8), "2");
    mark(at(0, 9), MarkKind::resolved);
    mark(at(1, 9), MarkKind::reopened);
    expect_count(resolution().net, Outcome::breached, at(1, 14));  // 1 + 5 hours
    mark(at(1, 10), MarkKind::resolved);
    EXPECT_EQ(resolution().running_s, 2 * kHour);
    EXPECT_EQ(resolution().paused_s, 0);
    expect_count(resolution().net, Outcome::kept, at(1, 10));
    expect_count(resolution().gross, Outcome::kept, at(1, 10));
    EXPECT_THAT(stretches(at(1, 10)),
                ElementsAre("running 0-60", "resolved 60-1500", "running 1500-1560"));
}

// 15: a limit broke while the case was pending.
TEST_F(Sla, Ask15_Glpi24481_NoBreachWhilePending) {
    values(at(0, 8), "2");
    mark(at(0, 9), MarkKind::held, "awaiting_user");
    EXPECT_EQ(resolution().net.outcome, Outcome::open);
    EXPECT_EQ(resolution().due_at, std::nullopt);
    expect_count(resolution().gross, Outcome::breached, at(0, 14));
    mark(at(2, 8), MarkKind::resumed);
    expect_count(resolution().net, Outcome::breached, at(2, 13));
    EXPECT_EQ(resolution().due_at, at(2, 13));
}

// 16: the pause was lost when another priority brought another target.
TEST_F(Sla, Ask16_Glpi6902_APauseOutlivesAChangeOfPriority) {
    values(at(0, 8), "2");
    mark(at(0, 9), MarkKind::held, "awaiting_user");
    values(at(0, 10), "1");  // round the clock from now on, still paused
    mark(at(0, 12), MarkKind::resumed);
    mark(at(0, 13), MarkKind::resolved);
    EXPECT_EQ(resolution().running_s, 2 * kHour);
    EXPECT_EQ(resolution().paused_s, 3 * kHour);
    expect_count(resolution().net, Outcome::kept, at(0, 13));
    EXPECT_EQ(resolution().net.limit_s, 2 * kHour);
    expect_count(resolution().gross, Outcome::breached, at(0, 10));  // 1 + 1 h used; limit now 2 h
}

// 17: the time of updates was measured from the creation to the last activity.
TEST_F(Sla, Ask17_Zammad3410_LaterActivityMovesNothing) {
    values(at(0, 8), "2");
    mark(at(0, 9), MarkKind::replied);
    mark(at(0, 10), MarkKind::resolved);
    const auto before = replay(input(), rules_);
    mark(at(3, 9), MarkKind::replied);
    values(at(3, 9), "2");
    mark(at(4, 9), MarkKind::closed);
    const auto after = replay(input(), rules_);
    for (std::size_t t = 0; t < kTargets; ++t) {
        EXPECT_EQ(after[t].net, before[t].net);
        EXPECT_EQ(after[t].running_s, before[t].running_s);
    }
}

// 17: the minutes to the solution were never stored.
TEST_F(Sla, Ask17_Zammad2579_TheMinutesToTheSolutionAreKnown) {
    values(at(0, 15), "2");
    mark(at(1, 9), MarkKind::resolved);
    mark(at(1, 12), MarkKind::closed);
    EXPECT_EQ(resolution().running_s, 2 * kHour);
    EXPECT_EQ(resolution().fulfilled_at, at(1, 9));
}

// 17: another clock overrode the one of the first response.
TEST_F(Sla, Ask17_Zammad5177_OneClockDoesNotOverrideTheOther) {
    values(at(0, 8), "2");
    mark(at(0, 10), MarkKind::replied);  // too late: half an hour
    mark(at(0, 11), MarkKind::resolved);
    expect_count(first_response().net, Outcome::breached, at(0, 8, 30));
    EXPECT_EQ(first_response().running_s, 2 * kHour);
    expect_count(resolution().net, Outcome::kept, at(0, 11));
    EXPECT_EQ(resolution().running_s, 3 * kHour);
}

// 18: pausing by state, asked for since 2016.
TEST_F(Sla, Ask18_OsTicket3034_StatesPauseByRule) {
    values(at(0, 8), "2");
    mark(at(0, 9), MarkKind::held, "Awaiting Vendor");  // unknown to this file: unspecified
    mark(at(0, 10), MarkKind::resumed);
    mark(at(0, 10), MarkKind::held, "afventer BRUGER");
    mark(at(0, 12), MarkKind::resumed);
    mark(at(0, 13), MarkKind::resolved);
    EXPECT_EQ(resolution().running_s, 3 * kHour);
    EXPECT_EQ(resolution().paused_s, 2 * kHour);
    marks_[0].priority = "3";  // whose solution nothing pauses
    EXPECT_EQ(resolution().running_s, 5 * kHour);
    EXPECT_EQ(resolution().paused_s, 0);
}

// Nobody may begin on an order before somebody has decided on it.
TEST_F(Sla, AnOrderAwaitingApprovalStandsStillWhereTheRuleSaysSo) {
    values(at(0, 8), "2");
    mark(at(0, 8), MarkKind::held, "awaiting_approval");
    mark(at(2, 10), MarkKind::resumed);
    mark(at(2, 15), MarkKind::resolved);
    EXPECT_EQ(resolution().net.outcome, Outcome::breached);  // no pause by these rules
    auto file = parse_sla("pauses = [\"awaiting_approval\"]\n[[rule]]\npriority = 2\n"
                          "calendar = \"work\"\nresolution = \"6 h\"\n", "s");
    ASSERT_TRUE(file.ok());
    const auto hours = std::make_shared<BusinessHours>(parse_business_hours(kHours, "h").take());
    rules_ = make_rules(0, std::make_shared<PriorityRules>(default_priority()), hours, file.take(), "s")
                 .take();
    expect_count(resolution().net, Outcome::kept, at(2, 15));
    EXPECT_EQ(resolution().running_s, 5 * kHour);
    EXPECT_THAT(stretches(at(2, 15)), testing::Contains("paused 0-480"));
    EXPECT_EQ(resolution().gross.outcome, Outcome::breached);  // and the waits are told
}

TEST_F(Sla, AfterAChangeTheMinutesStayAndTheNewTargetHolds) {
    values(at(0, 8), "3");
    values(at(0, 13), "1");  // 5 hours have run, 2 are allowed
    expect_count(resolution().net, Outcome::breached, at(0, 13));
    marks_[1].priority = "2";
    expect_count(resolution().net, Outcome::breached, at(0, 14));
    values(at(0, 13, 30), "2", "FMK");
    expect_count(resolution().net, Outcome::breached, at(0, 13, 30));
    values(at(0, 13, 40), "3");  // a breach stays a breach
    mark(at(0, 13, 50), MarkKind::resolved);
    expect_count(resolution().net, Outcome::breached, at(0, 13, 30));
}

TEST_F(Sla, CountsOnceAndReopeningWithdraws) {
    values(at(0, 8), "2");
    mark(at(0, 9), MarkKind::resolved);
    mark(at(0, 10), MarkKind::reopened);
    mark(at(1, 9), MarkKind::held, "awaiting_user");
    EXPECT_EQ(resolution().net.outcome, Outcome::breached);  // 1 + 6 > 6 before the hold
    marks_[3].at = at(0, 11);
    EXPECT_EQ(resolution().net.outcome, Outcome::open);
    EXPECT_EQ(resolution().fulfilled_at, std::nullopt);
}

// The day that counts is the one on which the limit was passed, else the last fulfilment's; pauses
// count for the gross figure alone, which may count on another day.
TEST_F(Sla, CountsOnItsBreachDayElseOnItsLastFulfilment) {
    values(at(0, 8), "2");
    mark(at(0, 9), MarkKind::resolved);
    mark(at(1, 9), MarkKind::reopened);
    mark(at(1, 10), MarkKind::held, "awaiting_user");  // two hours have run
    mark(at(2, 10), MarkKind::resumed);                // eight were paused
    mark(at(2, 11), MarkKind::resolved);
    expect_count(resolution().net, Outcome::kept, at(2, 11));
    EXPECT_EQ(resolution().running_s, 3 * kHour);
    EXPECT_EQ(resolution().paused_s, 8 * kHour);
    expect_count(resolution().gross, Outcome::breached, at(1, 14));
    mark(at(2, 12), MarkKind::reopened);  // three more hours: the sixth ends at 15:00
    mark(at(3, 9), MarkKind::resolved);
    expect_count(resolution().net, Outcome::breached, at(2, 15));
    EXPECT_EQ(resolution().fulfilled_at, at(3, 9));  // met, but too late, and on another day
}

TEST_F(Sla, TheResolutionIsAFirstResponseWhereNobodyAnsweredBefore) {
    values(at(0, 8), "1");
    mark(at(0, 8, 50), MarkKind::resolved);
    expect_count(first_response().net, Outcome::kept, at(0, 8, 50));
    EXPECT_EQ(first_response().running_s, 3000);
    marks_.insert(marks_.begin() + 1, marks_[1]);
    marks_[1].kind = MarkKind::replied;
    marks_[1].at = at(0, 8, 10);
    expect_count(first_response().net, Outcome::kept, at(0, 8, 10));
}

TEST_F(Sla, AFirstAnswerStays) {
    values(at(0, 8), "2");
    mark(at(0, 8, 20), MarkKind::resolved);
    mark(at(0, 8, 25), MarkKind::reopened);
    mark(at(2, 8), MarkKind::replied);
    expect_count(first_response().net, Outcome::kept, at(0, 8, 20));
    EXPECT_EQ(first_response().running_s, 1200);
}

TEST_F(Sla, ACaseOpenedDuringItsCallIsAnsweredAtOnce) {
    values(at(0, 3), "2");
    SlaInput in_call = input();
    in_call.in_call = true;
    in_call.tells_replies = false;
    const TargetResult result = replay(in_call, rules_)[0];
    expect_count(result.net, Outcome::kept, at(0, 3));
    EXPECT_EQ(result.running_s, 0);
}

TEST_F(Sla, WhatIsLackingIsSaid) {
    values(at(0, 8), "5 - Planning");
    EXPECT_EQ(resolution().net.outcome, Outcome::open);
    mark(at(1, 8), MarkKind::resolved);
    expect_count(resolution().net, Outcome::lacking, at(1, 8));
    EXPECT_EQ(resolution().lack, Lack::target);
    marks_[0].priority = "2";
    SlaInput untold = input();
    untold.tells_replies = false;
    EXPECT_EQ(replay(untold, rules_)[0].lack, Lack::reply);
    expect_count(replay(untold, rules_)[0].net, Outcome::lacking, at(1, 8));
    marks_[1] = marks_[0];
    marks_[1].at = at(0, 9);
    marks_[1].kind = MarkKind::closed;
    EXPECT_EQ(resolution().lack, Lack::resolution);
    expect_count(resolution().net, Outcome::lacking, at(0, 9));
    EXPECT_THAT(stretches(at(0, 10)), ElementsAre("running 0-60", "resolved 60-120"));
    SlaInput joined = input();
    joined.joined = true;
    EXPECT_EQ(replay(joined, rules_)[1].net.outcome, Outcome::open);
    EXPECT_TRUE(explain(joined, rules_, at(0, 10)).empty());
}

TEST_F(Sla, TheNextLimitIsTheEarliestThatIsStillToCome) {
    values(at(0, 8), "2");
    const auto results = replay(input(), rules_);
    EXPECT_EQ(next_due(results, at(0, 8)), at(0, 8, 30));
    EXPECT_EQ(next_due(results, at(0, 9)), at(0, 14));
    EXPECT_EQ(next_due(results, at(0, 15)), std::nullopt);
}

TEST(ServiceRules, TheVersionAtTheOpeningHolds) {
    SettingTexts texts;
    const auto file = [](const char* limit) {
        return std::string("[[rule]]\ncalendar='always'\nresolution='") + limit + "'";
    };
    const std::string priority = "[table]\nimpact1=[1,2,3]\nimpact2=[2,3,4]\nimpact3=[3,4,4]";
    texts.priority = {{0, priority, "p"}};
    texts.hours = {{0, kHours, "h"}};
    texts.sla = {{0, file("1 h"), "a"},
                 {1000, file("2 h"), "b"},
                 {500, file("3 h"), "c"},
                 {1000, file("4 h"), "d"}};
    const auto rules = make_service_rules(texts);
    ASSERT_TRUE(rules.ok());
    const auto limit = [&](UtcSecond opened) {
        return (*rules)->at(opened).find(TargetKind::resolution, "", "", "")->limit_s / kHour;
    };
    EXPECT_EQ(limit(-5), 1);
    EXPECT_EQ(limit(499), 1);
    EXPECT_EQ(limit(500), 3);
    EXPECT_EQ(limit(999), 3);
    EXPECT_EQ(limit(1000), 4);  // the newest of those that begin then
    texts.hours.push_back({2000, "[calendar.other]\nhours='always'", "h2"});
    const auto broken = make_service_rules(texts);
    ASSERT_FALSE(broken.ok());
    EXPECT_EQ(broken.error().key, "servicedesk.settings.no_calendar");
    EXPECT_EQ(broken.error().file, "d");
    EXPECT_EQ(broken.error().line, 1);
}

TEST(ServiceRules, TheDefaultIsTheNationalScheme) {
    const RuleVersion& rules = default_service_rules()->at(0);
    const std::int64_t expected[4][2] = {{1, 2}, {2, 3}, {4, 12}, {24, 48}};
    for (int p = 1; p <= 4; ++p) {
        const std::string name = std::to_string(p) + " - name";
        for (std::size_t t = 0; t < kTargets; ++t) {
            const TargetRule* rule = rules.find(static_cast<TargetKind>(t), name, "", "");
            ASSERT_NE(rule, nullptr);
            EXPECT_EQ(rule->limit_s, expected[p - 1][t] * kHour);
        }
    }
    EXPECT_EQ(rules.find(TargetKind::resolution, "", "", ""), nullptr);
    EXPECT_EQ(rules.sla.wait_of("Awaiting User Info"), Wait::awaiting_user);
    EXPECT_EQ(rules.sla.wait_of("awaiting_vendor"), Wait::awaiting_vendor);
    EXPECT_EQ(rules.sla.wait_of("Pending"), Wait::unspecified);
}

struct SlaRefusal {
    const char* toml;
    const char* key;
    long long line;
    const char* field;
};
class SlaRefused : public ::testing::TestWithParam<SlaRefusal> {};

TEST_P(SlaRefused, NamesFileLineAndField) {
    const auto sla = parse_sla(GetParam().toml, "s.toml");
    ASSERT_FALSE(sla.ok());
    EXPECT_EQ(sla.error().key, std::string("servicedesk.settings.") + GetParam().key);
    EXPECT_EQ(sla.error().file, "s.toml");
    EXPECT_EQ(sla.error().line, GetParam().line);
    EXPECT_EQ(sla.error().field, GetParam().field);
    EXPECT_TRUE(has_text(Language::da, sla.error().key));
    EXPECT_TRUE(has_text(Language::en, sla.error().key));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, SlaRefused,
    ::testing::Values(
        SlaRefusal{"", "missing", 1, "rule"},
        SlaRefusal{"[[rule]]\ncalendar='c'\npriority=5\nresolution='1 h'", "not_a_number", 3,
                   "priority"},
        SlaRefusal{"[[rule]]\ncalendar='c'\nresolution='1 day'", "not_a_duration", 3, "resolution"},
        SlaRefusal{"[[rule]]\ncalendar='c'\nresolution='-1 h'", "not_a_duration", 3, "resolution"},
        SlaRefusal{"[[rule]]\ncalendar='c'\nresolution='9999999999999999999 h'", "not_a_duration",
                   3, "resolution"},
        SlaRefusal{"[[rule]]\nresolution='1 h'", "missing", 2, "calendar"},
        SlaRefusal{"[[rule]]\ncalendar='c'", "missing", 1, "resolution"},
        SlaRefusal{"pauses=['lunch']", "not_a_wait", 1, "pauses"},
        SlaRefusal{"[waits]\nlunch=['a']", "unknown", 2, "lunch"},
        SlaRefusal{"[waits]\nplanned=['a']\nawaiting_user=['A']", "twice", 2, "planned"},
        SlaRefusal{"[[rule]]\ncalendar='c'\nresolution={limit='1 h', until='x'}", "unknown", 3,
                   "until"},
        SlaRefusal{"[rule]\ncalendar='c'", "not_a_table", 1, "rule"}));

}  // namespace
}  // namespace klarsyn::servicedesk
