// Masking of raw files: what changes, what stays, and what is kept.
#include "ingest/mask.h"

#include <gtest/gtest.h>

namespace klarsyn {
namespace {

ImportRequest request(std::string content, std::string name = "cases.csv") {
    static const Format plain{};
    ImportRequest request;
    request.format = &plain;
    request.files = {{std::move(name), std::move(content)}};
    return request;
}

TEST(Mask, ANumberLosesItsLastFourDigitsAndNothingMoves) {
    const ImportRequest given = request("1;patient 010180-1234 ringer;æ\n2;0101801234;ø\n");
    const MaskedRequest masked = mask_request(given);
    ASSERT_TRUE(masked.request);
    EXPECT_EQ(masked.numbers, 2U);
    EXPECT_EQ(masked.request->files[0].content, "1;patient 010180-**** ringer;æ\n2;010180****;ø\n");
    EXPECT_FALSE(mask_request(*masked.request).request) << "masked text is not found again";
}

TEST(Mask, TextWithoutNumbersIsNotCopied) {
    const MaskedRequest masked = mask_request(request("1;INC0101801234;38 61 23 45\n"));
    EXPECT_FALSE(masked.request);
    EXPECT_EQ(masked.numbers, 0U);
}

TEST(Mask, NamesOfFilesAreMaskedToo) {
    const MaskedRequest masked = mask_request(request("1;2\n", "udtræk 010180 1234.csv"));
    ASSERT_TRUE(masked.request);
    EXPECT_EQ(masked.request->files[0].name, "udtræk 010180 ****.csv");
    EXPECT_EQ(masked.request->files[0].content, "1;2\n");
}

TEST(Mask, DigitsByDesignStay) {
    Format format;
    format.by_design = [](std::string_view, std::size_t offset) { return offset == 0; };
    ImportRequest given = request("0101801234|0101801234\n");
    given.format = &format;
    const MaskedRequest masked = mask_request(given);
    ASSERT_TRUE(masked.request);
    EXPECT_EQ(masked.request->files[0].content, "0101801234|010180****\n");
    EXPECT_EQ(masked.numbers, 1U);
}

TEST(Mask, WhatAFormatWithholdsIsGoneBeforeAnythingIsMasked) {
    Format format;
    format.withhold = [](std::string_view content) {
        return std::string(content.substr(0, content.find('|')));
    };
    ImportRequest given = request("010180-1234|Hanne 010180-4321\n");
    given.format = &format;
    const MaskedRequest masked = mask_request(given);
    ASSERT_TRUE(masked.request);
    EXPECT_EQ(masked.request->files[0].content, "010180-****");
    EXPECT_EQ(masked.numbers, 1U);
    given.files[0].content = "nothing";
    EXPECT_FALSE(mask_request(given).request);
}

TEST(Mask, OtherEncodingsAreMaskedToo) {
    const MaskedRequest masked = mask_request(request("1;S\xf8ren 010180-1234\n"));
    ASSERT_TRUE(masked.request);
    EXPECT_EQ(masked.request->files[0].content, "1;S\xf8ren 010180-****\n");
}

}  // namespace
}  // namespace klarsyn
