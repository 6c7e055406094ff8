// Format glpi-csv: lists of tickets as GLPI exports them, its log, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modules/servicedesk/derive_for_test.h"
#include "modules/servicedesk/glpi_words.h"
#include "modules/servicedesk/groups.h"
#include "modules/servicedesk/readers.h"

namespace klarsyn::servicedesk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ImportOptions options() {
    ImportOptions options;
    options.source = "glpi";
    return options;
}

std::vector<Fact> facts(const std::vector<TestFile>& files) {
    return facts_of(glpi_csv_format(), files, options());
}

constexpr std::string_view kHeader =
    "ID;Status;Opening date;Last update;Resolution date;"
    "Closing date;Assigned to - Technician group\n";

std::string list(const std::string& rows) { return std::string(kHeader) + rows; }

TEST(GlpiCsv, TitlesTextsAndRequestersAreKept) {
    const std::string header = "ID;Titre;Description;Demandeur;Statut;Date d'ouverture;"
                               "Dernière modification\n";
    const std::string monday = header + "7;\"R&#38;D en panne\";\"&#60;p&#62;Rien ne va&#60;/p&#62;\";"
                                        "Dupont Anne;Nouveau;2026-01-05 08:00;2026-01-05 08:00\n";
    const std::string log =
        "items_id;date_mod;id_search_option;old_value;new_value\n"
        "7;2026-01-06 08:00;1;\"R&#38;D en panne\";Tout en panne\n";
    const auto row = [](const std::vector<TestFile>& files) {
        return derived_of(glpi_csv_format(), files, options()).rows.front();
    };
    EXPECT_EQ(row({{monday}}).at("title"), "R&D en panne");
    EXPECT_EQ(row({{monday}}).at("text"), "Rien ne va");
    EXPECT_EQ(row({{monday}}).at("caller_name"), "Dupont Anne");
    EXPECT_EQ(row({{monday, 1}, {log, 2}}).at("title"), "Tout en panne");
}

TEST(GlpiCsv, SnapshotsOfTwoDaysMakeAHistory) {
    const std::string monday = example_file("glpi-tickets-2026-01-05.csv");
    const std::string tuesday = example_file("glpi-tickets-2026-01-06.csv");
    EXPECT_THAT(rejects_of(glpi_csv_format(), monday, options()), IsEmpty());
    EXPECT_THAT(rejects_of(glpi_csv_format(), tuesday, options()), IsEmpty());
    const auto told = facts({{monday, 1}, {tuesday, 2}});
    EXPECT_THAT(events_of(told, "5732943"),
                ElementsAre("01-05T07:12 created", "01-05T07:12 assigned DSI > Support",
                            "01-06T09:15 moved_out", "01-06T09:15 moved_in DSI > Poste de travail",
                            "01-06T09:15 on_hold was Pending"));
    EXPECT_THAT(events_of(told, "5732950"),
                ElementsAre("01-05T08:02 created", "01-06T10:30 assigned DSI > Support",
                            "01-06T10:30 moved_out", "01-06T10:30 moved_in DSI > Support",
                            "01-06T10:30 resolved", "01-06T10:30 solved"));
    EXPECT_THAT(events_of(told, "5732961"),
                ElementsAre("01-05T08:30 created", "01-05T08:30 assigned DSI > Réseau",
                            "01-05T14:05 resolved", "01-05T14:05 solved", "01-05T15:24 closed",
                            "01-06T06:45 reopened was closed"));
    EXPECT_EQ(facts({{tuesday, 1}, {monday, 2}}), told);
    EXPECT_EQ(facts({{tuesday, 1}, {monday, 2}, {tuesday, 3}, {monday, 4}}), told);
}

TEST(GlpiCsv, TheLogTellsWhatHappenedBetweenSnapshots) {
    const std::string monday = example_file("glpi-tickets-2026-01-05.csv");
    const std::string tuesday = example_file("glpi-tickets-2026-01-06.csv");
    const std::string log = example_file("glpi-log.csv");
    EXPECT_THAT(rejects_of(glpi_csv_format(), log, options()), IsEmpty());
    const auto told = facts({{monday, 1}, {tuesday, 2}, {log, 3}});
    EXPECT_THAT(events_of(told, "5732943"),
                ElementsAre("01-05T07:12 created", "01-05T07:40 assigned DSI > Support",
                            "01-05T07:40 moved_out", "01-05T07:40 moved_in DSI > Support",
                            "01-05T16:20 moved_out", "01-05T16:20 moved_in DSI > Poste de travail",
                            "01-06T09:15 on_hold was Pending"));
    EXPECT_EQ(facts({{log, 1}, {tuesday, 2}, {monday, 3}}), told);
    EXPECT_EQ(facts({{log, 1}, {tuesday, 2}, {log, 3}, {monday, 4}}), told);
}

