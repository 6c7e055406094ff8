// Messages to users: what the status page says, who may write, and that nothing typed is lost.
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include "modules/notices/board.h"
#include "web/web_fixture.h"

namespace klarsyn::notices {
namespace {

namespace json = boost::json;

class NoticesTest : public ::testing::Test {
protected:
    Response send(const std::string& method, const std::string& target, const std::string& body,
                  Role role = Role::lead, Pairs headers = {}) {
        Request request = web.post(target, "", role);
        request.method = method;
        web.as_json(request, body);
        for (auto& header : headers) request.headers.push_back(header);
        return web.ask(request);
    }
    json::object object(const Response& response) {
        return json::parse(std::string(response.content())).as_object();
    }
    std::string state_of(std::string_view id) {
        const json::object status = object(web.ask("/api/v1/status", Role::anonymous));
        for (const json::value& system : status.at("systems").as_array()) {
            if (system.at("id").as_string() == id) return system.at("state").as_string().c_str();
        }
        return "none";
    }
    std::string page(const std::string& target, Role role = Role::anonymous) {
        const Response response = web.ask(target, role);
        EXPECT_EQ(response.status, 200) << target;
        return std::string(response.content());
    }
    static bool has(const std::string& text, std::string_view part) {
        return text.find(part) != std::string::npos;
    }

