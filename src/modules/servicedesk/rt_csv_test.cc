// Format rt-csv: searches of tickets and transactions of Request Tracker, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modules/servicedesk/derive_for_test.h"
#include "modules/servicedesk/readers.h"
#include "modules/servicedesk/rt_words.h"
#include "modules/servicedesk/timeline.h"

namespace klarsyn::servicedesk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ImportOptions options(std::string mapping = example_file("rt-mapping.toml")) {
    ImportOptions options;
    options.source = "rt";
    options.mapping = std::move(mapping);
    options.mapping_name = "mapping.toml";
    return options;
}

std::vector<Fact> facts(const std::vector<TestFile>& files) {
    return facts_of(rt_csv_format(), files, options());
}

constexpr std::string_view kList = "id\tStatus\tQueueName\tCreated\tLastUpdated\tResolved\n";
constexpr std::string_view kLog = "id,ObjectId,Type,Field,OldValue,NewValue,Created,Creator\n";

std::string list(const std::string& rows) { return std::string(kList) + rows; }
std::string log(const std::string& rows) { return std::string(kLog) + rows; }

TEST(RtCsv, SnapshotsOfTwoDaysMakeAHistory) {
    const std::string monday = example_file("rt-tickets-2026-01-05.tsv");
    const std::string tuesday = example_file("rt-tickets-2026-01-06.json");
    EXPECT_THAT(rejects_of(rt_csv_format(), monday, options()), IsEmpty());
    EXPECT_THAT(rejects_of(rt_csv_format(), tuesday, options()), IsEmpty());
    const auto told = facts({{monday, 1}, {tuesday, 2}});
    EXPECT_THAT(events_of(told, "401"),
                ElementsAre("01-05T07:12 created", "01-05T07:12 assigned Servicedesk",
                            "01-06T09:15 moved_out", "01-06T09:15 moved_in Applikationer",
                            "01-06T09:15 on_hold was Pending"));
    EXPECT_THAT(events_of(told, "402"),
                ElementsAre("01-05T08:00 created", "01-05T08:00 assigned Servicedesk",
                            "01-05T08:07 resolved", "01-05T08:07 solved", "01-05T08:07 closed",
                            "01-06T07:00 reopened was closed"));
    EXPECT_THAT(events_of(told, "403"),
                ElementsAre("01-05T08:30 created", "01-05T08:30 assigned Servicedesk",
                            "01-05T09:00 closed"));
    EXPECT_EQ(facts({{tuesday, 1}, {monday, 2}, {tuesday, 3}}), told);
}

// "key title|caller" of the rows among the desk's cases.
std::vector<std::string> texts_of(const std::vector<TestFile>& files) {
    std::vector<std::string> texts;
    for (const Fact& row : derived_of(rt_csv_format(), files, options()).rows)
        texts.push_back(row.at("key") + " " + row.at("title") + "|" + row.at("caller_name"));
    return texts;
}

TEST(RtCsv, SubjectsAndRequestorsAreKept) {
    const std::string monday = example_file("rt-tickets-2026-01-05.tsv");
    const auto texts = texts_of({{monday, 1}});
    ASSERT_FALSE(texts.empty());
    EXPECT_EQ(texts.front(), "rt:401 Kan ikke logge på OPUS|bo.berg@example.org");
    const std::string renamed =
        log("1,401,Set,Subject,Kan ikke logge på OPUS,OPUS er nede,2026-01-07 08:00:00,anna\n");
    EXPECT_EQ(texts_of({{monday, 1}, {renamed, 2}}).front(),
              "rt:401 OPUS er nede|bo.berg@example.org");
}

