#include "indicators/catalogue.h"

#include <gtest/gtest.h>

namespace klarsyn {
namespace {

const std::string kHeader =
    "-- id: telephony.x\n-- title.da: Titel\n-- title.en: Title\n-- definition.da: Tekst\n"
    "-- definition.en: Text\n-- owner: Desk\n-- table: telephony_visit\n-- aggregate: ratio\n"
    "-- unit: fraction\n-- dims: queue, hour\n";
const std::string kBody =
    "SELECT id AS ref, day, queue, hour, 1 AS num, 1 AS den\nFROM telephony_visit\n"
    "WHERE day BETWEEN :from AND :to\n";

std::string error_key(const std::string& text) {
    const auto parsed = Catalogue::parse("x.sql", text);
    return parsed.ok() ? "" : parsed.error().key;
}

TEST(Catalogue, ReadsHeaderAndBody) {
    const auto parsed = Catalogue::parse(
        "x.sql", kHeader + "-- target: >= 80 % from 2014-01-01\n-- target: >= 75 % from 2013-05-01\n"
                           "-- green: > 95 %\n-- yellow: >= 0.9\n" + kBody);
    ASSERT_TRUE(parsed.ok()) << parsed.error().key;
    EXPECT_EQ(parsed->module, "telephony");
    EXPECT_EQ(parsed->dims, (std::vector<std::string>{"queue", "hour"}));
    EXPECT_EQ(parsed->definition.size(), 16U);
    ASSERT_EQ(parsed->targets.size(), 2U);  // ordered by date, whatever the file's order
    EXPECT_EQ(parsed->targets[0].from, day_of({2013, 5, 1}));
    EXPECT_EQ(parsed->targets[0].bound.value, 75);
    EXPECT_EQ(parsed->targets[0].bound.scale, 100);
    EXPECT_EQ(parsed->green->op, Bound::Op::greater);
    EXPECT_EQ(parsed->yellow->value, 9);
    EXPECT_EQ(parsed->yellow->scale, 10);
}

TEST(Catalogue, AnotherTextIsAnotherDefinition) {
    const auto one = Catalogue::parse("x.sql", kHeader + kBody);
    const auto two = Catalogue::parse("x.sql", kHeader + kBody + "AND queue = 3");
    EXPECT_NE(one->definition, two->definition);
}

TEST(Catalogue, NamesWhatIsWrong) {
    EXPECT_EQ(error_key(kHeader + "-- colour: red\n" + kBody), "indicators.header_unknown");
    EXPECT_EQ(error_key(kHeader + "-- green: about 75\n" + kBody), "indicators.header_value");
    EXPECT_EQ(error_key(kHeader + "-- target: >= 75 % from tomorrow\n" + kBody),
              "indicators.header_value");
    EXPECT_EQ(error_key("-- id: a.b\n" + kBody), "indicators.header_missing");
    EXPECT_EQ(error_key(kHeader + "-- status: withheld\n" + kBody), "indicators.caveat_missing");
    EXPECT_EQ(error_key(kHeader + kBody + "; DROP TABLE telephony_visit"),
              "indicators.not_one_select");
    EXPECT_EQ(error_key(kHeader + "SELECT 1 UNION SELECT 2"), "indicators.not_one_select");
    EXPECT_EQ(error_key(kHeader + "SELECT id AS ref, day, queue, 1 AS num FROM telephony_visit "
                                  "WHERE day BETWEEN :from AND :to"),
              "indicators.column_missing");
    EXPECT_EQ(error_key(kHeader + "SELECT id AS ref, day, queue, hour, 1 AS num "
                                  "FROM telephony_visit"),
              "indicators.period_missing");
}

TEST(Catalogue, SaysTheLine) {
    const auto parsed = Catalogue::parse("x.sql", kHeader + "-- unit: bananas\n" + kBody);
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().file, "x.sql");
    EXPECT_EQ(parsed.error().line, 11);
    EXPECT_EQ(parsed.error().field, "unit");
}

}  // namespace
}  // namespace klarsyn
