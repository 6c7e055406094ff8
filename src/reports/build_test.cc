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

const Table& table_of(const Document& document, const std::string& id) {
    for (const Table* table : document.tables())
        if (table->id == id) return *table;
    ADD_FAILURE() << id;
    return *document.tables().front();
}

TEST(Build, AsksOncePerRow) {
    FakeFigures figures;
    const Document document = fake_document("operations_status", *parse_period("2013-04"), figures);
    EXPECT_EQ(figures.questions(), 113);
    EXPECT_EQ(document.figures.size(), 550u);
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
    const Table& calls = table_of(document, "telephony.calls_servicedesk.calls");
    EXPECT_EQ(figure_path("", document.figures[calls.series.front().figures.front()].question),
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
    EXPECT_THAT(built.error().file, testing::HasSubstr("response_times.md"));
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
        EXPECT_EQ(figure.value.has_value(), figure.question.id != "telephony.wait_mean" &&
                                                figure.state != FigureState::missing);
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
    const Table& cases = table_of(document, "servicedesk.registered_cases.cases");
    const ReportFigure& first = document.figures[cases.series.front().figures.front()];
    EXPECT_EQ(first.state, FigureState::missing);
    EXPECT_EQ(print_figure(first, Language::da), "ikke opgjort");
    EXPECT_THAT(render_html_fragment(document, Language::da),
                testing::HasSubstr("Kilderne dækker ikke hele perioden: september 2012."));
}

std::vector<std::string> titles(const Table& table) {
    std::vector<std::string> out;
    for (const BucketColumn& bucket : table.buckets) out.push_back(bucket.title.da);
    return out;
}

TEST(Build, ATableByADimensionHasALineForEachValueAndOneForAll) {
    FakeFigures figures;
    const Document document = fake_document("operations_status", *parse_period("2013-04"), figures);
    const Table& results = table_of(document, "servicedesk.change_months.results");
    EXPECT_EQ(results.by, "result");
    // Known values first and in their order, then those that nobody named, then all of them.
    EXPECT_EQ(titles(results),
              (std::vector<std::string>{"Lykkedes", "Lykkedes delvist", "Rullet tilbage",
                                        "Mislykkedes", "unheard_of", "Alle"}));
    std::vector<std::string> printed;
    for (const int index : results.series.front().figures)
        printed.push_back(print_figure(document.figures[index], Language::da));
    EXPECT_EQ(printed, (std::vector<std::string>{"57", "3", "1", "2", "1", "64"}));
    EXPECT_EQ(figure_path("", document.figures[results.series.front().figures[3]].question),
              "/f/current/servicedesk.changes?period=2013-04&where=result=failed");
    // The line of all is the month's own figure, not another one.
    const Table& months = table_of(document, "servicedesk.change_months.months");
    EXPECT_EQ(results.series.front().figures.back(), months.series.front().figures.back());
    const Table& hours = table_of(document, "telephony.staffing_servicedesk.hours");
    EXPECT_EQ(titles(hours), (std::vector<std::string>{"Kl. 8", "Kl. 10", "Alle"}));
    const Table& places = table_of(document, "servicedesk.major_months.places");
    EXPECT_EQ(titles(places), (std::vector<std::string>{"Gentofte Hospital", "Herlev Hospital",
                                                        "Ikke oplyst", "Alle"}));
    EXPECT_THAT(render_json(document), testing::HasSubstr("\"by\":\"result\""));
}

std::string section_with(const std::string& rows) {
    return "---\ntitle.da = \"T\"\ntitle.en = \"T\"\n---\n```table t\n"
           "caption = {da = \"C\", en = \"C\"}\ncorner = {da = \"C\", en = \"C\"}\n"
           "source = {da = \"S\", en = \"S\"}\n" +
           rows + "```\n";
}

Result<Document> built_from(const std::string& section) {
    FakeFigures figures;
    const auto library = ReportLibrary::load(
        {{"report_plans/p.toml", "sections = [\"desk.s\"]\ntitle = {da = \"T\", en = \"T\"}\n"},
         {"modules/desk/sections/s.md", section}});
    EXPECT_TRUE(library.ok()) << describe(library.error(), Language::en);
    return build_document(*library, **library->plan("p"), *parse_period("2013-04"),
                          fake_catalogue(), figures.source());
}

TEST(Build, AScoreWithoutItsShareOfAnswersIsRefused) {
    const std::string score = "bucket = \"month\"\n[[row]]\nfigure = \"servicedesk.survey_score\"\n";
    const std::string share = "[[row]]\nfigure = \"servicedesk.survey_response_share\"\n";
    const auto alone = built_from(section_with(score));
    ASSERT_FALSE(alone.ok());
    EXPECT_EQ(alone.error().key, "report.error.beside");
    EXPECT_EQ(alone.error().line, 10);
    EXPECT_TRUE(built_from(section_with(score + share)).ok());
    const auto other = built_from(section_with(score + share + "where.level = \"1\"\n"));
    ASSERT_FALSE(other.ok());
    EXPECT_EQ(other.error().key, "report.error.beside");
}

TEST(Build, ADimensionThatAFigureLacksIsRefused) {
    const auto built =
        built_from(section_with("by = \"queue\"\n[[row]]\nfigure = \"servicedesk.created\"\n"));
    ASSERT_FALSE(built.ok());
    EXPECT_EQ(built.error().key, "report.error.dim_unknown");
}

// Nothing happened that a share could be taken of: the sources cover the month all the same.
TEST(Build, ACoveredMonthWithoutAValueIsNotCalledUncovered) {
    FakeFigures figures;
    const auto without = [&](FigureRow row) {
        row.value.reset();
        return row;
    };
    const FigureSource source = [&](const FigureQuestion& question) -> Result<FigureAnswer> {
        KL_TRY(auto answer, figures.answer(question));
        if (question.id == "servicedesk.first_contact_share")
            for (FigureRow& row : answer.rows) row = without(row);
        return answer;
    };
    const Document document =
        build_document(shipped_library(), **shipped_library().plan("operations_status"),
                       *parse_period("2013-04"), fake_catalogue(), source)
            .take();
    const Table& table = table_of(document, "servicedesk.service_months.months");
    for (const Note& note : table.notes) EXPECT_NE(note.code, "incomplete") << note.text.da;
}

}  // namespace
}  // namespace klarsyn
