// Spans of IT equipment: birthdays, changes, what is retired.
#include "modules/assets/assets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace klarsyn::assets {
namespace {

using ::testing::ElementsAre;

Day on(std::string_view date) { return parse_iso_date(date).value(); }

AssetRow row(std::string_view base, std::string_view from = "", std::string_view to = "",
             std::uint32_t line = 1) {
    AssetRow result;
    result.id = "PC1";
    result.kind = "pc";
    if (!base.empty()) result.base = on(base);
    if (!from.empty()) result.from = on(from);
    if (!to.empty()) result.to = on(to);
    result.order = {1, 1, line};
    return result;
}

std::vector<std::string> spans_of(std::vector<AssetRow> rows) {
    std::vector<std::string> spans;
    for (const AssetSpan& span : asset_history(std::move(rows)).spans) {
        spans.push_back(iso_date(span.from) + ".." + (span.to ? iso_date(*span.to) : "") + " " +
                        (span.age.empty() ? "?" : span.age) + (span.over_age ? " over" : "") +
                        (span.state.place.empty() ? "" : " " + span.state.place));
    }
    return spans;
}

TEST(Years, EndOnTheSameDateOrOnTheFirstOfMarch) {
    EXPECT_EQ(iso_date(add_years(on("2009-04-15"), 4)), "2013-04-15");
    EXPECT_EQ(iso_date(add_years(on("2008-02-29"), 4)), "2012-02-29");
    EXPECT_EQ(iso_date(add_years(on("2008-02-29"), 1)), "2009-03-01");
    EXPECT_EQ(iso_date(add_years(on("2008-02-28"), 1)), "2009-02-28");
    EXPECT_EQ(iso_date(add_years(on("2096-02-29"), 4)), "2100-03-01");
}

TEST(Months, EndOnTheLastDayOfAShortMonth) {
    EXPECT_EQ(iso_date(add_months(on("2013-01-31"), 1)), "2013-02-28");
    EXPECT_EQ(iso_date(add_months(on("2012-01-31"), 1)), "2012-02-29");
    EXPECT_EQ(iso_date(add_months(on("2012-02-29"), 12)), "2013-02-28");
    EXPECT_EQ(iso_date(add_months(on("2012-11-30"), 14)), "2014-01-30");
}

TEST(Spans, OfPcsSplitAtEveryBirthdayAndAreOverAgeFromTheFourth) {
    EXPECT_THAT(spans_of({row("2009-04-15")}),
                ElementsAre("2009-04-15..2010-04-15 0", "2010-04-15..2011-04-15 1",
                            "2011-04-15..2012-04-15 2", "2012-04-15..2013-04-15 3",
                            "2013-04-15..2014-04-15 4 over", "2014-04-15.. 5+ over"));
    EXPECT_THAT(spans_of({row("2009-04-15", "2013-04-15", "2013-04-15")}),
                ElementsAre("2013-04-15..2013-04-16 4 over"));
    EXPECT_THAT(spans_of({row("2009-04-15", "2013-04-14", "2013-04-14")}),
                ElementsAre("2013-04-14..2013-04-15 3"));
    EXPECT_THAT(spans_of({row("2000-01-01", "2013-04-01")}), ElementsAre("2013-04-01.. 5+ over"));
    // Registered before its base date: of age 0 until its first birthday.
    EXPECT_THAT(spans_of({row("2013-05-01", "2013-04-01", "2013-05-31")}),
                ElementsAre("2013-04-01..2013-06-01 0"));
}

TEST(Spans, WithoutABaseDateAreOfUnknownAge) {
    EXPECT_THAT(spans_of({row("", "2013-04-01")}), ElementsAre("2013-04-01.. ?"));
    EXPECT_THAT(spans_of({row("")}), ElementsAre("1970-01-01.. ?"));
}

TEST(Spans, OfOtherKindsDoNotSplit) {
    AssetRow server = row("2000-01-01");
    server.kind = "server";
    EXPECT_THAT(spans_of({server}), ElementsAre("2000-01-01.. ?"));
}

TEST(Spans, EndWhereTheNextRowBegins) {
    AssetRow first = row("2012-06-01", "2012-06-01");
    first.place = "HVH";
    AssetRow moved = row("", "2013-01-10", "", 2);  // says nothing of the base date
    moved.place = "RH";
    AssetRow gone = row("", "2013-02-01", "", 3);
    gone.status = "retired";
    const std::vector<std::string> expected{"2012-06-01..2013-01-10 0 HVH",
                                            "2013-01-10..2013-02-01 0 RH"};
    EXPECT_EQ(spans_of({first, moved, gone}), expected);
    EXPECT_EQ(spans_of({gone, moved, first}), expected);
    first.to = on("2012-12-31");
    EXPECT_THAT(spans_of({first, moved, gone}),
                ElementsAre("2012-06-01..2013-01-01 0 HVH", "2013-01-10..2013-02-01 0 RH"));
}

TEST(Spans, OfTheSameDayTakeTheRowImportedLast) {
    AssetRow first = row("2012-06-01", "2013-01-01", "2013-01-31");
    first.place = "HVH";
    AssetRow other = row("2012-06-01", "2013-01-01", "2013-01-31", 2);
    other.place = "RH";
    EXPECT_THAT(spans_of({other, first}), ElementsAre("2013-01-01..2013-02-01 0 RH"));
    const AssetHistory history = asset_history({other, first});
    ASSERT_EQ(history.findings.size(), 1U);
    EXPECT_EQ(history.findings[0].what, "duplicate");
    other.order = {2, 2, 1};  // of a later batch: a correction, no duplicate
    EXPECT_TRUE(asset_history({other, first}).findings.empty());
}

TEST(Spans, AreInTheClassOfTheirLength) {
    EXPECT_EQ(span_class(10, std::nullopt), -1);
    EXPECT_EQ(span_class(10, 11), 1);
    EXPECT_EQ(span_class(10, 12), 2);
    EXPECT_EQ(span_class(10, 14), 3);
}

TEST(Words, OfExportsAreKnown) {
    EXPECT_EQ(asset_kind("Stationær"), "pc");
    EXPECT_EQ(asset_kind("Tynd klient"), "thin_client");
    EXPECT_EQ(asset_kind("printer"), "");
    EXPECT_EQ(asset_status("På lager"), "in_stock");
    EXPECT_EQ(asset_status("Kasseret"), "retired");
    EXPECT_EQ(asset_status("lost"), "");
    EXPECT_EQ(bare_code(" sn-12 a/B"), "SN12AB");
}

}  // namespace
}  // namespace klarsyn::assets
