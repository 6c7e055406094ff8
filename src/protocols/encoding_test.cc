#include <gtest/gtest.h>

#include "protocols/csv.h"

namespace klarsyn {
namespace {

std::string decoded(std::string_view content, std::string_view stated = {}) {
    Result<DecodedText> result = decode_text(content, stated);
    if (!result.ok()) return result.error().key;
    return std::string(encoding_name(result->encoding)) + ":" + std::string(result->text);
}

TEST(Encoding, DetectsUtf8WithAndWithoutMark) {
    EXPECT_EQ(decoded("\xef\xbb\xbfkø"), "UTF-8:kø");
    EXPECT_EQ(decoded("kø"), "UTF-8:kø");
    EXPECT_EQ(decoded("plain"), "UTF-8:plain");
    EXPECT_EQ(decoded(""), "UTF-8:");
    EXPECT_TRUE(decode_text("kø").value().detected);
    EXPECT_FALSE(decode_text("kø", "utf-8").value().detected);
    EXPECT_EQ(decode_text("kø").value().owned, nullptr);
}

TEST(Encoding, DetectsWindows1252) {
    EXPECT_EQ(decoded("k\xf8 \xc6\xd8\xc5 \x80 \x96"), "Windows-1252:kø ÆØÅ € –");
    EXPECT_EQ(decoded("k\xf8", "latin-1"), "Windows-1252:kø");
    EXPECT_EQ(decoded("k\xf8", "ISO-8859-1"), "Windows-1252:kø");
    EXPECT_EQ(decoded("\x81", "cp1252"), "Windows-1252:\u0081");
    DecodedText text = decode_text("k\xf8").value();
    EXPECT_EQ(text.text.data(), text.owned->data());
}

TEST(Encoding, OneBrokenRowDoesNotTurnUtf8IntoGarbage) {
    EXPECT_EQ(decoded("kø æ å \xf8"), "UTF-8:kø æ å \xf8");
    EXPECT_EQ(decoded("k\xf8", "UTF-8"), "UTF-8:k\xf8");
}

TEST(Encoding, RefusesUtf16AndUnknownNames) {
    EXPECT_EQ(decoded("\xff\xfe"
                      "a"),
              "error.csv.utf16");
    EXPECT_EQ(decoded("\xfe\xff"), "error.csv.utf16");
    EXPECT_EQ(decoded(std::string_view("a\0,\0b\0\n\0", 8)), "error.csv.utf16");
    EXPECT_EQ(decoded(std::string_view("\0a\0,\0b\0\n", 8)), "error.csv.utf16");
    EXPECT_EQ(decoded("x", "ebcdic"), "error.csv.encoding_unknown");
    EXPECT_EQ(decoded(std::string_view("a,b\n1,\0\n3,4\n", 12)).substr(0, 6), "UTF-8:");
}

TEST(Encoding, KnowsWellFormedUtf8) {
    for (std::string_view good :
         {"", "abc", "æøå", "€", "𝄞", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf", "0123456789abcdefæ"})
        EXPECT_TRUE(valid_utf8(good)) << good;
    for (std::string_view bad :
         {"\x80", "\xc3", "\xc0\xaf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "01234567\xe6", "\xc3\x28"})
        EXPECT_FALSE(valid_utf8(bad)) << bad;
}

// Text is looked through in strides: a letter or a fault is seen wherever it stands in one.
TEST(Encoding, SeesEveryPlaceOfALongText) {
    const std::string plain(200, 'a');
    for (std::size_t at = 0; at <= plain.size(); ++at) {
        const std::string text = std::string(plain).insert(at, "ø");
        const std::string fault = std::string(plain).insert(at, "\xf8");
        EXPECT_TRUE(valid_utf8(text)) << at;
        EXPECT_FALSE(valid_utf8(fault)) << at;
        EXPECT_TRUE(decode_text(text).value().well_formed) << at;
        EXPECT_EQ(decode_text(text + fault).value().encoding, Encoding::utf8) << at;
        EXPECT_FALSE(decode_text(text + fault).value().well_formed) << at;
        const DecodedText latin = decode_text(fault).value();
        EXPECT_EQ(latin.text, text) << at;
        EXPECT_TRUE(latin.well_formed) << at;
    }
}

}  // namespace
}  // namespace klarsyn
