#include "reports/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/markdown.h"
#include "reports/report_fake.h"

namespace klarsyn {
namespace {

constexpr const char* kFile = "modules/telephony/sections/calls.md";
const std::string kHead = "---\ntitle.da = \"T\"\ntitle.en = \"T\"\n---\n";
const std::string kTable =
    "```table calls\n"
    "caption = {da = \"C\", en = \"C\"}\n"
    "corner = {da = \"C\", en = \"C\"}\n"
    "source = {da = \"S\", en = \"S\"}\n"
    "bucket = \"month\"\n"
    "[[row]]\n"
    "figure = \"telephony.offered\"\n"
    "where = {queue = [\"a\", \"b\"], hour = 8}\n"
    "```\n";

TEST(Section, TableWithRowsAndFilters) {
    const auto section = parse_section(kFile, kHead + kTable);
    ASSERT_TRUE(section.ok()) << describe(section.error(), Language::en);
    EXPECT_EQ(section->id, "telephony.calls");
    const auto& table = std::get<TableSpec>(section->blocks.at(0));
    ASSERT_EQ(table.series.size(), 1u);
    EXPECT_EQ(table.series[0].line, 10);
    std::vector<std::string> filters;
    for (const DimFilter& filter : table.series[0].where)
        filters.push_back(filter.dim + "=" + filter.value);
    EXPECT_THAT(filters, testing::UnorderedElementsAre("queue=a", "queue=b", "hour=8"));
}

struct Malformed {
    const char* name;
    std::string text;
    const char* key;
    int line;
};
class MalformedSection : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedSection, IsRefusedWithFileAndLine) {
    const auto section = parse_section(kFile, GetParam().text);
    ASSERT_FALSE(section.ok());
    EXPECT_EQ(section.error().key, GetParam().key) << describe(section.error(), Language::en);
    EXPECT_EQ(section.error().file, kFile);
    EXPECT_EQ(section.error().line, GetParam().line);
    EXPECT_TRUE(has_text(Language::da, section.error().key));
}

std::string with(std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
}

INSTANTIATE_TEST_SUITE_P(
    Each, MalformedSection,
    testing::Values(
        Malformed{"no_front", "Hello\n", "report.error.front_matter", 1},
        Malformed{"front_open", "---\ntitle.da = \"T\"\n", "report.error.block_open", 1},
        Malformed{"one_language", "---\ntitle.da = \"T\"\n---\n", "report.error.both_languages", 2},
        Malformed{"stray", kHead + "Loose words\n", "report.error.stray_line", 5},
        Malformed{"text_open", kHead + "::: da\nWords\n", "report.error.block_open", 5},
        Malformed{"directive", kHead + "```pie x\n```\n", "report.error.directive_unknown", 5},
        Malformed{"toml", kHead + "```table x\ncaption = \n```\n", "report.error.toml", 6},
        Malformed{"key", kHead + with(kTable, "bucket = \"month\"", "bukket = \"month\""),
                  "report.error.key_unknown", 9},
        Malformed{"bucket", kHead + with(kTable, "\"month\"", "\"moon\""), "report.error.bucket",
                  9},
        Malformed{"by_and_bucket", kHead + with(kTable, "[[row]]", "by = \"hour\"\n[[row]]"),
                  "report.error.by_bucket", 9},
        Malformed{"values_of_buckets",
                  kHead + with(kTable, "[[row]]", "values.a = {da = \"A\", en = \"A\"}\n[[row]]"),
                  "report.error.key_unknown", 10},
        Malformed{"words_by_value",
                  kHead + with(kTable, "bucket = \"month\"", "by = \"hour\"") +
                      "```words\ntable = \"calls\"\n```\n",
                  "report.error.table_by", 14},
        Malformed{"no_rows", kHead + kTable.substr(0, kTable.find("[[row]]")) + "```\n",
                  "report.error.key_missing", 5},
        Malformed{"no_figure", kHead + with(kTable, "figure = \"telephony.offered\"\n", ""),
                  "report.error.key_missing", 10},
        Malformed{"print", kHead + with(kTable, "where", "print = \"roman\"\nwhere"),
                  "report.error.print", 12},
        Malformed{"id_twice", kHead + kTable + kTable, "report.error.block_id", 14},
        Malformed{"table_unknown", kHead + kTable + "```words\ntable = \"other\"\n```\n",
                  "report.error.table_unknown", 14},
        Malformed{"figure_directive", kHead + "::: da\nSee {{figur x}}.\n:::\n",
                  "report.error.directive_unknown", 6},
        Malformed{"filter", kHead + "::: da\n\nSee {{figure x queue}}.\n:::\n",
                  "report.error.directive_filter", 7},
        Malformed{"mark", kHead + "::: da\nSee **bold.\n:::\n", "report.error.mark_open", 6},
        Malformed{"address", kHead + "::: da\n[x](javascript:alert(1))\n:::\n",
                  "report.error.address", 6},
        Malformed{"heading", kHead + "::: da\n# Big\n:::\n", "report.error.heading", 6}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(Markdown, Subset) {
    const auto blocks =
        parse_markdown("f", 1,
                       "## Head\nA *b* **c** `d` [e](https://x.dk) {{period}}\nmore\n\n"
                       "- one\n- {{figure t.x queue=\"a b\"}}\n",
                       Language::da);
    ASSERT_TRUE(blocks.ok());
    ASSERT_EQ(blocks->size(), 3u);
    EXPECT_EQ((*blocks)[0].kind, TextSpec::Kind::heading);
    EXPECT_EQ((*blocks)[0].level, 3);
    const auto& paragraph = (*blocks)[1].items.front();
    EXPECT_EQ(paragraph[1].span.kind, Span::Kind::emphasis);
    EXPECT_EQ(paragraph[3].span.kind, Span::Kind::strong);
    EXPECT_EQ(paragraph[5].span.kind, Span::Kind::code);
    EXPECT_EQ(paragraph[7].span.href, "https://x.dk");
    EXPECT_TRUE(paragraph[9].period);
    EXPECT_EQ(paragraph.back().span.text, " more");
    const auto& items = (*blocks)[2].items;
    ASSERT_EQ(items.size(), 2u);
    EXPECT_EQ(items[1][0].figure->where.at(0).value, "a b");
}

TEST(Plan, ShippedPlansName) {
    EXPECT_TRUE(shipped_library().plan("operations_status").ok());
    EXPECT_TRUE(shipped_library().plan("platform_quarter").ok());
    const auto missing = shipped_library().plan("nothing");
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().code, ErrorCode::not_found);
    EXPECT_THAT(describe(missing.error(), Language::da), testing::HasSubstr("operations_status"));
}

TEST(Plan, UnknownSectionIsRefused) {
    const auto library = ReportLibrary::load(
        {{"report_plans/p.toml", "sections = [\"a.b\"]\ntitle = {da = \"T\", en = \"T\"}\n"}});
    ASSERT_FALSE(library.ok());
    EXPECT_EQ(library.error().key, "report.error.section_unknown");
}

}  // namespace
}  // namespace klarsyn
