#include "reports/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/report_fake.h"

namespace klarsyn {
namespace {

std::vector<std::optional<Fraction>> values(std::initializer_list<std::int64_t> list) {
    std::vector<std::optional<Fraction>> out;
    for (const std::int64_t value : list) out.emplace_back(Fraction{value, 1});
    return out;
}

TEST(Xmr, SevenPointsClaimNothing) {
    const Xmr result = xmr(values({1, 1, 1, 1, 1, 1, 100}));
    EXPECT_FALSE(result.enough);
    EXPECT_EQ(result.signals[6], Xmr::Signal::none);
}

TEST(Xmr, PointBeyondTheLimitIsASignal) {
    const Xmr result = xmr(values({10, 14, 10, 14, 10, 14, 10, 14, 10, 14, 30}));
    ASSERT_TRUE(result.enough);
    EXPECT_EQ(result.signals[10], Xmr::Signal::above);
    EXPECT_EQ(result.signals[0], Xmr::Signal::none);
}

// Mean 100, moving ranges of 100 on both sides: the limit is exactly mean + 2.66 * range.
TEST(Xmr, PointOnTheLimitIsNoSignal) {
    // 27 zeros would be needed to meet the limit with whole numbers; fractions do it exactly.
    std::vector<std::optional<Fraction>> list = values({0, 0, 0, 0, 0, 0, 0});
    list.emplace_back(Fraction{1, 1});  // mean 1/8, range 1/7: limit 1/8 + 266/700 = 0.505
    EXPECT_EQ(xmr(list).signals[7], Xmr::Signal::above);
    const Xmr flat = xmr(values({5, 5, 5, 5, 5, 5, 5, 5}));
    for (const auto signal : flat.signals) EXPECT_EQ(signal, Xmr::Signal::none);
    EXPECT_DOUBLE_EQ(flat.limits.upper, 5);
}

TEST(Xmr, EightOnOneSideIsASignalSevenIsNot) {
    const Xmr eight = xmr(values({1, 9, 1, 9, 1, 9, 1, 9, 6, 6, 6, 6, 6, 6, 6, 6}));
    EXPECT_EQ(eight.signals[15], Xmr::Signal::run_above);
    const Xmr seven = xmr(values({1, 9, 1, 9, 1, 9, 1, 9, 1, 6, 6, 6, 6, 6, 6, 6}));
    EXPECT_EQ(seven.signals[15], Xmr::Signal::none);
}

TEST(Xmr, MissingValuesAreLeftOut) {
    auto list = values({10, 12, 10, 12, 10, 12, 10});
    list.emplace_back();
    list.emplace_back(Fraction{11, 1});
    const Xmr result = xmr(list);
    EXPECT_EQ(result.points, 8);
    EXPECT_TRUE(result.enough);
    EXPECT_EQ(result.signals.size(), 9u);
}

TEST(Xmr, LargeDenominatorsCompareExactly) {
    std::vector<std::optional<Fraction>> list;
    for (int i = 0; i < 13; ++i)
        list.emplace_back(Fraction{1'000'000'007LL + i, 3'000'000'019LL + 2 * i});
    const Xmr result = xmr(list);
    EXPECT_TRUE(result.enough);
    EXPECT_GT(result.limits.upper, result.limits.mean);
}

std::string drafted(const Document& document, std::string_view id, Language language) {
    for (const ReportSection& section : document.sections)
        for (const Block& block : section.blocks)
            if (const auto* paragraph = std::get_if<Paragraph>(&block.body))
                if (section.id == id && paragraph->origin == Paragraph::Origin::drafted &&
                    block.only == language)
                    return paragraph->spans.front().text;
    return {};
}

constexpr std::string_view kCases = "servicedesk.registered_cases";

TEST(Words, ClaimsOnlySignals) {
    FakeFigures figures;
    const Document document = fake_document("operations_status", *parse_period("2013-04"), figures);
    EXPECT_EQ(drafted(document, kCases, Language::da),
              "Antallet af registrerede sager var 2.303 i april 2013 mod 2.304 i marts 2013. "
              "Det ligger inden for den sædvanlige variation.");
    EXPECT_EQ(
        drafted(document, kCases, Language::en),
        "The number of registered cases was 2,303 in April 2013, compared with 2,304 in March "
        "2013. That is within the usual variation.");
    const std::string calls = drafted(document, "telephony.calls_servicedesk", Language::da);
    EXPECT_THAT(calls,
                testing::HasSubstr("Antallet af afbrudte opkald var 140 i april 2013 mod 100 i "
                                   "marts 2013. Det ligger over den sædvanlige variation ("));
    EXPECT_THAT(calls, testing::HasSubstr("Tidligere lå januar 2013 (1.900) over"));
    EXPECT_THAT(calls,
                testing::HasSubstr(
                    "De øvrige tal for april 2013 ligger inden for den sædvanlige variation."));
    EXPECT_THAT(calls, testing::HasSubstr("Målet er mindst 75\u00a0%, og det er ikke nået."));
}

TEST(Words, FewPointsAreSaidToBeFew) {
    FakeFigures figures;
    figures.erase("servicedesk.created||2012-09");
    const Document document = fake_document("operations_status", *parse_period("2013-04"), figures);
    EXPECT_THAT(drafted(document, kCases, Language::da),
                testing::HasSubstr("Der skal mindst otte fulde måneder til"));
}

// A row that nothing is known of keeps the others from being judged in one sentence.
TEST(Words, UsualRowsAreJudgedOneByOneBesideAnUnknownOne) {
    FakeFigures figures;
    figures.erase("telephony.wait_max|queue=klinisk_programhjaelp|2013-04");
    const Document document = fake_document("operations_status", *parse_period("2013-04"), figures);
    const std::string words = drafted(document, "telephony.calls_clinical", Language::da);
    EXPECT_THAT(words, testing::HasSubstr("Den maksimale ventetid er ikke opgjort i april 2013."));
    EXPECT_THAT(words, testing::HasSubstr("Det ligger inden for den sædvanlige variation."));
    EXPECT_THAT(words, testing::Not(testing::HasSubstr("Alle tallene")));
}

TEST(Words, IncompletePeriodIsNotCompared) {
    FakeFigures figures;
    figures.set("servicedesk.created||2013-04", {1000, {}, {day_of({2013, 4, 10})}});
    const Document document = fake_document("operations_status", *parse_period("2013-04"), figures);
    EXPECT_THAT(drafted(document, kCases, Language::da),
                testing::HasSubstr("men perioden er ufuldstændig"));
    EXPECT_THAT(drafted(document, kCases, Language::da), testing::Not(testing::HasSubstr("mod 2.304")));
}

}  // namespace
}  // namespace klarsyn
