// Reporting a problem and following it: what people see, whose cases they see, and what is lost
// when something is wrong (nothing).
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "modules/servicedesk/desk/projection.h"
#include "web/web_fixture.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

class SelfService : public ::testing::Test {
protected:
    Response send(const std::string& target, const std::string& body, Role role = Role::user) {
        Request request = web.post(target, "", role);
        web.as_json(request, body);
        return web.ask(request);
    }
    Response form(const std::string& target, const std::string& fields, Role role = Role::user) {
        return web.ask(web.post(target, fields, role));
    }
    json::object object(const Response& response) {
        return json::parse(std::string(response.content())).as_object();
    }
    std::string page(const std::string& target, Role role = Role::user) {
        const Response response = web.ask(target, role);
        EXPECT_EQ(response.status, 200) << target;
        return std::string(response.content());
    }
    static bool has(const std::string& text, std::string_view part) {
        return text.find(part) != std::string::npos;
    }
    static std::string location(const Response& response) {
        for (const auto& [name, value] : response.headers)
            if (name == "Location") return value;
        return "";
    }
    std::string report() {
        const Response made =
            send("/api/v1/my/cases", R"({"what":"Printeren på 3112 svarer ikke","system":"Print",)"
                                     R"("affected":"me"})");
        EXPECT_EQ(made.status, 201) << made.body;
        return std::string(object(made).at("number").as_string());
    }
    void disturb(const std::string& more = "") {
        const Response told = send(
            "/api/v1/notices",
            R"({"kind":"disturbance","system":"FMK","severity":"down","title":"FMK svarer ikke",)"
            R"("text":"Ordinationer kan ikke hentes.","advice":"Brug nødkortet.")" +
                more + "}",
            Role::lead);
        ASSERT_EQ(told.status, 201) << told.body;
    }
    std::int64_t faults() { return count_desk_faults(*web.store).take(); }

    WebFixture web;
};

TEST_F(SelfService, AReportAsksThreeThingsAndGivesNumberNextStepAndTime) {
    const std::string empty = page("/report-problem");
    EXPECT_TRUE(has(empty, "Hvad er der galt?") &&
                has(empty, "Hvilket system drejer det sig om?") && has(empty, "Hvem er berørt?"));
    const Response sent =
        form("/report-problem",
             "do=send&what=Printeren+svarer+ikke.%0D%0ASiden+i+g%C3%A5r&system=Print"
             "&affected=ward");
    ASSERT_EQ(sent.status, 303) << sent.body;
    const std::string receipt = page(location(sent));
    EXPECT_TRUE(has(receipt, "Den har nummer K4.")) << receipt;
    EXPECT_TRUE(has(receipt, "Servicedesk ser på den senest")) << receipt;
    EXPECT_TRUE(has(receipt, "Modtaget i dag kl. 20.13.")) << receipt;
    const json::object desk = object(web.ask("/api/v1/cases/K4", Role::agent));
    EXPECT_EQ(desk.at("title"), "Printeren svarer ikke");
    EXPECT_EQ(desk.at("text"), "Printeren svarer ikke.\r\nSiden i går");
    EXPECT_EQ(desk.at("priority"), 3);
    EXPECT_EQ(desk.at("contact"), "self_service");
    EXPECT_EQ(desk.at("caller").as_object().at("account"), "user");
    EXPECT_EQ(faults(), 0);
}

TEST_F(SelfService, WhatWasTypedStaysWhenSomethingIsMissing) {
    const Response refused =
        form("/report-problem", "do=send&what=%3Cb%3Et%C3%A6t+t%C3%A5ge&system=&affected=");
    EXPECT_EQ(refused.status, 400);
    EXPECT_TRUE(has(refused.body, "&lt;b&gt;tæt tåge</textarea>")) << refused.body;
    EXPECT_TRUE(has(refused.body, "Vælg et system") &&
                has(refused.body, "Vælg, hvem der er berørt"));
    EXPECT_EQ(object(web.ask("/api/v1/my/cases", Role::user)).at("items").as_array().size(), 0U);
    const Response nothing = form("/report-problem", "do=send&what=&system=FMK&affected=more");
    EXPECT_EQ(nothing.status, 400);
    EXPECT_TRUE(has(nothing.body, "value=\"FMK\" selected") && has(nothing.body, "checked"));
    const json::object problem =
        object(send("/api/v1/my/cases", R"({"system":"FMK","affected":"nobody","x":1})"));
    EXPECT_EQ(problem.at("errors").as_array().size(), 3U);
}

