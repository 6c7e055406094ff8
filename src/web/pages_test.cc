// Pages and API ask the same and say the same; headers, caching, login, metrics.
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <algorithm>

#include "indicators/cells.h"
#include "modules/module.h"
#include "web/web_fixture.h"

namespace klarsyn {
namespace {

std::string header(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
        if (key == name) return value;
    return "";
}

bool has(const Response& response, std::string_view text) {
    return response.content().find(text) != std::string_view::npos;
}

class PagesTest : public ::testing::Test {
protected:
    WebFixture web_;
};

TEST_F(PagesTest, TheSameCountEverywhere) {
    const std::string question = "telephony.offered{}?period=2013-04&where=queue=servicedesk";
    const auto address = [&](const std::string& prefix, const std::string& suffix) {
        std::string out = prefix + question;
        return out.replace(out.find("{}"), 2, suffix);
    };
    const Response figure = web_.ask(address("/api/v1/figures/", ""));
    const auto row = boost::json::parse(figure.body).at("rows").at(0);
    EXPECT_EQ(row.at("records").as_int64(), 3);
    EXPECT_EQ(row.at("value").as_int64(), 3);
    const Response records = web_.ask(address("/api/v1/figures/", "/records"));
    EXPECT_EQ(boost::json::parse(records.body).at("records").as_array().size(), 3u);
    EXPECT_EQ(header(records, "X-Total-Count"), "3");
    const Response csv = web_.ask(address("/api/v1/figures/", "/records") + "&format=csv");
    EXPECT_EQ(csv.type, "text/csv; charset=utf-8");
    EXPECT_EQ(std::count(csv.body.begin(), csv.body.end(), '\n'), 4);  // the header and three
    EXPECT_TRUE(has(web_.ask(address("/f/current/", "")), "<strong class=\"k-value\">3</strong>"));
    EXPECT_TRUE(has(web_.ask(address("/f/current/", "/records")), "data-count=\"3\""));
}

TEST_F(PagesTest, AFigureSaysWhatItIsAndWhereItComesFrom) {
    const Response page =
        web_.ask("/f/current/telephony.in_time_offered?period=2013-04&by=queue&lang=en");
    ASSERT_EQ(page.status, 200) << page.body;
    EXPECT_TRUE(has(page, "<html lang=\"en\">"));
    EXPECT_TRUE(has(page, "Numerator"));
    EXPECT_TRUE(has(page, "<svg class=\"k-chart\""));
    EXPECT_TRUE(has(page, "queue_log"));
    EXPECT_TRUE(has(page, "servicedesk"));
    EXPECT_TRUE(has(page, "/f/current/telephony.in_time_offered/records?period=2013-04"));
    EXPECT_EQ(header(page, "Set-Cookie").substr(0, 15), "klarsyn_lang=en");
}

TEST_F(PagesTest, AShortMenuIsFlatAndALongOneGrouped) {
    const Response user = web_.ask("/help", Role::user);
    EXPECT_FALSE(has(user, "<details name=\"k-menu\">"));
    EXPECT_FALSE(has(user, "menu.js"));
    for (const char* href : {"/status", "/report-problem", "/my", "/catalogue", "/help"})
        EXPECT_TRUE(has(user, std::string("<li><a href=\"") + href + "\"")) << href;
    const Response admin = web_.ask("/outbox?lang=da", Role::admin);
    EXPECT_TRUE(has(admin, "<summary class=\"k-here\">Administration</summary>"));
    EXPECT_TRUE(has(admin, "<li><a href=\"/outbox\" aria-current=\"page\">"));
    EXPECT_TRUE(has(admin, "<li><a href=\"/letters\">"));
    EXPECT_TRUE(has(admin, "<li><a href=\"/desk\">"));  // stands alone
    const Response lead = web_.ask("/letters", Role::lead);
    EXPECT_TRUE(has(lead, "<li><a href=\"/letters\" aria-current=\"page\">"));
    EXPECT_FALSE(has(lead, "href=\"/outbox\""));
    EXPECT_FALSE(has(web_.ask("/help", Role::agent), "href=\"/letters\""));
}

// Every script of the page is a file of our own.
bool scripts_are_files(const Response& response) {
    constexpr std::string_view kOurs = "<script src=\"/assets/";
    const std::string_view page = response.content();
    for (auto at = page.find("<script"); at != page.npos; at = page.find("<script", at + 1))
        if (!page.substr(at).starts_with(kOurs)) return false;
    return true;
}

TEST_F(PagesTest, DataIsShownAsTextNeverAsMarkup) {
    const Response page = web_.ask("/f/current/telephony.answered/records?period=2013-04");
    EXPECT_TRUE(has(page, "&lt;b&gt;2&lt;/b&gt;"));
    EXPECT_FALSE(has(page, "<b>2</b>"));
    const Response odd = web_.ask("/f/current/%3Cscript%3Ealert(1)%3C%2Fscript%3E?period=2013-04");
    EXPECT_EQ(odd.status, 404);
    EXPECT_TRUE(scripts_are_files(odd));
    const Response where =
        web_.ask("/f/current/telephony.offered?period=2013-04&where=queue=%22%3E%3Cscript%3E");
    EXPECT_TRUE(scripts_are_files(where));
}

TEST_F(PagesTest, EveryAnswerCarriesTheSecurityHeaders) {
    for (const char* address : {"/", "/login", "/livez", "/api/v1/figures", "/none", "/%zz"}) {
        const Response response = web_.ask(address);
        const std::string policy = header(response, "Content-Security-Policy");
        EXPECT_NE(policy.find("default-src 'none'"), std::string::npos) << address;
        EXPECT_EQ(policy.find("unsafe"), std::string::npos) << address;
        EXPECT_EQ(header(response, "X-Content-Type-Options"), "nosniff") << address;
        EXPECT_EQ(header(response, "Referrer-Policy"), "same-origin") << address;
        EXPECT_FALSE(header(response, "Cache-Control").empty()) << address;
        EXPECT_FALSE(has(response, " style=")) << address;
        EXPECT_TRUE(scripts_are_files(response)) << address;
    }
}

TEST_F(PagesTest, AssetsAreNotSentTwice) {
    const Response first = web_.ask("/assets/style.css", Role::anonymous);
    ASSERT_EQ(first.status, 200);
    EXPECT_GT(first.size(), 1000u);
    Request again = web_.get("/assets/style.css", Role::anonymous);
    again.headers.emplace_back("if-none-match", first.etag);
    const Response second = web_.ask(again);
    EXPECT_EQ(second.status, 304);
    EXPECT_EQ(second.size(), 0u);
    EXPECT_EQ(web_.ask("/assets/..%2f..%2fetc%2fpasswd", Role::anonymous).status, 404);
}

TEST_F(PagesTest, ALoginGivesANewSessionAndAWrongOneNone) {
    const Response wrong =
        web_.ask(web_.post("/login", "name=reader&password=wrong+one", Role::anonymous));
    EXPECT_EQ(wrong.status, 401);
    EXPECT_EQ(header(wrong, "Set-Cookie"), "");
    const std::string good = "name=Reader&password=correct+horse&next=";
    const Response first = web_.ask(web_.post("/login", good + "%2Ffigures", Role::anonymous));
    EXPECT_EQ(first.status, 303);
    EXPECT_EQ(header(first, "Location"), "/figures");
    const std::string cookie = header(first, "Set-Cookie");
    EXPECT_EQ(cookie.substr(0, 8), "klarsyn=");
    EXPECT_NE(cookie.find("HttpOnly; SameSite=Lax"), std::string::npos);
    for (const char* away : {"%2F%2Fevil.example", "%2F%5Cevil.example", "https%3A%2F%2Fevil", "x"})
        EXPECT_EQ(header(web_.ask(web_.post("/login", good + away, Role::anonymous)), "Location"),
                  "/") << away;
    // Logging in over a session ends that session.
    Request over = web_.post("/login", good, Role::reader);
    const std::string old = over.cookie("klarsyn");
    EXPECT_EQ(web_.ask(over).status, 303);
    EXPECT_FALSE(web_.sessions.find(old, WebFixture::kNow));
}

TEST_F(PagesTest, FiveWrongLoginsMakeTheNextWait) {
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(web_.ask(web_.post("/login", "name=reader&password=no", Role::anonymous)).status,
                  401);
    const Response held =
        web_.ask(web_.post("/login", "name=reader&password=correct+horse", Role::anonymous));
    EXPECT_EQ(held.status, 429);
    EXPECT_EQ(header(held, "Retry-After"), "1");
    web_.clock.set(WebFixture::kNow + 1);
    EXPECT_EQ(web_.ask(web_.post("/login", "name=reader&password=correct+horse", Role::anonymous))
                  .status, 303);
}

TEST_F(PagesTest, ARemovedAccountIsOutAtOnce) {
    const Request request = web_.get("/figures", Role::reader);
    EXPECT_EQ(web_.ask(request).status, 200);
    ASSERT_TRUE(web_.store->writer().run("DELETE FROM core_user WHERE name = 'reader'").ok());
    EXPECT_EQ(web_.ask(request).status, 303);
}

TEST_F(PagesTest, BehindHttpsCookiesAreBoundToTheHost) {
    web_.site->public_url = "https://klarsyn.example";
    const Response login =
        web_.ask(web_.post("/login", "name=reader&password=correct+horse", Role::anonymous));
    EXPECT_EQ(header(login, "Set-Cookie").substr(0, 15), "__Host-klarsyn=");
    EXPECT_NE(header(login, "Set-Cookie").find("; Secure"), std::string::npos);
    EXPECT_FALSE(header(login, "Strict-Transport-Security").empty());
}

TEST_F(PagesTest, MetricsAreOpenMetricsWithoutPersonalData) {
    web_.ask("/f/current/telephony.offered?period=2013-04");
    const Response metrics = web_.ask("/metrics", Role::anonymous);
    EXPECT_EQ(metrics.type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    EXPECT_TRUE(metrics.body.ends_with("# EOF\n"));
    EXPECT_TRUE(has(metrics, "klarsyn_journal_head "));
    EXPECT_TRUE(has(metrics, "klarsyn_feed_age_seconds{module=\"telephony\",source=\"queue-log\"}"));
    EXPECT_TRUE(has(metrics, "route=\"/f/{edition}/{figure}\""));
    EXPECT_FALSE(has(metrics, "reader"));
    EXPECT_FALSE(has(metrics, "192.0.2.1"));
}

TEST_F(PagesTest, MetricsTellHowFarTheCellsLag) {
    Connection& db = web_.store->writer();
    const auto dirty = [&] {
        return query_i64(db, "SELECT COUNT(*) FROM core_dirty WHERE fact_table = 'telephony_visit'").take();
    };
    ASSERT_GT(dirty(), 0);  // the import marked them and nothing has refreshed yet
    const std::string before(web_.ask("/metrics", Role::anonymous).content());
    EXPECT_NE(before.find("klarsyn_cells_dirty_days{table=\"telephony_visit\"} " +
                          std::to_string(dirty()) + "\n"),
              std::string::npos);
    web_.clock.set(WebFixture::kNow + 90);
    EXPECT_TRUE(has(web_.ask("/metrics", Role::anonymous), "klarsyn_cells_lag_seconds 90\n"));
    ASSERT_TRUE(refresh_cells(db, catalogue()).ok());
    EXPECT_TRUE(has(web_.ask("/metrics", Role::anonymous), "klarsyn_cells_lag_seconds 0\n"));
    EXPECT_FALSE(has(web_.ask("/metrics", Role::anonymous), "klarsyn_cells_dirty_days{"));
}

TEST_F(PagesTest, ReadinessEndsWhenTheServerStops) {
    EXPECT_EQ(web_.ask("/readyz", Role::anonymous).status, 200);
    web_.stopping = true;
    EXPECT_EQ(web_.ask("/readyz", Role::anonymous).status, 503);
    EXPECT_EQ(web_.ask("/livez", Role::anonymous).status, 200);
}

TEST_F(PagesTest, RejectedRowsAreForEditors) {
    const auto batches = boost::json::parse(web_.ask("/api/v1/batches").body);
    const std::string batch(batches.at("batches").at(0).at("batch").as_string());
    const Response rejects = web_.ask("/api/v1/batches/" + batch + "/rejects", Role::editor);
    EXPECT_TRUE(has(rejects, "garbage line"));
    EXPECT_TRUE(has(web_.ask("/batches/" + batch, Role::editor), "garbage line"));
    EXPECT_FALSE(has(web_.ask("/batches/" + batch, Role::reader), "garbage line"));
}

}  // namespace
}  // namespace klarsyn
