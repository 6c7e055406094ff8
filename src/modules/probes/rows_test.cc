// What the four formats accept and what they reject, with line, field and reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modules/probes/probes.h"
#include "modules/probes/rows.h"

namespace klarsyn::probes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::optional<UtcSecond> at(std::string_view text, std::string_view zone = "Europe/Copenhagen") {
    const Zone found = Zone::find(zone).take();
    MomentReader reader(found);
    const auto moment = reader.read(text);
    if (!moment) return std::nullopt;
    return moment->at;
}

TEST(Moments, AreReadAsWritten) {
    const UtcSecond eight = parse_iso_utc("2013-04-01T06:00:00Z").take();
    for (const char* text :
         {"2013-04-01T06:00:00Z", "2013-04-01T08:00:00+02:00", "2013-04-01T08:00:00+0200",
          "2013-04-01t06:00:00z", "2013-04-01 08:00:00", "2013-04-01 08:00", "01-04-2013 08:00",
          "01.04.2013 08:00:00", "2013-04-01T08:00:00.999", "2013-04-01T05:30:00.5-00:30"}) {
        EXPECT_EQ(at(text), eight) << text;
    }
    EXPECT_EQ(at("2013-04-01 06:00:00", "UTC"), eight);
    for (const char* text : {"", "2013-04-01T", "2013-13-01 08:00", "2013-02-30 08:00",
                             "2013-04-01 24:00", "2013-04-01 08:60", "2013-04-01 8:00",
                             "2013-04-01T08:00:00+15:00", "2013-04-01T08:00:00 x", "1364796000",
                             "1969-12-31 23:00", "2100-01-01 00:00", "2013-04-01T08:00:00."}) {
        EXPECT_EQ(at(text), std::nullopt) << text;
    }
}

TEST(Moments, TheTwoNightsWhenClocksChange) {
    MomentReader reader(Zone::copenhagen());
    const auto twice = reader.read("2013-10-27 02:30:00").value();
    EXPECT_EQ(iso_utc(twice.at), "2013-10-27T00:30:00Z");
    EXPECT_EQ(twice.flags, kAmbiguous);
    const auto never = reader.read("2013-03-31 02:30:00").value();
    EXPECT_EQ(iso_utc(never.at), "2013-03-31T01:30:00Z");
    EXPECT_EQ(never.flags, kSkipped);
    EXPECT_EQ(reader.read("2013-10-27T02:30:00+01:00")->flags, 0U);
}

TEST(Moments, ADateAsAnEndIncludesItsDay) {
    MomentReader reader(Zone::copenhagen());
    Span span;
    EXPECT_EQ(read_span(reader, "2013-10-27", "2013-10-27", span).key, "");
    EXPECT_EQ(span.to - span.from, 25 * 3600);
    EXPECT_EQ(read_span(reader, "2013-04-01 10:00", "2013-04-01 11:00", span).key, "");
    EXPECT_EQ(span.to - span.from, 3600);
    EXPECT_EQ(read_span(reader, "", "", span).key, "");
    EXPECT_EQ(span, Span());
    EXPECT_EQ(read_span(reader, "2013-04-01 10:00", "2013-04-01 10:00", span).key,
              "probes.reject.end_first");
    EXPECT_EQ(read_span(reader, "x", "", span).field, "from");
}

std::vector<std::string> rejects(const Format& format, const std::string& content) {
    ImportOptions options;
    options.source = std::string(format.name);
    const auto scanned = format.scan(content, options, nullptr);
    EXPECT_TRUE(scanned.ok());
    std::vector<std::string> found;
    if (!scanned.ok()) return found;
    for (const Reject& reject : scanned->rejects) {
        EXPECT_TRUE(has_text(Language::da, reject.key)) << reject.key;
        EXPECT_TRUE(has_text(Language::en, reject.key)) << reject.key;
        found.push_back(std::to_string(reject.line) + " " + reject.field + " " + reject.key);
    }
    return found;
}

TEST(ProbeRows, AreRejectedWithTheirReason) {
    const std::string header = "time,system,action,site,seat,ms,outcome\n";
    const auto of = [&](const std::string& row) {
        return rejects(probe_csv_format(), header + row);
    };
    EXPECT_THAT(of("2013-04-01T08:00:00Z,EPM3,login,HER,rum,900,ok\n"), IsEmpty());
    EXPECT_THAT(of("2013-04-01T08:00:00Z,EPM3,login,HER,,,timeout\n"), IsEmpty());
    EXPECT_THAT(of("2013-04-01T08:00:00Z,EPM3,login,HER,,30000,failed\n"), IsEmpty());
    EXPECT_THAT(of("2013-04-01T08:00:00Z,EPM3,login,HER,,,ok\n"),
                ElementsAre("2 ms probes.reject.ms_missing"));
    EXPECT_THAT(of("2013-04-01T08:00:00Z,EPM3,login,HER,,-1,ok\n"),
                ElementsAre("2 ms probes.reject.ms"));
    EXPECT_THAT(of("2013-04-01T08:00:00Z,EPM3,login,HER,,12.5,ok\n"),
                ElementsAre("2 ms probes.reject.ms"));
    EXPECT_THAT(of("2013-04-01T08:00:00Z,EPM3,login,HER,,99999999999999999999,ok\n"),
                ElementsAre("2 ms probes.reject.ms"));
    EXPECT_THAT(of("2013-04-01T08:00:00Z,EPM3,login,HER,,9,OK\n"),
                ElementsAre("2 outcome probes.reject.outcome"));
    EXPECT_THAT(of("2013-04-01,EPM3,login,HER,,9,ok\n"), ElementsAre("2 time probes.reject.time"));
    EXPECT_THAT(of("\n2013-04-01T08:00:00Z,,login,HER,,9,ok\n"),
                ElementsAre("3 system probes.reject.missing"));
    EXPECT_THAT(of("2013-04-01T08:00:00Z,EPM3,login, ,,9,ok\n"),
                ElementsAre("2 site probes.reject.missing"));
    EXPECT_THAT(of("2013-04-01T08:00:00Z,EPM3,login,HER,,9\n"),
                ElementsAre("2  reject.csv.too_few_fields"));
    EXPECT_THAT(of("2013-04-01T08:00:00Z,EPM3," + std::string(201, 'x') + ",HER,,9,ok\n"),
                ElementsAre("2 action probes.reject.too_long"));
}

