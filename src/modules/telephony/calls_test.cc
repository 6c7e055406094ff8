// What the webhook's events say of visits, whatever their order; and what a queue log stands in
// for.

#include "modules/telephony/calls.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "modules/telephony/derive_for_test.h"
#include "modules/telephony/visit_fact.h"

namespace klarsyn::telephony {
namespace {

// Monday 15 April 2013, 08:00:00 UTC: 10:00 in Copenhagen.
constexpr UtcSecond kStart = 1366012800;

CallEvent told(CallVerb verb, int second, std::string_view agent = "",
               std::string_view queue = "servicedesk") {
    return {"c1", queue, agent, kStart + second, verb};
}

VisitRows visits(const std::vector<CallEvent>& events, int held = 0) {
    const FactTableSpec table = visit_table_spec();
    MemorySink sink(table);
    derive_calls(
        events, [&](std::string_view, std::string_view) { return held; }, sink);
    return sink.take();
}

// outcome,wait,talk of every visit in order.
std::string course(const std::vector<CallEvent>& events, int held = 0) {
    std::string text;
    for (const auto& [key, row] : visits(events, held)) {
        text += row.at("outcome") + "," + row.at("wait_s") + "," + row.at("talk_s") + " ";
    }
    return text;
}

using enum CallVerb;

TEST(Calls, AnsweredCallIsTheVisitThatAQueueLogWouldTellOf) {
    const auto rows = visits({told(enter, 0), told(connect, 35, "Agent/12"), told(end, 155)});
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows.begin()->first, "calls/c1/servicedesk/1366012800.1");
    EXPECT_EQ(rows.begin()->second, (VisitRow{{"day", "15810"},
                                              {"hour", "10"},
                                              {"weekday", "1"},
                                              {"queue", "servicedesk"},
                                              {"outcome", "answered"},
                                              {"way", "-"},
                                              {"entered", "1366012800"},
                                              {"connected", "1366012835"},
                                              {"ended", "1366012955"},
                                              {"wait_s", "35"},
                                              {"ring_s", "-"},
                                              {"talk_s", "120"},
                                              {"agent", "Agent/12"},
                                              {"position", "-"},
                                              {"callid", "c1"},
                                              {"wait_flagged", "0"},
                                              {"source", "calls"}}));
}

TEST(Calls, EveryOutcome) {
    EXPECT_EQ(course({told(enter, 0)}), "open,-,- ");
    EXPECT_EQ(course({told(enter, 0), told(connect, 9)}), "answered,9,- ");
    EXPECT_EQ(course({told(enter, 0), told(abandon, 70)}), "abandoned,70,- ");
    EXPECT_EQ(course({told(enter, 0), told(leave, 600)}), "left,600,- ");
    EXPECT_EQ(course({told(enter, 0), told(end, 44)}), "abandoned,44,- ");
}

TEST(Calls, WithoutAnEntryThereIsNoVisit) {
    EXPECT_EQ(course({told(connect, 5), told(end, 9)}), "");
    EXPECT_EQ(course({told(connect, 5), told(enter, 10), told(end, 19)}), "abandoned,9,- ");
}

TEST(Calls, TheFirstEndCounts) {
    EXPECT_EQ(course({told(enter, 0), told(abandon, 70), told(end, 71), told(connect, 80)}),
              "abandoned,70,- ");
    EXPECT_EQ(
        course({told(enter, 0), told(connect, 5), told(abandon, 6), told(leave, 7), told(end, 9)}),
        "answered,5,4 ");
}

TEST(Calls, ACallThatComesBackInTheSameSecondEndsFirst) {
    EXPECT_EQ(course({told(enter, 0), told(leave, 30), told(enter, 30), told(connect, 31)}),
              "left,30,- answered,1,- ");
    EXPECT_EQ(course({told(enter, 0), told(connect, 5), told(end, 30), told(enter, 30)}),
              "answered,5,25 open,-,- ");
    EXPECT_EQ(course({told(enter, 0), told(enter, 30), told(connect, 30), told(end, 30)}),
              "open,-,- answered,0,0 ");
}

TEST(Calls, EachQueueHasItsOwnVisit) {
    EXPECT_EQ(course({told(enter, 0), told(leave, 5), told(enter, 5, "", "klinisk"),
                      told(connect, 9, "A", "klinisk"), told(end, 20, "A", "klinisk")}),
              "answered,4,11 left,5,- ");
}

TEST(Calls, AQueueLogStandsInForTheFirstVisits) {
    const std::vector<CallEvent> events = {told(enter, 0),  told(leave, 5),  told(enter, 10),
                                           told(leave, 20), told(enter, 30), told(abandon, 33)};
    EXPECT_EQ(course(events), "left,5,- left,10,- abandoned,3,- ");
    EXPECT_EQ(course(events, 2), "abandoned,3,- ");
    EXPECT_EQ(course(events, 3), "");
    EXPECT_EQ(course(events, 9), "");
}

TEST(Calls, NeitherOrderNorRepetitionMatters) {
    const bool holds = rc::check([] {
        std::vector<CallEvent> events;
        const int count = *rc::gen::inRange(1, 14);
        for (int i = 0; i < count; ++i) {
            events.push_back(told(*rc::gen::element(enter, connect, abandon, leave, end),
                                  *rc::gen::inRange(0, 6), *rc::gen::element("", "A1", "A2"),
                                  *rc::gen::element("q", "r")));
        }
        const auto once = visits(events);
        std::set<std::pair<std::string_view, UtcSecond>> entries;
        for (const auto& event : events) {
            if (event.verb == enter) entries.emplace(event.queue, event.at);
        }
        RC_ASSERT(once.size() == entries.size());
        for (int i = 0; i < 5; ++i)
            events.push_back(events[*rc::gen::inRange<std::size_t>(0, count)]);
        for (std::size_t i = events.size(); i > 1; --i) {
            std::swap(events[i - 1], events[*rc::gen::inRange<std::size_t>(0, i)]);
        }
        RC_ASSERT(visits(events) == once);
    });
    EXPECT_TRUE(holds);
}

TEST(Calls, WordsAreThoseOfTheContract) {
    for (const auto verb : {enter, connect, abandon, leave, end}) {
        EXPECT_EQ(parse_call_verb(call_verb_name(verb)), verb);
    }
    EXPECT_FALSE(parse_call_verb("ENTER"));
    EXPECT_FALSE(parse_call_verb(""));
}

}  // namespace
}  // namespace klarsyn::telephony
