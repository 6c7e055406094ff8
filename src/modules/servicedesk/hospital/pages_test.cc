// A hospital's page: what is told about it, and that its figures are its own and open.
#include <gtest/gtest.h>

#include "ingest/import.h"
#include "modules/module.h"
#include "web/web_fixture.h"

namespace klarsyn::servicedesk {
namespace {

constexpr const char* kOrgs =
    "kind,code,name,parent,from,to,aliases\n"
    "region,R,Regionen,,2007-01-01,,\n"
    "hospital,RH,Rigshospitalet,R,2007-01-01,,\n"
    "hospital,AHH,Amager og Hvidovre Hospital,R,2007-01-01,,\n";

class HospitalPages : public ::testing::Test {
protected:
    HospitalPages() {
        ImportRequest request;
        request.format = find_format("org");
        request.options.source = "org";
        request.files = {{"org.csv", kOrgs}};
        request.actor = "test";
        import_batch(*web.store, web.clock, request).take();
    }
    void send(const std::string& target, const std::string& body, Role role) {
        Request request = web.post(target, "", role);
        web.as_json(request, body);
        const Response response = web.ask(request);
        ASSERT_EQ(response.status, 201) << response.body;
    }
    std::string page(const std::string& target) {
        const Response response = web.ask(target, Role::reader);
        EXPECT_EQ(response.status, 200) << target << response.body;
        return std::string(response.content());
    }
    static bool has(const std::string& text, std::string_view part) {
        return text.find(part) != std::string::npos;
    }

    WebFixture web;
};

TEST_F(HospitalPages, EachShowsItsOwnMessagesAndCases) {
    send(
        "/api/v1/notices",
        R"({"kind":"disturbance","system":"FMK","orgs":["RH"],"title":"FMK er ustabilt på RH","text":"x"})",
        Role::lead);
    send("/api/v1/notices", R"({"kind":"message","title":"Nyt telefonnummer","text":"x"})",
         Role::lead);
    send("/api/v1/cases", R"({"title":"a","system":"FMK","org":"RH","category":"Login"})",
         Role::agent);
    send("/api/v1/cases", R"({"title":"b","system":"FMK","org":"AHH","category":"Print"})",
         Role::agent);
    const std::string mine = page("/hospitals/RH?period=2013-04");
    EXPECT_TRUE(has(mine, "Én driftsforstyrrelse rammer hospitalet lige nu.")) << mine;
    EXPECT_TRUE(has(mine, "FMK er ustabilt på RH") && has(mine, "Nyt telefonnummer"));
    EXPECT_TRUE(has(mine, "Login") && !has(mine, "Print")) << mine;
    EXPECT_TRUE(has(mine, "/f/current/servicedesk.created?period=2013-04&amp;where=org%3DRH"))
        << mine;
    EXPECT_TRUE(has(mine, "/f/current/servicedesk.created/records?"));
    const std::string other = page("/hospitals/AHH?period=2013-04");
    EXPECT_TRUE(has(other, "Vi kender ikke til driftsforstyrrelser her lige nu."));
    EXPECT_TRUE(has(other, "Print") && !has(other, "FMK er ustabilt på RH"));
    EXPECT_TRUE(has(page("/hospitals"), "href=\"/hospitals/RH\">Rigshospitalet"));
    EXPECT_EQ(web.ask("/hospitals/R", Role::reader).status, 404);  // no hospital
    EXPECT_EQ(web.ask("/hospitals/RH?period=never", Role::reader).status, 400);
    EXPECT_EQ(web.ask("/hospitals/RH", Role::user).status, 403);
}

}  // namespace
}  // namespace klarsyn::servicedesk