TEST_F(SelfService, TheSameWordsTwiceAreOneCase) {
    const std::string number = report();
    EXPECT_EQ(report(), number);
    web.clock.set(WebFixture::kNow + 601);
    EXPECT_NE(report(), number);
}

TEST_F(SelfService, AKnownDisturbanceComesBeforeACase) {
    disturb();
    EXPECT_TRUE(has(page("/report-problem"), "Det kender vi allerede til"));
    EXPECT_FALSE(has(page("/report-problem?system=PACS"), "FMK svarer ikke"));
    const Response held =
        form("/report-problem", "do=send&what=FMK+er+nede&system=FMK&affected=me");
    EXPECT_EQ(held.status, 200);
    EXPECT_TRUE(has(held.body, "Er det dette, du oplever?") && has(held.body, "Brug nødkortet.") &&
                has(held.body, "FMK er nede</textarea>"))
        << held.body;
    EXPECT_TRUE(has(held.body, "name=\"seen\" value=\"N1\""));
    EXPECT_TRUE(has(page("/my"), "Du har ikke meldt noget."));  // no case was made
    const Response api = send("/api/v1/my/cases", R"({"what":"x","system":"FMK","affected":"me"})");
    EXPECT_EQ(api.status, 409);
    EXPECT_EQ(object(api).at("known").as_array().at(0).as_object().at("number"), "N1");
    const Response anyway =
        form("/report-problem", "do=send&what=FMK+er+nede&system=FMK&affected=me&seen=N1");
    EXPECT_EQ(anyway.status, 303);
}

TEST_F(SelfService, MeTooAddsAPersonNotACase) {
    disturb(R"(,"case":"K1")");
    const auto before = object(web.ask("/api/v1/cases?view=all&count=1", Role::agent)).at("total");
    const Response said = form("/report-problem", "do=me_too&notice=N1");
    ASSERT_EQ(said.status, 303) << said.body;
    EXPECT_TRUE(has(page(location(said)), "Du er skrevet på som berørt."));
    EXPECT_TRUE(has(page("/my"), "FMK svarer ikke"));
    ASSERT_EQ(form("/report-problem", "do=me_too&notice=N1").status, 303);  // once is enough
    const json::object gathers = object(web.ask("/api/v1/cases/K1", Role::agent));
    EXPECT_EQ(gathers.at("affected").as_array().size(),
              2U);  // the fixture's Ida Berg, and the user
    EXPECT_EQ(object(web.ask("/api/v1/cases?view=all&count=1", Role::agent)).at("total"), before);
    const Response other = send("/api/v1/my/affected", R"({"notice":"N1"})", Role::reader);
    EXPECT_EQ(object(other).at("affected"), 2);
    EXPECT_TRUE(has(page("/report-problem"), "2 personer"));
    EXPECT_EQ(form("/report-problem", "do=me_too&notice=N9").status, 404);
    EXPECT_EQ(faults(), 0);
}

TEST_F(SelfService, ADisturbanceWithoutACaseGetsOneThatGathersAll) {
    disturb();
    ASSERT_EQ(send("/api/v1/my/affected", R"({"notice":"N1"})").status, 200);
    ASSERT_EQ(send("/api/v1/my/affected", R"({"notice":"N1"})", Role::reader).status, 200);
    const json::object gathers = object(web.ask("/api/v1/cases/K4", Role::agent));
    EXPECT_EQ(gathers.at("title"), "FMK svarer ikke");
    EXPECT_EQ(gathers.at("affected").as_array().size(), 2U);
    EXPECT_EQ(web.ask("/api/v1/cases/K5", Role::agent).status, 404);
    EXPECT_TRUE(has(page("/my"), "FMK svarer ikke"));
    EXPECT_EQ(web.ask("/my/K4", Role::user).status, 404);  // others stand on it
    ASSERT_EQ(send("/api/v1/notices/N1/clear", "{}", Role::lead).status, 200);
    EXPECT_TRUE(has(page("/my"), "Løst. Det virker igen."));
    EXPECT_EQ(send("/api/v1/my/affected", R"({"notice":"N1"})", Role::agent).status, 404);
}

