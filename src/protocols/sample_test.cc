// Labels: order, doubles, lengths, bytes that are no text.
#include "protocols/sample.h"

#include <gtest/gtest.h>

namespace klarsyn {
namespace {

TEST(Sample, LabelsAreSortedAndEmptyOnesAreNone) {
    Labels labels = {{"b", "2"}, {"a", "1"}, {"c", ""}};
    EXPECT_EQ(check_labels(labels), "");
    EXPECT_EQ(labels, (Labels{{"a", "1"}, {"b", "2"}}));
    EXPECT_EQ(find_label(labels, "b"), "2");
    EXPECT_EQ(find_label(labels, "c"), "");
    EXPECT_EQ(series_text("x", labels), R"(x{a="1",b="2"})");
    EXPECT_EQ(series_text("x", {}), "x");
    EXPECT_EQ(series_text("x", {{"a", "1\"\\\n"}}), R"(x{a="1\"\\\n"})");
}

TEST(Sample, WhatCannotBeKeptIsNamed) {
    const auto why = [](Labels labels) { return check_labels(labels); };
    EXPECT_EQ(why({{"", "x"}}), "reject.sample.label_unnamed");
    EXPECT_EQ(why({{"a", "1"}, {"a", "2"}}), "reject.sample.label_twice");
    EXPECT_EQ(why({{"a", "\xff"}}), "reject.sample.not_utf8");
    EXPECT_EQ(why({{"a", std::string(4097, 'x')}}), "reject.sample.label_long");
    Labels many;
    for (int i = 0; i < 65; ++i) many.emplace_back("l" + std::to_string(i), "x");
    EXPECT_EQ(why(many), "reject.sample.labels_many");
}

TEST(Sample, Utf8IsWellFormedOrNot) {
    EXPECT_TRUE(well_formed_utf8("Rønne €"));
    EXPECT_FALSE(well_formed_utf8("R\xf8nne"));
    EXPECT_FALSE(well_formed_utf8("\xed\xa0\x80"));  // a surrogate
    EXPECT_FALSE(well_formed_utf8("\xc0\x80"));
}

}  // namespace
}  // namespace klarsyn
