#include "modules/servicedesk/priority.h"

#include <gtest/gtest.h>

#include "core/text.h"

namespace klarsyn::servicedesk {
namespace {

TEST(Priority, FollowsTheTableOfTheContract) {
    const PriorityRules& rules = default_priority();
    const int expected[3][3] = {{1, 2, 3}, {2, 3, 4}, {3, 4, 4}};
    for (int impact = 1; impact <= 3; ++impact) {
        for (int urgency = 1; urgency <= 3; ++urgency)
            EXPECT_EQ(rules.of(impact, urgency), expected[impact - 1][urgency - 1]);
    }
    EXPECT_EQ(rules.of(0, 9), 3);
}

TEST(Priority, IsReadFromWhatSourcesCallIt) {
    const PriorityRules& rules = default_priority();
    EXPECT_EQ(rules.find("1"), 1);
    EXPECT_EQ(rules.find("P2"), 2);
    EXPECT_EQ(rules.find("3 - Moderate"), 3);
    EXPECT_EQ(rules.find("4_-_Low"), 4);
    EXPECT_EQ(rules.find("HØJ"), 2);
    EXPECT_EQ(rules.find("5 - Planning"), std::nullopt);
    EXPECT_EQ(rules.find("12"), std::nullopt);
    EXPECT_EQ(rules.find("0"), std::nullopt);
    EXPECT_EQ(rules.find("vip"), std::nullopt);
    EXPECT_EQ(rules.find(""), std::nullopt);
}

void refused(std::string_view toml, std::string_view key, long long line, std::string_view field) {
    const auto rules = parse_priority(toml, "p.toml");
    ASSERT_FALSE(rules.ok()) << toml;
    EXPECT_EQ(rules.error().key, key) << toml;
    EXPECT_EQ(rules.error().file, "p.toml");
    EXPECT_EQ(rules.error().line, line) << toml;
    EXPECT_EQ(rules.error().field, field) << toml;
    EXPECT_TRUE(has_text(Language::da, key)) << key;
    EXPECT_TRUE(has_text(Language::en, key)) << key;
}

TEST(Priority, ABadFileIsRefusedWithLineAndField) {
    const std::string good = "[table]\nimpact1=[1,2,3]\nimpact2=[2,3,4]\n";
    refused(good + "impact3=[3,4", "servicedesk.settings.unreadable", 4, "");
    refused(good, "servicedesk.settings.missing", 1, "impact3");
    refused(good + "impact3=[3,4]", "servicedesk.settings.three_numbers", 4, "impact3");
    refused(good + "impact3=[3,4,5]", "servicedesk.settings.not_a_number", 4, "impact3");
    refused(good + "impact3=[3,4,4]\nimpact4=[1,1,1]", "servicedesk.settings.unknown", 5,
            "impact4");
    refused(good + "impact3=[3,4,4]\n[names]\np1='Høj'\np2=['HØJ']", "servicedesk.settings.twice",
            7, "p2");
    refused("table=1", "servicedesk.settings.not_a_table", 1, "table");
    refused(good + "impact3=[3,4,4]\n[names]\np1=7", "servicedesk.settings.not_a_text", 6, "p1");
}

}  // namespace
}  // namespace klarsyn::servicedesk
