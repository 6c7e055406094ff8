// Times as case systems write them.
#include "modules/servicedesk/case_time.h"

#include <gtest/gtest.h>

namespace klarsyn::servicedesk {
namespace {

const Zone& kZone = Zone::copenhagen();

std::string read(std::string_view text) {
    const auto time = parse_case_time(text, kZone);
    return time ? iso_utc(time->at) : "-";
}

std::string read(std::string_view text, std::string_view pattern) {
    const auto time = parse_case_time(text, pattern, kZone);
    return time ? iso_utc(time->at) : "-";
}

TEST(CaseTimes, AllUsualNotations) {
    for (const char* text :
         {"29-02-2016 01:16", "29/02/2016 01:16", "29.02.2016 01.16", "29.02.2016 kl. 01.16",
          "29-2-2016 1:16", "29-02-2016 01:16:00", "2016-02-29 01:16", "2016-02-29T01:16:00",
          "2016-02-29T01:16:00.000", "2016-02-29T00:16Z", "2016-02-29T01:16:00+01:00",
          "2016-02-28T19:16:00-0500"}) {
        EXPECT_EQ(read(text), "2016-02-29T00:16:00Z") << text;
    }
    EXPECT_EQ(read("29-02-2016"), "2016-02-28T23:00:00Z");
}

TEST(CaseTimes, WhatIsNoTime) {
    for (const char* text :
         {"", "?", "29-02-2015 01:16", "32-01-2016 01:16", "29-02-2016 24:00", "29-02-2016 01:60",
          "29-02-16 01:16", "29-02-2016 01", "29-02/2016 01:16", "02/29/2016 01:16",
          "29-02-2016 01:16 PM", "29-02-2016x01:16", "29-02-1969 01:16", "29-02-2016 ", "126446"}) {
        EXPECT_EQ(read(text), "-") << text;
    }
}

TEST(CaseTimes, ChangesOfTheClocksAreFlagged) {
    const auto twice = parse_case_time("28-10-2018 02:30", kZone);
    ASSERT_TRUE(twice);
    EXPECT_EQ(iso_utc(twice->at), "2018-10-28T00:30:00Z");
    EXPECT_EQ(twice->flags, kAmbiguous);
    const auto never = parse_case_time("25-03-2018 02:30", kZone);
    ASSERT_TRUE(never);
    EXPECT_EQ(iso_utc(never->at), "2018-03-25T01:30:00Z");
    EXPECT_EQ(never->flags, kSkipped);
    EXPECT_EQ(parse_case_time("2018-10-28T02:30+01:00", kZone)->flags, 0U);
}

TEST(CaseTimes, ByAStatedPattern) {
    EXPECT_EQ(read("02/29/2016 01:16", "mm/dd/yyyy HH:MM"), "2016-02-29T00:16:00Z");
    EXPECT_EQ(read("20160229", "yyyymmdd"), "2016-02-28T23:00:00Z");
    EXPECT_EQ(read("29.2.2016 kl. 1.16", "dd.mm.yyyy kl. HH.MM"), "2016-02-29T00:16:00Z");
    EXPECT_EQ(read("29-02-2016 01:16", "mm/dd/yyyy HH:MM"), "-");
    EXPECT_EQ(read("02/29/2016 01:16:59", "mm/dd/yyyy HH:MM"), "-");
}

}  // namespace
}  // namespace klarsyn::servicedesk
