// Examples of each rule of a case.
#include "modules/servicedesk/servicedesk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace klarsyn::servicedesk {
namespace {

using ::testing::ElementsAre;

const Day kDay = day_of({2018, 4, 9});  // a Monday

UtcSecond at(int day, int hour, int minute = 0) {
    return day_start(kDay + day) + hour * 3600 + minute * 60;
}

// One word per event: "2 moved_in level=2 group=B".
std::string show(const CaseEvent& event) {
    std::string text = std::to_string(event.day - kDay) + " " + std::string(kind_name(event.kind));
    text += " " + (event.dims.group.empty() ? "-" : std::string(event.dims.group));
    text += "/" + (event.dims.level.empty() ? "-" : std::string(event.dims.level));
    if (!event.was.empty()) text += " was " + std::string(event.was);
    if (event.level_changed) text += " level";
    if (event.elapsed_s) text += " " + std::to_string(*event.elapsed_s) + "s";
    if (event.moves) text += " moves " + std::to_string(*event.moves);
    if (event.flags != 0) text += " [" + flag_words(event.flags) + "]";
    return text;
}

std::vector<std::string> show_events(const CaseHistory& history) {
    std::vector<std::string> lines;
    for (const CaseEvent& event : history.events) lines.push_back(show(event));
    return lines;
}

std::vector<std::string> show_stays(const CaseHistory& history) {
    std::vector<std::string> lines;
    for (const CaseStay& stay : history.stays) {
        lines.push_back(std::to_string(stay.from - kDay) + ".." +
                        (stay.to ? std::to_string(*stay.to - kDay) : "") + " " +
                        std::string(stay.dims.group) + "/" +
                        (stay.dims.level.empty() ? "-" : std::string(stay.dims.level)));
    }
    return lines;
}

class Cases : public ::testing::Test {
protected:
    Cases() {
        groups_.add("Desk", {0, GroupSpan::kOpenEnd, "1", "CIMT"});
        groups_.add("Server", {0, GroupSpan::kOpenEnd, "3", "CIMT"});
    }

    CaseRow& row(UtcSecond updated, std::string_view state, std::string_view group,
                 std::int64_t reopened = 0) {
        CaseRow row;
        row.updated.at = updated;
        row.opened.at = at(0, 8);
        row.state = state;
        row.group = group;
        row.reopen_count = reopened;
        rows_.push_back(row);
        return rows_.back();
    }

    CaseHistory derive() const { return derive_case(rows_, groups_); }