TEST_F(SelfService, OnlyOnesOwnCasesAreThere) {
    const std::string number = report();
    EXPECT_EQ(web.ask("/my/" + number, Role::reader).status, 404);
    EXPECT_EQ(web.ask("/api/v1/my/cases/" + number, Role::reader).status, 404);
    EXPECT_EQ(send("/api/v1/my/cases/" + number + "/reply", R"({"text":"x"})", Role::reader).status,
              404);
    EXPECT_EQ(form("/my/" + number, "do=reply&text=x", Role::agent).status, 404);
    EXPECT_EQ(web.ask("/my/K1", Role::user).status, 404);
    EXPECT_EQ(web.ask("/api/v1/cases/" + number, Role::user).status, 403);
    EXPECT_EQ(web.ask("/my", Role::anonymous).status, 303);
    EXPECT_TRUE(has(page("/my", Role::reader), "Du har ikke meldt noget."));
}

TEST_F(SelfService, ProgressAndRepliesGoBothWaysAndInternalNotesStayInside) {
    const std::string number = report();
    web.announced.clear();
    const std::string desk = "/api/v1/cases/" + number;
    ASSERT_EQ(
        send(desk + "/comment", R"({"text":"Brugeren er ny","visibility":"internal"})", Role::agent)
            .status,
        200);
    ASSERT_EQ(
        send(desk + "/comment", R"({"text":"Hvilken printer?","visibility":"public"})", Role::agent)
            .status,
        200);
    ASSERT_EQ(send(desk + "/hold", R"({"reason":"awaiting_user"})", Role::agent).status, 200);
    const std::string asked = page("/my/" + number);
    EXPECT_TRUE(has(asked, "Hvilken printer?") && has(asked, "Vi venter på dit svar.")) << asked;
    EXPECT_FALSE(has(asked, "Brugeren er ny"));
    EXPECT_FALSE(has(web.ask("/api/v1/my/cases/" + number, Role::user).body, "Brugeren er ny"));
    EXPECT_TRUE(has(page("/my"), "Venter på dig"));
    bool told = false;  // the caller's open page hears of it, nobody else's does
    for (const Announcement& one : web.announced)
        told = told || (one.kind == "mine" && one.account == "user");
    EXPECT_TRUE(told);
    ASSERT_EQ(form("/my/" + number, "do=reply&text=Den+gr%C3%A5+p%C3%A5+gangen").status, 303);
    const json::object answered = object(web.ask(desk, Role::agent));
    EXPECT_EQ(answered.at("state"), "active");  // a reply wakes the case
    EXPECT_TRUE(has(page("/my/" + number), "Den grå på gangen"));
    EXPECT_EQ(form("/my/" + number, "do=reply&text=").status, 400);
}

TEST_F(SelfService, ASolvedCaseReopensByAReplyAndClosesByItsCaller) {
    const std::string number = report();
    const std::string desk = "/api/v1/cases/" + number;
    ASSERT_EQ(send(desk + "/resolve", R"({"resolution":"Ny patron"})", Role::agent).status, 200);
    EXPECT_TRUE(has(page("/my/" + number), "Virker det stadig ikke?"));
    ASSERT_EQ(form("/my/" + number, "do=reply&text=Nej").status, 303);
    EXPECT_EQ(object(web.ask(desk, Role::agent)).at("state"), "active");
    ASSERT_EQ(send(desk + "/resolve", R"({"resolution":"Ny printer"})", Role::agent).status, 200);
    ASSERT_EQ(form("/my/" + number, "do=close").status, 303);
    const json::object closed = object(web.ask(desk, Role::agent));
    EXPECT_EQ(closed.at("close_reason"), "solved");
    const Response late = form("/my/" + number, "do=reply&text=Hov");
    EXPECT_EQ(late.status, 400);
    EXPECT_TRUE(has(late.body, "er lukket"));
    EXPECT_EQ(form("/my/" + number, "do=dance").status, 404);
    EXPECT_EQ(faults(), 0);
}

