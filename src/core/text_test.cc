#include "core/text.h"

#include <gtest/gtest.h>

#include "core/text_catalogue.h"

namespace klarsyn {
namespace {

constexpr Language da = Language::da;
constexpr Language en = Language::en;

Period period(std::string_view text) { return parse_period(text).value(); }

TEST(Texts, FillPlaceholdersOnce) {
    EXPECT_EQ(text(da, "core.where.line", {{"line", "7"}}), "linje 7");
    EXPECT_EQ(text(en, "core.where.field", {{"field", "{line}"}}), "field {line}");
    EXPECT_EQ(text(da, "core.where.line"), "linje {line}");
    EXPECT_TRUE(has_text(en, "core.unknown"));
    EXPECT_FALSE(has_text(en, "core.where"));
}

TEST(Texts, UnknownKeyIsABug) { EXPECT_DEATH(text(da, "no.such.key"), "no text for key"); }

TEST(Texts, PluralFollowsTheCount) {
    EXPECT_EQ(text(da, "core.days", {{"count", "1"}}), "1 dag");
    EXPECT_EQ(text(da, "core.days", {{"count", "2"}}), "2 dage");
    EXPECT_EQ(text(en, "core.days", {{"count", "0"}}), "0 days");
    EXPECT_EQ(text(en, "core.days", {{"count", "1"}}), "1 day");
    EXPECT_TRUE(has_text(en, "core.days"));
}

TEST(Texts, CatalogueIsSortedAndComplete) {
    std::string_view before;
    for (const CatalogueText& entry : text_catalogue()) {
        EXPECT_LT(before, entry.key);
        EXPECT_FALSE(entry.da.empty()) << entry.key;
        EXPECT_FALSE(entry.en.empty()) << entry.key;
        before = entry.key;
    }
    EXPECT_GT(text_catalogue().size(), 40u);
}

TEST(Texts, LanguagesHaveCodes) {
    EXPECT_EQ(language_code(da), "da");
    EXPECT_EQ(parse_language("en"), en);
    EXPECT_FALSE(parse_language("sv").has_value());
}

TEST(Errors, SayWhere) {
    Error error = make_error(ErrorCode::not_found, "error.time.zone_unknown", {{"zone", "X/Y"}});
    EXPECT_EQ(describe(error, da), "Ukendt tidszone: X/Y");
    error.file = "sager.csv";
    error.line = 12;
    error.field = "opened_at";
    EXPECT_EQ(describe(error, da), "sager.csv, linje 12, felt opened_at: Ukendt tidszone: X/Y");
    EXPECT_EQ(describe(error, en), "sager.csv, line 12, field opened_at: Unknown time zone: X/Y");
    error.file.clear();
    error.line = 0;
    EXPECT_EQ(describe(error, da), "felt opened_at: Ukendt tidszone: X/Y");
}

TEST(Numbers, GroupThousands) {
    EXPECT_EQ(format_integer(1234567, da), "1.234.567");
    EXPECT_EQ(format_integer(1234567, en), "1,234,567");
    EXPECT_EQ(format_integer(999, da), "999");
    EXPECT_EQ(format_integer(-22991, da), "-22.991");
    EXPECT_EQ(format_integer(INT64_MIN, en), "-9,223,372,036,854,775,808");
    EXPECT_EQ(format_decimal(1234.56, 1, da), "1.234,6");
    EXPECT_EQ(format_decimal(0.05, 1, en), "0.1");
    EXPECT_EQ(format_decimal(-0.04, 1, da), "0,0");
    EXPECT_EQ(format_decimal(59.8, 0, da), "60");
}

TEST(Numbers, SharesRoundOnceFromTheCounts) {
    EXPECT_EQ(format_share(943, 1000, 1, da), "94,3\u00a0%");
    EXPECT_EQ(format_share(943, 1000, 1, en), "94.3%");
    EXPECT_EQ(format_share(1, 8, 1, en), "12.5%");
    EXPECT_EQ(format_share(1, 8, 0, en), "13%");
    EXPECT_EQ(format_share(9445, 100000, 1, en), "9.4%");
    EXPECT_EQ(format_share(9450, 100000, 1, en), "9.5%");
    EXPECT_EQ(format_share(0, 7, 1, da), "0,0\u00a0%");
    EXPECT_EQ(format_share(-1, 8, 0, en), "-13%");
    EXPECT_EQ(format_share(1, 0, 1, da), "ikke tilgængelig");
    EXPECT_EQ(format_share(INT64_MAX / 2, INT64_MAX, 1, en), "50.0%");
}

TEST(Durations, RoundHalfUpToSeconds) {
    EXPECT_EQ(format_duration(248), "0:04:08");
    EXPECT_EQ(format_duration(0), "0:00:00");
    EXPECT_EQ(format_duration(5, 2), "0:00:03");
    EXPECT_EQ(format_duration(49, 20), "0:00:02");
    EXPECT_EQ(format_duration(126446), "35:07:26");
    EXPECT_EQ(format_duration(-61), "-0:01:01");
    EXPECT_EQ(format_duration(-1, 4), "0:00:00");
}

TEST(Dates, FollowTheLanguage) {
    Day day = day_of({2018, 4, 5});
    EXPECT_EQ(format_date(day, da), "05.04.2018");
    EXPECT_EQ(format_date(day, en), "5 April 2018");
    EXPECT_EQ(format_timestamp(day_start(day) + 14 * 3600 + 300, da), "05.04.2018 kl. 14.05");
    EXPECT_EQ(format_timestamp(day_start(day) + 7 * 3600 + 480, en), "5 April 2018 at 07:08");
    EXPECT_EQ(format_month(2013, 4, da), "april 2013");
    EXPECT_EQ(format_month_short(4, da), "apr.");
    EXPECT_EQ(format_month_short(12, en), "Dec");
}

TEST(Dates, PeriodsInWords) {
    EXPECT_EQ(format_period(period("2013-04"), da), "april 2013");
    EXPECT_EQ(format_period(period("2013-W13"), da), "uge 13, 2013");
    EXPECT_EQ(format_period(period("2018-Q1"), da), "1. kvartal 2018");
    EXPECT_EQ(format_period(period("2018-Q1"), en), "Q1 2018");
    EXPECT_EQ(format_period(period("2018"), en), "2018");
    EXPECT_EQ(format_period(period("2012-09..2013-04"), da), "september 2012 – april 2013");
    EXPECT_EQ(format_period(period("2013-01..2013-04"), da), "januar – april 2013");
    EXPECT_EQ(format_period(period("2018-W01..2018-W08"), en), "week 1, 2018 – week 8, 2018");
    EXPECT_EQ(format_period(period("2013-04-15..2013-04-16"), da), "15.04.2013 – 16.04.2013");
    EXPECT_EQ(format_period(period("2012..2013"), da), "2012 – 2013");
}

TEST(Folding, MeetsSpellingsOfTheSameWord) {
    EXPECT_EQ(fold("Rødovre"), "roedovre");
    EXPECT_EQ(fold("RØDOVRE"), "roedovre");
    EXPECT_EQ(fold("Århus  \t Å"), "aarhus aa");
    EXPECT_EQ(fold("A\u030arhus"), "aarhus");  // the ring written apart
    EXPECT_EQ(fold("Æble"), "aeble");
    EXPECT_EQ(fold("  Hospitalet\u00a0i  Nord "), "hospitalet i nord");
    EXPECT_EQ(fold("Café Þór Łódź Škoda"), "cafe thor lodz skoda");
    EXPECT_EQ(fold("e\u0301n"), "en");
    EXPECT_EQ(fold("日本"), "日本");
    EXPECT_EQ(fold("a\xff"
                   "b"),
              "a\xff"
              "b");
    EXPECT_EQ(fold(""), "");
}

TEST(Html, EscapesWhatHasMeaning) {
    EXPECT_EQ(escape_html("<a href=\"x\">'&'</a>"),
              "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
}

}  // namespace
}  // namespace klarsyn
