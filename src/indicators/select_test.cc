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

using Words = std::vector<std::string>;

TEST(Select, FindsWhatIsRead) {
    EXPECT_EQ(relations("SELECT a FROM telephony_visit WHERE a"), Words{"telephony_visit"});
    EXPECT_EQ(relations("SELECT 'FROM x' FROM t"), Words{"t"});
    EXPECT_EQ(relations("SELECT v.id, 1 FROM t AS v JOIN u ON u.id = v.id, w WHERE v.day IN (1, 2)"),
              (Words{"t", "u", "w"}));
    EXPECT_EQ(relations("SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u, v AS x WHERE x.a = 1)"),
              (Words{"t", "u", "v"}));
    EXPECT_EQ(relations("SELECT a FROM (SELECT b, c FROM t) AS s LEFT JOIN (u JOIN v ON 1 = 1) ON 1 = 1"),
              (Words{"t", "u", "v"}));
    EXPECT_EQ(relations("SELECT a FROM t UNION ALL SELECT a FROM u UNION SELECT a FROM t"),
              (Words{"t", "u"}));
}

TEST(Select, QuotedAndQualifiedNamesStayVisible) {
    EXPECT_EQ(relations("SELECT a FROM main.t JOIN \"u\" ON 1 = 1 JOIN \"public\".v ON 1 = 1"),
              (Words{"main.t", "\"u\"", "\"public\""}));
}

}  // namespace
}  // namespace klarsyn
