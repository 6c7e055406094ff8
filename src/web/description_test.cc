// Putting the description of the API together from files.
#include "web/description.h"

#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace klarsyn {
namespace {

constexpr EmbeddedFile kBase = {"web/openapi/openapi.json",
                                R"({"openapi":"3.1.0","paths":{"/a":{"get":{}}},)"
                                R"("components":{"schemas":{"A":{"type":"object"}}}})"};

Result<boost::json::object> merge(std::string_view fragment) {
    const EmbeddedFile files[] = {{"modules/x/openapi/x.json", fragment},
                                  kBase,
                                  {"modules/x/schema/001.sql", "no JSON"}};
    return merge_description(files);
}

TEST(Description, FragmentsAddPathsMethodsAndComponents) {
    const auto merged = merge(R"({"paths":{"/a":{"post":{}},"/b":{"get":{}}},)"
                              R"("components":{"schemas":{"B":{}},"parameters":{"p":{}}}})");
    ASSERT_TRUE(merged.ok());
    EXPECT_EQ(boost::json::serialize(*merged),
              R"({"openapi":"3.1.0","paths":{"/a":{"get":{},"post":{}},"/b":{"get":{}}},)"
              R"("components":{"schemas":{"A":{"type":"object"},"B":{}},"parameters":{"p":{}}}})");
}

TEST(Description, NothingIsDescribedTwice) {
    for (const char* fragment : {R"({"paths":{"/a":{"get":{}}}})",
                                 R"({"components":{"schemas":{"A":{}}}})"}) {
        const auto merged = merge(fragment);
        ASSERT_FALSE(merged.ok()) << fragment;
        EXPECT_EQ(merged.error().key, "web.description.twice");
    }
}

TEST(Description, AFragmentHoldsPathsAndComponentsOnly) {
    EXPECT_EQ(merge(R"({"info":{}})").error().key, "web.description.other");
    EXPECT_EQ(merge(R"({"paths":[]})").error().key, "web.description.other");
    EXPECT_EQ(merge("[]").error().key, "web.description.no_object");
    EXPECT_EQ(merge("{").error().key, "web.description.no_object");
    EXPECT_EQ(merge_description({}).error().key, "web.description.no_object");
}

}  // namespace
}  // namespace klarsyn
