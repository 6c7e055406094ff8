#include "modules/telephony/telephony.h"

#include <gtest/gtest.h>

#include "modules/telephony/derive_for_test.h"

namespace klarsyn::telephony {
namespace {

// Monday 15 April 2013, 08:00:00 UTC: 10:00 in Copenhagen.
constexpr UtcSecond kStart = 1366012800;

std::string at(int second, std::string_view rest) {
    return std::to_string(kStart + second) + "|1366012790.7|servicedesk|" + std::string(rest) + "\n";
}
std::string key(int second, int ordinal = 1) {
    return "queue-log/1366012790.7/servicedesk/" + std::to_string(kStart + second) + "." +
           std::to_string(ordinal);
}
const std::string kEnter = at(0, "NONE|ENTERQUEUE||38635000|4");

// The one visit of a log that has one.
VisitRow visit(const std::string& log) {
    const auto rows = derive_files({log});
    EXPECT_EQ(rows.size(), 1u) << log;
    return rows.size() == 1 ? rows.begin()->second : VisitRow{};
}

TEST(Visits, AnsweredCallHasWaitRingTalkAgentAndPosition) {
    const auto row = visit(kEnter + at(35, "Agent/12|CONNECT|35|1366012820.8|9") +
                           at(155, "Agent/12|COMPLETECALLER|35|120|4"));
    EXPECT_EQ(row, (VisitRow{{"day", "15810"}, {"hour", "10"}, {"weekday", "1"},
                             {"queue", "servicedesk"}, {"outcome", "answered"}, {"way", "-"},
                             {"entered", "1366012800"}, {"connected", "1366012835"},
                             {"ended", "1366012955"}, {"wait_s", "35"}, {"ring_s", "9"},
                             {"talk_s", "120"}, {"agent", "Agent/12"}, {"position", "4"},
                             {"callid", "1366012790.7"}, {"wait_flagged", "0"},
                             {"source", "queue-log"}}));
}

TEST(Visits, StillTalkingCountsAsAnsweredWithoutTalk) {
    const auto row = visit(kEnter + at(35, "Agent/12|CONNECT|35|1366012820.8|9"));
    EXPECT_EQ(row.at("outcome"), "answered");
    EXPECT_EQ(row.at("talk_s"), "-");
    EXPECT_EQ(row.at("ended"), "-");
}

TEST(Visits, EntryAloneIsOpen) {
    const auto row = visit(kEnter);
    EXPECT_EQ(row.at("outcome"), "open");
    EXPECT_EQ(row.at("wait_s"), "-");
    EXPECT_EQ(row.at("ended"), "-");
}

TEST(Visits, KeyNamesSourceCallQueueAndEntry) {
    const auto rows = derive_files({kEnter}, "pbx");
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows.begin()->first, "pbx/1366012790.7/servicedesk/1366012800.1");
    EXPECT_EQ(rows.begin()->second.at("source"), "pbx");
}

TEST(Visits, SlashesInNamesCannotMakeTwoKeysEqual) {
    const auto rows = derive_files({"100|a/b|c|NONE|ENTERQUEUE|||1\n100|a|b/c|NONE|ENTERQUEUE|||1\n"});
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_TRUE(rows.contains("queue-log/a%2Fb/c/100.1"));
    EXPECT_TRUE(rows.contains("queue-log/a/b%2Fc/100.1"));
}

TEST(Visits, AbandonMayNameAnAgentAndIsStillAbandoned) {
    const auto row = visit(kEnter + at(70, "Agent/12|ABANDON|2|4|70"));
    EXPECT_EQ(row.at("outcome"), "abandoned");
    EXPECT_EQ(row.at("wait_s"), "70");
    EXPECT_EQ(row.at("agent"), "-");
}

TEST(Visits, SyscompatIsAbandonedAndItsWaitIsTheDifference) {
    const auto row = visit(kEnter + at(12, "NONE|SYSCOMPAT|"));
    EXPECT_EQ(row.at("outcome"), "abandoned");
    EXPECT_EQ(row.at("wait_s"), "12");
    EXPECT_EQ(row.at("wait_flagged"), "0");
}

TEST(Visits, EveryWayOfLeavingKeepsItsName) {
    const std::pair<std::string, std::string> ways[] = {{"EXITWITHTIMEOUT", "2|4|600"},
                                                        {"EXITEMPTY", "2|4|600"},
                                                        {"EXITWITHKEY", "9|2|4|600"},
                                                        {"WITHDRAW", "2|4|600|moved by hand"}};
    for (const auto& [event, parameters] : ways) {
        const auto row = visit(kEnter + at(600, "NONE|" + event + "|" + parameters));
        EXPECT_EQ(row.at("outcome"), "left") << event;
        EXPECT_EQ(row.at("way"), event);
        EXPECT_EQ(row.at("wait_s"), "600") << event;
        EXPECT_EQ(row.at("ended"), std::to_string(kStart + 600)) << event;
    }
}

TEST(Visits, TransfersStateTalk) {
    const std::string connect = at(5, "Agent/1|CONNECT|5|m|2");
    for (const std::string rest :
         {"BLINDTRANSFER|4711|from-queue|5|88|4", "TRANSFER|4711|from-queue|5|88|4",
          "ATTENDEDTRANSFER|BRIDGE|7f3c-11|5|88|4", "ATTENDEDTRANSFER|APP|VoiceMail|5|88|4",
          "ATTENDEDTRANSFER|LINK|SIP/a-1|SIP/b-2|5|88|4", "COMPLETEAGENT|5|88|4"}) {
        const auto row = visit(kEnter + connect + at(93, "Agent/1|" + rest));
        EXPECT_EQ(row.at("talk_s"), "88") << rest;
        EXPECT_EQ(row.at("ended"), std::to_string(kStart + 93)) << rest;
        EXPECT_EQ(row.at("outcome"), "answered") << rest;
    }
}

TEST(Visits, RingsThatNobodyTookAreMillisecondsAndChangeNothing) {
    const auto row = visit(kEnter + at(20, "Agent/3|RINGNOANSWER|15000") +
                           at(30, "Agent/4|RINGCANCELED|9000") +
                           at(40, "Agent/1|CONNECT|40|m|8"));
    EXPECT_EQ(row.at("wait_s"), "40");
    EXPECT_EQ(row.at("ring_s"), "8");
}

TEST(Visits, AgentDumpDoesNotEndTheVisit) {
    const auto row = visit(kEnter + at(20, "Agent/3|AGENTDUMP|") + at(60, "Agent/1|CONNECT|60|m|8"));
    EXPECT_EQ(row.at("outcome"), "answered");
    EXPECT_EQ(row.at("wait_s"), "60");
}

TEST(Visits, UnknownVerbsChangeNothing) {
    const auto row = visit(kEnter + at(1, "NONE|DID|38635000") + at(2, "NONE|INFO|a|b|c|d"));
    EXPECT_EQ(row.at("outcome"), "open");
}

TEST(Visits, StatedWaitWinsAndADifferenceOfMoreThanTwoSecondsIsFlagged) {
    const auto near = visit(kEnter + at(35, "A|CONNECT|33|m|9"));
    EXPECT_EQ(near.at("wait_s"), "33");
    EXPECT_EQ(near.at("wait_flagged"), "0");
    const auto below = visit(kEnter + at(35, "A|CONNECT|32|m|9"));
    EXPECT_EQ(below.at("wait_s"), "32");
    EXPECT_EQ(below.at("wait_flagged"), "1");
    const auto above = visit(kEnter + at(35, "NONE|ABANDON|1|4|38"));
    EXPECT_EQ(above.at("wait_s"), "38");
    EXPECT_EQ(above.at("wait_flagged"), "1");
}

TEST(Visits, OneCallMayVisitSeveralQueues) {
    const std::string other = "|1366012790.7|klinisk_programhjaelp|NONE|";
    const auto rows = derive_files(
        {kEnter + at(60, "NONE|EXITWITHTIMEOUT|1|4|60") + std::to_string(kStart + 60) + other +
         "ENTERQUEUE||38635000|1\n" + std::to_string(kStart + 90) + other + "ABANDON|1|1|30\n"});
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows.at(key(0)).at("outcome"), "left");
    const auto& second = rows.at("queue-log/1366012790.7/klinisk_programhjaelp/1366012860.1");
    EXPECT_EQ(second.at("outcome"), "abandoned");
    EXPECT_EQ(second.at("wait_s"), "30");
}

