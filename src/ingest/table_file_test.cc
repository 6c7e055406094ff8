// Tables with a heading row: finding columns, mapping files, what a field says, reasons to reject.
#include "ingest/table_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "core/text.h"

namespace klarsyn {
namespace {

using ::testing::ElementsAre;

enum Field : std::size_t { kId, kKind, kDay, kPrice };
const std::array<TableField, 4> kFields{{{"id", {"nr", "løbenummer"}, true},
                                         {"kind", {"type", "slags"}, true},
                                         {"day", {"dato"}},
                                         {"price", {"pris"}, false, true}}};

struct Read {
    std::vector<std::string> rows, rejects, notices;
    std::string error;
};

Read read(std::string_view content, std::string mapping = "", std::string decimal = "") {
    ImportOptions options;
    options.mapping = std::move(mapping);
    options.mapping_name = "map.toml";
    options.decimal = std::move(decimal);
    Read result;
    const auto place = [](const TableRow& row, TablePlace& at) -> TableFault {
        if (row[kId].empty()) return {"reject.json.row", "id", std::string(row[kKind])};
        at = {1, 0};
        return {};
    };
    const auto scanned = scan_table(content, options, nullptr, kFields, place);
    if (!scanned.ok()) {
        const Error& error = scanned.error();
        result.error =
            error.key + " " + error.file + ":" + std::to_string(error.line) + " " + error.field;
        for (const Language language : {Language::da, Language::en})
            EXPECT_TRUE(has_text(language, error.key)) << error.key;
        return result;
    }
    TableRowReader reader;
    for (const SourceRow& source : scanned->rows) {
        GroupRow group;
        group.bytes = scanned->text.substr(source.offset, source.length);
        group.context = scanned->context.get();
        const TableRow row = reader.read(group);
        const auto day = row.time(kDay);
        const auto price = row.decimal(kPrice);
        result.rows.push_back(
            std::string(row[kId]) + "|" + std::string(row[kKind]) + "|" +
            (day ? iso_date(day->day) : "-") + "|" +
            (price ? std::to_string(price->units) + "e-" + std::to_string(price->scale) : "-") +
            (row.unknown(kKind) ? "|unknown" : ""));
    }
    for (const Reject& reject : scanned->rejects)
        result.rejects.push_back(std::to_string(reject.line) + " " + reject.field + " " +
                                 reject.key);
    for (const Notice& notice : scanned->notices) result.notices.push_back(notice.key);
    return result;
}

TEST(TableFiles, FindTheirColumnsInAnyOrderAndLanguage) {
    EXPECT_THAT(read("kind,price,id,day\npc,1.5,A1,2012-02-29\n").rows,
                ElementsAre("A1|pc|2012-02-29|15e-1"));
    const Read danish = read("Pris;SLAGS;Løbenummer;Dato;Andet\n1.204,5;pc;A1;29-02-2012;x\n");
    EXPECT_THAT(danish.rows, ElementsAre("A1|pc|2012-02-29|12045e-1"));
    EXPECT_EQ(danish.notices.back(), "ingest.table.columns_guessed");
    EXPECT_THAT(read("[{\"id\": \"A1\", \"kind\": \"pc\", \"price\": 2}]").rows,
                ElementsAre("A1|pc|-|2e-0"));
}

TEST(TableFiles, TellTheirDecimalMarkByTheirNumbers) {
    const Read points = read("id;kind;price\nA1;pc;270.125\nA2;pc;270.5\n");
    EXPECT_THAT(points.rows, ElementsAre("A1|pc|-|270125e-3", "A2|pc|-|2705e-1"));
    EXPECT_EQ(points.notices.back(), "notice.csv.decimal_detected");
    EXPECT_THAT(read("id,kind,price\nA1,pc,\"1.270,5\"\nA2,pc,\"270,125\"\n").rows,
                ElementsAre("A1|pc|-|12705e-1", "A2|pc|-|270125e-3"));
    EXPECT_THAT(read("id\tkind\tprice\nA1\tpc\t0,125\nA2\tpc\t270,125\n").rows,
                ElementsAre("A1|pc|-|125e-3", "A2|pc|-|270125e-3"));
    // Nothing tells, or as much for the one as for the other: as the delimiter leads to expect.
    EXPECT_THAT(read("id;kind;price\nA1;pc;1.270\n").rows, ElementsAre("A1|pc|-|1270e-0"));
    EXPECT_THAT(read("id;kind;price\nA1;pc;270.5\nA2;pc;270,5\n").rows,
                ElementsAre("A1|pc|-|-", "A2|pc|-|2705e-1"));
    EXPECT_THAT(read("id;kind;price\nA1;pc;270.5\n", "", ",").rows, ElementsAre("A1|pc|-|-"));
}

TEST(TableFiles, SayAllColumnsThatLack) {
    EXPECT_EQ(read("day,price\n").error, "ingest.table.columns_missing :1 id");
    EXPECT_EQ(read("id,day\n", "[constants]\nkind = 'pc'\n").error, "");
    EXPECT_EQ(read("id,kind\n", "[columns]\nday = 'Købt'\n").error,
              "ingest.mapping.column_missing :1 day");
}

TEST(TableFiles, AreReadInTheWordsOfTheMapping) {
    const char* mapping =
        "[columns]\nid = 'Nummer'\n[values.kind]\n'Stationær' = 'pc'\n"
        "[time]\nformat = 'mm/dd/yyyy'\n[known]\nkind = ['PC', 'server']\n";
    EXPECT_THAT(
        read("Nummer,kind,day\nA1,stationær,02/29/2012\nA2,Printer,29-02-2012\n", mapping).rows,
        ElementsAre("A1|pc|2012-02-29|-", "A2|Printer|-|-|unknown"));
    EXPECT_THAT(read("id,day\nA1,\n", "[constants]\nkind = 'server'\n").rows,
                ElementsAre("A1|server|-|-"));
}

TEST(TableFiles, RefuseABadMappingWithItsLine) {
    for (const auto& [mapping, error] : std::vector<std::pair<const char*, const char*>>{
             {"[columns\n", "ingest.mapping.unreadable map.toml:1 "},
             {"[nonsense]\na = 'b'\n", "ingest.mapping.key_unknown map.toml:1 nonsense"},
             {"[columns]\n\ncolour = 'b'\n", "ingest.mapping.key_unknown map.toml:3 colour"},
             {"[columns]\nid = 7\n", "ingest.mapping.value map.toml:2 id"},
             {"[known]\nid = 'x'\n", "ingest.mapping.value map.toml:2 id"},
             {"[time]\nformat = 'dd-mm'\n", "ingest.mapping.time map.toml:2 format"}}) {
        EXPECT_EQ(read("id,kind\n", mapping).error, error) << mapping;
    }
}

TEST(TableFiles, RejectSingleRowsAndGoOn) {
    const Read mixed = read("id,kind\n,pc\nA1\nA2,?\nA3,a,b\n");
    EXPECT_THAT(mixed.rejects, ElementsAre("2 id reject.json.row", "3  reject.csv.too_few_fields",
                                           "5  reject.csv.too_many_fields"));
    EXPECT_THAT(mixed.rows, ElementsAre("A2||-|-"));
}

TEST(TableFiles, KnowKeysThatWereMasked) {
    EXPECT_TRUE(masked_key("121212****"));
    EXPECT_FALSE(masked_key("SN 1212*1"));
}

}  // namespace
}  // namespace klarsyn
