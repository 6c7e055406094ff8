#include "reports/render.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "reports/chart.h"
#include "reports/report_fake.h"

namespace klarsyn {
namespace {

Document status(FakeFigures& figures) {
    return fake_document("operations_status", *parse_period("2013-04"), figures);
}

ReportFigure duration(std::int64_t num, std::int64_t den) {
    ReportFigure figure;
    figure.state = FigureState::present;
    figure.print = Print::duration;
    figure.num = num;
    figure.den = den;
    figure.value = static_cast<double>(num) / static_cast<double>(den);
    return figure;
}

TEST(Print, DurationsRoundHalfUpOnce) {
    EXPECT_EQ(print_figure(duration(299, 2), Language::da), "0:02:30");  // 149.5
    EXPECT_EQ(print_figure(duration(448, 3), Language::da), "0:02:29");  // 149.33
    EXPECT_EQ(print_figure(duration(3599 * 2 + 1, 2), Language::da), "1:00:00");
    EXPECT_EQ(print_figure(duration(100 * 3600, 1), Language::da), "100:00:00");
}

TEST(Render, SameDocumentGivesSameBytes) {
    FakeFigures first, second;
    const Document a = status(first), b = status(second);
    for (const Language language : {Language::da, Language::en}) {
        EXPECT_EQ(render_html(a, language, "s"), render_html(b, language, "s"));
        EXPECT_EQ(render_csv(a, language, CsvDialect::excel_da),
                  render_csv(b, language, CsvDialect::excel_da));
    }
    EXPECT_EQ(render_json(a), render_json(b));
}

TEST(Html, HasNoStyleAttributesAndNoScript) {
    FakeFigures figures;
    const std::string html = render_html_fragment(status(figures), Language::da);
    EXPECT_THAT(html, testing::Not(testing::HasSubstr(" style=")));
    EXPECT_THAT(html, testing::Not(testing::HasSubstr("<script")));
    EXPECT_THAT(html, testing::HasSubstr("<th scope=\"colgroup\" colspan=\"4\">2012</th>"));
    EXPECT_THAT(html, testing::HasSubstr("<caption"));
    EXPECT_THAT(html,
                testing::HasSubstr(
                    "<a class=\"k-figure\" href=\"/f/current/telephony.wait_max?period=2013-04&amp;"
                    "where=queue=servicedesk\">0:54:09</a>"));
}

TEST(Html, TextsAreEscaped) {
    FakeFigures figures;
    Document document = status(figures);
    document.title = {"<script>alert(1)</script>", "\"&'"};
    document.edition = "a\"};</style><b>";
    document.sections[0].title.da = "<img src=x>";
    const std::string html = render_html(document, Language::da, "");
    EXPECT_THAT(html, testing::Not(testing::HasSubstr("<script>")));
    EXPECT_THAT(html, testing::Not(testing::HasSubstr("<img")));
    EXPECT_THAT(html, testing::Not(testing::HasSubstr("</style><b>")));
}

TEST(Csv, FormulasAreDefused) {
    FakeFigures figures;
    Document document = status(figures);
    for (ReportSection& section : document.sections)
        for (Block& block : section.blocks)
            if (auto* table = std::get_if<Table>(&block.body))
                for (Series& series : table->series)
                    series.title = {"=HYPERLINK(\"x\")", "@SUM(A1)"};
    for (const CsvDialect dialect : {CsvDialect::rfc4180, CsvDialect::excel_da}) {
        const std::string da = render_csv(document, Language::da, dialect);
        EXPECT_THAT(da, testing::HasSubstr("'=HYPERLINK"));
        EXPECT_THAT(da, testing::Not(testing::ContainsRegex("[,;]\"?=HYPERLINK")));
        EXPECT_THAT(render_csv(document, Language::en, dialect), testing::HasSubstr("'@SUM"));
    }
}

TEST(Csv, ExcelDialectIsDanish) {
    FakeFigures figures;
    const std::string csv = render_csv(status(figures), Language::da, CsvDialect::excel_da);
    EXPECT_TRUE(csv.starts_with("\xEF\xBB\xBFsection;table;row;"));
    EXPECT_THAT(csv, testing::HasSubstr(";33,666666666666664;seconds;101;3;"));
}

// A sheet is a zip of XML; unzip is not needed to see that no cell holds a formula.
std::string unpacked(const std::string& xlsx, const std::string& part) {
    const std::string file = testing::TempDir() + "klarsyn_test.xlsx";
    std::ofstream(file, std::ios::binary) << xlsx;
    const std::string command =
        "python3 -c \"import zipfile,sys;z=zipfile.ZipFile('" + file +
        "');print(''.join(z.read(n).decode() for n in z.namelist() if n.startswith('" + part +
        "')))\"";
    std::string out;
    FILE* pipe = popen(command.c_str(), "r");
    char buffer[4096];
    for (std::size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, n);
    pclose(pipe);
    std::remove(file.c_str());
    return out;
}

TEST(Xlsx, TypedCellsNativeChartsNoFormulas) {
    FakeFigures figures;
    Document document = status(figures);
    document.edition = "operations_status-2013-04-1";
    for (ReportSection& section : document.sections)
        for (Block& block : section.blocks)
            if (auto* table = std::get_if<Table>(&block.body))
                table->series.front().title = {"=cmd|' /C calc'!A0", "+1"};
    const auto xlsx = render_xlsx(document, Language::da);
    ASSERT_TRUE(xlsx.ok());
    const std::string sheets = unpacked(*xlsx, "xl/worksheets/sheet");
    EXPECT_THAT(sheets, testing::Not(testing::HasSubstr("<f>")));
    EXPECT_THAT(sheets, testing::HasSubstr("<v>2303</v>"));
    EXPECT_THAT(unpacked(*xlsx, "xl/styles"), testing::HasSubstr("[h]:mm:ss"));
    EXPECT_THAT(unpacked(*xlsx, "xl/charts/"), testing::HasSubstr("<c:lineChart>"));
    EXPECT_THAT(unpacked(*xlsx, "xl/sharedStrings"),
                testing::HasSubstr("operations_status-2013-04-1"));
}

TEST(Chart, IsLabelledZeroBasedAndLinked) {
    FakeFigures figures;
    const Document document = status(figures);
    for (const ReportSection& section : document.sections)
        for (const Block& block : section.blocks)
            if (const auto* chart = std::get_if<Chart>(&block.body)) {
                const std::string svg = render_chart(document, *chart, Language::da);
                EXPECT_THAT(svg, testing::HasSubstr("<title id="));
                EXPECT_THAT(svg, testing::HasSubstr("<desc id="));
                EXPECT_THAT(svg, testing::AnyOf(testing::HasSubstr(">0</text>"),
                                                testing::HasSubstr(">0\u00a0%</text>")));
                EXPECT_THAT(svg, testing::HasSubstr("href=\"/f/current/"));
                EXPECT_THAT(svg, testing::Not(testing::HasSubstr("style=")));
            }
}

TEST(Pdf, MissingChromiumIsSaidClearly) {
    const std::string path = std::getenv("PATH");
    setenv("PATH", "/nonexistent", 1);
    const auto pdf = print_pdf("<p>x</p>");
    setenv("PATH", path.c_str(), 1);
    ASSERT_FALSE(pdf.ok());
    EXPECT_EQ(pdf.error().key, "report.error.chromium_missing");
    EXPECT_EQ(pdf.error().code, ErrorCode::unavailable);
}

TEST(Pdf, IsTaggedAndHoldsTheText) {
    FakeFigures figures;
    const auto pdf =
        print_pdf(render_html(status(figures), Language::da, shipped_library().standalone_style()));
    ASSERT_TRUE(pdf.ok()) << describe(pdf.error(), Language::en);
    EXPECT_TRUE(pdf->starts_with("%PDF-"));
    EXPECT_THAT(*pdf, testing::HasSubstr("/StructTreeRoot"));
    EXPECT_THAT(*pdf, testing::HasSubstr("/Lang (da)"));
}

TEST(Output, FormatBySuffix) {
    EXPECT_EQ(*output_format("a/b.html"), "html");
    EXPECT_EQ(*output_format("report.xlsx"), "xlsx");
    EXPECT_EQ(output_format("report.docx").error().key, "report.error.format_unknown");
    EXPECT_FALSE(output_format("html").ok());
}

}  // namespace
}  // namespace klarsyn
