// The desk's settings and words: what functional tests cannot reach.
#include <gtest/gtest.h>

#include "core/embedded.h"
#include "modules/servicedesk/desk/case_words.h"
#include "modules/servicedesk/desk/own_work.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::string_view kFile = "modules/servicedesk/settings/templates.toml";

Result<std::vector<CaseTemplate>> parsed(std::string_view toml) {
    return parse_templates(toml, "mine.toml");
}

TEST(Templates, ThoseOfTheBinaryReadInBothLanguages) {
    std::string_view text;
    for (const EmbeddedFile& file : embedded_files(kFile)) text = file.text;
    const auto templates = parse_templates(text, kFile);
    ASSERT_TRUE(templates.ok()) << describe(templates.error(), Language::en);
    EXPECT_GE(templates->size(), 5u);
    for (const CaseTemplate& one : *templates) {
        EXPECT_FALSE(one.title[0].empty() || one.title[1].empty()) << one.id;
        EXPECT_EQ(one.body[0].size(), one.body[1].size()) << one.id;
        EXPECT_FALSE(one.body[0].empty()) << one.id;
    }
}

TEST(Templates, OnlyWhatIsGivenStandsInTheBody) {
    const auto templates = parsed(R"([[template]]
id = "a"
kind = "resolve"
code = "Genstart"
da = { name = "Løst", resolution = "Genstartet" }
en = { name = "Solved", resolution = "Restarted" }
)");
    ASSERT_TRUE(templates.ok());
    const boost::json::object expected = {{"code", "Genstart"}, {"resolution", "Restarted"}};
    EXPECT_EQ(templates->front().body[1], expected);
}

TEST(Templates, AFaultIsToldWithItsLine) {
    const std::string good = "da = { name = \"x\" }\nen = { name = \"x\" }\n";
    const struct {
        std::string toml;
        long long line;
        std::string field;
    } faults[] = {
        {"[[template]]\nid = \"a\"\nkind = \"poem\"\n" + good, 3, "kind"},
        {"[[template]]\nid = \"a\"\nkind = \"case\"\nimpact = 4\n" + good, 4, "impact"},
        {"[[template]]\nid = \"a\"\nkind = \"case\"\nda = { name = \"x\" }\n", 1, "en"},
        {"[[template]]\nid = \"a\"\nkind = \"case\"\ncolour = \"red\"\n" + good, 4, "colour"},
        {"[[template]]\nid = \"a\"\nkind = \"case\"\n" + good +
             "[[template]]\nid = \"a\"\n"
             "kind = \"case\"\n" +
             good,
         7, "id"},
        {"templates = 1\n", 1, "templates"},
    };
    for (const auto& fault : faults) {
        const auto templates = parsed(fault.toml);
        ASSERT_FALSE(templates.ok()) << fault.toml;
        EXPECT_EQ(templates.error().code, ErrorCode::invalid_input);
        EXPECT_EQ(templates.error().line, fault.line) << fault.toml;
        EXPECT_EQ(templates.error().field, fault.field);
    }
}

TEST(CaseWords, NumbersOfThingsWithAPageBecomeLinks) {
    EXPECT_EQ(case_ref("K12"), "<a href=\"/cases/K12\">K12</a>");
    EXPECT_EQ(case_ref("servicenow:INC0001"),
              "<a href=\"/cases/servicenow%3AINC0001\">servicenow:INC0001</a>");
    EXPECT_EQ(case_ref("P3"), "<a href=\"/problems/P3\">P3</a>");
    EXPECT_EQ(case_ref("N3"), "N3");
    EXPECT_EQ(case_ref("K1<b>"), "K1&lt;b&gt;");
}

}  // namespace
}  // namespace klarsyn::servicedesk