TEST(ProbeRows, AreFoundByTheirHeader) {
    ImportOptions options;
    options.source = "p";
    const std::string danish =
        "outcome;ms;seat;site;action;system;time;note\nok;1.250;;H\xC3\xB8je;login;EPM3;"
        "01-04-2013 08:00;x\n";
    const auto scanned = probe_csv_format().scan(danish, options, nullptr);
    ASSERT_TRUE(scanned.ok());
    ASSERT_EQ(scanned->readings.rows.size(), 1U);
    EXPECT_EQ(scanned->readings.rows[0].ms, 1250U);
    EXPECT_EQ(scanned->readings.keys[0][2], "H\xC3\xB8je");
    EXPECT_THAT(scanned->rejects, IsEmpty());
    const auto lacking = probe_csv_format().scan("time,system\n", options, nullptr);
    ASSERT_FALSE(lacking.ok());
    EXPECT_EQ(lacking.error().key, "probes.error.column_missing");
    EXPECT_EQ(lacking.error().field, "action");
    EXPECT_EQ(lacking.error().line, 1);
}

// "2013-04-01T08:00:00Z S3 41 ok" of each row, then each reject.
std::vector<std::string> told(const ScannedFile& file) {
    std::vector<std::string> list;
    for (const SeriesRow& row : file.readings.rows) {
        const auto& key = file.readings.keys[static_cast<std::size_t>(row.series)];
        list.push_back(iso_utc(row.time) + " " + key[0] + key[1] + key[2] + key[3] + " " +
                       std::to_string(row.ms) + " " + std::to_string(row.outcome));
    }
    for (const Reject& reject : file.rejects)
        list.push_back(std::to_string(reject.line) + " " + reject.field + " " + reject.key);
    return list;
}

TEST(ProbeRows, OfLargeFilesAreTheSameWhoeverReadsThem) {
    std::string text = "\r\ntime,system,action,site,seat,ms,outcome\r\n";
    for (int i = 0; i < 40'000; ++i) {
        text += "2013-04-0" + std::to_string(1 + i / 8'000) + " 0" + std::to_string(i % 10) +
                ":00:07,S" + std::to_string(i % 7) + ",a,R" + std::to_string(i % 3) + ",," +
                std::to_string(i) + (i % 997 == 3 ? ",odd" : ",ok") + (i % 2 == 0 ? "\n" : "\r\n");
        if (i % 5'000 == 0) text += "\n";
    }
    ImportOptions options;
    options.source = "p";
    const auto many = probe_csv_format().scan(text, options, nullptr);
    ASSERT_TRUE(many.ok());
    EXPECT_EQ(many->rows_read, 40'000);
    EXPECT_EQ(many->rejects.size(), 41U);
    // A quote makes lines more than a search for their ends: one thread reads them.
    const auto one =
        probe_csv_format().scan(text + "2013-04-01T08:00:00Z,\"S\",a,R,,1,ok\n", options, nullptr);
    ASSERT_TRUE(one.ok());
    auto expected = told(*one);
    expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(one->readings.rows.size()) - 1);
    EXPECT_EQ(told(*many), expected);
}

TEST(RuleRows, AreRejectedWithTheirReason) {
    const std::string actions = "system,action,kind,limit_ms,from,to\n";
    EXPECT_THAT(
        rejects(probe_actions_format(), actions + "EPM3,login,data-heavy,,2013-01-01,\n"
                                                  "EPM3,login,standard,x,,\nEPM3,login,slow,,,\n"
                                                  "EPM3,login,standard,0,,\nEPM3,,standard,,,\n"
                                                  "EPM3,login,standard,,2013-02-01,2013-01-01\n"
                                                  "EPM3,login,data_heavy,15000,2013-01-01,\n"
                                                  "EPM3,login,standard,,2013-01-01,\n"
                                                  "PC,log-on,pc,45000,,\nPC,boot,pc,,,\n"),
        ElementsAre("3 limit_ms probes.reject.limit", "4 kind probes.reject.kind",
                    "5 limit_ms probes.reject.limit", "6 action probes.reject.missing",
                    "7 to probes.reject.end_first", "9 from probes.reject.twice",
                    "11 limit_ms probes.reject.limit_missing"));
    const std::string schedule = "system,action,site,seat,every_s,from,to\n";
    EXPECT_THAT(rejects(probe_schedule_format(), schedule + "EPM3,login,HER,,0,2013-01-01,\n"
                                                            "EPM3,login,HER,,60,,\n"
                                                            "EPM3,login,,,60,2013-01-01,\n"),
                ElementsAre("2 every_s probes.reject.every", "3 from probes.reject.missing",
                            "4 site probes.reject.missing"));
    const std::string windows = "system,site,from,to,announced\n";
    EXPECT_THAT(rejects(window_format(), windows + ",,2013-01-01 01:00,2013-01-01 02:00,\n"
                                                   ",,,2013-01-01 02:00,\n"
                                                   ",,2013-01-01 01:00,,snart\n"),
                ElementsAre("3 from probes.reject.missing", "4 announced probes.reject.time"));
}

}  // namespace
}  // namespace klarsyn::probes
