// Ninety days of a system: the worst that was said, and grey where nobody knows. DST days are days.
#include "modules/notices/strip.h"

#include <gtest/gtest.h>

namespace klarsyn::notices {
namespace {

UtcSecond at(std::string_view text) { return parse_iso_utc(text).take(); }

Notice notice_of(std::vector<NoticeRecord> records) { return replay("N1", records); }

NoticeRecord opened(UtcSecond when, const char* kind, const char* severity) {
    return {
        1,
        when,
        "lea",
        "opened",
        {{"kind", kind}, {"system", "FMK"}, {"severity", severity}, {"title", "x"}, {"text", "x"}}};
}

TEST(Strip, IsColouredByTheWorstOfEachDay) {
    const UtcSecond now = at("2013-04-26T12:00:00Z");
    // Unstable from the 20th, down on the 22nd, unstable again the same day, over on the 23rd.
    const Notice notice =
        notice_of({opened(at("2013-04-20T08:00:00Z"), "disturbance", "unstable"),
                   {2, at("2013-04-22T08:00:00Z"), "lea", "updated", {{"severity", "down"}}},
                   {3, at("2013-04-22T09:00:00Z"), "lea", "updated", {{"severity", "unstable"}}},
                   {4, at("2013-04-23T07:00:00Z"), "lea", "cleared", {}}});
    const Day today = Zone::copenhagen().to_local(now).day;
    const Measured measured = {
        {{"FMK", today}, {10, 10}}, {{"FMK", today - 1}, {0, 0}}, {{"PACS", today - 2}, {5, 0}}};
    const Strip strip = strip_of("FMK", {notice}, measured, now);
    ASSERT_EQ(strip.days.size(), 90U);
    const auto state = [&](int ago) { return strip.days[strip.days.size() - 1 - ago].state; };
    EXPECT_EQ(state(0), DayState::works);       // measured, although all failed: nobody said more
    EXPECT_EQ(state(1), DayState::unmeasured);  // no measurement, no message
    EXPECT_EQ(state(2), DayState::unmeasured);  // another system's measurements
    EXPECT_EQ(state(3), DayState::unstable);
    EXPECT_EQ(state(4), DayState::down);
    EXPECT_EQ(state(5), DayState::unstable);
    EXPECT_EQ(state(6), DayState::unstable);
    EXPECT_EQ(state(7), DayState::unmeasured);
    EXPECT_EQ(strip.days[strip.days.size() - 5].notices, std::vector<std::string>{"N1"});
    EXPECT_EQ(strip.count(DayState::unstable), 3);
}

TEST(Strip, ACorrectionSaysHowBadItWasAllAlong) {
    const UtcSecond now = at("2013-04-26T12:00:00Z");
    const Notice notice =
        notice_of({opened(at("2013-04-25T08:00:00Z"), "disturbance", "down"),
                   {2, at("2013-04-26T08:00:00Z"), "lea", "changed", {{"severity", "unstable"}}}});
    EXPECT_EQ(strip_of("FMK", {notice}, {}, now).count(DayState::down), 0);
    EXPECT_EQ(strip_of("FMK", {notice}, {}, now).count(DayState::unstable), 2);
}

TEST(Strip, WhatComesLaterColoursNothingAndAShortNightIsADay) {
    const UtcSecond now = at("2013-04-01T12:00:00Z");
    const Notice later = notice_of({opened(at("2013-04-02T08:00:00Z"), "disturbance", "down")});
    EXPECT_EQ(strip_of("FMK", {later}, {}, now).count(DayState::unmeasured), 90);
    // 31 March 2013 has 23 hours in Copenhagen: from 23:00 to 22:00 UTC.
    Notice night = notice_of({opened(at("2013-03-31T21:59:59Z"), "planned", "")});
    night.ends_at = at("2013-03-31T22:00:00Z");
    const Strip strip = strip_of("FMK", {night}, {}, now);
    EXPECT_EQ(strip.days[strip.days.size() - 2].state, DayState::planned);
    EXPECT_EQ(strip.count(DayState::planned), 1);
    EXPECT_EQ(iso_date(strip.days[strip.days.size() - 2].day), "2013-03-31");
}

}  // namespace
}  // namespace klarsyn::notices