TEST(RtCsv, TransactionsTellWhatHappenedBetweenSnapshots) {
    const std::string monday = example_file("rt-tickets-2026-01-05.tsv");
    const std::string tuesday = example_file("rt-tickets-2026-01-06.json");
    const std::string transactions = example_file("rt-transactions.json");
    EXPECT_THAT(rejects_of(rt_csv_format(), transactions, options()), IsEmpty());
    const auto told = facts({{monday, 1}, {tuesday, 2}, {transactions, 3}});
    EXPECT_THAT(events_of(told, "401"),
                ElementsAre("01-05T07:12 created", "01-05T07:12 assigned Servicedesk",
                            "01-05T16:20 moved_out", "01-05T16:20 moved_in Applikationer",
                            "01-06T09:15 on_hold was Pending"));
    EXPECT_EQ(facts({{transactions, 1}, {monday, 2}, {transactions, 3}, {tuesday, 4}}), told);
    EXPECT_EQ(events_of(facts({{transactions}}), "401"), events_of(told, "401"))
        << "from its making on a ticket is known by its transactions alone";
}

TEST(RtCsv, WhatIsResolvedIsClosedAndComesBack) {
    const auto told =
        facts({{log("1,7,Create,,,,2026-01-05 08:00:00,bo\n"
                    "2,7,Status,Status,new,resolved,2026-01-05 09:00:00,anna\n"
                    "3,7,Status,Status,resolved,open,2026-01-06 09:00:00,bo\n"
                    "4,7,Status,Status,open,rejected,2026-01-07 09:00:00,anna\n")}});
    EXPECT_THAT(
        events_of(told, "7"),
        ElementsAre("01-05T07:00 created", "01-05T08:00 resolved", "01-05T08:00 solved",
                    "01-05T08:00 closed", "01-06T08:00 reopened was closed", "01-07T08:00 closed"));
}

TEST(RtCsv, AMergedTicketIsClosedAndNotResolved) {
    const auto told =
        facts({{log("1,7,Create,,,,2026-01-05 08:00:00,bo\n"
                    "2,7,AddLink,MergedInto,,rt://x/ticket/3,2026-01-05 09:00:00,a\n")}});
    EXPECT_THAT(events_of(told, "7"), ElementsAre("01-05T07:00 created", "01-05T08:00 closed"));
}

CaseChange change(UtcSecond at, std::string_view by) {
    CaseChange change;
    change.number = "1";
    change.at = {at, 0};
    change.by = by;
    change.tells_replies = true;
    change.key = static_cast<std::uint64_t>(at);
    return change;
}

TEST(RtCsv, APublicMessageOfAnotherThanTheRequestorIsAReply) {
    CaseChange made = change(100, "bo@x.dk");
    made.opened = made.at;
    std::vector<CaseChange> changes{made, change(200, "bo@x.dk"), change(300, "RT_System"),
                                    change(400, "anna"), change(500, "anna")};
    for (std::size_t i = 1; i < 4; ++i) changes[i].corresponds = true;
    unite(changes);
    std::vector<bool> replied;
    for (const CaseRow& row : rows_of(changes.begin(), changes.end())) {
        EXPECT_TRUE(row.tells_replies);
        replied.push_back(row.replied);
    }
    EXPECT_THAT(replied, ElementsAre(false, false, false, false, true, false));
}

TEST(RtCsv, PeopleAreKnownByNameAndAddress) {
    EXPECT_TRUE(is_among("BO", "Anna Berg <anna@x.dk>, bo"));
    EXPECT_TRUE(is_among("anna@x.dk", "Anna Berg <anna@x.dk>, bo"));
    EXPECT_TRUE(is_among("Anna Berg", "Anna Berg <anna@x.dk>"));
    EXPECT_FALSE(is_among("ann", "Anna Berg <anna@x.dk>, bo"));
    EXPECT_FALSE(is_among("bo", ""));
}

TEST(RtCsv, TimesAsRequestTrackerWritesThem) {
    const Zone& zone = Zone::copenhagen();
    const UtcSecond expected = 1'523'253'612;  // 2018-04-09T06:00:12Z
    for (const char* text :
         {"Mon Apr 09 08:00:12 2018", "man. apr. 9 08:00:12 2018", "2018-04-09 08:00:12",
          "Mon, 09 Apr 2018 08:00:12 +0200", "2018-04-09T06:00:12Z"}) {
        const auto time = rt_time(text, zone);
        ASSERT_TRUE(time) << text;
        EXPECT_EQ(time->at, expected) << text;
    }
    for (const char* text : {"Mon Apr 09 2018", "Mon Xyz 09 08:00:12 2018", "yesterday", "",
                             "Apr 31 08:00:00 2018", "a b c d e f g h i j k"})
        EXPECT_FALSE(rt_time(text, zone)) << text;
    EXPECT_TRUE(rt_unset("Not set"));
    EXPECT_TRUE(rt_unset("1970-01-01T00:00:00Z"));
    EXPECT_FALSE(rt_unset("2018-04-09"));
}

