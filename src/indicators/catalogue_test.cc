#include "indicators/catalogue.h"

#include <gtest/gtest.h>

#include <set>

#include "indicators/cell_scan.h"

namespace klarsyn {
namespace {

const std::string kHeader =
    "-- id: telephony.x\n-- title.da: Titel\n-- title.en: Title\n-- definition.da: Tekst\n"
    "-- definition.en: Text\n-- owner: Desk\n-- table: telephony_visit\n-- aggregate: ratio\n"
    "-- unit: fraction\n-- dims: queue, hour\n";
const std::string kBody =
    "SELECT id AS ref, day, queue, hour, 1 AS num, 1 AS den\nFROM telephony_visit\n"
    "WHERE day BETWEEN :from AND :to\n";

std::string error_key(const std::string& text) {
    const auto parsed = Catalogue::parse("x.sql", text);
    return parsed.ok() ? "" : parsed.error().key;
}

TEST(Catalogue, ReadsHeaderAndBody) {
    const auto parsed = Catalogue::parse(
        "x.sql", kHeader + "-- target: >= 80 % from 2014-01-01\n-- target: >= 75 % from 2013-05-01\n"
                           "-- green: > 95 %\n-- yellow: >= 0.9\n" + kBody);
    ASSERT_TRUE(parsed.ok()) << parsed.error().key;
    EXPECT_EQ(parsed->module, "telephony");
    EXPECT_EQ(parsed->dims, (std::vector<std::string>{"queue", "hour"}));
    EXPECT_EQ(parsed->definition.size(), 16U);
    ASSERT_EQ(parsed->targets.size(), 2U);  // ordered by date, whatever the file's order
    EXPECT_EQ(parsed->targets[0].from, day_of({2013, 5, 1}));
    EXPECT_EQ(parsed->targets[0].bound.value, 75);
    EXPECT_EQ(parsed->targets[0].bound.scale, 100);
    EXPECT_EQ(parsed->green->op, Bound::Op::greater);
    EXPECT_EQ(parsed->yellow->value, 9);
    EXPECT_EQ(parsed->yellow->scale, 10);
}

TEST(Catalogue, AFormulaHasItsDanish) {
    const auto one = Catalogue::parse("x.sql", kHeader + "-- formula: a / b\n" + kBody);
    EXPECT_EQ(one->formula_da, "a / b");
    const auto both = Catalogue::parse(
        "x.sql", kHeader + "-- formula: open / all\n-- formula.da: åbne / alle\n" + kBody);
    EXPECT_EQ(both->formula, "open / all");
    EXPECT_EQ(both->formula_da, "åbne / alle");
}

TEST(Catalogue, AnotherTextIsAnotherDefinition) {
    const auto one = Catalogue::parse("x.sql", kHeader + kBody);
    const auto two = Catalogue::parse("x.sql", kHeader + kBody + "AND queue = 3");
    EXPECT_NE(one->definition, two->definition);
}

TEST(Catalogue, NamesWhatIsWrong) {
    EXPECT_EQ(error_key(kHeader + "-- colour: red\n" + kBody), "indicators.header_unknown");
    EXPECT_EQ(error_key(kHeader + "-- green: about 75\n" + kBody), "indicators.header_value");
    EXPECT_EQ(error_key(kHeader + "-- target: >= 75 % from tomorrow\n" + kBody),
              "indicators.header_value");
    EXPECT_EQ(error_key("-- id: a.b\n" + kBody), "indicators.header_missing");
    EXPECT_EQ(error_key(kHeader + "-- status: withheld\n" + kBody), "indicators.caveat_missing");
    EXPECT_EQ(error_key(kHeader + kBody + "; DROP TABLE telephony_visit"),
              "indicators.not_one_select");
    EXPECT_EQ(error_key(kHeader + "SELECT 1 UNION SELECT 2"), "indicators.not_one_select");
    EXPECT_EQ(error_key(kHeader + "SELECT id AS ref, day, queue, 1 AS num FROM telephony_visit "
                                  "WHERE day BETWEEN :from AND :to"),
              "indicators.column_missing");
    EXPECT_EQ(error_key(kHeader + "SELECT id AS ref, day, queue, hour, 1 AS num "
                                  "FROM telephony_visit"),
              "indicators.period_missing");
}

TEST(Catalogue, SaysTheLine) {
    const auto parsed = Catalogue::parse("x.sql", kHeader + "-- unit: bananas\n" + kBody);
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().file, "x.sql");
    EXPECT_EQ(parsed.error().line, 11);
    EXPECT_EQ(parsed.error().field, "unit");
}

FactTable fact_table(const std::string& name, const std::string& module) {
    FactTable table;
    table.name = name;
    table.module = module;
    return table;
}

// The two tables of two modules, and the views given.
Catalogue catalogue_with(const std::vector<std::pair<std::string, std::string>>& views) {
    Catalogue catalogue;
    catalogue.add(fact_table("telephony_visit", "telephony"));
    catalogue.add(fact_table("desk_case", "desk"));
    for (const auto& [name, sql] : views) {
        catalogue.add(Catalogue::parse_view("views/" + name + ".sql", sql).take());
    }
    return catalogue;
}

std::string seal_error(Catalogue catalogue) {
    const auto sealed = catalogue.seal();
    return sealed.ok() ? "" : sealed.error().key;
}

std::string reading_error(const std::string& from) {
    auto catalogue = catalogue_with({{"pub_desk_open", "SELECT id AS ref, day FROM desk_case"}});
    catalogue.add(Catalogue::parse("x.sql", kHeader + "SELECT id AS ref, day, queue, hour, 1 AS num, "
                                                      "1 AS den FROM " + from +
                                                " WHERE day BETWEEN :from AND :to").take());
    return seal_error(std::move(catalogue));
}

TEST(Catalogue, AnIndicatorReadsItsOwnTablesAndPublishedViews) {
    EXPECT_EQ(reading_error("telephony_visit"), "");
    EXPECT_EQ(reading_error("telephony_visit JOIN pub_desk_open ON 1 = 1"), "");
    EXPECT_EQ(reading_error("telephony_visit JOIN core_day ON 1 = 1"), "");
    EXPECT_EQ(reading_error("telephony_visit JOIN desk_case ON 1 = 1"), "indicators.relation_foreign");
    EXPECT_EQ(reading_error("telephony_visit, (SELECT 1 FROM desk_case) AS d"),
              "indicators.relation_foreign");
    EXPECT_EQ(reading_error("telephony_visit JOIN pub_desk_gone ON 1 = 1"),
              "indicators.relation_unknown");
    EXPECT_EQ(reading_error("telephony_draft"), "indicators.relation_unknown");
}

TEST(Catalogue, NamesThatWouldBypassAsOfAreRefused) {
    for (const char* from : {"main.telephony_visit", "public.telephony_visit", "\"telephony_visit\"",
                             "Telephony_Visit", "telephony_visit JOIN main.desk_case ON 1 = 1"}) {
        EXPECT_EQ(reading_error(from), "indicators.relation_name") << from;
    }
}

// A model adds up or compares what it says of the columns that it reads.
TEST(Catalogue, AModelMustFitItsIndicator) {
    const auto sealed = [](const std::string& header, const std::string& body) {
        auto catalogue = catalogue_with({});
        catalogue.add(Model{"telephony.known", {"waited"}, "queue", nullptr});
        const auto text = std::string(kHeader).replace(kHeader.find("ratio"), 5, header);
        catalogue.add(Catalogue::parse("x.sql", text + body).take());
        return seal_error(std::move(catalogue));
    };
    const std::string reads =
        "SELECT id AS ref, day, queue, hour, wait_s AS waited, 1 AS num FROM telephony_visit "
        "WHERE day BETWEEN :from AND :to";
    EXPECT_EQ(sealed("sum\n-- model: telephony.known", reads), "");
    EXPECT_EQ(sealed("max\n-- model: telephony.known", reads), "");
    EXPECT_EQ(sealed("sum\n-- model: telephony.other", reads), "indicators.model_unfit");
    EXPECT_EQ(sealed("count\n-- model: telephony.known", reads), "indicators.model_unfit");
    EXPECT_EQ(sealed("sum\n-- model: telephony.known", kBody), "indicators.model_unfit");
    EXPECT_EQ(error_key(kHeader + "-- covered_by: files\n" + kBody), "indicators.header_value");
}

TEST(Catalogue, ViewsComeAfterWhatTheyRead) {
    auto catalogue = catalogue_with({{"pub_desk_b", "SELECT id FROM pub_telephony_a"},
                                     {"pub_telephony_a", "SELECT id FROM telephony_visit"}});
    ASSERT_TRUE(catalogue.seal().ok());
    EXPECT_EQ(catalogue.views().front().name, "pub_telephony_a");
    EXPECT_EQ(seal_error(catalogue_with({{"pub_desk_a", "SELECT id FROM pub_desk_b"},
                                         {"pub_desk_b", "SELECT id FROM pub_desk_a"}})),
              "indicators.relation_circle");
    EXPECT_EQ(seal_error(catalogue_with({{"pub_desk_a", "SELECT id FROM telephony_visit"}})),
              "indicators.relation_foreign");
    EXPECT_EQ(Catalogue::parse_view("views/open.sql", "SELECT 1").error().key, "indicators.view_name");
    EXPECT_EQ(Catalogue::parse_view("pub_desk_a.sql", "SELECT :from").error().key,
              "indicators.view_plain");
}

TEST(Catalogue, AnotherViewIsAnotherDefinition) {
    std::set<std::string> definitions;
    for (const char* answered : {"0", "1"}) {
        auto catalogue = catalogue_with(
            {{"pub_desk_a", std::string("SELECT id FROM desk_case WHERE open = ") + answered}});
        catalogue.add(Catalogue::parse("x.sql", kHeader + "SELECT id AS ref, day, queue, hour, 1 AS num "
                                                          "FROM telephony_visit JOIN pub_desk_a ON "
                                                          "1 = 1 WHERE day BETWEEN :from AND :to")
                          .take());
        ASSERT_TRUE(catalogue.seal().ok());
        definitions.insert(catalogue.indicators().front().definition);
        EXPECT_TRUE(catalogue.scans().places.empty());  // no cells: its days cannot be marked
    }
    EXPECT_EQ(definitions.size(), 2U);
}

}  // namespace
}  // namespace klarsyn
