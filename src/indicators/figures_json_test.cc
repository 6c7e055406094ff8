#include "indicators/figures_json.h"

#include <gtest/gtest.h>

namespace klarsyn {
namespace {

TEST(FiguresJson, FigureHasTheShapeOfTheContract) {
    FigureAnswer answer;
    answer.id = "telephony.abandoned";
    answer.definition = "0123456789abcdef";
    answer.as_of = 1234;
    answer.unit = "count";
    answer.period = {day_of({2012, 9, 1}), day_of({2013, 4, 30})};
    FigureRow row;
    row.key = {{"queue", std::string("servicedesk")}, {"hour", std::int64_t{8}}};
    row.value = 7931.0;
    row.num = 7931;
    row.records = 7931;
    answer.rows.push_back(row);
    row.value.reset();
    row.num.reset();
    row.den = 3;
    row.status = "red";
    row.target = 0.75;
    row.gap_records = 12;
    row.gap = {day_of({2013, 4, 1}), day_of({2013, 4, 2})};
    answer.rows.push_back(row);
    EXPECT_EQ(figure_json(answer),
              R"({"figure":"telephony.abandoned","definition":"0123456789abcdef","as_of":1234,)"
              R"("unit":"count","period":{"from":"2012-09-01","to":"2013-04-30"},"rows":[)"
              R"({"queue":"servicedesk","hour":8,"value":7931,"num":7931,"den":null,)"
              R"("records":7931,"status":null,"target":null,"gap":null,"gap_records":0},)"
              R"({"queue":"servicedesk","hour":8,"value":null,"num":null,"den":3,)"
              R"("records":7931,"status":"red","target":0.75,"gap":["2013-04-01","2013-04-02"],"gap_records":12}]})");
}

TEST(FiguresJson, NumbersAreUnrounded) {
    EXPECT_EQ(json_number(1.0 / 3.0), "0.3333333333333333");
    EXPECT_EQ(json_number(-0.0), "0");
    EXPECT_EQ(json_number(7931.0), "7931");
}

TEST(FiguresJson, StringsAreEscapedAndRepaired) {
    EXPECT_EQ(json_string("a\"b\\c\n\x01"), R"("a\"b\\c\n\u0001")");
    EXPECT_EQ(json_string("bl\xC3\xA5"), "\"bl\xC3\xA5\"");
    EXPECT_EQ(json_string("\xE5x"), "\"\xEF\xBF\xBDx\"");
    EXPECT_EQ(json_string("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(FiguresJson, RecordsKeepTheirOrderAndTypes) {
    RecordItem item;
    item.ref = "telephony_visit:a:1";
    item.day = day_of({2013, 4, 15});
    item.seq = 5;
    item.fields = {{"queue", std::string("servicedesk")}, {"wait", std::int64_t{12}}, {"agent", {}}};
    RecordPage page;
    page.items = {item, item};
    page.hidden = 3;
    EXPECT_EQ(records_json(page),
              R"({"records":[{"ref":"telephony_visit:a:1","day":"2013-04-15","queue":"servicedesk",)"
              R"("wait":12,"agent":null,"batch":"B5"},{"ref":"telephony_visit:a:1","day":"2013-04-15",)"
              R"("queue":"servicedesk","wait":12,"agent":null,"batch":"B5"}],"hidden":3})");
    EXPECT_EQ(records_json({}), R"({"records":[],"hidden":0})");
    EXPECT_EQ(record_csv(item, RecordsCsv::plain),
              "telephony_visit:a:1,2013-04-15,servicedesk,12,,B5\r\n");
    EXPECT_EQ(records_csv_header({"queue", "wait", "agent"}, RecordsCsv::excel_da),
              "\xEF\xBB\xBFref;day;queue;wait;agent;batch\r\n");
}

TEST(FiguresJson, CsvDefusesFormulasAndQuotes) {
    EXPECT_EQ(records_csv_field("=1+1", RecordsCsv::plain), "'=1+1");
    EXPECT_EQ(records_csv_field("@SUM(A1)", RecordsCsv::excel_da), "'@SUM(A1)");
    EXPECT_EQ(records_csv_field("a,b", RecordsCsv::plain), "\"a,b\"");
    EXPECT_EQ(records_csv_field("a,b", RecordsCsv::excel_da), "a,b");
    EXPECT_EQ(records_csv_field("say \"hi\"", RecordsCsv::plain), "\"say \"\"hi\"\"\"");
}

}  // namespace
}  // namespace klarsyn