TEST(GlpiCsv, ALogAloneMakesACaseOnlyWhereItSaysWhenItWasMade) {
    const std::string header =
        "items_id;date_mod;linked_action;id_search_option;old_value;new_value\n";
    const std::string change = "7;2026-01-05 09:00:00;0;12;1;5\n";
    EXPECT_THAT(facts({{header + change}}), IsEmpty());
    EXPECT_THAT(events_of(facts({{header + "7;2026-01-05 08:00:00;20;0;;\n" + change}}), "7"),
                ElementsAre("01-05T07:00 created", "01-05T08:00 resolved", "01-05T08:00 solved"));
}

TEST(GlpiCsv, ASnapshotStandsBehindTheChangesOfItsMinute) {
    const std::string log =
        "items_id;date_mod;id_search_option;old_value;new_value\n"
        "1;2026-01-05 16:24:10;12;New;Processing (assigned)\n"
        "1;2026-01-05 16:24:40;12;Processing (assigned);Solved\n";
    const std::string snapshot = list(
        "1;Solved;2026-01-05 08:00;2026-01-05 16:24;"
        "2026-01-05 16:24;;\n");
    EXPECT_THAT(events_of(facts({{snapshot, 1}, {log, 2}}), "1"),
                ElementsAre("01-05T07:00 created", "01-05T15:24 resolved", "01-05T15:24 solved"));
}

TEST(GlpiCsv, LeavingSolvedIsAReopening) {
    const auto told =
        facts({{list("1;Solved;2026-01-05 08:00;2026-01-05 09:00;2026-01-05 09:00;;\n")},
               {list("1;New;2026-01-05 08:00;2026-01-06 09:00;;;\n")},
               {list("1;Solved;2026-01-05 08:00;2026-01-07 09:00;2026-01-07 09:00;;\n")}});
    EXPECT_THAT(events_of(told, "1"), ElementsAre("01-05T07:00 created", "01-05T08:00 resolved",
                                                  "01-06T08:00 reopened was resolved",
                                                  "01-07T08:00 resolved", "01-07T08:00 solved"));
}

TEST(GlpiCsv, DanishEnglishAndFrenchHeadingsAndWordsAreTheSame) {
    const std::string values =
        ";05-01-2026 08:00;06-01-2026 09:00;06-01-2026 09:00;"
        "06-01-2026 09:00;Net\n";
    const auto english = facts({{list("1;Closed" + values)}});
    ASSERT_EQ(events_of(english, "1").size(), 5U);
    EXPECT_EQ(facts({{"ID;Statut;Date d\u2019ouverture;Dernière modification;Date de résolution;"
                      "Date de clôture;Groupe de techniciens\n1;Clos" +
                      values}}),
              english);
    EXPECT_EQ(facts({{"ID;Status;Åbnings dato;Sidst opdateret;Løsningsdato;Lukke dato;"
                      "Tildelt til - Teknikergruppe\n1;Lukket" +
                      values}}),
              english);
}

TEST(GlpiCsv, WordsOfGlpi) {
    EXPECT_EQ(glpi_state("Processing (planned)"), "Active");
    EXPECT_EQ(glpi_state("__ New"), "New");
    EXPECT_EQ(glpi_state("Afventer"), "Pending");
    EXPECT_EQ(glpi_state("Résolu"), "Resolved");
    EXPECT_EQ(glpi_state("42"), std::nullopt);
    EXPECT_EQ(glpi_state(""), std::nullopt);
    EXPECT_EQ(glpi_priority("Majeure"), "1");
    EXPECT_EQ(glpi_priority("Very high"), "1");
    EXPECT_EQ(glpi_priority("4"), "2");
    EXPECT_EQ(glpi_priority("Middel"), "3");
    EXPECT_EQ(glpi_priority("1"), "4");
    EXPECT_EQ(glpi_priority("P0"), "P0");
    EXPECT_EQ(glpi_type("Demande"), "request");
    EXPECT_EQ(glpi_type("Hændelse"), "incident");
    EXPECT_EQ(glpi_contact("E-Mail"), "mail");
}

