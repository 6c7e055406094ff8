#include "protocols/checks/fields.h"

#include <gtest/gtest.h>

#include "core/text.h"
#include "protocols/checks/net.h"

namespace klarsyn {
namespace {

TEST(Fields, TheFirstFaultIsKeptAndNamed) {
    const boost::json::object settings = {{"a", 1}, {"b", "x"}, {"c", 2.5}};
    Fields fields(settings, "steps[1].");
    EXPECT_EQ(fields.text("a", "d"), "");
    EXPECT_EQ(fields.number("b", 1, 5, 3), 3);
    (void)fields.number("c", 1, 5, 3);
    const auto done = fields.finish();
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().field, "steps[1].a");
    EXPECT_EQ(describe(done.error(), Language::en).empty(), false);
}

TEST(Fields, WhatNobodyReadsIsAFault) {
    const boost::json::object settings = {{"known", true}, {"unknwn", true}};
    Fields fields(settings);
    EXPECT_TRUE(fields.flag("known", false));
    EXPECT_EQ(fields.finish().error().field, "unknwn");
}

TEST(Fields, ListsTablesAndWords) {
    const boost::json::object settings = {
        {"list", {"a", "b"}}, {"table", {{"k", "v"}}}, {"word", "two"}, {"none", nullptr}};
    Fields fields(settings);
    EXPECT_EQ(fields.texts("list"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(fields.table("table").at("k"), "v");
    EXPECT_EQ(fields.word("word", {"one", "two"}), "two");
    EXPECT_EQ(fields.text("none", "x"), "x");
    EXPECT_TRUE(fields.finish().ok());
    Fields again(settings);
    (void)again.word("word", {"one", "three"});
    EXPECT_EQ(again.finish().error().field, "word");
}

TEST(Reasons, AreShortAndClean) {
    EXPECT_EQ(short_reason("a\nb\x01"), "a b ");
    EXPECT_EQ(short_reason("\xff"), "?");
    EXPECT_LE(short_reason(std::string(299, 'x') + "æøå").size(), 300u);
}

}  // namespace
}  // namespace klarsyn