TEST(RtCsv, PrioritiesByScaleAndLabel) {
    EXPECT_EQ(rt_priority("100"), "1");
    EXPECT_EQ(rt_priority("74"), "2");
    EXPECT_EQ(rt_priority("25"), "3");
    EXPECT_EQ(rt_priority("0"), "4");
    EXPECT_EQ(rt_priority("High"), "1");
    EXPECT_EQ(rt_priority("Medium"), "2");
    EXPECT_EQ(rt_priority("Lav"), "4");
    EXPECT_EQ(rt_priority("On Fire"), "On Fire");
}

TEST(RtCsv, RowsAreRejectedWithTheirReason) {
    EXPECT_THAT(
        rejects_of(rt_csv_format(),
                   list("\topen\tQ\t2026-01-05 08:00:00\t2026-01-05 08:00:00\tNot set\n"
                        "x\topen\tQ\t2026-01-05 08:00:00\t2026-01-05 08:00:00\tNot set\n"
                        "1\tfun\tQ\t2026-01-05 08:00:00\t2026-01-05 08:00:00\tNot set\n"
                        "1\t\tQ\t2026-01-05 08:00:00\t2026-01-05 08:00:00\tNot set\n"
                        "1\topen\tQ\tNot set\t2026-01-05 08:00:00\tNot set\n"
                        "1\topen\tQ\t2026-01-05 08:00:00\tnow\tNot set\n"
                        "1\topen\tQ\t2026-01-05 08:00:00\t2026-01-05 08:00:00\tsoon\n"
                        "1\thos leverandør\tQ\t2026-01-05 08:00:00\t2026-01-05 08:00\t\n"
                        "1\topen"),
                   options()),
        ElementsAre("2 id servicedesk.reject.missing", "3 id servicedesk.reject.not_a_count",
                    "4 Status servicedesk.reject.state_unknown",
                    "5 Status servicedesk.reject.missing", "6 Created servicedesk.reject.missing",
                    "7 LastUpdated servicedesk.reject.time_unreadable",
                    "8 Resolved servicedesk.reject.time_unreadable",
                    "10  reject.csv.too_few_fields"));
    EXPECT_THAT(
        rejects_of(rt_csv_format(),
                   log(",7,Create,,,,2026-01-05 08:00:00,bo\n1,,Create,,,,2026-01-05,bo\n"
                       "1,7,,,,,2026-01-05,bo\n1,7,Create,,,,2026-13-05,bo\n"
                       "1,7,Status,Status,new,odd,2026-01-05,bo\n"),
                   options()),
        ElementsAre("2 id servicedesk.reject.missing", "3 ObjectId servicedesk.reject.missing",
                    "4 Type servicedesk.reject.missing",
                    "5 Created servicedesk.reject.time_unreadable",
                    "6 NewValue servicedesk.reject.state_unknown"));
}

TEST(RtCsv, MissingColumnsAreNamedAndAMappingOfColumnsIsRefused) {
    const auto scanned = rt_csv_format().scan("id\tSubject\tStatus\n", options(), nullptr);
    ASSERT_FALSE(scanned.ok());
    EXPECT_EQ(scanned.error().args.at(0).second, "QueueName, Created, LastUpdated");
    const auto mapped =
        rt_csv_format().scan(list(""), options("[columns]\nnumber = \"id\"\n"), nullptr);
    ASSERT_FALSE(mapped.ok());
    EXPECT_EQ(mapped.error().key, "servicedesk.error.mapping_key_unknown");
    EXPECT_EQ(mapped.error().file, "mapping.toml");
}

}  // namespace
}  // namespace klarsyn::servicedesk