TEST(GlpiCsv, RowsAreRejectedWithTheirReason) {
    const std::string good = "8;New;05-01-2026 08:00;05-01-2026 08:00;;;\n";
    EXPECT_THAT(
        rejects_of(glpi_csv_format(),
                   list(";New;05-01-2026 08:00;05-01-2026 08:00;;;\n"
                        "12a;New;05-01-2026 08:00;05-01-2026 08:00;;;\n"
                        "2;Undefined;05-01-2026 08:00;05-01-2026 08:00;;;\n"
                        "3;;05-01-2026 08:00;05-01-2026 08:00;;;\n"
                        "4;New;;05-01-2026 08:00;;;\n"
                        "5;New;05-01-2026 08:00;yesterday;;;\n"
                        "6;New;05-01-2026 08:00;;;;\n"
                        "7;New;01-25-2026 08:00;05-01-2026 08:00;;;\n"
                        "7;New;05-01-2026 08:00;05-01-2026 08:00;x;;\n"
                        "7;New;05-01-2026 08:00;05-01-2026 08:00;;x;\n") +
                       good + "9;New;05-01-2026",
                   options()),
        ElementsAre(
            "2 ID servicedesk.reject.missing", "3 ID servicedesk.reject.not_a_count",
            "4 Status servicedesk.reject.state_unknown", "5 Status servicedesk.reject.missing",
            "6 Opening date servicedesk.reject.missing",
            "7 Last update servicedesk.reject.time_unreadable",
            "8 Last update servicedesk.reject.missing",
            "9 Opening date servicedesk.reject.time_unreadable",
            "10 Resolution date servicedesk.reject.time_unreadable",
            "11 Closing date servicedesk.reject.time_unreadable", "13  reject.csv.too_few_fields"));
    EXPECT_THAT(rejects_of(glpi_csv_format(),
                           "items_id;date_mod;id_search_option;old_value;new_value\n"
                           "x;2026-01-05 08:00:00;12;1;2\n"
                           "1;2026-02-30 08:00:00;12;1;2\n"
                           "1;2026-01-05 08:00:00;12;1;99\n",
                           options()),
                ElementsAre("2 items_id servicedesk.reject.not_a_count",
                            "3 date_mod servicedesk.reject.time_unreadable",
                            "4 new_value servicedesk.reject.state_unknown"));
}

TEST(GlpiCsv, MissingColumnsAreNamedAllAtOnce) {
    const auto scanned = glpi_csv_format().scan("ID;Titre;Statut\n", options(), nullptr);
    ASSERT_FALSE(scanned.ok());
    EXPECT_EQ(scanned.error().key, "servicedesk.error.columns_missing");
    EXPECT_EQ(scanned.error().line, 1);
    EXPECT_EQ(scanned.error().args.at(0).second, "Opening date, Last update");
    const auto comma = glpi_csv_format().scan(
        std::string(kHeader),
        [] {
            ImportOptions wrong = options();
            wrong.delimiter = ",";
            return wrong;
        }(),
        nullptr);
    ASSERT_FALSE(comma.ok());
    EXPECT_EQ(comma.error().args.at(0).second, "ID, Status, Opening date, Last update");
}

TEST(GlpiCsv, ColumnsThatCouldTellMoreAreNamed) {
    const auto scanned = glpi_csv_format().scan(list(""), options(), nullptr);
    ASSERT_TRUE(scanned.ok());
    ASSERT_FALSE(scanned->notices.empty());
    const Notice& notice = scanned->notices.back();
    EXPECT_EQ(notice.key, "servicedesk.notice.columns_absent");
    EXPECT_EQ(notice.args.at(0).second, "Priority, Type, Category, Request source, Title, Description, Requester - Requester");
}

TEST(GlpiCsv, NightsWhenTheClocksChange) {
    const auto told =
        facts({{list("1;New;2026-03-29 02:30;2026-03-29 02:30;;;\n"
                     "2;New;2026-10-25 02:30;2026-10-25 02:30;;;\n")}});
    ASSERT_EQ(events_of(told, "1"), (std::vector<std::string>{"03-29T01:30 created"}));
    ASSERT_EQ(events_of(told, "2"), (std::vector<std::string>{"10-25T00:30 created"}));
    EXPECT_EQ(told.front().at("flags"), "skipped");
}

}  // namespace
}  // namespace klarsyn::servicedesk
