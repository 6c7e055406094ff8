// The clock of an imported case, told from its facts, is the clock that derive ran.
#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "modules/servicedesk/desk/case_clock_told.h"
#include "modules/servicedesk/service_rules.h"

namespace klarsyn::servicedesk {
namespace {

constexpr UtcSecond kStart = 1'458'518'400;  // Monday 21 March 2016

struct RandomCase {
    std::deque<std::string> texts;
    std::vector<CaseRow> rows;
};

std::vector<std::string_view> next_states(std::string_view state) {
    if (state == "Resolved") return {"Closed", "Active", "Resolved"};
    if (state == "Closed") return {"Active"};
    if (state == "Awaiting User Info") return {"Active", "Resolved", "Awaiting Vendor"};
    return {"Active", "Awaiting User Info", "Awaiting Vendor", "Resolved", "Closed"};
}

RandomCase random_case(std::mt19937& generator) {
    const auto pick = [&](std::size_t count) {
        return std::uniform_int_distribution<std::size_t>(0, count - 1)(generator);
    };
    static constexpr std::array<std::string_view, 5> kPriorities{
        "1 - Critical", "2 - High", "3 - Moderate", "4 - Low", "5 - Planning"};
    static constexpr std::array<UtcSecond, 6> kSteps{60, 1800, 7200, 30'000, 90'000, 250'000};
    RandomCase made;
    const bool replies = pick(2) == 0;
    const UtcSecond opened = kStart + static_cast<UtcSecond>(pick(7 * 1440)) * 60;
    UtcSecond at = opened;
    std::string_view state = "New", priority = kPriorities[pick(5)];
    std::int64_t reopened = 0;
    const std::size_t count = 1 + pick(8);
    for (std::size_t i = 0; i < count; ++i) {
        CaseRow& row = made.rows.emplace_back();
        if (i > 0) {
            at += kSteps[pick(kSteps.size())];
            const auto choices = next_states(state);
            const std::string_view before = state;
            state = choices[pick(choices.size())];
            const auto over = [](std::string_view s) { return s == "Resolved" || s == "Closed"; };
            if (over(before) && !over(state)) ++reopened;
            if (pick(3) == 0) priority = kPriorities[pick(5)];
            row.replied = replies && pick(3) == 0;
        }
        row.updated = {at, 0};
        row.opened = {opened, 0};
        row.state = state;
        row.priority = priority;
        row.group = "Desk";
        row.reopen_count = reopened;
        row.tells_replies = replies;
    }
    return made;
}

std::vector<ClockEvent> events_of(const CaseHistory& history) {
    std::vector<ClockEvent> events;
    for (const CaseEvent& event : history.events)
        events.push_back({std::string(kind_name(event.kind)), event.at,
                          std::string(event.dims.priority), std::string(event.dims.type),
                          std::string(event.dims.system), std::string(event.was)});
    return events;
}

std::vector<ClockFact> facts_of(const CaseHistory& history) {
    std::vector<ClockFact> facts;
    for (const TargetResult& result : history.targets) {
        if (result.net.outcome == Outcome::open) continue;
        ClockFact& fact = facts.emplace_back();
        fact.target = target_name(result.target);
        fact.at = result.net.at;
        if (result.net.outcome != Outcome::lacking) fact.kept = result.net.outcome == Outcome::kept;
        if (result.fulfilled_at) fact.elapsed_s = *result.fulfilled_at - history.opened_at;
        fact.lacks = lack_name(result.lack);
    }
    return facts;
}

TEST(CaseClockTold, IsTheClockThatDeriveRan) {
    std::mt19937 generator(20160321);
    const auto rules = default_service_rules();
    const GroupMap groups;
    int breached = 0, kept = 0, lacking = 0;
    for (int i = 0; i < 3000; ++i) {
        const RandomCase made = random_case(generator);
        const CaseHistory history = derive_case(made.rows, groups, rules.get());
        auto events = events_of(history);
        const ToldMarks told = marks_of(history.opened_at, events, facts_of(history));
        const auto again = replay(told.input(), rules->at(history.opened_at));
        for (std::size_t t = 0; t < kTargets; ++t) {
            const TargetCount& count = history.targets[t].net;
            SCOPED_TRACE(testing::Message() << "case " << i << " target " << t);
            EXPECT_EQ(again[t].net, count);
            // An open case ran on to its last row, which may have left no event.
            if (made.rows.back().updated.at == history.events.back().at) {
                EXPECT_EQ(again[t].running_s, history.targets[t].running_s);
            }
            breached += count.outcome == Outcome::breached;
            kept += count.outcome == Outcome::kept;
            lacking += count.outcome == Outcome::lacking;
        }
    }
    EXPECT_GT(std::min({breached, kept, lacking}), 200);
}

TEST(CaseClockTold, ACaseThatWasMergedHasNoTargets) {
    std::vector<ClockEvent> events = {{"created", 100, "1", "", "", ""},
                                      {"closed", 200, "1", "", "", ""}};
    EXPECT_TRUE(marks_of(100, events, {}).joined);
    events.pop_back();
    EXPECT_FALSE(marks_of(100, events, {}).joined);
}

}  // namespace
}  // namespace klarsyn::servicedesk
