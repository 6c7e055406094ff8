#include "protocols/csv.h"

#include <gtest/gtest.h>

namespace klarsyn {
namespace {

// Every row as "line:field|field", or "line:!reason" for a fault; an error as its key and line.
std::vector<std::string> read_all(std::string_view text, const CsvOptions& options = {}) {
    std::vector<std::string> out;
    Result<CsvReader> reader = CsvReader::open(text, options);
    if (!reader.ok()) return {reader.error().key + "@" + std::to_string(reader.error().line)};
    CsvRow row;
    for (;;) {
        Result<bool> more = reader->next(row);
        if (!more.ok()) {
            out.push_back(more.error().key + "@" + std::to_string(more.error().line));
            return out;
        }
        if (!*more) return out;
        std::string line = std::to_string(row.line) + ":";
        if (row.fault != CsvFault::none) {
            line += "!" + fault_reason(row, reader->columns().size()).first;
        } else {
            for (std::size_t i = 0; i < row.fields.size(); ++i)
                line += (i ? "|" : "") + std::string(row.fields[i]);
        }
        out.push_back(line);
    }
}

using Lines = std::vector<std::string>;

TEST(CsvReader, ReadsPlainRowsWithAnyLineEnd) {
    EXPECT_EQ(read_all("a,b\n1,2\n3,4\n"), (Lines{"2:1|2", "3:3|4"}));
    EXPECT_EQ(read_all("a,b\r\n1,2\r\n3,4"), (Lines{"2:1|2", "3:3|4"}));
    EXPECT_EQ(read_all("a,b\n,\n"), (Lines{"2:|"}));
    EXPECT_EQ(read_all("a\n1\n\n\r\n2\n"), (Lines{"2:1", "5:2"}));
    EXPECT_EQ(read_all("a,b\n"), Lines{});
}

TEST(CsvReader, UndoesQuotes) {
    EXPECT_EQ(read_all("a,b\n\"x,y\",2\n"), (Lines{"2:x,y|2"}));
    EXPECT_EQ(read_all("a,b\n\"say \"\"hi\"\"\",\"\"\"\"\n"), (Lines{"2:say \"hi\"|\""}));
    EXPECT_EQ(read_all("a,b\r\n\"\",\"z\"\r\n"), (Lines{"2:|z"}));
    EXPECT_EQ(read_all("a,b\n\"x\",y"), (Lines{"2:x|y"}));
    EXPECT_EQ(read_all("a,b\n\"x\",\"y\""), (Lines{"2:x|y"}));
    // A quotation mark inside an unquoted field is a sign for inches.
    EXPECT_EQ(read_all("a,b\n24\" screen,y\n"), (Lines{"2:24\" screen|y"}));
}

TEST(CsvReader, QuotedFieldsMayHoldLineEnds) {
    EXPECT_EQ(read_all("a,b\n\"x\ny\r\nz\",2\n3,4\n"), (Lines{"2:x\ny\r\nz|2", "5:3|4"}));
}

TEST(CsvReader, NamesTheLineOfAnOpenQuote) {
    EXPECT_EQ(read_all("a,b\n1,2\n3,\"4\n5,6\n"), (Lines{"2:1|2", "error.csv.quote_open@3"}));
    EXPECT_EQ(read_all("a,b\n1,\"2\"\"\n"), (Lines{"error.csv.quote_open@2"}));
}

TEST(CsvReader, ReportsRowsWithAFaultAndGoesOn) {
    EXPECT_EQ(read_all("a,b\n1\n1,2,3\n4,5\n"),
              (Lines{"2:!reject.csv.too_few_fields", "3:!reject.csv.too_many_fields", "4:4|5"}));
    EXPECT_EQ(read_all("a,b\n\"1\"x,2\n4,5\n"), (Lines{"2:!reject.csv.text_after_quote", "3:4|5"}));
    std::string nul = "a,b\n1,x\n4,5\n";
    nul[6] = '\0';
    EXPECT_EQ(read_all(nul), (Lines{"2:!reject.csv.nul_byte", "3:4|5"}));
    EXPECT_EQ(read_all("a,b\n\xe6,2\n\xc3\xa6,5\n"),
              (Lines{"2:!reject.csv.not_utf8", "3:\xc3\xa6|5"}));
}

TEST(CsvReader, ReasonsCountTheFields) {
    CsvRow row;
    parse_csv_row("1;2;3", ';', 2, row);
    auto [key, args] = fault_reason(row, 2);
    EXPECT_EQ(key, "reject.csv.too_many_fields");
    EXPECT_EQ(text(Language::da, key, args), "Rækken har 3 felter, overskriften kun 2");
}

TEST(CsvReader, DetectsTheDelimiterOutsideQuotes) {
    EXPECT_EQ(read_all("a;b\n1,5;2\n"), (Lines{"2:1,5|2"}));
    EXPECT_EQ(read_all("a\tb,c\td\n1\t2\t3\n"), (Lines{"2:1|2|3"}));
    EXPECT_EQ(read_all("\"x;y;z\",b,c\n1,2,3\n"), (Lines{"2:1|2|3"}));
    EXPECT_EQ(read_all("alone\n1\n"), (Lines{"2:1"}));
    Result<CsvReader> reader = CsvReader::open("a;b\n");
    EXPECT_EQ(reader->delimiter(), ';');
    EXPECT_TRUE(reader->delimiter_detected());
    reader = CsvReader::open("a;b,c\n", {","});
    EXPECT_EQ(reader->columns(), (std::vector<std::string>{"a;b", "c"}));
    EXPECT_FALSE(reader->delimiter_detected());
    EXPECT_EQ(CsvReader::open("a|b\n", {"|"}).error().key, "error.csv.delimiter_unknown");
}

TEST(CsvReader, HeaderNamesColumns) {
    Result<CsvReader> reader = CsvReader::open("number, opened_at ,\"re \"\"x\"\"\",\n");
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ(reader->column("opened_at"), 1u);
    EXPECT_EQ(reader->column("re \"x\""), 2u);
    EXPECT_FALSE(reader->column("closed_at").has_value());
    EXPECT_EQ(read_all(""), (Lines{"error.csv.no_header@1"}));
    EXPECT_EQ(read_all("\n\n"), (Lines{"error.csv.no_header@1"}));
    EXPECT_EQ(read_all("a,b,a\n"), (Lines{"error.csv.column_twice@1"}));
    EXPECT_EQ(read_all("a,,\n1,2,3\n"), (Lines{"2:1|2|3"}));
    EXPECT_EQ(read_all("a\xff,b\n"), (Lines{"reject.csv.not_utf8@1"}));
}

TEST(CsvReader, RowsAreFoundAgainByTheirBytes) {
    std::string text = "a;b\r\n\"x\"\"\n\";2\r\næ;4\r\n";
    Result<CsvReader> reader = CsvReader::open(text);
    CsvRow row, again;
    int rows = 0;
    while (reader->next(row).value()) {
        ++rows;
        std::string_view bytes = std::string_view(text).substr(row.offset, row.length);
        EXPECT_EQ(bytes, row.bytes);
        EXPECT_NE(bytes.back(), '\r');
        parse_csv_row(bytes, reader->delimiter(), reader->columns().size(), again);
        EXPECT_EQ(again.fields, row.fields);
        EXPECT_EQ(again.fault, CsvFault::none);
    }
    EXPECT_EQ(rows, 2);
    EXPECT_EQ(row.line, 4);
}

TEST(CsvReader, RowsAreReusedWithoutLeftovers) {
    CsvRow row;
    parse_csv_row("\"a\"\"b\",c,d", ',', 2, row);
    EXPECT_EQ(row.fault, CsvFault::too_many_fields);
    parse_csv_row("x,y", ',', 2, row);
    EXPECT_EQ(row.fault, CsvFault::none);
    EXPECT_EQ(row.fields, (std::vector<std::string_view>{"x", "y"}));
}

TEST(Numbers, DanishThousandsAndDecimals) {
    EXPECT_EQ(parse_integer("22.991", ','), 22991);
    EXPECT_EQ(parse_integer("1.234.567", ','), 1234567);
    EXPECT_EQ(parse_integer("-22.991", ','), -22991);
    EXPECT_EQ(parse_integer("22991", ','), 22991);
    EXPECT_EQ(parse_integer(" 42 ", ','), 42);
    EXPECT_EQ(parse_integer("1\u00a0234", ','), 1234);
    EXPECT_EQ(parse_integer("22.991", '.'), std::nullopt);
    EXPECT_EQ(parse_integer("22,991", '.'), 22991);
    EXPECT_EQ(parse_integer("22.000", '.'), 22);
    EXPECT_EQ(parse_integer("5,0", ','), 5);
    Decimal decimal = parse_decimal("1.234,5", ',').value();
    EXPECT_EQ(decimal.units, 12345);
    EXPECT_EQ(decimal.scale, 1);
    EXPECT_DOUBLE_EQ(decimal.value(), 1234.5);
    EXPECT_DOUBLE_EQ(parse_decimal("59.8", '.')->value(), 59.8);
    EXPECT_EQ(parse_integer("9223372036854775807", '.'), INT64_MAX);
    EXPECT_EQ(usual_decimal_mark(';'), ',');
    EXPECT_EQ(usual_decimal_mark(','), '.');
}

TEST(Numbers, RefuseWhatIsNone) {
    for (std::string_view text :
         {"",        " ",   "-",   "2.99",  "22.9910",   ".991", "1234.567", "1..234",
          "22.991.", "1,",  ",5",  "1,2,3", "1.234,5.6", "12a",  "1 234",    "9223372036854775808",
          "0x10",    "1e3", "--1", "0.125"})
        EXPECT_FALSE(parse_decimal(text, ',').has_value()) << text;
}

TEST(Numbers, TellTheirDecimalMarkWhereTheyCanBeReadOneWayOnly) {
    for (std::string_view text : {"270,5", "1.270,5", "0,125", "-0,5", "1270,125"})
        EXPECT_EQ(told_decimal_mark(text), ',') << text;
    for (std::string_view text : {"270.5", "1,270.5", "0.125", "1270.125", "1.2345"})
        EXPECT_EQ(told_decimal_mark(text), '.') << text;
    for (std::string_view text : {"", "270", "1.270", "1,270", "1.2,3.4", "two"})
        EXPECT_EQ(told_decimal_mark(text), std::nullopt) << text;
}

}  // namespace
}  // namespace klarsyn