TEST(Visits, OneCallMayVisitOneQueueAgain) {
    const auto rows = derive_files({kEnter + at(60, "NONE|EXITWITHKEY|1|1|4|60") +
                                    at(80, "NONE|ENTERQUEUE||38635000|7") +
                                    at(95, "A|CONNECT|15|m|3")});
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows.at(key(0)).at("outcome"), "left");
    EXPECT_EQ(rows.at(key(80)).at("outcome"), "answered");
    EXPECT_EQ(rows.at(key(80)).at("position"), "7");
}

TEST(Visits, EntriesOfOneSecondAreCounted) {
    const auto rows = derive_files({kEnter + at(0, "NONE|EXITEMPTY|4|4|0") + kEnter +
                                    at(9, "NONE|ABANDON|4|4|9")});
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows.at(key(0, 1)).at("way"), "EXITEMPTY");
    EXPECT_EQ(rows.at(key(0, 2)).at("outcome"), "abandoned");
}

TEST(Visits, AnEventWithoutItsBeginningWaits) {
    const std::string end = at(35, "A|CONNECT|35|m|9") + at(99, "A|COMPLETEAGENT|35|64|4");
    EXPECT_TRUE(derive_files({end}).empty());
    EXPECT_TRUE(scan_text(end).rejects.empty());
    EXPECT_EQ(derive_files({end, kEnter}).at(key(0)).at("talk_s"), "64");
}

