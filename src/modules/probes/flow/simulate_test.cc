#include "modules/probes/flow/simulate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "modules/probes/flow/hl7_log.h"

namespace klarsyn::probes {
namespace {

const Period kApril{day_of({2013, 4, 1}), day_of({2013, 4, 30})};

TEST(FlowSimulation, ItsFormatReadsEveryLineAndFindsWhatItSays) {
    for (const SimulatedFlow flow : {SimulatedFlow::laboratory, SimulatedFlow::medication}) {
        const FlowLog made = simulate_flow(1, flow, kApril);
        EXPECT_GT(made.messages, 300);
        EXPECT_GT(made.lost, 0);
        EXPECT_GT(made.repeated, 0);
        std::istringstream lines(made.log);
        std::map<std::string, std::vector<FlowEvent>> numbers;
        LogLineReader reader(Zone::copenhagen());
        std::string line;
        std::int64_t before = 0;
        HopOrder hops;
        std::vector<FlowEvent> events;
        while (std::getline(lines, line)) {
            FlowEvent event;
            const LineFault fault = reader.read(line, event);
            ASSERT_EQ(fault.key, "") << line;
            EXPECT_GE(event.at_ms, before);
            before = event.at_ms;
            hops.add(event);
            events.push_back(std::move(event));
        }
        const auto names = std::make_shared<const std::vector<std::string>>(hops.names());
        ASSERT_EQ(names->size(), 3U);
        for (FlowEvent& event : events) {
            event.order = names;
            numbers[event.number].push_back(event);
        }
        std::int64_t lost = 0, repeated = 0;
        for (const auto& [number, own] : numbers)
            for (const FlowStep& step : trace(own, HopPlan())) {
                lost += step.state == StepState::absent ? 1 : 0;
                repeated += step.repeats;
            }
        EXPECT_EQ(static_cast<std::int64_t>(numbers.size()), made.messages);
        EXPECT_EQ(lost, made.lost);
        EXPECT_EQ(repeated, made.repeated);
    }
}

TEST(FlowSimulation, TheSameSeedWritesTheSameBytes) {
    const Period day{kApril.from, kApril.from};
    const std::string once = simulate_flow(7, SimulatedFlow::laboratory, day).log;
    EXPECT_EQ(once, simulate_flow(7, SimulatedFlow::laboratory, day).log);
    EXPECT_NE(once, simulate_flow(8, SimulatedFlow::laboratory, day).log);
}

}  // namespace
}  // namespace klarsyn::probes