TEST_F(SelfService, TheSurveyIsOneQuestionAskedOfSolvedCases) {
    const std::string number = report();
    const std::string desk = "/api/v1/cases/" + number;
    const std::string own = "/api/v1/my/cases/" + number;
    EXPECT_EQ(send(own + "/survey", R"({"score":5})").status, 409);
    ASSERT_EQ(send(desk + "/resolve", R"({"resolution":"Ny patron"})", Role::agent).status, 200);
    EXPECT_TRUE(has(page("/my/" + number), "Hvad syntes du om hjælpen?"));
    EXPECT_EQ(send(own + "/survey", R"({"score":6})").status, 400);
    const Response none = form("/my/" + number, "do=survey");
    EXPECT_EQ(none.status, 400);
    EXPECT_TRUE(has(none.body, "Vælg et svar"));
    ASSERT_EQ(form("/my/" + number, "do=survey&score=4").status, 303);
    EXPECT_TRUE(has(page("/my/" + number), "Tak for dit svar: 4 af 5."));
    ASSERT_EQ(send(own + "/survey", R"({"score":2})").status, 200);  // thought better of it
    EXPECT_EQ(object(web.ask(own, Role::user)).at("survey").as_object().at("score"), 2);
    const std::string figure = "servicedesk.survey_score?period=2013-04";
    const json::object score = object(web.ask("/api/v1/figures/" + figure));
    EXPECT_EQ(score.at("rows").as_array().at(0).as_object().at("value").to_number<double>(), 2.0);
    const std::string shown = page("/f/current/" + figure + "&by=system", Role::reader);
    EXPECT_TRUE(has(shown, "Svarprocent for tilfredshed: <strong")) << shown;  // never alone
    EXPECT_TRUE(
        has(shown, "<th scope=\"col\" class=\"k-number\">Svarprocent for tilfredshed</th>"));
    ASSERT_EQ(send(desk + "/reopen", R"({"reason":"Den virker ikke"})", Role::agent).status, 200);
    EXPECT_TRUE(object(web.ask(own, Role::user)).at("survey").as_object().at("score").is_null());
    EXPECT_EQ(faults(), 0);
}

TEST_F(SelfService, TheSurveyStandsWhoeverTheCallerIsLater) {
    const std::string number = report();
    const std::string desk = "/api/v1/cases/" + number;
    ASSERT_EQ(send(desk + "/resolve", R"({"resolution":"Ny patron"})", Role::agent).status, 200);
    ASSERT_EQ(send("/api/v1/my/cases/" + number + "/survey", R"({"score":3})").status, 200);
    Request patch = web.post(desk, "", Role::agent);
    patch.method = "PATCH";
    web.as_json(patch, R"({"caller":{"name":"[slettet]"}})");
    patch.headers.emplace_back("if-match", "\"3\"");
    const Response changed = web.ask(patch);
    ASSERT_EQ(changed.status, 200) << changed.body;
    const json::object score =
        object(web.ask("/api/v1/figures/servicedesk.survey_score?period=2013-04"));
    EXPECT_EQ(score.at("rows").as_array().at(0).as_object().at("value").to_number<double>(), 3.0);
    EXPECT_EQ(faults(), 0);
}

