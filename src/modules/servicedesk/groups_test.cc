// The groups file: what it says by date, and each reason to refuse it.
#include "modules/servicedesk/groups.h"

#include <gtest/gtest.h>

namespace klarsyn::servicedesk {
namespace {

constexpr std::string_view kHeader = "group,level,org,from,to\n";

GroupMap read(const std::string& rows) {
    auto map = parse_groups(std::string(kHeader) + rows, "groups.csv");
    EXPECT_TRUE(map.ok()) << (map.ok() ? "" : map.error().key);
    return map.ok() ? map.take() : GroupMap{};
}

TEST(Groups, HoldFromTheirFirstToTheirLastDay) {
    const GroupMap map = read("Desk,1,CIMT,2018-01-01,2018-03-31\nDesk,2,CIMT,01-04-2018,\n");
    EXPECT_EQ(map.find("Desk", day_of({2017, 12, 31})), nullptr);
    EXPECT_EQ(map.find("Desk", day_of({2018, 1, 1}))->level, "1");
    EXPECT_EQ(map.find("Desk", day_of({2018, 3, 31}))->level, "1");
    EXPECT_EQ(map.find("Desk", day_of({2018, 4, 1}))->level, "2");
    EXPECT_EQ(map.find("Desk", day_of({2099, 1, 1}))->level, "2");
    EXPECT_EQ(map.find("Other", day_of({2018, 4, 1})), nullptr);
}

TEST(Groups, ChangesAreTheDaysOnWhichSomethingBeginsOrHasEnded) {
    const GroupMap map = read("Desk,1,,2018-01-01,2018-03-31\nDesk,2,,2018-05-01,\n");
    EXPECT_EQ(map.next_change("Desk", 0), day_of({2018, 1, 1}));
    EXPECT_EQ(map.next_change("Desk", day_of({2018, 1, 1})), day_of({2018, 4, 1}));
    EXPECT_EQ(map.next_change("Desk", day_of({2018, 4, 1})), day_of({2018, 5, 1}));
    EXPECT_EQ(map.next_change("Desk", day_of({2018, 5, 1})), std::nullopt);
    EXPECT_EQ(map.next_change("Other", 0), std::nullopt);
}

TEST(Groups, DatesAndOrganisationMayBeLeftOut) {
    const auto map = parse_groups("group;level\nDesk;1\n", "groups.csv");
    ASSERT_TRUE(map.ok());
    EXPECT_EQ(map->find("Desk", 0)->level, "1");
    EXPECT_EQ(map->find("Desk", 0)->org, "");
}

struct Refused {
    std::string text;
    std::string key;
    std::string field;
    long long line;
};
class GroupsRefused : public ::testing::TestWithParam<Refused> {};

TEST_P(GroupsRefused, WithFileLineAndField) {
    const auto map = parse_groups(GetParam().text, "groups.csv");
    ASSERT_FALSE(map.ok());
    EXPECT_EQ(map.error().code, ErrorCode::invalid_input);
    EXPECT_EQ(map.error().key, GetParam().key);
    EXPECT_EQ(map.error().field, GetParam().field);
    EXPECT_EQ(map.error().line, GetParam().line);
    EXPECT_EQ(map.error().file, "groups.csv");
    EXPECT_TRUE(has_text(Language::da, map.error().key));
    EXPECT_TRUE(has_text(Language::en, map.error().key));
}

std::string with_header(const std::string& rows) { return std::string(kHeader) + rows; }

INSTANTIATE_TEST_SUITE_P(
    Faults, GroupsRefused,
    ::testing::Values(Refused{"group,org\n", "servicedesk.error.column_missing", "level", 1},
                      Refused{with_header("A,1,,2018-01-01,2018-06-30\nA,2,,2018-06-30,\n"),
                              "servicedesk.error.groups_overlap", "from", 3},
                      Refused{with_header("A,1,,,\nB,1,,,\nA,1,,,\n"),
                              "servicedesk.error.groups_overlap", "from", 4},
                      Refused{with_header("A,1,,2018-06-30,2018-01-01\n"),
                              "servicedesk.error.groups_end_first", "to", 2},
                      Refused{with_header("A,1,,soon,\n"), "servicedesk.reject.time_unreadable",
                              "from", 2},
                      Refused{with_header(",1,,,\n"), "servicedesk.reject.missing", "group", 2},
                      Refused{with_header("A,1\n"), "reject.csv.too_few_fields", "", 2}));

}  // namespace
}  // namespace klarsyn::servicedesk
