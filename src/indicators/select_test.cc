#include "indicators/select.h"

#include <gtest/gtest.h>

namespace klarsyn {
namespace {

TEST(Select, TakesAnIndicatorApart) {
    const auto select = parse_select(
        "SELECT id AS ref, day, grp AS \"group\", CASE WHEN a = 'x, y' AND b THEN 1 ELSE 0 END AS num,"
        " CAST(NULL AS BIGINT) AS den FROM t WHERE day BETWEEN :from AND :to AND kind = 'FROM it'");
    ASSERT_TRUE(select);
    ASSERT_EQ(select->columns.size(), 5U);
    EXPECT_EQ(*select->column("ref"), "id");
    EXPECT_EQ(*select->column("day"), "day");
    EXPECT_EQ(*select->column("group"), "grp");
    EXPECT_EQ(*select->column("num"), "CASE WHEN a = 'x, y' AND b THEN 1 ELSE 0 END");
    EXPECT_EQ(*select->column("den"), "CAST(NULL AS BIGINT)");
    EXPECT_EQ(select->column("none"), nullptr);
    EXPECT_EQ(select->from, "t");
    const auto parts = split_conjuncts(select->where);
    EXPECT_EQ(parts, (std::vector<std::string>{"day BETWEEN :from AND :to", "kind = 'FROM it'"}));
}

TEST(Select, RefusesWhatIsNotOneSelect) {
    EXPECT_FALSE(parse_select("SELECT a FROM t UNION SELECT a FROM u"));
    EXPECT_FALSE(parse_select("SELECT a, COUNT(*) FROM t GROUP BY a"));
    EXPECT_FALSE(parse_select("UPDATE t SET a = 1"));
    EXPECT_FALSE(parse_select(""));
    EXPECT_TRUE(parse_select("SELECT a FROM (SELECT a FROM t GROUP BY a) AS i WHERE a > 0"));
}

TEST(Select, KeepsAConditionWithOrWhole) {
    EXPECT_EQ(split_conjuncts("a = 1 OR b = 2 AND c = 3"),
              (std::vector<std::string>{"a = 1 OR b = 2 AND c = 3"}));
    EXPECT_EQ(split_conjuncts("(a = 1 OR b = 2) AND CASE WHEN c AND d THEN 1 ELSE 0 END = 1"),
              (std::vector<std::string>{"(a = 1 OR b = 2)", "CASE WHEN c AND d THEN 1 ELSE 0 END = 1"}));
}

TEST(Select, FindsIdentifiersOnly) {
    EXPECT_TRUE(names_identifier("SELECT a FROM telephony_visit WHERE a", "telephony_visit"));
    EXPECT_FALSE(names_identifier("SELECT a FROM telephony_visit_old", "telephony_visit"));
    EXPECT_FALSE(names_identifier("SELECT 'telephony_visit' FROM t", "telephony_visit"));
}

}  // namespace
}  // namespace klarsyn
