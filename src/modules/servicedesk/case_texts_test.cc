#include "modules/servicedesk/case_texts.h"

#include <gtest/gtest.h>

#include "core/utf8.h"
#include "protocols/csv.h"

namespace klarsyn::servicedesk {
namespace {

TEST(CaseTexts, a_later_row_says_what_it_says) {
    CaseTexts texts{"Printer", "Den står", "Bo"};
    texts.take({"Printeren brænder", "", ""});
    EXPECT_EQ(texts.title, "Printeren brænder");
    EXPECT_EQ(texts.text, "Den står");
    EXPECT_EQ(texts.caller, "Bo");
}

TEST(CaseTexts, titles_and_callers_stand_on_one_line) {
    EXPECT_EQ(kept_title({"  Printer \r\n\t virker\x01ikke ", "", ""}), "Printer virker ikke");
    EXPECT_EQ(kept_caller({"", "", "Bo Berg\n<bo@x.dk>"}), "Bo Berg <bo@x.dk>");
    EXPECT_EQ(kept_title({std::string_view("a\0b", 3), "", ""}), "a b");
    EXPECT_EQ(kept_title({}), "");
}

TEST(CaseTexts, texts_keep_their_lines) {
    EXPECT_EQ(kept_text({"", "\r\nEn\r\n\r\nto\rtre\x02\tfire \n", ""}), "En\n\nto\ntre \tfire");
}

TEST(CaseTexts, long_texts_are_cut_between_characters) {
    std::string title;
    for (int i = 0; i < 200; ++i) title += "ø";
    title = "x" + title;
    const std::string kept = kept_title({title, "", ""});
    EXPECT_EQ(kept.size(), 299u);
    EXPECT_TRUE(valid_utf8(kept));
    EXPECT_EQ(kept_text({"", std::string(50'000, 'a'), ""}).size(), 20'000u);
}

TEST(CaseTexts, what_is_no_utf8_is_made_so) {
    EXPECT_EQ(kept_title({"Skærm \xff", "", ""}), "Sk??rm ?");
}

TEST(CaseTexts, html_becomes_plain) {
    std::deque<std::string> kept;
    EXPECT_EQ(plain_html("Uden mærker", kept), "Uden mærker");
    EXPECT_TRUE(kept.empty());
    const std::string_view plain = plain_html("&lt;p&gt;Skærm &amp;amp; mus&lt;/p&gt;", kept);
    EXPECT_NE(plain.find("Skærm & mus"), plain.npos) << plain;
    EXPECT_EQ(plain.find('<'), plain.npos) << plain;
    EXPECT_EQ(plain_html("<b>fed</b>", kept).find('<'), std::string_view::npos);
}

}  // namespace
}  // namespace klarsyn::servicedesk