TEST(Visits, TheEndMayComeInALaterFile) {
    const std::string end = at(35, "A|CONNECT|35|m|9") + at(99, "A|COMPLETEAGENT|35|64|4");
    EXPECT_EQ(derive_files({kEnter}).at(key(0)).at("outcome"), "open");
    EXPECT_EQ(derive_files({kEnter, end}), derive_files({kEnter + end}));
}

TEST(Visits, TheFirstEndCounts) {
    const auto row = visit(kEnter + at(30, "NONE|ABANDON|1|4|30") +
                           at(31, "NONE|EXITWITHTIMEOUT|1|4|31") + at(32, "A|CONNECT|32|m|1"));
    EXPECT_EQ(row.at("outcome"), "abandoned");
    EXPECT_EQ(row.at("wait_s"), "30");
    const auto talked = visit(kEnter + at(5, "A|CONNECT|5|m|1") + at(50, "A|COMPLETEAGENT|5|45|4") +
                              at(51, "A|BLINDTRANSFER|1|c|5|46|4"));
    EXPECT_EQ(talked.at("talk_s"), "45");
}

TEST(Visits, AbandonAndLeavingAfterConnectAreIgnored) {
    const auto row = visit(kEnter + at(5, "A|CONNECT|5|m|1") + at(20, "NONE|ABANDON|1|4|20") +
                           at(30, "NONE|EXITWITHTIMEOUT|1|4|30") + at(50, "A|COMPLETEAGENT|5|45|4"));
    EXPECT_EQ(row.at("outcome"), "answered");
    EXPECT_EQ(row.at("wait_s"), "5");
    EXPECT_EQ(row.at("talk_s"), "45");
}

TEST(Visits, ASecondConnectIsIgnored) {
    const auto row = visit(kEnter + at(5, "A|CONNECT|5|m|1") + at(9, "B|CONNECT|9|m|2"));
    EXPECT_EQ(row.at("agent"), "A");
    EXPECT_EQ(row.at("wait_s"), "5");
}

TEST(Visits, CompleteWithoutConnectLeavesTheVisitOpen) {
    const auto row = visit(kEnter + at(99, "A|COMPLETEAGENT|35|64|4"));
    EXPECT_EQ(row.at("outcome"), "open");
    EXPECT_EQ(row.at("talk_s"), "-");
}

TEST(Visits, AgentNoneIsNoAgent) {
    EXPECT_EQ(visit(kEnter + at(5, "NONE|CONNECT|5|m|1")).at("agent"), "-");
}

TEST(Visits, AQueueWithoutNameIsUnknown) {
    EXPECT_EQ(visit("100|a||NONE|ENTERQUEUE|||1\n").at("queue"), "unknown");
}

