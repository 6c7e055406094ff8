// Rows of JSON documents: where they stand, what they say, and each way to be broken.
#include "protocols/json_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace klarsyn {
namespace {

using ::testing::ElementsAre;

struct ReadRows {
    std::vector<std::string> columns;
    std::vector<std::string> rows;  // "line: field|field"; "line: unreadable"
};

ReadRows read(std::string_view text) {
    ReadRows result;
    auto reader = JsonReader::open(text);
    EXPECT_TRUE(reader.ok()) << (reader.ok() ? "" : reader.error().key);
    if (!reader.ok()) return result;
    result.columns = reader->columns();
    CsvRow row;
    bool readable = false;
    while (reader->next(row, readable)) {
        std::string line = std::to_string(row.line) + ":";
        if (!readable) line += " unreadable";
        for (std::size_t i = 0; i < row.fields.size(); ++i)
            line += (i ? "|" : " ") + std::string(row.fields[i]);
        result.rows.push_back(line);
        EXPECT_EQ(row.bytes, text.substr(row.offset, row.length));
    }
    return result;
}

TEST(JsonRows, AnArrayOfObjectsIsATable) {
    const ReadRows read_rows = read("[\n {\"a\":\"x\",\"b\":1},\n {\"b\":null,\"c\":true}\n]\n");
    EXPECT_THAT(read_rows.columns, ElementsAre("a", "b", "c"));
    EXPECT_THAT(read_rows.rows, ElementsAre("2: x|1|", "3: ||true"));
}

TEST(JsonRows, TheArrayMayBeAMember) {
    EXPECT_THAT(read(R"({"count":2,"result":[{"a":"1"},{"a":"}]\"2"}],"next":{"x":[1]}})").rows,
                ElementsAre("1: 1", "1: }]\"2"));
    EXPECT_THAT(read("{\"items\":[]}").rows, ElementsAre());
    EXPECT_THAT(read(" [ ] ").rows, ElementsAre());
}

TEST(JsonRows, ObjectsAndArraysGiveWhatPeopleSee) {
    EXPECT_THAT(
        read(R"([{"state":{"display_value":"Closed","value":"7"},"queue":{"id":"3","Name":"Net"},
                  "who":[{"id":"anna"},{"id":"bo"}],"none":{"display_value":"","value":"5"},"raw":{"value":"5"},
                  "tom":"Åse \u00e6"}])")
            .rows,
        ElementsAre("1: Closed|Net|anna, bo||5|Åse æ"));
}

TEST(JsonRows, ARowThatIsNoObjectIsSaidToBeNone) {
    EXPECT_THAT(read("[{\"a\":\"1\"},\n7,\n{\"a\" 2},\n{\"a\":\"\xff\"},\n{\"a\":\"4\"}]").rows,
                ElementsAre("1: 1", "2: unreadable", "3: unreadable", "4: unreadable", "5: 4"));
}

struct Broken {
    std::string text;
    std::string key;
    long long line;
};
class JsonRowsBroken : public ::testing::TestWithParam<Broken> {};

TEST_P(JsonRowsBroken, IsRefusedWithItsLine) {
    const auto reader = JsonReader::open(GetParam().text);
    ASSERT_FALSE(reader.ok());
    EXPECT_EQ(reader.error().key, GetParam().key);
    EXPECT_EQ(reader.error().line, GetParam().line);
    for (const Language language : {Language::da, Language::en})
        EXPECT_TRUE(has_text(language, reader.error().key));
}

INSTANTIATE_TEST_SUITE_P(Faults, JsonRowsBroken,
                         ::testing::Values(Broken{"", "error.json.no_rows", 1},
                                           Broken{"{\"a\":1}", "error.json.no_rows", 1},
                                           Broken{"[{\"a\":1},\n{\"a\":", "error.json.cut", 2},
                                           Broken{"[{\"a\":1}\n", "error.json.cut", 2},
                                           Broken{"{\"r\":[{\"a\":1}]", "error.json.cut", 1},
                                           Broken{"[{\"a\":\"x\ny", "error.json.cut", 1},
                                           Broken{"[]\n[]", "error.json.behind", 2}));

TEST(JsonRows, OnlyJsonLooksLikeJson) {
    EXPECT_TRUE(looks_like_json(" \n[1]"));
    EXPECT_TRUE(looks_like_json("{}"));
    EXPECT_FALSE(looks_like_json("number,opened\n"));
    EXPECT_FALSE(looks_like_json(""));
}

}  // namespace
}  // namespace klarsyn
