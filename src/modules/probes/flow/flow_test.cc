// Messages over hops: order, transit, absence, repetition, acknowledgements, disagreeing clocks.
#include "modules/probes/flow/flow.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace klarsyn::probes {
namespace {

FlowEvent event(std::int64_t second, const std::string& hop, const std::string& number,
                const std::string& code = "", std::int64_t copies = 1) {
    static const auto kOrder =
        std::make_shared<const std::vector<std::string>>(std::vector<std::string>{"A", "B", "C"});
    FlowEvent result;
    result.at_ms = second * 1000;
    result.hop = hop;
    result.sender = code.empty() ? "GS" : "LABKA";
    result.receiver = code.empty() ? "LABKA" : "GS";
    result.type = code.empty() ? "ORU^R01" : "ACK";
    result.number = number;
    result.code = code;
    result.copies = copies;
    result.order = kOrder;
    return result;
}

// "hop>next state transit repeats answered code", one line per step.
std::string steps(const std::vector<FlowEvent>& events, const std::string& plan = "") {
    const auto parsed =
        plan.empty() ? Result<HopPlan>(HopPlan()) : HopPlan::parse(plan, "hops.csv");
    EXPECT_TRUE(parsed.ok());
    std::string text;
    for (const FlowStep& step : trace(events, *parsed)) {
        text += step.hop + '>' + step.next + ' ' + std::string(step_state_name(step.state)) + ' ' +
                (step.transit_ms ? std::to_string(*step.transit_ms) : "-") + ' ' +
                std::to_string(step.repeats) + ' ' +
                (step.answered_ms ? std::to_string(*step.answered_ms) : "-") + ' ' + step.code +
                '\n';
    }
    return text;
}

TEST(Flow, AMessagePassesItsHops) {
    EXPECT_EQ(steps({event(10, "A", "1"), event(12, "B", "1"), event(20, "C", "1"),
                     event(13, "B", "1", "AA")}),
              "A>B passed 2000 0 - \nB>C passed 8000 0 1000 AA\nC> last - 0 - \n");
}

TEST(Flow, OrderOfLinesDoesNotMatter) {
    std::vector<FlowEvent> events = {event(10, "A", "1"), event(12, "B", "1"),
                                     event(13, "B", "1", "AE"), event(20, "C", "1")};
    const std::string expected = steps(events);
    std::sort(events.begin(), events.end(),
              [](const FlowEvent& a, const FlowEvent& b) { return a.at_ms > b.at_ms; });
    EXPECT_EQ(steps(events), expected);
}

TEST(Flow, AbsentIsWhatTheNextHopDidNotSeeEvenIfALaterOneDid) {
    EXPECT_EQ(steps({event(10, "A", "1"), event(20, "C", "1")}),
              "A>B absent - 0 - \nC> last - 0 - \n");
}

TEST(Flow, RepetitionsAreCountedAndNumbersMayComeAgain) {
    EXPECT_EQ(steps({event(10, "A", "1", "", 2), event(15, "A", "1"), event(16, "B", "1")}),
              "A>B passed 6000 2 - \nB>C absent - 0 - \n");
    const std::int64_t day = 24 * 3600;
    EXPECT_EQ(steps({event(10, "C", "1"), event(10 + day, "C", "1")}),
              "C> last - 0 - \nC> last - 0 - \n");
    EXPECT_EQ(steps({event(10, "C", "1"), event(9 + day, "C", "1")}), "C> last - 1 - \n");
}

TEST(Flow, SendersCountTheirOwnNumbers) {
    FlowEvent other = event(11, "A", "1");
    other.sender = "EPM";
    EXPECT_EQ(steps({event(10, "A", "1"), other, event(12, "B", "1")}),
              "A>B absent - 0 - \nA>B passed 2000 0 - \nB>C absent - 0 - \n");
}

TEST(Flow, ClocksThatDisagreeGiveNoTime) {
    EXPECT_EQ(steps({event(10, "A", "1"), event(9, "B", "1")}),
              "B>C absent - 0 - \nA>B clock - 0 - \n");
}

TEST(Flow, AnAcknowledgementAnswersOnlyItsSenderAtItsHop) {
    FlowEvent foreign = event(11, "A", "1", "AA");
    foreign.receiver = "EPM";
    EXPECT_EQ(steps({event(10, "C", "1"), foreign}), "C> last - 0 - \n");
    EXPECT_EQ(steps({event(10, "C", "1"), event(9, "C", "1", "AA"), event(11, "A", "1", "AA")}),
              "C> last - 0 - \n");
}

TEST(Flow, StatedHopsAndLimitsHoldInTheirTime) {
    const std::string plan =
        "flow,hop,limit_s,from,to\n"
        "GS > LABKA,C,60,,1970-01-01\n"
        "GS > LABKA,A,,,1970-01-01\n"
        ",A,10,,\n,C,,,\n";
    EXPECT_EQ(steps({event(10, "C", "1"), event(12, "A", "1")}, plan),
              "C>A passed 2000 0 - \nA> last - 0 - \n");
    const std::int64_t later = 3 * 24 * 3600;
    EXPECT_EQ(steps({event(later, "C", "1"), event(later + 2, "A", "1")}, plan),
              "C> last - 0 - \nA>C clock - 0 - \n");
    const auto parsed = HopPlan::parse(plan, "hops.csv");
    EXPECT_EQ(parsed->hops("GS > LABKA", 0).at(0).limit_ms, 60'000);
    EXPECT_EQ(parsed->hops("GS > LABKA", 0).at(1).limit_ms, kHopLimitMs);
    EXPECT_EQ(parsed->hops("X > Y", 0).at(0).limit_ms, 10'000);
}

TEST(Flow, AFaultyPlanNamesFileLineAndField) {
    const auto fault = [](const std::string& rows) {
        const auto plan = HopPlan::parse("flow,hop,limit_s,from,to\n" + rows, "hops.csv");
        return plan.ok() ? "ok"
                         : plan.error().file + ':' + std::to_string(plan.error().line) + ':' +
                               plan.error().field;
    };
    EXPECT_EQ(fault(",A,,,\n,,,,\n"), "hops.csv:3:hop");
    EXPECT_EQ(fault(",A,0,,\n"), "hops.csv:2:limit_s");
    EXPECT_EQ(fault(",A,86401,,\n"), "hops.csv:2:limit_s");
    EXPECT_EQ(fault(",A,5,never,\n"), "hops.csv:2:from");
    EXPECT_EQ(fault(",A,86400,2013-04-01,2013-04-01\n"), "ok");
    EXPECT_FALSE(HopPlan::parse("hop\nA\n", "hops.csv").ok());
}

TEST(Flow, TheOrderOfHopsIsThatOfMostMessages) {
    HopOrder order;
    order.add(event(5, "B", "0"));  // on its way when the log begins
    for (int i = 1; i <= 3; ++i) {
        order.add(event(10 * i, "A", std::to_string(i)));
        order.add(event(10 * i + 1, "B", std::to_string(i)));
        order.add(event(10 * i + 2, "C", std::to_string(i)));
    }
    order.add(event(3, "X", "9", "AA"));  // an acknowledgement is on no way
    EXPECT_EQ(order.names(), (std::vector<std::string>{"A", "B", "C"}));
    HopOrder silent;
    silent.add(event(9, "Z", "1"));
    silent.add(event(9, "Y", "2"));
    EXPECT_EQ(silent.names(), (std::vector<std::string>{"Z", "Y"}));
}

}  // namespace
}  // namespace klarsyn::probes
