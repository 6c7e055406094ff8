#include "modules/servicedesk/desk/masking.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

std::string masked(std::string_view text, std::vector<MaskedNumbers>* found = nullptr) {
    json::object body = json::parse(text).as_object();
    auto numbers = mask_body(body);
    if (found != nullptr) *found = std::move(numbers);
    return json::serialize(body);
}

TEST(Masking, texts_are_masked_however_deep_they_stand) {
    std::vector<MaskedNumbers> found;
    EXPECT_EQ(masked(R"({"a":"x 010203-1234","b":{"c":["y",{"d":"0102031234"}]}})", &found),
              R"({"a":"x ******-****","b":{"c":["y",{"d":"******-****"}]}})");
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].pointer, "/a");
    EXPECT_EQ(found[1].pointer, "/b/c/1/d");
    EXPECT_EQ(found[1].numbers, std::vector<std::string>{"010203-1234"});
}

TEST(Masking, names_of_members_are_masked_too) {
    std::vector<MaskedNumbers> found;
    EXPECT_EQ(masked(R"({"010203-1234":1})", &found), R"({"******-****":1})");
    EXPECT_EQ(found.size(), 1u);
}

TEST(Masking, what_holds_no_number_stays_as_it_is) {
    const char* body = R"({"a":"Ring 35451234","n":102031234,"t":true,"z":null,"o":{},"l":[1,"æøå"]})";
    std::vector<MaskedNumbers> found;
    EXPECT_EQ(masked(body, &found), json::serialize(json::parse(body)));
    EXPECT_TRUE(found.empty());
}

// Phone systems count calls: some ten digits are a date by accident. As free text they are masked.
TEST(Masking, the_number_of_a_call_is_an_identifier) {
    EXPECT_EQ(masked(R"({"call":"0102031234","text":"0102031234"})"),
              R"({"call":"0102031234","text":"******-****"})");
    EXPECT_EQ(masked(R"({"call":"1311991234.17"})"), R"({"call":"1311991234.17"})");
    EXPECT_EQ(masked(R"({"call":"010203-1234"})"), R"({"call":"******-****"})");
    EXPECT_EQ(masked(R"({"call":"Ring til 0102031234"})"), R"({"call":"Ring til ******-****"})");
    EXPECT_EQ(masked(R"({"caller":{"call":"0102031234"}})"), R"({"caller":{"call":"******-****"}})");
}

// Ten digits in a row with a date are no rarity among the digits of base 16.
TEST(Masking, the_identifiers_of_a_file_are_no_numbers_of_people) {
    const std::string token = "a0102031234f" + std::string(28, 'b');
    const std::string hash = std::string(53, 'c') + "d0102031234";
    const std::string body = R"({"file":")" + token + R"(","sha256":")" + hash + R"("})";
    EXPECT_EQ(masked(body), body);
    EXPECT_EQ(masked(R"({"file":"a0102031234f"})"), R"({"file":"a******-****f"})");
    EXPECT_EQ(masked(R"({"sha256":"0102031234"})"), R"({"sha256":"******-****"})");
    EXPECT_EQ(masked(R"({"name":")" + token + R"("})"),
              R"({"name":"a******-****f)" + std::string(28, 'b') + R"("})");
}

TEST(Masking, what_was_masked_is_not_found_again) {
    const std::string once = masked(R"({"a":"010203-1234 og 311299-4321"})");
    std::vector<MaskedNumbers> found;
    EXPECT_EQ(masked(once, &found), once);
    EXPECT_TRUE(found.empty());
}

}  // namespace
}  // namespace klarsyn::servicedesk
