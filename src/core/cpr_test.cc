#include "core/cpr.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <chrono>
#include <cstdio>
#include <fstream>

#include "core/time.h"

namespace klarsyn {
namespace {

// \uXXXX -> UTF-8
std::string unescape(std::string_view line) {
    std::string out;
    for (std::size_t at = 0; at < line.size(); ++at) {
        if (line.substr(at, 2) != "\\u") {
            out += line[at];
            continue;
        }
        auto code = std::stoul(std::string(line.substr(at + 2, 4)), nullptr, 16);
        at += 5;
        if (code < 0x80) {
            out += static_cast<char>(code);
        } else if (code < 0x800) {
            out += static_cast<char>(0xc0 | code >> 6);
            out += static_cast<char>(0x80 | (code & 0x3f));
        } else {
            out += static_cast<char>(0xe0 | code >> 12);
            out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
            out += static_cast<char>(0x80 | (code & 0x3f));
        }
    }
    return out;
}

TEST(Cpr, CorpusIsReadAsWritten) {
    std::ifstream file(KLARSYN_SOURCE_DIR "/tests/data/cpr/corpus.txt");
    std::string line;
    int lines = 0;
    while (std::getline(file, line)) {
        if (line.empty() || line[0] == '#') continue;
        auto tab = line.find('\t');
        std::size_t expected = std::stoul(line.substr(0, tab));
        std::string text = unescape(line.substr(tab + 1));
        EXPECT_EQ(find_cprs(text).size(), expected) << line;
        MaskedText masked = mask_cprs(text);
        EXPECT_EQ(masked.numbers.size(), expected) << line;
        EXPECT_TRUE(find_cprs(masked.text).empty()) << line;
        std::string raw = text;
        EXPECT_EQ(mask_in_place(raw), expected) << line;
        EXPECT_EQ(raw.size(), text.size()) << line;
        EXPECT_TRUE(find_cprs(raw).empty()) << line;
        if (expected == 0) {
            EXPECT_EQ(masked.text, text);
            EXPECT_EQ(raw, text);
        }
        ++lines;
    }
    EXPECT_GT(lines, 80);
}

TEST(Cpr, MasksTheNumberAndNothingElse) {
    MaskedText masked = mask_cprs("Fru 251248\u20139996 (også 0101585001) på stue 4");
    EXPECT_EQ(masked.text, "Fru ******-**** (også ******-****) på stue 4");
    EXPECT_EQ(masked.numbers, (std::vector<std::string>{"251248-9996", "010158-5001"}));
    std::string raw = "a;251248-9996;2512489996;\r\n";
    EXPECT_EQ(mask_in_place(raw), 2u);
    EXPECT_EQ(raw, "a;251248-****;251248****;\r\n");
}

// Most of a large file is passed in windows: wherever a number stands to them, it is found.
TEST(Cpr, IsFoundAtEveryPlaceOfALongText) {
    const std::string line = "2013-04-01T00:00:00+02:00,OPUS,login,AHH,12345,8657,ok\n";
    for (const std::string number :
         {"251248-9996", "2512489996", "251248 9996", "25\u200b12489996"}) {
        for (std::size_t before = 0; before < 200; ++before) {
            std::string text;
            while (text.size() < before) text += line;
            text.resize(before);
            if (before > 0) text.back() = ',';
            const std::string whole = text + number + "," + line + line + line;
            const auto spans = find_cprs(whole);
            ASSERT_EQ(spans.size(), 1U) << before << " " << number;
            EXPECT_EQ(spans[0].begin, before);
            EXPECT_EQ(spans[0].end, before + number.size());
            const std::string longer = text + "7" + number + "," + line + line;
            EXPECT_TRUE(find_cprs(longer).empty()) << before;
        }
    }
}

TEST(Cpr, SpansPointIntoTheText) {
    std::string text = "æøå 25\u200b1248-9996!";
    auto spans = find_cprs(text);
    ASSERT_EQ(spans.size(), 1u);
    EXPECT_EQ(text.substr(spans[0].begin, spans[0].end - spans[0].begin), "25\u200b1248-9996");
    EXPECT_EQ(spans[0].number, "251248-9996");
}

TEST(Cpr, ReadsOtherEncodings) {
    std::string latin =
        "S\xf8ren 251248\xa0"
        "9996, 251248\x96"
        "9996 og 251248\xad"
        "9996";
    EXPECT_EQ(mask_in_place(latin), 3u);
    std::string utf16;
    for (char c : std::string("x 251248-9996 y")) {
        utf16 += c;
        utf16 += '\0';
    }
    EXPECT_EQ(mask_in_place(utf16), 1u);
    EXPECT_EQ(utf16.find('9'), std::string::npos);
}

// Any date of any century is found in any way of writing it; what stands around it does not matter.
TEST(CprProperty, EveryDateIsFound) {
    EXPECT_TRUE(rc::check("every date", [] {
        Day day = *rc::gen::inRange(day_of({1858, 1, 1}), day_of({2037, 1, 1}));
        auto date = date_of(day);
        int short_year = date.year % 100;
        char seventh = '0';
        if (date.year < 1900)
            seventh = *rc::gen::element('5', '6', '7', '8');
        else if (date.year >= 2000)
            seventh = short_year <= 36 ? *rc::gen::element('4', '9') : '5';
        else
            seventh = *rc::gen::element('0', '1', '2', '3');
        char digits[16];
        std::snprintf(digits, sizeof digits, "%02d%02d%02d", static_cast<int>(date.day),
                      static_cast<int>(date.month), short_year);
        char serial[8];
        std::snprintf(serial, sizeof serial, "%c%03d", seventh, *rc::gen::inRange(0, 1000));
        std::string between = *rc::gen::element<std::string>("", "-", " ", " - ", "\u2013",
                                                             "\u2011", "\u00a0", "\u200b");
        std::string before = *rc::gen::element<std::string>("", "x ", "æ", ", ", "\n", "CPR ");
        std::string after = *rc::gen::element<std::string>("", ".", " y", "\u2026", "å", "\n1");
        std::string text = before + digits + between + serial + after;
        MaskedText masked = mask_cprs(text);
        RC_ASSERT(masked.numbers == std::vector<std::string>{std::string(digits) + "-" + serial});
        RC_ASSERT(masked.text == before + std::string(kCprMask) + after);
        std::string raw = text;
        RC_ASSERT(mask_in_place(raw) == 1u);
        RC_ASSERT(raw == before + digits + between + "****" + after);
        RC_ASSERT(find_cprs("7" + std::string(digits) + between + serial).empty());
        RC_ASSERT(find_cprs(std::string(digits) + between + serial + "7").empty());
    }));
}

TEST(CprProperty, MaskingTwiceIsMaskingOnce) {
    EXPECT_TRUE(rc::check("idempotent on any bytes", [] {
        auto parts = *rc::gen::container<std::vector<std::string>>(rc::gen::oneOf(
            rc::gen::element<std::string>("251248", "9996", "-", " ", "\u200b", "0", "12", "\u2013",
                                          "+", "CPR", "SN", "\xc3", "*", "2512489996"),
            rc::gen::string<std::string>()));
        std::string text;
        for (const auto& part : parts) text += part;
        MaskedText once = mask_cprs(text);
        RC_ASSERT(mask_cprs(once.text).text == once.text);
        RC_ASSERT(once.numbers.size() == find_cprs(text).size());
        std::string raw = text;
        mask_in_place(raw);
        RC_ASSERT(raw.size() == text.size());
        RC_ASSERT(find_cprs(raw).empty());
    }));
}

// Twice the text may take about twice the time: hostile runs of digits, blanks and invisibles.
TEST(Cpr, TimeIsLinear) {
    for (std::string unit : {"251248", "251248 ", "251248\u200b", "1\u200b", "251248-", "\u200b"}) {
        auto seconds = [&](std::size_t bytes) {
            std::string text;
            while (text.size() < bytes) text += unit;
            auto start = std::chrono::steady_clock::now();
            mask_cprs(text);
            return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        };
        seconds(1 << 16);
        EXPECT_LT(seconds(1 << 22), 5.0) << unit;
    }
}

}  // namespace
}  // namespace klarsyn