TEST(Visits, DayAndHourAreThoseOfCopenhagen) {
    // 31 March 2013, 22:30 UTC is 00:30 on 1 April in summer time; 30 March, 23:30 UTC is 00:30.
    const auto summer = visit("1364769000|a|q|NONE|ENTERQUEUE|||1\n");
    EXPECT_EQ(summer.at("day"), std::to_string(day_of({2013, 4, 1})));
    EXPECT_EQ(summer.at("hour"), "0");
    EXPECT_EQ(summer.at("weekday"), "1");
    const auto winter = visit("1364686200|a|q|NONE|ENTERQUEUE|||1\n");
    EXPECT_EQ(winter.at("day"), std::to_string(day_of({2013, 3, 31})));
    EXPECT_EQ(winter.at("hour"), "0");
    EXPECT_EQ(winter.at("weekday"), "7");
}

TEST(Visits, BothPassesOfTheAutumnHourAreHourTwo) {
    // 27 October 2013: 02:30 summer time is 00:30 UTC, 02:30 winter time 01:30 UTC.
    EXPECT_EQ(visit("1382833800|a|q|NONE|ENTERQUEUE|||1\n").at("hour"), "2");
    EXPECT_EQ(visit("1382837400|a|q|NONE|ENTERQUEUE|||1\n").at("hour"), "2");
}

TEST(Visits, AVisitBelongsToTheDayOnWhichItEntered) {
    // Enters at 23:59:50 on 15 April, is answered on the 16th.
    const auto row = visit("1366063190|a|q|NONE|ENTERQUEUE|||1\n1366063230|a|q|A|CONNECT|40|m|1\n");
    EXPECT_EQ(row.at("day"), std::to_string(day_of({2013, 4, 15})));
    EXPECT_EQ(row.at("hour"), "23");
}

TEST(Union, OverlappingGrownAndRotatedFilesCountOnce) {
    const std::string a = kEnter + at(35, "A|CONNECT|35|m|9");
    const std::string b = at(35, "A|CONNECT|35|m|9") + at(99, "A|COMPLETEAGENT|35|64|4");
    const auto whole = derive_files({a + at(99, "A|COMPLETEAGENT|35|64|4")});
    EXPECT_EQ(derive_files({a, b}), whole);
    EXPECT_EQ(derive_files({b, a, a, b}), whole);
}

TEST(Union, ALineThatOneFileHasTwiceCountsTwice) {
    EXPECT_EQ(derive_files({kEnter + kEnter, kEnter}).size(), 2u);
    EXPECT_EQ(derive_files({kEnter, kEnter}).size(), 1u);
}

TEST(Union, CarriageReturnsMakeNoOtherLine) {
    std::string dos = kEnter;
    dos.insert(dos.size() - 1, "\r");
    EXPECT_EQ(derive_files({dos, kEnter}), derive_files({kEnter}));
}

TEST(Union, SourcesAreKeptApart) {
    EXPECT_NE(scan_text(kEnter, "east").rows[0].group, scan_text(kEnter, "west").rows[0].group);
}

TEST(Ties, AnEventOfTheSecondInWhichBothFilesBeginFindsItsEntry) {
    const std::string noise = std::to_string(kStart) + "|NONE|NONE|NONE|QUEUESTART|\n";
    const std::string abandon = at(0, "NONE|ABANDON|4|4|0");
    const auto whole = derive_files({noise + kEnter + abandon});
    EXPECT_EQ(derive_files({noise + kEnter, abandon}), whole);
    EXPECT_EQ(derive_files({abandon, noise + kEnter}), whole);
}

TEST(Ties, CompleteAndConnectOfOneSecondMayComeFromTwoFiles) {
    const std::string connect = at(9, "A|CONNECT|9|m|1");
    const std::string complete = at(9, "A|COMPLETEAGENT|9|0|4");
    const auto whole = derive_files({kEnter + connect + complete});
    EXPECT_EQ(derive_files({kEnter + complete, connect}), whole);
    EXPECT_EQ(derive_files({kEnter + connect, complete}), whole);
}

TEST(Ties, TheFileThatEndsFirstComesFirst) {
    // Both files begin and the first also ends in the second of two entries.
    const std::string first = kEnter + at(0, "NONE|EXITEMPTY|4|4|0") + at(0, "NONE|ENTERQUEUE||2|5");
    const std::string second = at(0, "NONE|EXITWITHTIMEOUT|5|5|0") + at(50, "NONE|DID|1");
    const auto whole = derive_files({first + second});
    EXPECT_EQ(whole.at(key(0, 2)).at("way"), "EXITWITHTIMEOUT");
    EXPECT_EQ(derive_files({second, first}), whole);
}

}  // namespace
}  // namespace klarsyn::telephony
