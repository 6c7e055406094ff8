#include "protocols/probe/notice_feed.h"

#include <gtest/gtest.h>

namespace klarsyn {
namespace {

std::string item(const char* id, int version, const char* state) {
    return std::string("{\"id\":\"") + id + "\",\"version\":" + std::to_string(version) +
           ",\"title\":\"EPM3 er langsom\",\"text\":\"Vi arbejder på det\",\"severity\":\"down\"," +
           "\"systems\":[\"EPM3\"],\"since\":\"2026-11-21T08:00:00Z\",\"next_message_at\":" +
           "\"2026-11-21T09:00:00Z\",\"ack_required\":true,\"places\":\"Herlev\",\"state\":\"" + state + "\"}";
}

std::vector<std::string> shown(ShownNotices& notices, const std::string& feed) {
    const auto parsed = parse_notice_feed(feed);
    EXPECT_TRUE(parsed.ok());
    std::vector<std::string> list;
    for (const NoticeItem& one : notices.take(*parsed))
        list.push_back(one.id + " " + std::to_string(one.version));
    return list;
}

using Texts = std::vector<std::string>;

TEST(Notices, EachVersionIsShownOnceAlsoAfterARestart) {
    ShownNotices notices("");
    const std::string first = "[" + item("N1", 1, "open") + "," + item("N2", 4, "cleared") + "]";
    EXPECT_EQ(shown(notices, first), Texts{"N1 1"});
    EXPECT_EQ(shown(notices, first), Texts{});
    ShownNotices again(notices.kept());
    EXPECT_EQ(shown(again, first), Texts{});
    EXPECT_EQ(shown(again, "[" + item("N1", 2, "cleared") + "]"), Texts{"N1 2"});
    EXPECT_EQ(shown(again, "[]"), Texts{});
    EXPECT_EQ(again.kept(), "{}");
}

TEST(Notices, AreToldInTheReadersLanguage) {
    const auto feed = parse_notice_feed("[" + item("N1", 1, "open") + ",7,{}]");
    ASSERT_TRUE(feed.ok());
    ASSERT_EQ(feed->size(), 1u);
    const NoticeWords words = words_of(feed->front(), Language::da);
    EXPECT_EQ(words.title, "EPM3 er langsom");
    EXPECT_NE(words.body.find("Vi arbejder på det\n"), std::string::npos);
    EXPECT_NE(words.body.find("Hvor: Herlev\nSiden 21.11.2026"), std::string::npos) << words.body;
    EXPECT_EQ(words.urgency, "critical");
    NoticeItem cleared = feed->front();
    cleared.state = "cleared";
    cleared.title = "Solved: EPM3 er langsom";  // the server says so itself
    const NoticeWords over = words_of(cleared, Language::en);
    EXPECT_EQ(over.title, cleared.title);
    EXPECT_EQ(over.urgency, "low");
    EXPECT_EQ(over.body.find("Since"), std::string::npos) << over.body;
    EXPECT_FALSE(parse_notice_feed("{}").ok());
}

}  // namespace
}  // namespace klarsyn
