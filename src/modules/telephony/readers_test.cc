// Reading queue_log: what counts as read, what is rejected with which reason, and damaged files.

#include <gtest/gtest.h>

#include <random>

#include "modules/telephony/derive_for_test.h"

namespace klarsyn::telephony {
namespace {

Reject only_reject(const std::string& line) {
    const auto file = scan_text(line + "\n");
    EXPECT_EQ(file.rejects.size(), 1u) << line;
    EXPECT_TRUE(file.rows.empty()) << line;
    EXPECT_EQ(file.rows_read, 1) << line;
    return file.rejects.empty() ? Reject{} : file.rejects.front();
}

void expect_reject(const std::string& line, std::string_view key, std::string_view field,
                   std::string_view value = {}) {
    const auto reject = only_reject(line);
    EXPECT_EQ(reject.key, "telephony.reject." + std::string(key)) << line;
    EXPECT_EQ(reject.field, field) << line;
    EXPECT_EQ(reject.line, 1) << line;
    ASSERT_EQ(reject.args.size(), 1u) << line;
    EXPECT_EQ(reject.args[0].second, value) << line;
    for (const auto language : {Language::da, Language::en}) {
        EXPECT_TRUE(has_text(language, reject.key)) << reject.key;
    }
}

void expect_accepted(const std::string& line) {
    const auto file = scan_text(line + "\n");
    EXPECT_EQ(file.rows.size(), 1u) << line;
    EXPECT_TRUE(file.rejects.empty()) << line;
}

TEST(Masking, TimesAndCallIdsStayAndTheRestIsMasked) {
    const Format format = queue_log_format();
    // A time whose digits begin like a date, and an id and a caller of the same digits.
    const std::string log = "1510091234|1510091234|q|NONE|ENTERQUEUE||1510091234|1\n";
    std::vector<bool> by_design;
    for (std::size_t at = log.find("1510091234"); at != std::string::npos;
         at = log.find("1510091234", at + 1))
        by_design.push_back(format.by_design(log + log, at));
    EXPECT_EQ(by_design, (std::vector<bool>{true, true, false}));
    EXPECT_TRUE(format.by_design(log + log, log.size()));
}

TEST(Rejects, TooFewFieldsNameTheFirstMissing) {
    expect_reject("", "fields_missing", "callid");
    expect_reject("hello", "fields_missing", "callid");
    expect_reject("100", "fields_missing", "callid");
    expect_reject("100|a", "fields_missing", "queue");
    expect_reject("100|a|q", "fields_missing", "agent");
    expect_reject("100|a|q|NONE", "fields_missing", "event");
    expect_reject("100|a|q|NONE|", "event_missing", "event");
}

TEST(Rejects, AbsurdTimes) {
    expect_reject("x|a|q|NONE|PAUSE|", "time_unreadable", "time", "x");
    expect_reject("|a|q|NONE|PAUSE|", "time_unreadable", "time");
    expect_reject("-5|a|q|NONE|PAUSE|", "time_unreadable", "time", "-5");
    expect_reject("-0|a|q|NONE|PAUSE|", "time_unreadable", "time", "-0");
    expect_reject("+5|a|q|NONE|PAUSE|", "time_unreadable", "time", "+5");
    expect_reject(" 5|a|q|NONE|PAUSE|", "time_unreadable", "time", " 5");
    expect_reject("1366012800.5|a|q|NONE|PAUSE|", "time_unreadable", "time", "1366012800.5");
    expect_reject("1366012800000|a|q|NONE|PAUSE|", "time_unreadable", "time", "1366012800000");
    expect_reject("99999999999999999999|a|q|N|PAUSE|", "time_unreadable", "time",
                  "99999999999999999999");
    expect_reject("4102444800|a|q|NONE|PAUSE|", "time_unreadable", "time", "4102444800");
    expect_accepted("4102444799|a|q|NONE|PAUSE|");
}

TEST(Rejects, EventsOfCallsNeedACall) {
    expect_reject("100||q|NONE|ENTERQUEUE|||1", "call_missing", "callid");
    expect_reject("100|NONE|q|NONE|ENTERQUEUE|||1", "call_missing", "callid", "NONE");
    expect_reject("100|REALTIME|q|A|CONNECT|1|m|1", "call_missing", "callid", "REALTIME");
    expect_accepted("100||q|NONE|PAUSE|");
}

TEST(Lines, MissingAndEmptyNumbersAreNotStated) {
    for (const std::string rest :
         {"ENTERQUEUE|", "ENTERQUEUE", "ENTERQUEUE||38635000|", "CONNECT|", "CONNECT|35|m",
          "COMPLETEAGENT|35", "ABANDON|1|1", "ABANDON|1|1|", "EXITEMPTY|", "EXITWITHTIMEOUT|1|1",
          "EXITWITHKEY|9|1|1", "WITHDRAW||1|1", "BLINDTRANSFER|1|c", "TRANSFER|1|c",
          "ATTENDEDTRANSFER|BRIDGE|id", "ATTENDEDTRANSFER|BRIDGE|id|5|88"}) {
        expect_accepted("100|a|q|A|" + rest);
    }
    const std::string enter = "100|a|q|NONE|ENTERQUEUE|\n";
    const auto answered = derive_files({enter + "125|a|q|A|CONNECT||m|\n130|a|q|A|COMPLETEAGENT|25\n"});
    const auto& row = answered.at("queue-log/a/q/100.1");
    EXPECT_EQ(row.at("wait_s"), "25");
    EXPECT_EQ(row.at("wait_flagged"), "0");
    EXPECT_EQ(row.at("position"), "-");
    EXPECT_EQ(row.at("ring_s"), "-");
    EXPECT_EQ(row.at("talk_s"), "-");
    EXPECT_EQ(row.at("ended"), "130");
    const auto left = derive_files({enter + "160|a|q|NONE|EXITWITHKEY|9\n"});
    EXPECT_EQ(left.at("queue-log/a/q/100.1").at("wait_s"), "60");
}

TEST(Rejects, UnreadableNumbersNameTheirField) {
    expect_reject("100|a|q|NONE|ENTERQUEUE||1|first", "parameter_unreadable", "origpos", "first");
    expect_reject("100|a|q|A|CONNECT|abc|m|1", "parameter_unreadable", "hold_s", "abc");
    expect_reject("100|a|q|A|CONNECT|-3|m|1", "parameter_unreadable", "hold_s", "-3");
    expect_reject("100|a|q|A|CONNECT|3.5|m|1", "parameter_unreadable", "hold_s", "3.5");
    expect_reject("100|a|q|A|CONNECT|3|m|1 ", "parameter_unreadable", "ring_s", "1 ");
    expect_reject("100|a|q|A|COMPLETEAGENT|3|0x10|1", "parameter_unreadable", "talk_s", "0x10");
    expect_reject("100|a|q|A|ABANDON|1|1|99999999999", "parameter_unreadable", "wait_s",
                  "99999999999");
    expect_reject("100|a|q|A|ATTENDEDTRANSFER|LINK|a|b|5|x|4", "parameter_unreadable", "talk_s", "x");
}

TEST(Rejects, BytesThatAreNoText) {
    expect_reject("100|a|q|S\xF8ren|PAUSE|", "not_text", "");
    expect_reject(std::string("100|a|q|x\0y|PAUSE|", 17), "not_text", "");
    for (const std::string bad : {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                  "\xF8\x88\x80\x80\x80", "\xC3", "\xE2\x82", "\xFF\xFE"}) {
        expect_reject("100|a|long enough name|" + bad + "|PAUSE|", "not_text", "");
    }
    expect_accepted("100|a|q|S\xC3\xB8ren \xE2\x82\xAC \xF0\x9F\x93\x9E|PAUSE|");
}

TEST(Rejects, RawTextIsKeptReadableAndShort) {
    EXPECT_EQ(only_reject(std::string("a\0b\xF8\xC3\xB8", 6)).raw, "a\\x00b\\xf8\xC3\xB8");
    EXPECT_EQ(only_reject(std::string(5000, 'x')).raw.size(), 2000u);
    EXPECT_LE(only_reject("-" + std::string(1999, 'x') + "\xC3\xB8").raw.size(), 2000u);
    EXPECT_LE(only_reject(std::string(3000, '1') + "|a|q|A|PAUSE|").args.at(0).second.size(), 80u);
    expect_reject("100|a|q|A|PAUSE|" + std::string(20000, 'x'), "line_too_long", "");
}

TEST(Rejects, TheRestContinues) {
    const auto file = scan_text("100|a|q|NONE|ENTERQUEUE|||1\nnonsense\n103|a|q|NONE|ABANDON|1|1|3\n");
    EXPECT_EQ(file.rows_read, 3);
    ASSERT_EQ(file.rejects.size(), 1u);
    EXPECT_EQ(file.rejects[0].line, 2);
    ASSERT_EQ(file.rows.size(), 2u);
    EXPECT_EQ(file.rows[1].line, 3u);
}

TEST(Rejects, ARejectedConnectIsListedAndLeavesTheVisitOpen) {
    const std::string log = "100|a|q|NONE|ENTERQUEUE|||1\n105|a|q|A|CONNECT|?|m|1\n";
    EXPECT_EQ(scan_text(log).rejects.size(), 1u);
    EXPECT_EQ(derive_files({log}).at("queue-log/a/q/100.1").at("outcome"), "open");
}

TEST(Lines, EveryKindCountsAsReadAndForCoverage) {
    const auto file = scan_text(
        "100|NONE|NONE|NONE|QUEUESTART|\n"
        "101|REALTIME|NONE|Agent/1|ADDMEMBER|\n"
        "102|MANAGER|q|Agent/1|PAUSE|lunch\n"
        "103|CLI|q|Agent/1|PENALTY|3\n"
        "104|1366012790.7|q|NONE|DID|38635000\n"
        "105|1366012790.7|q|NONE|SOMETHINGNEW\n");
    EXPECT_EQ(file.rows_read, 6);
    ASSERT_EQ(file.rows.size(), 6u);
    EXPECT_TRUE(file.rejects.empty());
    EXPECT_EQ(file.rows.front().time, 100);
    EXPECT_EQ(file.rows.back().time, 105);
    EXPECT_TRUE(derive_files({std::string(file.text)}).empty());
}

TEST(Lines, ALastLineWithoutItsEndIsNeitherReadNorRejected) {
    const std::string whole = "100|a|q|NONE|ENTERQUEUE|||1\n";
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const auto file = scan_text(whole + whole.substr(0, length));
        EXPECT_EQ(file.rows_read, 1);
        EXPECT_EQ(file.rows.size(), 1u);
        EXPECT_TRUE(file.rejects.empty());
        EXPECT_EQ(file.bytes_read, whole.size());
    }
}

TEST(Lines, OffsetsPointAtTheLineWithoutItsEnd) {
    const auto file = scan_text("\xEF\xBB\xBF" "100|a|q|A|PAUSE|\r\n101|a|q|A|UNPAUSE|\n");
    ASSERT_EQ(file.rows.size(), 2u);
    EXPECT_EQ(file.text.substr(file.rows[0].offset, file.rows[0].length), "100|a|q|A|PAUSE|");
    EXPECT_EQ(file.text.substr(file.rows[1].offset, file.rows[1].length), "101|a|q|A|UNPAUSE|");
    EXPECT_EQ(file.bytes_read, 40u);
}

TEST(Lines, AStatedEncodingIsConvertedAndAnUnknownOneIsAnError) {
    const std::string log = "100|a|k\xF8|NONE|ENTERQUEUE||J\xF8rgen|1\n";
    ImportOptions options;
    options.encoding = "windows-1252";
    const auto file = queue_log_format().scan(log, options, nullptr).take();
    ASSERT_EQ(file.rows.size(), 1u);
    EXPECT_EQ(file.text.substr(file.rows[0].offset, file.rows[0].length),
              "100|a|k\xC3\xB8|NONE|ENTERQUEUE||J\xC3\xB8rgen|1");
    options.encoding = "ebcdic";
    EXPECT_FALSE(queue_log_format().scan(log, options, nullptr).ok());
    options.encoding = "";
    EXPECT_FALSE(queue_log_format().scan(std::string("\xFF\xFE" "1\0", 4), options, nullptr).ok());
}

TEST(Lines, AnEmptyFileIsNoError) {
    const auto file = scan_text("");
    EXPECT_EQ(file.rows_read, 0);
    EXPECT_TRUE(file.rows.empty());
}

TEST(Lines, AnotherZoneIsANotice) {
    ImportOptions options;
    options.zone = "Europe/London";
    const auto file = queue_log_format().scan("100|a|q|A|PAUSE|\n", options, nullptr).take();
    ASSERT_EQ(file.notices.size(), 1u);
    EXPECT_EQ(file.notices[0].key, "telephony.notice.zone_unused");
    EXPECT_TRUE(has_text(Language::da, file.notices[0].key));
}

TEST(Groups, ACallIsOneGroupWhicheverQueueAndCallsOfATimeAreNear) {
    const auto rows = scan_text("1366012800|1366012790.7|q|NONE|ENTERQUEUE|||1\n"
                                "1366012900|1366012790.7|r|NONE|ENTERQUEUE|||1\n"
                                "1366012900|pbx-1366012791.8|q|NONE|ENTERQUEUE|||1\n"
                                "1366099999|1366099998.1|q|NONE|ENTERQUEUE|||1\n").rows;
    EXPECT_EQ(rows[0].group, rows[1].group);
    EXPECT_LT(rows[1].group, rows[2].group);
    EXPECT_LT(rows[2].group, rows[3].group);
    EXPECT_GE(rows[0].group, 0);
}

TEST(Groups, OnlyWantedGroupsAreReturned) {
    const std::string log = "100|a|q|NONE|ENTERQUEUE|||1\nbroken\n100|b|q|NONE|ENTERQUEUE|||1\n";
    ImportOptions options;
    options.source = "queue-log";
    const std::vector<std::int64_t> wanted = {scan_text(log).rows.at(1).group};
    const auto file = queue_log_format().scan(log, options, &wanted).take();
    ASSERT_EQ(file.rows.size(), 1u);
    EXPECT_EQ(file.rows[0].line, 3u);
}

TEST(Groups, CallsThatShareAGroupByChanceStayApart) {
    const std::string lines[] = {"100|a|q|NONE|ENTERQUEUE|||1", "100|b|q|NONE|ENTERQUEUE|||1",
                                 "107|b|q|NONE|ABANDON|1|1|7"};
    std::vector<GroupRow> rows;
    for (const auto& line : lines) rows.push_back({0, static_cast<std::uint32_t>(rows.size() + 1), line});
    const Format format = queue_log_format();
    MemorySink sink(format.tables.front());
    format.derive({"queue-log", rows, nullptr}, sink);
    const auto visits = sink.take();
    EXPECT_EQ(visits.at("queue-log/a/q/100.1").at("outcome"), "open");
    EXPECT_EQ(visits.at("queue-log/b/q/100.1").at("outcome"), "abandoned");
}

TEST(Identity, EqualLinesAreTheSameRowAndOthersAreNot) {
    const auto identify = queue_log_format().identify;
    const auto one = identify({100, 1, "100|a|q|A|PAUSE|"});
    const auto again = identify({100, 9, "100|a|q|A|PAUSE|"});
    const auto other = identify({100, 1, "100|a|q|B|PAUSE|"});
    EXPECT_EQ(one.key, again.key);
    EXPECT_EQ(one.content, again.content);
    EXPECT_NE(one.key, other.key);
}

// Random bytes, and random damage to good lines: nothing crashes, and every line is accounted for.
TEST(Garbage, TwentyThousandLinesNeverCrash) {
    std::mt19937 random(20130415);
    const std::string good[] = {"1366012800|1366012790.7|servicedesk|NONE|ENTERQUEUE||38635000|4",
                                "1366012835|1366012790.7|servicedesk|A|CONNECT|35|1366012820.8|9",
                                "1366012955|1366012790.7|servicedesk|A|ATTENDEDTRANSFER|LINK|a|b|5|88|4",
                                "1366012955|1366012790.7|servicedesk|A|EXITWITHKEY|9|1|1|155"};
    std::string log;
    for (int i = 0; i < 20'000; ++i) {
        std::string line;
        if (i % 2 == 0) {
            for (auto n = random() % 60; n > 0; --n) line += static_cast<char>(random() % 256);
        } else {
            line = good[random() % 4];
            for (auto n = random() % 4; n > 0; --n) {
                line[random() % line.size()] = "|\r0-x\0\xC3"[random() % 7];
            }
            if (random() % 4 == 0) line.resize(random() % line.size());
        }
        std::erase(line, '\n');
        log += line + "\n";
    }
    const auto file = scan_text(log);
    EXPECT_EQ(file.rows_read, 20'000);
    EXPECT_EQ(file.rows.size() + file.rejects.size(), 20'000u);
    EXPECT_GT(file.rejects.size(), 9'000u);
    for (const auto& reject : file.rejects) EXPECT_TRUE(is_clean_text(reject.raw));
    derive_files({log, log.substr(0, log.size() / 2)});
}

}  // namespace
}  // namespace klarsyn::telephony
