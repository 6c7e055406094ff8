#include "reports/build.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/render.h"
#include "reports/report_fake.h"

namespace klarsyn {
namespace {

std::vector<std::string> labels(const std::vector<Period>& buckets) {
    std::vector<std::string> out;
    for (const Period& bucket : buckets) out.push_back(period_label(bucket));
    return out;
}

TEST(Buckets, EightMonthsEndWithThePeriods) {
    const auto months = labels(table_buckets(Bucket::month, 8, *parse_period("2013-04")));
    ASSERT_EQ(months.size(), 8u);
    EXPECT_EQ(months.front(), "2012-09");
    EXPECT_EQ(months.back(), "2013-04");
    EXPECT_EQ(labels(table_buckets(Bucket::month, 8, *parse_period("2013-Q1"))).back(), "2013-03");
}

TEST(Buckets, WeeksBelongWhereTheirThursdayLies) {
    const auto weeks = labels(table_buckets(Bucket::week, 0, *parse_period("2018-Q1")));
    ASSERT_EQ(weeks.size(), 13u);
    EXPECT_EQ(weeks.front(), "2018-W01");
    EXPECT_EQ(weeks.back(), "2018-W13");
    EXPECT_EQ(labels(table_buckets(Bucket::week, 0, *parse_period("2018-Q2"))).front(), "2018-W14");
    EXPECT_EQ(labels(table_buckets(Bucket::week, 0, *parse_period("2018-W03..2018-W05"))),
              (std::vector<std::string>{"2018-W03", "2018-W04", "2018-W05"}));
    EXPECT_EQ(labels(table_buckets(Bucket::week, 0, *parse_period("2018-04-15"))),
              std::vector<std::string>{"2018-W15"});
}

TEST(Build, AsksOncePerRow) {
    FakeFigures figures;
    const Document document = fake_document("operations_status", *parse_period("2013-04"), figures);
    EXPECT_EQ(figures.questions(), 19);
    EXPECT_EQ(document.figures.size(), 152u);
    EXPECT_EQ(document.title.da, "Overordnet status på drift og udvikling, april 2013");
    EXPECT_EQ(document.title.en, "Overall status of operations and development, April 2013");
    EXPECT_EQ(period_label(document.span), "2012-09..2013-04");
}

TEST(Build, EveryFigureAsksForItself) {
    FakeFigures figures;
    const Document document = fake_document("operations_status", *parse_period("2013-04"), figures);
    for (const ReportFigure& figure : document.figures) {
        EXPECT_TRUE(figure.question.by.empty());
        const auto again = figures.answer(figure.question);
        EXPECT_EQ(again->rows.at(0).num, figure.num) << figure_key(figure.question);
    }
    EXPECT_EQ(figure_path("", document.figures[8].question),
              "/f/current/telephony.offered?period=2012-09&where=queue=servicedesk");
}

TEST(Build, UnknownFigureNamesFileAndLine) {
    FakeFigures figures;
    const Catalogue empty;
    const auto built =
        build_document(shipped_library(), **shipped_library().plan("operations_status"),
                       *parse_period("2013-04"), empty, figures.source());
    ASSERT_FALSE(built.ok());
    EXPECT_EQ(built.error().key, "report.error.figure_unknown");
    EXPECT_THAT(built.error().file, testing::HasSubstr("registered_cases.md"));
    EXPECT_GT(built.error().line, 20);
}

Document with_catalogue(FakeFigures& figures, const Catalogue& catalogue) {
    return build_document(shipped_library(), **shipped_library().plan("operations_status"),
                          *parse_period("2013-04"), catalogue, figures.source())
        .take();
}

TEST(Build, WithheldFigurePrintsItsCaveatAndNoValue) {
    FakeFigures figures;
    const Document document = with_catalogue(
        figures,
        fake_catalogue("telephony.wait_mean", IndicatorStatus::withheld, "Fejl i måleren."));
    const std::string html = render_html_fragment(document, Language::da);
    EXPECT_THAT(html, testing::HasSubstr("tilbageholdt"));
    EXPECT_THAT(html,
                testing::HasSubstr("Gennemsnitlig ventetid er tilbageholdt: Fejl i måleren."));
    EXPECT_THAT(html, testing::Not(testing::HasSubstr("0:00:34")));
    EXPECT_THAT(render_json(document), testing::HasSubstr("\"state\":\"withheld\""));
    for (const ReportFigure& figure : document.figures)
        EXPECT_EQ(figure.value.has_value(), figure.question.id != "telephony.wait_mean");
}

TEST(Build, GapsArePrintedAndMarked) {
    FakeFigures figures;
    figures.set("telephony.offered|queue=servicedesk|2013-04", {1000, {}, {day_of({2013, 4, 10})}});
    const Document document = fake_document("operations_status", *parse_period("2013-04"), figures);
    const std::string html = render_html_fragment(document, Language::da);
    EXPECT_THAT(html, testing::HasSubstr("Der mangler data fra 10.04.2013."));
    EXPECT_THAT(html, testing::HasSubstr("title=\"ufuldstændig\">*</abbr>"));
}

TEST(Build, UncoveredMonthsAreNotZero) {
    FakeFigures figures;
    figures.erase("servicedesk.created||2012-09");
    const Document document = fake_document("operations_status", *parse_period("2013-04"), figures);
    EXPECT_EQ(document.figures[0].state, FigureState::missing);
    EXPECT_EQ(print_figure(document.figures[0], Language::da), "ikke opgjort");
    EXPECT_THAT(render_html_fragment(document, Language::da),
                testing::HasSubstr("Kilderne dækker ikke hele perioden: september 2012."));
}

}  // namespace
}  // namespace klarsyn