    GroupMap groups_;
    std::vector<CaseRow> rows_;
};

TEST_F(Cases, FromOpeningToClosing) {
    row(at(0, 9), "New", "Desk");
    row(at(1, 9), "Active", "Server");
    row(at(2, 9), "Resolved", "Server");
    row(at(4, 9), "Closed", "Server");
    for (CaseRow& each : rows_) {
        each.resolved = CaseTime{at(2, 8), 0};
        each.closed = CaseTime{at(5, 8), 0};
    }
    EXPECT_THAT(show_events(derive()),
                ElementsAre("0 created Desk/1", "0 assigned Desk/1", "1 moved_out Desk/1 level",
                            "1 moved_in Server/3 level", "2 resolved Server/3 172800s",
                            "2 solved Server/3 172800s", "5 closed Server/3 432000s moves 1"));
    EXPECT_THAT(show_stays(derive()), ElementsAre("0..1 Desk/1", "1..5 Server/3"));
}

TEST_F(Cases, FirstKnownGroupIsNoMoveButLeavesUnknown) {
    row(at(0, 9), "New", "");
    row(at(1, 9), "Active", "Desk");
    row(at(2, 9), "Active", "");
    row(at(3, 9), "Closed", "");
    EXPECT_THAT(show_events(derive()),
                ElementsAre("0 created -/-", "1 assigned Desk/1", "1 moved_out -/- level",
                            "1 moved_in Desk/1 level", "3 closed Desk/1 262800s moves 0"));
}

TEST_F(Cases, UnmappedGroupIsKnownWithoutLevel) {
    row(at(0, 9), "New", "Elsewhere");
    row(at(1, 9), "Active", "Nowhere");
    row(at(1, 10), "Active", "Desk");
    row(at(1, 11), "Closed", "Desk");
    EXPECT_THAT(
        show_events(derive()),
        ElementsAre("0 created Elsewhere/-", "0 assigned Elsewhere/-", "1 moved_out Elsewhere/-",
                    "1 moved_in Nowhere/-", "1 moved_out Nowhere/- level",
                    "1 moved_in Desk/1 level", "1 closed Desk/1 97200s moves 2"));
    EXPECT_THAT(show_stays(derive()), ElementsAre("0..1 Elsewhere/-"));
}

TEST_F(Cases, ReopenedFromResolvedAndFromClosed) {
    row(at(0, 9), "Resolved", "Desk", 3);  // the first row's count is the base
    row(at(1, 9), "Active", "Desk", 4);
    row(at(2, 9), "Closed", "Desk", 4);
    row(at(3, 9), "Active", "Desk", 5);
    row(at(4, 9), "Closed", "Desk", 5);
    EXPECT_THAT(show_events(derive()),
                ElementsAre("0 created Desk/1", "0 assigned Desk/1", "0 resolved Desk/1 3600s",
                            "0 solved Desk/1 3600s", "1 reopened Desk/1 was resolved",
                            "2 closed Desk/1 176400s", "3 reopened Desk/1 was closed",
                            "4 closed Desk/1 349200s moves 0"));
    EXPECT_THAT(show_stays(derive()), ElementsAre("0..2 Desk/1", "3..4 Desk/1"));
}

TEST_F(Cases, LeavingClosedWithoutARiseIsAnImpliedReopening) {
    row(at(0, 9), "Closed", "Desk");
    row(at(2, 9), "Active", "Desk");
    EXPECT_THAT(show_events(derive()), ElementsAre("0 created Desk/1", "0 assigned Desk/1",
                                                   "0 closed Desk/1 3600s moves 0",
                                                   "2 reopened Desk/1 was closed [implied]"));
    EXPECT_THAT(show_stays(derive()), ElementsAre("2.. Desk/1"));
}

TEST_F(Cases, ARiseWhileClosedReopensAndClosesAgain) {
    row(at(0, 9), "Closed", "Desk", 0);
    row(at(2, 9), "Closed", "Desk", 1);
    EXPECT_THAT(show_events(derive()),
                ElementsAre("0 created Desk/1", "0 assigned Desk/1", "0 closed Desk/1 3600s",
                            "2 reopened Desk/1 was closed", "2 closed Desk/1 176400s moves 0"));
}

TEST_F(Cases, MovesWhileClosedCountWhenTheCaseReopens) {
    row(at(0, 9), "Closed", "Desk");
    row(at(1, 9), "Closed", "Server");
    row(at(3, 9), "Active", "Server", 1);
    EXPECT_THAT(show_events(derive()),
                ElementsAre("0 created Desk/1", "0 assigned Desk/1",
                            "0 closed Desk/1 3600s moves 0", "3 reopened Desk/1 was closed",
                            "3 moved_out Desk/1 level", "3 moved_in Server/3 level"));
    EXPECT_THAT(show_stays(derive()), ElementsAre("3.. Server/3"));
}

TEST_F(Cases, MovesAfterTheLastClosingNeverCount) {
    row(at(0, 9), "Closed", "Desk");
    row(at(1, 9), "Closed", "Server");
    EXPECT_THAT(show_events(derive()), ElementsAre("0 created Desk/1", "0 assigned Desk/1",
                                                   "0 closed Desk/1 3600s moves 0"));
}

TEST_F(Cases, NothingCountsBeforeTheOpening) {
    row(at(-2, 9), "New", "Desk");
    row(at(-1, 9), "Active", "Server");
    row(at(1, 9), "Active", "Desk");
    EXPECT_THAT(show_events(derive()),
                ElementsAre("0 created Desk/1", "0 assigned Desk/1",
                            "0 moved_out Desk/1 level [before_opened]",
                            "0 moved_in Server/3 level [before_opened]",
                            "1 moved_out Server/3 level", "1 moved_in Desk/1 level"));
    EXPECT_THAT(show_stays(derive()), ElementsAre("0..1 Server/3", "1.. Desk/1"));
}

TEST_F(Cases, ClosedAtBeforeAMoveWaitsForTheMove) {
    row(at(0, 9), "New", "Desk");
    row(at(2, 9), "Active", "Server");
    row(at(3, 9), "Closed", "Server").closed = CaseTime{at(1, 9), 0};
    EXPECT_THAT(
        show_events(derive()),
        ElementsAre("0 created Desk/1", "0 assigned Desk/1", "2 moved_out Desk/1 level",
                    "2 moved_in Server/3 level", "2 closed Server/3 176400s moves 1 [reordered]"));
}

TEST_F(Cases, ClosedAtStaysBetweenTheReopeningsAroundIt) {
    row(at(0, 9), "Closed", "Desk", 0);
    row(at(2, 9), "Active", "Desk", 1);
    row(at(3, 9), "Closed", "Desk", 1).closed = CaseTime{at(1, 9), 0};
    EXPECT_THAT(show_stays(derive()), ElementsAre());
    rows_.back().closed = CaseTime{at(9, 9), 0};
    row(at(4, 9), "Active", "Desk", 2);
    EXPECT_THAT(show_stays(derive()), ElementsAre("2..4 Desk/1", "4.. Desk/1"));
}

TEST_F(Cases, HoldKeepsItsReason) {
    row(at(0, 9), "Awaiting User Info", "Desk");
    row(at(1, 9), "", "Desk");
    row(at(2, 9), "Awaiting Problem", "Desk");
    row(at(3, 9), "Resolved", "Desk");
    EXPECT_THAT(show_events(derive()),
                ElementsAre("0 created Desk/1", "0 assigned Desk/1",
                            "0 on_hold Desk/1 was Awaiting User Info",
                            "2 resumed Desk/1 was Awaiting User Info",
                            "2 on_hold Desk/1 was Awaiting Problem",
                            "3 resumed Desk/1 was Awaiting Problem", "3 resolved Desk/1 262800s",
                            "3 solved Desk/1 262800s"));
}

TEST_F(Cases, PriorityAndCategoryChangesSplitTheStay) {
    row(at(0, 9), "New", "Desk").priority = "4 - Low";
    row(at(1, 9), "New", "Desk").priority = "2 - High";
    row(at(2, 9), "New", "Desk").priority = "2 - High";
    rows_.back().category = "Network";
    EXPECT_THAT(show_events(derive()),
                ElementsAre("0 created Desk/1", "0 assigned Desk/1",
                            "1 priority_changed Desk/1 was 4 - Low", "2 category_changed Desk/1"));
    const CaseHistory history = derive();
    ASSERT_EQ(history.stays.size(), 3U);
    EXPECT_EQ(history.stays[1].dims.priority, "2 - High");
    EXPECT_EQ(history.stays[2].dims.category, "Network");
}

TEST_F(Cases, AMergerMovesOpenCasesOnItsDay) {
    groups_.add("Field", {0, kDay + 2, "1", "North"});
    groups_.add("Field", {kDay + 3, GroupSpan::kOpenEnd, "2", "East"});
    row(at(0, 9), "New", "Field");
    row(at(5, 9), "Closed", "Field");
    EXPECT_THAT(show_events(derive()),
                ElementsAre("0 created Field/1", "0 assigned Field/1", "3 moved_out Field/1 level",
                            "3 moved_in Field/2 level", "5 closed Field/2 435600s moves 0"));
    EXPECT_THAT(show_stays(derive()), ElementsAre("0..3 Field/1", "3..5 Field/2"));
    rows_.pop_back();  // still open: the merger counts although no row follows it
    EXPECT_THAT(show_stays(derive()), ElementsAre("0..3 Field/1", "3.. Field/2"));
}

TEST_F(Cases, AfterAMergerWhileClosedTheCaseReopensInTheNewPlace) {
    groups_.add("Field", {0, kDay + 2, "1", "North"});
    groups_.add("Field", {kDay + 3, GroupSpan::kOpenEnd, "1", "East"});
    row(at(0, 9), "Closed", "Field");
    row(at(5, 9), "Active", "Field", 1);
    EXPECT_THAT(show_events(derive()),
                ElementsAre("0 created Field/1", "0 assigned Field/1",
                            "0 closed Field/1 3600s moves 0", "5 reopened Field/1 was closed"));
    EXPECT_EQ(derive().events.back().dims.org, "East");
}

TEST(CaseStays, LengthClassIsTheSmallestPowerAbove) {
    const auto length = [](Day days) { return length_class({0, days, {}}); };
    EXPECT_EQ(length_class({0, std::nullopt, {}}), -1);
    EXPECT_EQ(length(1), 1);
    EXPECT_EQ(length(2), 2);
    EXPECT_EQ(length(3), 2);
    EXPECT_EQ(length(4), 3);
    EXPECT_EQ(length(1023), 10);
    EXPECT_EQ(length(1024), 11);
}

TEST(CaseStates, EnglishAndDanishNames) {
    EXPECT_EQ(state_class("Closed Complete"), StateClass::closed);
    EXPECT_EQ(state_class("LUKKET"), StateClass::closed);
    EXPECT_EQ(state_class("Løst"), StateClass::resolved);
    EXPECT_EQ(state_class("Afventer bruger"), StateClass::on_hold);
    EXPECT_EQ(state_class("-100"), StateClass::active);
}

TEST_F(Cases, TheCasesOwnPlaceWinsOverItsGroups) {
    row(at(0, 8), "active", "Desk").own_org = "NOH";
    CaseRow& taken = row(at(2, 8), "active", "Desk");  // the same organisation as the group's
    taken.own_org = "CIMT";
    taken.own_level = "2";
    groups_ = {};
    groups_.add("Desk", {0, kDay + 4, "1", "CIMT"});
    groups_.add("Desk", {kDay + 5, GroupSpan::kOpenEnd, "3", "Elsewhere"});
    const CaseHistory history = derive();
    ASSERT_EQ(history.stays.size(), 2U);  // day 5 changes the group, not the case
    EXPECT_EQ(history.stays[0].dims.org, "NOH");
    EXPECT_EQ(history.stays[0].dims.level, "1");
    EXPECT_EQ(history.stays[1].dims.org, "CIMT");
    EXPECT_EQ(history.stays[1].dims.level, "2");
}

TEST_F(Cases, AnotherSystemIsAnEventAndANewStay) {
    row(at(0, 8), "active", "Desk").system = "FMK";
    row(at(1, 8), "active", "Desk").system = "Sundhedsplatformen";
    const CaseHistory history = derive();
    EXPECT_THAT(show_events(history), ElementsAre("0 created Desk/1", "0 assigned Desk/1",
                                                  "1 system_changed Desk/1 was FMK"));
    ASSERT_EQ(history.stays.size(), 2U);
    EXPECT_EQ(history.stays[1].dims.system, "Sundhedsplatformen");
}

TEST_F(Cases, AHoldReasonSaysWhyTheCaseWaits) {
    row(at(0, 8), "on_hold", "Desk").hold_reason = "awaiting_user";
    row(at(1, 8), "on_hold", "Desk").hold_reason = "awaiting_vendor";
    EXPECT_THAT(
        show_events(derive()),
        ElementsAre("0 created Desk/1", "0 assigned Desk/1", "0 on_hold Desk/1 was awaiting_user",
                    "1 resumed Desk/1 was awaiting_user", "1 on_hold Desk/1 was awaiting_vendor"));
}

}  // namespace
}  // namespace klarsyn::servicedesk
