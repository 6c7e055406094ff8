#include <gtest/gtest.h>

#include "protocols/csv.h"

namespace klarsyn {
namespace {

std::string text_cell(std::string_view value) {
    CsvWriter writer(CsvDialect::rfc4180);
    writer.text(value);
    return writer.take();
}

TEST(CsvWriter, QuotesWhereNeeded) {
    EXPECT_EQ(text_cell("plain æ"), "plain æ");
    EXPECT_EQ(text_cell(""), "");
    EXPECT_EQ(text_cell("a,b"), "\"a,b\"");
    EXPECT_EQ(text_cell("a;b"), "\"a;b\"");
    EXPECT_EQ(text_cell("say \"hi\""), "\"say \"\"hi\"\"\"");
    EXPECT_EQ(text_cell("two\nlines"), "\"two\nlines\"");
}

TEST(CsvWriter, DefusesFormulas) {
    EXPECT_EQ(text_cell("=1+1"), "'=1+1");
    EXPECT_EQ(text_cell("+45 1234"), "'+45 1234");
    EXPECT_EQ(text_cell("-1"), "'-1");
    EXPECT_EQ(text_cell("@SUM(A1)"), "'@SUM(A1)");
    EXPECT_EQ(text_cell("\tx"), "\"'\tx\"");
    EXPECT_EQ(text_cell("\rx"), "\"'\rx\"");
    EXPECT_EQ(text_cell("=HYPERLINK(\"x\",\"y\")"), "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
    EXPECT_EQ(text_cell("a=b"), "a=b");
}

std::string rows(CsvDialect dialect) {
    CsvWriter writer(dialect);
    writer.text("name");
    writer.text("value");
    writer.end_row();
    writer.text("kø");
    writer.integer(-22991);
    writer.decimal(94.25, 1);
    writer.number(0.1);
    writer.empty();
    writer.decimal(-0.04, 1);
    writer.end_row();
    return writer.take();
}

TEST(CsvWriter, NumbersStayNumbersInBothDialects) {
    EXPECT_EQ(rows(CsvDialect::rfc4180), "name,value\r\nkø,-22991,94.3,0.1,,0.0\r\n");
    EXPECT_EQ(rows(CsvDialect::excel_da), "\xef\xbb\xbfname;value\r\nkø;-22991;94,3;0,1;;0,0\r\n");
}

TEST(CsvWriter, StreamsWithoutRepeatingTheMark) {
    CsvWriter writer(CsvDialect::excel_da);
    EXPECT_EQ(writer.take(), "\xef\xbb\xbf");
    writer.text("a");
    EXPECT_EQ(writer.take(), "a");
    writer.text("b");
    writer.end_row();
    EXPECT_EQ(writer.take(), ";b\r\n");
}

TEST(CsvWriter, WhatIsWrittenReadsBack) {
    std::vector<std::string> values{"a,b", "\"", "x\r\ny", "", " æøå ", "1;2"};
    CsvWriter writer(CsvDialect::excel_da);
    for (std::size_t i = 0; i < values.size(); ++i) writer.text("c" + std::to_string(i));
    writer.end_row();
    for (const std::string& value : values) writer.text(value);
    writer.end_row();
    std::string file = writer.take();
    DecodedText text = decode_text(file).value();
    CsvReader reader = CsvReader::open(text.text).take();
    CsvRow row;
    ASSERT_TRUE(reader.next(row).value());
    ASSERT_EQ(row.fault, CsvFault::none);
    EXPECT_EQ(std::vector<std::string>(row.fields.begin(), row.fields.end()), values);
    EXPECT_FALSE(reader.next(row).value());
}

TEST(CsvWriter, DialectsHaveNames) {
    EXPECT_EQ(parse_csv_dialect("excel-da"), CsvDialect::excel_da);
    EXPECT_EQ(parse_csv_dialect("rfc4180"), CsvDialect::rfc4180);
    EXPECT_FALSE(parse_csv_dialect("excel").has_value());
}

}  // namespace
}  // namespace klarsyn
