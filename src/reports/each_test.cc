// Tables that repeat their rows for what a region has, lines in order of their figures, and shares
// with their interval.
#include "reports/each.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/build.h"
#include "reports/render.h"
#include "reports/report_fake.h"

namespace klarsyn {
namespace {

const std::string kShare = "[[row]]\nfigure = \"probes.within_limit\"\nwhere.kind = \"standard\"\n";

Result<Document> built_from(const std::string& rows, FakeFigures& figures) {
    const std::string section =
        "---\ntitle.da = \"T\"\ntitle.en = \"T\"\n---\n```table t\n"
        "caption = {da = \"C\", en = \"C\"}\ncorner = {da = \"C\", en = \"C\"}\n"
        "source = {da = \"S\", en = \"S\"}\n" +
        rows + "```\n";
    const auto library = ReportLibrary::load(
        {{"report_plans/p.toml", "sections = [\"desk.s\"]\ntitle = {da = \"T\", en = \"T\"}\n"},
         {"modules/desk/sections/s.md", section}});
    if (!library.ok()) return library.error();
    return build_document(*library, **library->plan("p"), *parse_period("2013-04"),
                          fake_catalogue(), figures.source());
}

std::vector<std::string> row_titles_of(const Document& document) {
    std::vector<std::string> titles;
    for (const Series& series : document.tables().front()->series)
        titles.push_back(series.title.da);
    return titles;
}

std::vector<std::string> lines_of(const Document& document) {
    std::vector<std::string> titles;
    for (const BucketColumn& column : document.tables().front()->buckets)
        titles.push_back(column.title.da);
    return titles;
}

TEST(Each, RowsAreRepeatedForEachValueAndOnceForAll) {
    FakeFigures figures;
    const std::string months = "bucket = \"month\"\nlast = 3\neach = ";
    const auto systems = built_from(months + "[\"system\"]\n" + kShare, figures);
    ASSERT_TRUE(systems.ok()) << describe(systems.error(), Language::en);
    EXPECT_EQ(row_titles_of(*systems), (std::vector<std::string>{"EPM3", "Webmail", "Alle"}));
    const Series& first = systems->tables().front()->series.front();
    EXPECT_TRUE(first.formula.empty());
    const ReportFigure& february = systems->figures[first.figures.front()];
    EXPECT_EQ(february.num, 1381);
    EXPECT_EQ(
        figure_path("", february.question),
        "/f/current/probes.within_limit?period=2013-02&where=kind=standard&where=system=EPM3");
    const auto both = built_from(months + "[\"system\", \"site\"]\n" + kShare, figures);
    ASSERT_TRUE(both.ok());
    EXPECT_EQ(row_titles_of(*both),
              (std::vector<std::string>{"EPM3, NOH", "EPM3, RH", "Webmail, RH", "Alle"}));
}

TEST(Each, WithoutAValueTheTableSaysThatNothingWasMeasured) {
    FakeFigures figures;
    const std::string rows =
        "bucket = \"month\"\nlast = 3\neach = [\"system\"]\n[[row]]\nfigure = "
        "\"probes.p95\"\n";
    const auto built = built_from(rows, figures);
    ASSERT_TRUE(built.ok());
    EXPECT_EQ(row_titles_of(*built), std::vector<std::string>{"Alle"});
    for (const ReportFigure& figure : built->figures) {
        EXPECT_EQ(figure.state, FigureState::missing);
        EXPECT_EQ(print_figure(figure, Language::da), "ikke opgjort");
    }
}

TEST(Each, ADimensionThatAFigureLacksIsRefused) {
    FakeFigures figures;
    const auto built = built_from("bucket = \"month\"\neach = [\"queue\"]\n" + kShare, figures);
    ASSERT_FALSE(built.ok());
    EXPECT_EQ(built.error().key, "report.error.dim_unknown");
    EXPECT_EQ(built.error().field, "each");
}

TEST(Each, LinesStandByTheFirstRowAndTopKeepsTheFirst) {
    FakeFigures figures;
    for (const auto& [hour, met] : {std::pair{7, 90}, {8, 60}, {9, 75}, {10, 99}})
        figures.set("probes.available|hour=" + std::to_string(hour) + "|2013-04",
                    {met, 100, {}});
    figures.set("probes.median|hour=11|2013-04", {4000, {}, {}});
    const std::string rows =
        "[[row]]\nfigure = \"probes.available\"\n[[row]]\nfigure = \"probes.median\"\n";
    const auto worst = built_from("by = \"hour\"\norder = \"lowest\"\ntop = 3\n" + rows, figures);
    ASSERT_TRUE(worst.ok()) << describe(worst.error(), Language::en);
    EXPECT_EQ(lines_of(*worst), (std::vector<std::string>{"Kl. 8", "Kl. 9", "Kl. 7", "Alle"}));
    const auto best = built_from("by = \"hour\"\norder = \"highest\"\n" + rows, figures);
    // What has no value of the first row stands last.
    EXPECT_EQ(lines_of(*best),
              (std::vector<std::string>{"Kl. 10", "Kl. 7", "Kl. 9", "Kl. 8", "Kl. 11", "Alle"}));
    EXPECT_EQ(built_from("by = \"hour\"\norder = \"best\"\n" + rows, figures).error().key,
              "report.error.order");
    EXPECT_FALSE(built_from("by = \"hour\"\ntop = 3\n" + rows, figures).ok());
    EXPECT_FALSE(built_from("bucket = \"month\"\norder = \"lowest\"\n" + rows, figures).ok());
}

// 95.1 % of 1,000 measurements is green, but not for certain; 99 % of them is.
TEST(Interval, SaysWhereTheColourIsNotCertain) {
    FakeFigures figures;
    const std::string rows = "bucket = \"month\"\n" + kShare + "interval = true\n";
    const auto printed = [&](std::int64_t met, std::int64_t all, Language language) {
        figures.set("probes.within_limit|kind=standard|2013-04", {met, all, {}});
        const auto built = built_from(rows, figures);
        EXPECT_TRUE(built.ok());
        return print_interval(built->figures.front(), language);
    };
    EXPECT_EQ(printed(951, 1000, Language::da),
              "1.000 målinger, 93,6–96,3\u00a0%; farven er ikke sikker");
    EXPECT_EQ(printed(990, 1000, Language::da), "1.000 målinger, 98,2–99,5\u00a0%");
    EXPECT_EQ(printed(800, 1000, Language::en), "1,000 measurements, 77.4–82.4%");
    EXPECT_THAT(printed(895, 1000, Language::en), testing::HasSubstr("not certain"));
}

TEST(Interval, StandsBesideTheShareInEveryOutput) {
    FakeFigures figures;
    figures.set("probes.within_limit|kind=standard|2013-04", {951, 1000, {}});
    const auto built = built_from("bucket = \"month\"\n" + kShare + "interval = true\n", figures);
    ASSERT_TRUE(built.ok());
    EXPECT_THAT(render_html_fragment(*built, Language::da),
                testing::HasSubstr("<span class=\"k-interval\">1.000 målinger, "));
    EXPECT_THAT(render_csv(*built, Language::da), testing::ContainsRegex(",0\\.93[0-9]*,0\\.96[0-9]"
                                                                         "*,no\r?\n"));
    EXPECT_THAT(render_json(*built), testing::HasSubstr("\"certain\":false"));
    figures.erase("probes.within_limit|kind=standard|2013-04");
    const auto none = built_from("bucket = \"month\"\n" + kShare + "interval = true\n", figures);
    EXPECT_EQ(print_interval(none->figures.front(), Language::da), "");
}

TEST(Interval, OnlyAShareHasOne) {
    FakeFigures figures;
    const auto built = built_from(
        "bucket = \"month\"\n[[row]]\nfigure = \"probes.failed\"\ninterval = true\n", figures);
    ASSERT_FALSE(built.ok());
    EXPECT_EQ(built.error().key, "report.error.interval");
}

}  // namespace
}  // namespace klarsyn
