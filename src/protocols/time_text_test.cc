// Times as files write them.
#include "protocols/time_text.h"

#include <gtest/gtest.h>

#include <string>

namespace klarsyn {
namespace {

const Zone& kZone = Zone::copenhagen();

std::string read(std::string_view text) {
    const auto time = parse_written_time(text, kZone);
    return time ? iso_utc(time->at) + " " + iso_date(time->day) : "-";
}

std::string read(std::string_view text, std::string_view pattern) {
    const auto time = parse_written_time(text, pattern, kZone);
    return time ? iso_utc(time->at) : "-";
}

TEST(WrittenTimes, TellTheDateAsWritten) {
    EXPECT_EQ(read("29-02-2016"), "2016-02-28T23:00:00Z 2016-02-29");
    EXPECT_EQ(read("2016-02-29"), "2016-02-28T23:00:00Z 2016-02-29");
    EXPECT_EQ(read("29.02.2016 kl. 01.16"), "2016-02-29T00:16:00Z 2016-02-29");
    EXPECT_EQ(read("2016-02-28T19:16:00-05:00"), "2016-02-29T00:16:00Z 2016-02-28");
    for (const char* text : {"", "soon", "31-02-2012", "29-02-2015", "2016-02", "1969-12-31"})
        EXPECT_EQ(read(text), "-") << text;
}

TEST(WrittenTimes, FlagTheHourThatComesTwiceAndTheOneThatNeverComes) {
    EXPECT_TRUE(parse_written_time("28-10-2018 02:30", kZone)->ambiguous);
    EXPECT_TRUE(parse_written_time("25-03-2018 02:30", kZone)->skipped);
    EXPECT_FALSE(parse_written_time("2018-10-28T02:30+01:00", kZone)->ambiguous);
}

TEST(WrittenTimes, ByAStatedPattern) {
    EXPECT_EQ(read("02/29/2016 01:16", "mm/dd/yyyy HH:MM"), "2016-02-29T00:16:00Z");
    EXPECT_EQ(read("20160229", "yyyymmdd"), "2016-02-28T23:00:00Z");
    EXPECT_EQ(read("29.2.2016 kl. 1.16", "dd.mm.yyyy kl. HH.MM"), "2016-02-29T00:16:00Z");
    EXPECT_EQ(read("29-02-2016 01:16", "mm/dd/yyyy HH:MM"), "-");
    EXPECT_EQ(read("02/29/2016 01:16:59", "mm/dd/yyyy HH:MM"), "-");
}

TEST(WrittenTimes, PatternsMustNameTheDate) {
    EXPECT_TRUE(valid_time_pattern("dd-mm-yyyy HH:MM"));
    EXPECT_TRUE(valid_time_pattern("yyyymmdd"));
    EXPECT_FALSE(valid_time_pattern("dd-mm HH:MM"));
    EXPECT_FALSE(valid_time_pattern("dd-mm-yyyy yyyy"));
    EXPECT_FALSE(valid_time_pattern("dd-mm-yyyy HH:HH"));
}

}  // namespace
}  // namespace klarsyn