    WebFixture web;
};

constexpr const char* kDisturbance =
    R"({"kind":"disturbance","system":"FMK","severity":"down","title":"FMK svarer ikke",)"
    R"("title_en":"FMK does not answer","text":"Ordinationer kan ikke hentes.",)"
    R"("advice":"Brug nødkortet.","next_at":"2013-04-26T19:00:00Z"})";

TEST_F(NoticesTest, OneSentenceSaysWhetherSomethingIsWrong) {
    EXPECT_TRUE(has(page("/status"), "Vi kender ikke til driftsforstyrrelser lige nu."));
    const Response made = send("POST", "/api/v1/notices", kDisturbance);
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(object(made).at("number"), "N1");
    const std::string status = page("/status");
    EXPECT_TRUE(has(status, "Fælles Medicinkort (FMK) virker ikke (alle steder).")) << status;
    EXPECT_TRUE(has(status, "Brug nødkortet.") && has(status, "Næste besked") &&
                has(status, "i dag kl. 21.00"));
    EXPECT_TRUE(has(page("/status?lang=en"), "FMK does not answer"));
    EXPECT_TRUE(has(page("/status?lang=en"), "lang=\"da\">Ordinationer"));  // none in English
    EXPECT_TRUE(has(page("/status.atom"), "<title>FMK svarer ikke</title>"));
    const json::object api = object(web.ask("/api/v1/status", Role::anonymous));
    EXPECT_EQ(api.at("disturbed"), true);
    EXPECT_EQ(api.at("current").as_array().size(), 1U);
    EXPECT_EQ(state_of("FMK"), "down");
}

TEST_F(NoticesTest, UpdatesAndAllClearAreToldAndStand) {
    ASSERT_EQ(send("POST", "/api/v1/notices", kDisturbance).status, 201);
    web.announced.clear();
    ASSERT_EQ(
        send("POST", "/api/v1/notices/N1/update", R"({"text":"Leverandøren arbejder."})").status,
        200);
    ASSERT_EQ(web.announced.size(), 1U);
    EXPECT_EQ(web.announced[0].kind, "notice");
    EXPECT_TRUE(has(page("/status"), "Leverandøren arbejder."));
    ASSERT_EQ(send("POST", "/api/v1/notices/N1/clear", R"({"text":"Alt kører."})").status, 200);
    const std::string status = page("/status");
    EXPECT_TRUE(has(status, "Vi kender ikke til driftsforstyrrelser lige nu."));
    EXPECT_TRUE(has(status, "Løst det seneste døgn") && has(status, "Alt kører."));
    EXPECT_EQ(state_of("FMK"), "unmeasured");  // nobody measures it: nobody can say that it works
    EXPECT_EQ(send("POST", "/api/v1/notices/N1/clear", "{}").status, 409);
    EXPECT_EQ(send("POST", "/api/v1/notices/N9/clear", "{}").status, 404);
    EXPECT_EQ(object(web.ask("/api/v1/notices")).at("items").as_array().size(), 0U);
    EXPECT_EQ(object(web.ask("/api/v1/notices?state=all")).at("items").as_array().size(), 1U);
    web.clock.set(WebFixture::kNow + kClearedSeconds + 60);
    EXPECT_FALSE(has(page("/status"), "Alt kører."));
}

TEST_F(NoticesTest, ACorrectionBuildsOnTheVersionThatWasRead) {
    ASSERT_EQ(send("POST", "/api/v1/notices", kDisturbance).status, 201);
    EXPECT_EQ(send("PATCH", "/api/v1/notices/N1", R"({"title":"x"})").status, 428);
    const Response stale = send("PATCH", "/api/v1/notices/N1", R"({"title":"x"})", Role::lead,
                                {{"if-match", "\"7\""}});
    EXPECT_EQ(stale.status, 412);
    EXPECT_EQ(object(stale).at("current").as_object().at("version"), 1);
    const Response right = send("PATCH", "/api/v1/notices/N1", R"({"severity":"unstable"})",
                                Role::lead, {{"if-match", "\"1\""}});
    ASSERT_EQ(right.status, 200) << right.body;
    EXPECT_EQ(object(right).at("title").as_object().at("da"), "FMK svarer ikke");  // kept
    EXPECT_TRUE(has(page("/status"), "er ustabilt"));
}

TEST_F(NoticesTest, FaultsNameTheirFields) {
    const struct {
        const char *body, *pointer;
    } cases[] = {
        {R"({"kind":"message","text":"x"})", "/title"},
        {R"({"kind":"disturbance","title":"x","text":"x"})", "/system"},
        {R"({"kind":"planned","title":"x","text":"x"})", "/ends_at"},
        {R"({"kind":"party","title":"x","text":"x"})", "/kind"},
        {R"({"title":"x","text":"x"})", "/kind"},
        {R"({"kind":"planned","title":"x","text":"x","starts_at":"2013-05-02T00:00:00Z","ends_at":"2013-05-01T00:00:00Z"})",
         "/ends_at"},
        {R"({"kind":"message","title":"x","text":"x","colour":"red"})", "/colour"},
    };
    for (const auto& one : cases) {
        const Response response = send("POST", "/api/v1/notices", one.body);
        EXPECT_EQ(response.status, 400) << one.body;
        EXPECT_EQ(object(response).at("errors").as_array().at(0).as_object().at("pointer"),
                  one.pointer);
    }
    EXPECT_EQ(send("POST", "/api/v1/notices", kDisturbance, Role::agent).status, 403);
}

TEST_F(NoticesTest, CprNumbersNeverReachTheStatusPage) {
    ASSERT_EQ(send("POST", "/api/v1/notices",
                   R"({"kind":"message","title":"Om 010190-1234","text":"Patient 0101901234."})")
                  .status,
              201);
    const std::string status = page("/status");
    EXPECT_FALSE(has(status, "1234")) << status;
    EXPECT_TRUE(has(status, "******-****"));
}

TEST_F(NoticesTest, PlannedWorkComesGoesAndIsNoDisturbance) {
    ASSERT_EQ(send("POST", "/api/v1/notices",
                   R"({"kind":"planned","system":"PACS","title":"PACS opdateres","text":"x",)"
                   R"("starts_at":"2013-04-27T00:00:00Z","ends_at":"2013-04-27T02:00:00Z"})")
                  .status,
              201);
    EXPECT_TRUE(has(page("/status"), "Kommende"));
    web.clock.set(parse_iso_utc("2013-04-27T01:00:00Z").take());
    const std::string during = page("/status");
    EXPECT_TRUE(has(during, "Der er planlagt arbejde i gang på Røntgenbilleder (PACS)."));
    web.clock.set(parse_iso_utc("2013-04-27T02:00:00Z").take());
    EXPECT_FALSE(has(page("/status"), "PACS opdateres"));
}

TEST_F(NoticesTest, ThePageIsMadeOncePerChangeAndItsTagSaysSo) {
    const Response first = web.ask("/status", Role::anonymous);
    Request again = web.get("/status", Role::anonymous);
    again.headers.emplace_back("if-none-match", first.etag);
    EXPECT_EQ(web.ask(again).status, 304);
    ASSERT_EQ(send("POST", "/api/v1/notices", kDisturbance).status, 201);
    EXPECT_EQ(web.ask(again).status, 200);
}

TEST_F(NoticesTest, TheFormKeepsWhatWasTyped) {
    Request request = web.post(
        "/notices", "kind=disturbance&system=&title=T%C3%A6t+t%C3%A5ge&text=%3Cb%3E", Role::lead);
    const Response refused = web.ask(request);
    EXPECT_EQ(refused.status, 400);
    EXPECT_TRUE(has(refused.body, "value=\"Tæt tåge\"") && has(refused.body, "&lt;b&gt;"));
    EXPECT_TRUE(has(refused.body, "Vælg det system, som forstyrrelsen rammer"));
    request =
        web.post("/notices",
                 "kind=message&severity=unstable&title=Tak&text=Hej&next_at=2013-04-26T21:00&orgs=",
                 Role::lead);
    ASSERT_EQ(web.ask(request).status, 303);
    EXPECT_TRUE(has(page("/notices/N1", Role::lead), "i dag kl. 21.00"));
    request = web.post("/notices/N1", "do=update&text=Nyt", Role::lead);
    ASSERT_EQ(web.ask(request).status, 303);
    request = web.post("/notices/N1", "do=correct&version=1&title=Sent", Role::lead);
    const Response overtaken = web.ask(request);
    EXPECT_EQ(overtaken.status, 400);
    EXPECT_TRUE(has(overtaken.body, "value=\"Sent\"") &&
                has(overtaken.body, "En anden har ændret"));
    request = web.post("/notices/N1", "do=clear&text=", Role::lead);
    EXPECT_EQ(web.ask(request).status, 303);
}

TEST_F(NoticesTest, PlacesAreNamedAndARegionHasItsOwnSystems) {
    EXPECT_EQ(
        parse_systems("[[system]]\nid = \"X\"\nda = \"Ildsjæl\"\n", "s").take()[0].in(Language::en),
        "Ildsjæl");
    EXPECT_FALSE(parse_systems("[[system]]\nid = \"X\"\n", "s").ok());
    EXPECT_FALSE(parse_systems("garbage [", "s").ok());
    ASSERT_EQ(
        send("POST", "/api/v1/notices",
             R"({"kind":"disturbance","system":"Ny ting","orgs":["A","B"],"title":"x","text":"x"})")
            .status,
        201);
    const std::string status = page("/status");
    EXPECT_TRUE(has(status, "Ny ting er ustabilt (A og B).")) << status;
    EXPECT_TRUE(has(status, "<th scope=\"row\" lang=\"da\"><a href=\"/status/Ny%20ting\">Ny ting</a></th>"));
}

}  // namespace
}  // namespace klarsyn::notices
