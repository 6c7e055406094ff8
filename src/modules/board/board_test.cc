// The live board: its parts stand, open their records, and changes are told as trees of elements.
#include "modules/board/board.h"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include "web/web_fixture.h"

namespace klarsyn::board {
namespace {

namespace json = boost::json;

TEST(BoardTree, KeepsElementsAttributesAndText) {
    EXPECT_EQ(tree_json("<p class=\"a\">1 &lt; 2 <a href=\"/x?a=1&amp;b=2\">tre</a></p>"),
              R"([["p",{"class":"a"},"1 < 2 ",["a",{"href":"/x?a=1&b=2"},"tre"]]])");
    EXPECT_EQ(tree_json("<svg><path d=\"M0 0\"/></svg>a<br>b"),
              R"([["svg",{},["path",{"d":"M0 0"}]],"a",["br",{}],"b"])");
    EXPECT_EQ(tree_json(""), "[]");
}

TEST(BoardPage, ShowsEveryPartAndIsClosedToTheUnknown) {
    WebFixture web;
    const Response closed = web.ask("/now", Role::anonymous);
    EXPECT_EQ(closed.status, 303);
    EXPECT_EQ(web.ask("/now", Role::user).status, 403);
    const std::string page(web.ask("/now", Role::agent).content());
    for (const char* id :
         {"critical", "waiting", "in-time", "cases", "systems", "changes", "messages"})
        EXPECT_NE(page.find("id=\"now-" + std::string(id) + "\""), std::string::npos) << id;
    EXPECT_NE(page.find("href=\"/majors/M1\""), std::string::npos);
    const std::string figures(web.ask("/now", Role::reader).content());
    EXPECT_EQ(figures.find("/majors/M1"), std::string::npos);  // how many, but no title
    EXPECT_EQ(figures.find("FMK svarer ikke"), std::string::npos);
    const std::string wall(web.ask("/now?wall=1&lang=en", Role::agent).content());
    EXPECT_NE(wall.find("class=\"k-wall\""), std::string::npos);
    EXPECT_EQ(wall.find("<nav"), std::string::npos);
    EXPECT_NE(wall.find("Right now"), std::string::npos);
}

TEST(BoardChange, TellsOnlyWhatDiffers) {
    WebFixture web;
    Context context{.site = *web.site, .services = *web.services, .tools = &web.tools};
    State before{
        7, WebFixture::kNow, {{"a", "A", "<p>1</p>", "", false}, {"b", "B", "", "", false}}};
    State after = before;
    after.seq = 8;
    after.parts[0].html = "<p>2</p>";
    const json::object told = json::parse(change_json(context, &before, after)).as_object();
    EXPECT_EQ(told.at("from"), 7);
    EXPECT_EQ(told.at("seq"), 8);
    ASSERT_EQ(told.at("parts").as_array().size(), 1U);
    EXPECT_EQ(told.at("parts").as_array()[0].as_object().at("id"), "now-a");
    const json::object all = json::parse(change_json(context, nullptr, after)).as_object();
    EXPECT_EQ(all.at("parts").as_array().size(), 2U);
}

}  // namespace
}  // namespace klarsyn::board