TEST_F(SelfService, CprNumbersAreMaskedBeforeTheyAreKept) {
    const Response made =
        send("/api/v1/my/cases", R"({"what":"Patient 010190-1234 kan ikke findes","system":"-",)"
                                 R"("affected":"me"})");
    ASSERT_EQ(made.status, 201);
    EXPECT_FALSE(has(made.body, "1234"));
    EXPECT_TRUE(has(made.body, "******-****"));
    ASSERT_EQ(form("/my/K4", "do=reply&text=Det+er+0101901234").status, 303);
    EXPECT_FALSE(has(page("/my/K4"), "1234"));
}

TEST_F(SelfService, LongWordsMakeAShortTitle) {
    const std::string words =
        "Æblegrød og rødgrød med fløde står på skærmen, og så sker der ikke mere "
        "uanset hvad man trykker på her";
    const Response made = send("/api/v1/my/cases",
                               "{\"what\":\"" + words + "\",\"system\":\"-\",\"affected\":\"me\"}");
    ASSERT_EQ(made.status, 201);
    EXPECT_EQ(object(made).at("title"),
              "Æblegrød og rødgrød med fløde står på skærmen, og så sker der ikke mere uanset …");
    EXPECT_EQ(object(made).at("text").as_string(), words);
    EXPECT_TRUE(object(made).at("system").is_null());
}

// Whatever anybody writes is text: no page, form, feed or attribute lets it become markup.
constexpr const char* kMarkup[] = {
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "\" autofocus onfocus=\"alert(1)",
    "<svg/onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    "]]><script>alert(1)</script>",
    "&lt;img src=q onerror=alert(1)&gt;",
    "<!--><script>alert(1)</script>-->",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "{{constructor.constructor('alert(1)')()}}<b>",
    "<input autofocus onfocus=alert(1)>",
};

TEST_F(SelfService, NothingThatIsWrittenBecomesMarkup) {
    for (const char* markup : kMarkup) {
        const std::string text = json::serialize(json::string(markup));
        const Response told = send("/api/v1/notices",
                                   R"({"kind":"disturbance","system":)" + text + R"(,"title":)" +
                                       text + R"(,"text":)" + text + R"(,"advice":)" + text +
                                       R"(,"title_en":)" + text + R"(,"orgs":[)" + text + "]}",
                                   Role::lead);
        ASSERT_EQ(told.status, 201) << told.body;
        const std::string notice(object(told).at("number").as_string());
        ASSERT_EQ(
            send("/api/v1/notices/" + notice + "/update", R"({"text":)" + text + "}", Role::lead)
                .status,
            200);
        const Response made = send("/api/v1/my/cases", R"({"what":)" + text + R"(,"system":)" +
                                                           text + R"(,"affected":"me","seen":[)" +
                                                           text + ",\"" + notice + "\"]}");
        ASSERT_EQ(made.status, 201) << made.body;
        const std::string number(object(made).at("number").as_string());
        ASSERT_EQ(send("/api/v1/my/cases/" + number + "/reply", R"({"text":)" + text + "}").status,
                  200);
        const std::string wrong = "do=send&affected=&what=" + url_encode(markup) +
                                  "&system=" + url_encode(markup) + "&seen=" + url_encode(markup);
        std::string all = form("/report-problem", wrong).body +
                          form("/my/" + number, "do=survey&text=" + url_encode(markup)).body +
                          form("/notices",
                               "title=" + url_encode(markup) + "&orgs=" + url_encode(markup) +
                                   "&next_at=" + url_encode(markup),
                               Role::lead)
                              .body;
        for (const std::string& target :
             {std::string("/status"), std::string("/status?lang=en"), std::string("/status.atom"),
              std::string("/my"), "/my/" + number + "?receipt=1",
              "/report-problem?system=" + url_encode(markup),
              std::string("/report-problem?lang=en")})
            all += page(target);
        all += page("/notices", Role::lead) + page("/notices/" + notice, Role::lead);
        EXPECT_FALSE(has(all, markup)) << markup;
        EXPECT_FALSE(has(all, "<script>")) << markup;
        ASSERT_EQ(send("/api/v1/notices/" + notice + "/clear", "{}", Role::lead).status, 200);
    }
}

}  // namespace
}  // namespace klarsyn::servicedesk
