// Records that a figure leaves out, and records that its reader may not see: page, API and CSV.
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <algorithm>

#include "modules/module.h"
#include "store/journal.h"
#include "web/handlers.h"
#include "web/web_fixture.h"

namespace klarsyn {
namespace {

constexpr const char* kQuestion = "period=2018-04";
const std::string kFigure = "servicedesk.solve_time_median";

class RecordsTest : public ::testing::Test {
protected:
    void SetUp() override {
        Connection& db = web_.store->writer();
        Names names(db);
        ASSERT_TRUE(db.begin_write().ok());
        herlev_ = names.intern("herlev").take();
        const std::int64_t gentofte = names.intern("gentofte").take();
        JournalEntry entry;
        entry.seq = next_seq(db).take();
        entry.kind = "import";
        entry.detail = "{}";
        const auto add = [&](const char* key, std::int64_t org, Value elapsed) {
            const auto done =
                db.run("INSERT INTO servicedesk_event (seq, group_key, source_key, row_hash, day, kind, "
                       "org, elapsed_s) VALUES (:seq, 0, :key, 0, :day, 'solved', :org, :elapsed)",
                       {{":seq", entry.seq},
                        {":key", std::string(key)},
                        {":day", std::int64_t{day_of({2018, 4, 2})}},
                        {":org", org},
                        {":elapsed", std::move(elapsed)}});
            ASSERT_TRUE(done.ok()) << describe(done.error(), Language::en);
        };
        add("a", herlev_, std::int64_t{60});
        add("b", gentofte, std::int64_t{120});
        add("c", gentofte, std::int64_t{180});
        add("d", herlev_, {});
        add("e", gentofte, {});
        ASSERT_TRUE(append_entry(db, web_.store->journal_key(), entry).ok());
        ASSERT_TRUE(db.commit().ok());
    }

    // As one handler answers a reader who may see the records of these organisations.
    Response answer(Result<Response> (*handler)(const Request&, Context&), const std::string& query,
                    std::optional<std::vector<std::int64_t>> orgs) {
        Request request = web_.get("/x?" + query, Role::reader);
        EXPECT_TRUE(parse_target(request));
        request.params = {{"figure", kFigure}, {"edition", "current"}};
        Context context{.site = *web_.site, .services = *web_.services, .tools = &web_.tools};
        context.orgs = std::move(orgs);
        auto response = handler(request, context);
        EXPECT_TRUE(response.ok());
        return response.ok() ? response.take() : Response{};
    }

    static std::string header(const Response& response, std::string_view name) {
        for (const auto& [key, value] : response.headers)
            if (key == name) return value;
        return "";
    }

    WebFixture web_;
    std::int64_t herlev_ = 0;
};

TEST_F(RecordsTest, WhatAFigureLeavesOutIsSaidAndOpens) {
    const Response figure = web_.ask("/api/v1/figures/" + kFigure + "?" + kQuestion);
    const auto row = boost::json::parse(figure.body).at("rows").at(0);
    EXPECT_EQ(row.at("records").as_int64(), 3);
    EXPECT_EQ(row.at("gap_records").as_int64(), 2);
    const Response records =
        web_.ask("/api/v1/figures/" + kFigure + "/records?gap=1&" + kQuestion);
    EXPECT_EQ(header(records, "X-Total-Count"), "2");
    EXPECT_EQ(boost::json::parse(records.body).at("records").at(0).at("ref").as_string(),
              "servicedesk_event:d");
    const Response csv =
        web_.ask("/api/v1/figures/" + kFigure + "/records?format=csv&gap=1&" + kQuestion);
    EXPECT_EQ(std::count(csv.body.begin(), csv.body.end(), '\n'), 3);
    const std::string page(web_.ask("/f/current/" + kFigure + "?lang=da&" + kQuestion).content());
    EXPECT_NE(page.find("2 registreringer mangler en oplysning"), std::string::npos);
    EXPECT_NE(page.find("/records?period=2018-04&amp;gap=1"), std::string::npos);
    const std::string list(
        web_.ask("/f/current/" + kFigure + "/records?gap=1&" + kQuestion).content());
    EXPECT_NE(list.find("data-count=\"2\""), std::string::npos);
    EXPECT_NE(list.find("servicedesk_event:e"), std::string::npos);
    EXPECT_EQ(list.find("servicedesk_event:a"), std::string::npos);
    EXPECT_EQ(web_.ask("/api/v1/figures/" + kFigure + "/records?gap=2&" + kQuestion).status, 400);
}

TEST_F(RecordsTest, WhatAReaderMayNotSeeIsCountedBesideTheList) {
    const std::vector<std::int64_t> own = {herlev_};
    const Response records = answer(get_api_records, kQuestion, own);
    EXPECT_EQ(header(records, "X-Total-Count"), "1");
    EXPECT_EQ(header(records, "X-Hidden-Count"), "2");
    EXPECT_EQ(boost::json::parse(records.body).at("hidden").as_int64(), 2);
    const Response figure = answer(get_api_figure, kQuestion, own);
    EXPECT_EQ(boost::json::parse(figure.body).at("rows").at(0).at("records").as_int64(), 3);
    const std::string page(answer(get_records_page, kQuestion, own).content());
    EXPECT_NE(page.find("2 poster kan du ikke se."), std::string::npos);
    EXPECT_EQ(page.find("servicedesk_event:b"), std::string::npos);
    const std::string all(answer(get_records_page, kQuestion, {}).content());
    EXPECT_EQ(all.find("id=\"hidden\""), std::string::npos);
    EXPECT_NE(all.find("servicedesk_event:b"), std::string::npos);
    const Response csv = answer(get_api_records, std::string("format=csv&") + kQuestion, own);
    EXPECT_EQ(std::count(csv.body.begin(), csv.body.end(), '\n'), 2);
}

}  // namespace
}  // namespace klarsyn
