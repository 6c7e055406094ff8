#include "modules/alerts/rules.h"

#include <gtest/gtest.h>

namespace klarsyn::alerts {
namespace {

Error fault_of(std::string_view text) {
    const auto rules = parse_alert_rules(text, "my.toml");
    EXPECT_FALSE(rules.ok()) << text;
    return rules.ok() ? Error() : rules.error();
}

TEST(AlertRules, TheDefaultIsGood) {
    const auto rules = parse_alert_rules(default_alert_rules(), "default");
    ASSERT_TRUE(rules.ok()) << describe(rules.error(), Language::en);
    EXPECT_EQ(rules->rules.size(), 5U);
    EXPECT_EQ(rules->reach_s(), 15 * 60 + kGapKnown_s);
}

TEST(AlertRules, FieldsAreReadAsWritten) {
    const auto rules = parse_alert_rules(R"(
every = "30s"
storm = 3
[severity.worst]
impact = 1
urgency = 3
[[rule]]
name = "child"
kind = "latency"
by = ["system"]
site = "HER"
percentile = 95
above_ms = 8000
clear_ms = 5000
over = "2h"
severity = "worst"
group = "Drift"
depends = ["net"]
[[rule]]
name = "net"
kind = "gap"
for = "90s"
by = "site"
[[rule]]
name = "share"
kind = "share"
below = 92.5
)",
                                         "my.toml");
    ASSERT_TRUE(rules.ok()) << describe(rules.error(), Language::en);
    EXPECT_EQ(rules->every_s, 30);
    EXPECT_EQ(rules->storm, 3);
    EXPECT_EQ(rules->rules.front().name, "net");  // what others depend on comes first
    const AlertRule* child = rules->find("child");
    ASSERT_NE(child, nullptr);
    EXPECT_EQ(child->fires, 8000);
    EXPECT_EQ(child->clears, 5000);
    EXPECT_EQ(child->over_s, 7200);
    EXPECT_EQ(child->impact, 1);
    EXPECT_EQ(child->urgency, 3);
    EXPECT_EQ(child->where.site, "HER");
    EXPECT_EQ(rules->find("share")->fires, 9250);
    EXPECT_EQ(rules->find("share")->clears, 9250);
}

TEST(AlertRules, AFaultNamesFileLineAndField) {
    const Error error = fault_of("[[rule]]\nname = \"a\"\nkind = \"share\"\nbelow = 101\n");
    EXPECT_EQ(error.file, "my.toml");
    EXPECT_EQ(error.line, 4);
    EXPECT_EQ(error.field, "below");
}

TEST(AlertRules, FaultsOfEveryKindAreRefused) {
    const std::string a = "[[rule]]\nname = \"a\"\nkind = \"gap\"\nfor = \"5m\"\n";
    for (const auto& [text, key] : std::vector<std::pair<std::string, std::string>>{
             {"x =", "alerts.rules.unreadable"},
             {"x = 1", "alerts.rules.unknown"},
             {"every = \"1x\"", "alerts.rules.duration"},
             {"every = \"0s\"", "alerts.rules.duration"},
             {"every = 60", "alerts.rules.duration"},
             {"storm = 0", "alerts.rules.number"},
             {"rule = 1", "alerts.rules.no_table"},
             {"[[rule]]\nkind = \"gap\"", "alerts.rules.missing"},
             {"[[rule]]\nname = \"a b\"\nkind = \"gap\"", "alerts.rules.name"},
             {"[[rule]]\nname = \"a\"\nkind = \"gab\"", "alerts.rules.word"},
             {"[[rule]]\nname = \"a\"\nkind = \"gap\"", "alerts.rules.missing"},
             {a + "below = 3", "alerts.rules.unknown"},
             {a + "by = [\"place\"]", "alerts.rules.word"},
             {a + "severity = \"huge\"", "alerts.rules.word"},
             {a + "fire_after = 0", "alerts.rules.number"},
             {a + "depends = [\"b\"]", "alerts.rules.no_rule"},
             {a + "depends = [\"a\"]", "alerts.rules.circle"},
             {a + a, "alerts.rules.twice"},
             {"[[rule]]\nname = \"a\"\nkind = \"share\"\nbelow = 90\nclear = 80",
              "alerts.rules.clear"},
             {"[[rule]]\nname = \"a\"\nkind = \"latency\"\nabove_ms = 90\nclear_ms = 100",
              "alerts.rules.clear_ms"},
             {"[[rule]]\nname = \"a\"\nkind = \"share\"\nbelow = 90.123", "alerts.rules.percent"},
             {"[[rule]]\nname = \"a\"\nkind = \"external\"\nlabels = {color = \"x\"}",
              "alerts.rules.word"}}) {
        EXPECT_EQ(fault_of(text).key, key) << text;
    }
}

TEST(AlertRules, GroupsHaveOneText) {
    Group group;
    group.system = "EPM3;x%";
    group.site = "HER";
    EXPECT_EQ(group.text(), "system=EPM3%3Bx%25;site=HER");
}

}  // namespace
}  // namespace klarsyn::alerts
