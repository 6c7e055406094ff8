// Format case-csv: one row per case; the mapping file and each of its faults.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modules/servicedesk/derive_for_test.h"
#include "modules/servicedesk/mapping.h"
#include "modules/servicedesk/readers.h"

namespace klarsyn::servicedesk {
namespace {

using ::testing::ElementsAre;

ImportOptions options(std::string mapping = {}) {
    ImportOptions options;
    options.source = "case-csv";
    options.mapping = std::move(mapping);
    options.mapping_name = "mapping.toml";
    return options;
}

std::vector<std::string> events(const std::string& content, const ImportOptions& with) {
    std::vector<std::string> list;
    for (const Fact& fact : facts_of(case_csv_format(), {{content}}, with)) {
        if (!fact.contains("kind")) continue;
        list.push_back(iso_utc(std::stoll(fact.at("at"))) + " " + fact.at("kind") +
                       (fact.contains("moves") ? " " + fact.at("moves") : ""));
    }
    return list;
}

TEST(CaseCsv, DatesBecomeTheHistory) {
    EXPECT_THAT(events("number,opened,resolved,closed\n"
                       "REQ1,2018-04-09 08:00,2018-04-10 09:00,2018-04-17 09:00\n",
                       options()),
                ElementsAre("2018-04-09T06:00:00Z created", "2018-04-10T07:00:00Z resolved",
                            "2018-04-10T07:00:00Z solved", "2018-04-17T07:00:00Z closed"));
}

TEST(CaseCsv, DanishExportIsReadByItsColumnNames) {
    EXPECT_THAT(events("Sagsnummer;Oprettet;Løst;Lukket;Gruppe;Flytninger\n"
                       "4711;09.04.2018 kl. 08.00;;17.04.2018 kl. 09.00;Netværk;1.204\n",
                       options()),
                ElementsAre("2018-04-09T06:00:00Z created", "2018-04-09T06:00:00Z assigned",
                            "2018-04-17T07:00:00Z closed 1204"));
}

TEST(CaseCsv, MappingNamesColumnsAndTimes) {
    EXPECT_THAT(events("id,start,end\nA/1,04/09/2018 08:00,04/17/2018 09:00\n",
                       options("[columns]\nnumber = \"id\"\nopened = \"start\"\nclosed = \"end\"\n"
                               "[time]\nformat = \"mm/dd/yyyy HH:MM\"\n")),
                ElementsAre("2018-04-09T06:00:00Z created", "2018-04-17T07:00:00Z closed"));
}

TEST(CaseCsv, ResolvedAfterClosedStillHoldsTogether) {
    const auto facts = facts_of(case_csv_format(),
                                {{"number,opened,resolved,closed\n"
                                  "1,2018-04-09 08:00,2018-04-20 09:00,2018-04-17 09:00\n"}},
                                options());
    const Fact stay = of_table(facts, "servicedesk_stay").back();
    EXPECT_EQ(stay.at("to_day"), std::to_string(day_of({2018, 4, 17})));
}

TEST(CaseCsv, TheLaterRowOfACaseHolds) {
    const std::string header = "number,opened,closed\n";
    const std::string open = "1,2018-04-09 08:00,\n";
    const std::string closed = "1,2018-04-09 08:00,2018-04-10 08:00\n";
    EXPECT_EQ(events(header + open + closed, options()), events(header + closed, options()));
    const auto both =
        facts_of(case_csv_format(), {{header + closed, 2}, {header + open, 1}}, options());
    EXPECT_EQ(both, facts_of(case_csv_format(), {{header + closed, 2}}, options()));
}

TEST(CaseCsv, RowsAreRejectedWithTheirReason) {
    const std::string header = "number,opened,closed,state,moves\n";
    EXPECT_THAT(
        rejects_of(case_csv_format(),
                   header + ",2018-04-09 08:00,,,\n"
                            "1,,,,\n"
                            "2,yesterday,,,\n"
                            "3,2018-04-09 08:00,2018-13-01,,\n"
                            "4,2018-04-09 08:00,,Closed,\n"
                            "5,2018-04-09 08:00,,,many\n"
                            "6,2018-04-09 08:00\n"
                            "010180-****,2018-04-09 08:00,,,\n"
                            "7,2018-04-09 08:00,,New,2\n",
                   options()),
        ElementsAre("2 number servicedesk.reject.missing", "3 opened servicedesk.reject.missing",
                    "4 opened servicedesk.reject.time_unreadable",
                    "5 closed servicedesk.reject.time_unreadable",
                    "6 closed servicedesk.reject.missing", "7 moves servicedesk.reject.not_a_count",
                    "8  reject.csv.too_few_fields", "9 number servicedesk.reject.number_masked"));
    EXPECT_THAT(rejects_of(case_csv_format(), "number,opened\n1,2018-04-09\n",
                           options("[time]\nformat = \"dd-mm-yyyy\"\n")),
                ElementsAre("2 opened servicedesk.reject.time_pattern"));
}

struct Refused {
    std::string mapping;
    std::string key;
    long long line;
};
class CaseCsvMapping : public ::testing::TestWithParam<Refused> {};

TEST_P(CaseCsvMapping, IsRefusedWithItsReason) {
    const auto scanned =
        case_csv_format().scan("number,opened\n", options(GetParam().mapping), nullptr);
    ASSERT_FALSE(scanned.ok());
    EXPECT_EQ(scanned.error().key, GetParam().key);
    EXPECT_EQ(scanned.error().line, GetParam().line);
    EXPECT_TRUE(has_text(Language::da, scanned.error().key));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, CaseCsvMapping,
    ::testing::Values(
        Refused{"[columns\n", "servicedesk.error.mapping_unreadable", 1},
        Refused{"[columns]\ncolour = \"x\"\n", "servicedesk.error.mapping_key_unknown", 2},
        Refused{"[colours]\n", "servicedesk.error.mapping_key_unknown", 1},
        Refused{"[time]\nzone = \"UTC\"\n", "servicedesk.error.mapping_key_unknown", 2},
        Refused{"[columns]\nnumber = 7\n", "servicedesk.error.mapping_value", 2},
        Refused{"[time]\nformat = \"dd-mm\"\n", "servicedesk.error.mapping_time", 2},
        Refused{"[states]\n7 = \"finished\"\n", "servicedesk.error.mapping_state", 2},
        Refused{"[columns]\ngroup = \"team\"\n", "servicedesk.error.mapping_column_missing", 1}));

TEST(CaseCsv, TheShippedExampleIsRead) {
    ImportOptions with = options(example_file("cases-mapping.toml"));
    with.groups = example_file("cases-groups.csv");
    with.groups_name = "cases-groups.csv";
    EXPECT_THAT(rejects_of(case_csv_format(), example_file("cases.csv"), with), ElementsAre());
    int created = 0, closed = 0;
    for (const Fact& fact : facts_of(case_csv_format(), {{example_file("cases.csv")}}, with)) {
        created += fact.contains("kind") && fact.at("kind") == "created";
        closed += fact.contains("kind") && fact.at("kind") == "closed";
    }
    EXPECT_EQ(created, 3);
    EXPECT_EQ(closed, 1);
}

TEST(CaseCsv, ServiceNowsTableIsReadAsCsvAndAsJson) {
    const auto csv =
        facts_of(case_csv_format(), {{example_file("servicenow-incidents.csv")}}, options());
    const auto json =
        facts_of(case_csv_format(), {{example_file("servicenow-incidents.json")}}, options());
    EXPECT_EQ(csv, json);
    ASSERT_FALSE(json.empty());
    EXPECT_EQ(json.front().at("case_no"), "INC0010001");
    EXPECT_EQ(json.front().at("priority"), "3 - Moderate");
    EXPECT_EQ(json.front().at("grp"), "Service Desk");
    EXPECT_THAT(events(example_file("servicenow-incidents.json"), options()),
                ElementsAre("2026-03-02T07:14:10Z created", "2026-03-02T07:14:10Z assigned",
                            "2026-03-02T08:40:00Z resolved", "2026-03-02T08:40:00Z solved",
                            "2026-03-09T09:00:00Z closed 0", "2026-03-02T07:31:55Z created",
                            "2026-03-02T07:31:55Z assigned"));
}

TEST(CaseCsv, StatesAreNumbersInServiceNowAndWhatTheMappingSays) {
    const std::string rows = "number,sys_id,opened,state\n1,a,2018-04-09 08:00,7\n";
    EXPECT_THAT(rejects_of(case_csv_format(), rows, options()),
                ElementsAre("2 closed servicedesk.reject.missing"));
    const std::string others = "number,opened,state\n1,2018-04-09 08:00,7\n";
    EXPECT_THAT(rejects_of(case_csv_format(), others, options()), ElementsAre());
    EXPECT_THAT(rejects_of(case_csv_format(), others, options("[states]\n7 = \"closed\"\n")),
                ElementsAre("2 closed servicedesk.reject.missing"));
}

TEST(CaseCsv, TheLatestChangeHoldsWhateverTheOrderOfImport) {
    const std::string header = "number,opened,closed,updated\n";
    const std::string old_row = "1,2018-04-09 08:00,,2018-04-09 09:00\n";
    const std::string new_row = "1,2018-04-09 08:00,2018-04-10 08:00,2018-04-10 08:00\n";
    const auto expected = facts_of(case_csv_format(), {{header + new_row}}, options());
    EXPECT_EQ(
        facts_of(case_csv_format(), {{header + old_row, 1}, {header + new_row, 2}}, options()),
        expected);
    EXPECT_EQ(
        facts_of(case_csv_format(), {{header + new_row, 1}, {header + old_row, 2}}, options()),
        expected);
}

std::vector<std::string> texts_of(const std::string& content, const ImportOptions& options) {
    std::vector<std::string> texts;
    for (const Fact& row : derived_of(case_csv_format(), {{content}}, options).rows)
        texts.push_back(row.at("title") + "|" + row.at("text") + "|" +
                        row.at("caller_name"));
    return texts;
}

TEST(CaseCsv, TitleTextAndCallerAreKept) {
    EXPECT_THAT(texts_of("number,opened,short_description,description,caller_id\n"
                         "1,2018-04-09,Printer,\"En\nto\",Bo\n",
                         options()),
                ElementsAre("Printer|En\nto|Bo"));
    EXPECT_THAT(texts_of("Sagsnr;Oprettet;Kort beskrivelse;Beskrivelse;Indmelder\n"
                         "1;2018-04-09; Skærm ;;?\n",
                         options()),
                ElementsAre("Skærm||"));
    EXPECT_THAT(texts_of("nr;dato;Hvad;Hvem\n1;2018-04-09;Mus;Bo\n",
                         options("[columns]\nnumber = \"nr\"\nopened = \"dato\"\n"
                                 "title = \"Hvad\"\ncaller = \"Hvem\"\n")),
                ElementsAre("Mus||Bo"));
}

TEST(CaseCsv, AJsonRowIsRejectedWithItsLine) {
    EXPECT_THAT(rejects_of(case_csv_format(),
                           "[{\"number\":\"1\",\"opened\":\"2018-04-09\"},\n"
                           "\"rubbish\",\n{\"number\":\"2\",\"opened\":\"soon\"}]",
                           options()),
                ElementsAre("2  reject.json.row", "3 opened servicedesk.reject.time_unreadable"));
}

TEST(CaseCsv, WithoutOpenedTheFileIsRefused) {
    const auto scanned = case_csv_format().scan("number,closed\n", options(), nullptr);
    ASSERT_FALSE(scanned.ok());
    EXPECT_EQ(scanned.error().key, "servicedesk.error.mapping_column_missing");
    EXPECT_EQ(scanned.error().field, "opened");
}

}  // namespace
}  // namespace klarsyn::servicedesk
