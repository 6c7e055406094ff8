// What belongs to another organisation is not there, whatever route asks for it: made from the route
// table, so that a new route cannot be forgotten.
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "modules/module.h"
#include "web/accounts.h"
#include "web/web_fixture.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr const char* kMarker = "Isbjerg";  // stands in every text of the case of HGH

class Foreign : public ::testing::Test {
protected:
    Foreign() {
        for (const Role role : kRoles) {
            if (role == Role::anonymous) continue;
            for (const char* org : {"", "HGH", "RH"}) add(role, org);
        }
        const Response opened = ask(
            "POST", "/api/v1/cases", Role::agent, "",
            R"({"title":"Isbjerg","text":"Isbjerg","org":"HGH","place":"Isbjerg","equipment":"Isbjerg",)"
            R"("caller":{"name":"Isbjerg","account":"isbjerg","phone":"12345678"}})");
        EXPECT_EQ(opened.status, 201) << opened.body;
        number_ = std::string(json::parse(opened.body).as_object().at("number").as_string());
        const Response attached =
            ask("POST", "/api/v1/cases/" + number_ + "/attachments", Role::agent, "", "Isbjerg");
        EXPECT_EQ(attached.status, 200) << attached.body;
        file_ = std::string(json::parse(attached.body).as_object().at("attachments").as_array()
                                .front().as_object().at("id").as_string());
    }

    static std::string name_of(Role role, const std::string& org) {
        return std::string(role_name(role)) + (org.empty() ? ".all" : org == "RH" ? ".rh" : ".hgh");
    }

    void add(Role role, const std::string& org) {
        NewUser user{name_of(role, org), std::string(role_name(role)), WebFixture::kPassword, "test"};
        user.org = org;
        add_user(web_.store->writer(), web_.store->journal_key(), web_.clock, user).value();
    }

    Response ask(std::string_view method, const std::string& target, Role role,
                 const std::string& org, const std::string& body = "{}") {
        Request request;
        request.method = method;
        request.target = target;
        request.address = "192.0.2.1";
        const auto account =
            find_account_by_name(web_.store->writer(), name_of(role, org)).take();
        const auto session = web_.sessions.start(account->id, web_.clock.now());
        request.headers = {{"host", "klarsyn.test"}, {"cookie", "klarsyn=" + session.token}};
        if (method != "GET") {
            request.headers.emplace_back("content-type", "application/json");
            request.body = body;
        }
        return web_.ask(request);
    }

    // The addresses of a route with this case in it: one for each command where the route takes all.
    std::vector<std::string> addresses(std::string_view pattern) const {
        std::vector<std::string> verbs = {"hold"};
        if (pattern.find("{verb}") != pattern.npos)
            verbs = {"assign", "move",  "hold",    "resume",   "resolve", "reopen", "close",
                     "merge",  "split", "comment", "affected", "link",    "unlink", "undo"};
        std::vector<std::string> all;
        for (const std::string& verb : verbs) {
            std::string address(pattern);
            const auto put = [&](std::string_view name, const std::string& value) {
                if (const auto at = address.find(name); at != address.npos)
                    address.replace(at, name.size(), value);
            };
            put("{number}", number_);
            put("{verb}", verb);
            put("{id}", file_);
            all.push_back(std::move(address));
        }
        return all;
    }

    static bool is_about_a_case(const Route& route) {
        return route.pattern.find("/cases/{number}") != route.pattern.npos;
    }

    WebFixture web_;
    std::string number_, file_;
};

TEST_F(Foreign, CasesOfOthersAreNotFoundOnAnyRoute) {
    int asked = 0;
    for (const Route& route : all_routes()) {
        if (!is_about_a_case(route)) continue;
        for (const Role role : kRoles) {
            if (role == Role::anonymous || !allowed(role, route.permission)) continue;
            for (const std::string& address : addresses(route.pattern)) {
                const Response response = ask(route.method, address, role, "RH");
                EXPECT_EQ(response.status, 404)
                    << route.method << " " << address << " as " << role_name(role) << response.body;
                EXPECT_EQ(response.body.find(kMarker), std::string::npos) << address;
                ++asked;
            }
        }
    }
    EXPECT_GT(asked, 50);
    // Nothing happened to it: the case has its opening and its file.
    const Response now = ask("GET", "/api/v1/cases/" + number_, Role::agent, "HGH");
    EXPECT_EQ(json::parse(now.body).as_object().at("version").as_int64(), 2);
}

TEST_F(Foreign, OwnCasesAreFoundOnEveryRoute) {
    for (const Route& route : all_routes()) {
        // What is the caller's own is for the caller alone, whatever else somebody may see.
        if (!is_about_a_case(route) || route.permission == Permission::own_cases) continue;
        for (const Role role : {Role::agent, Role::lead, Role::admin}) {
            if (!allowed(role, route.permission)) continue;
            for (const char* org : {"", "HGH"})
                for (const std::string& address : addresses(route.pattern))
                    EXPECT_NE(ask(route.method, address, role, org).status, 404)
                        << route.method << " " << address << " as " << name_of(role, org);
        }
    }
}

TEST_F(Foreign, NoListNamesCasesOfOthers) {
    const std::string questions[] = {"", "?view=all&count=1", "?q=Isbjerg&view=all", "?q=isbj",
                                     "?numbers=" + number_, "?org=HGH&view=all"};
    for (const Route& route : all_routes()) {
        if (route.method != "GET" || route.pattern.find('{') != route.pattern.npos) continue;
        if (route.pattern.ends_with("/events")) continue;  // never ends
        for (const Role role : kRoles) {
            if (role == Role::anonymous || !allowed(role, route.permission)) continue;
            for (const std::string& question : questions) {
                const Response response = ask("GET", std::string(route.pattern) + question, role, "RH");
                EXPECT_EQ(std::string(response.content()).find(number_ + "\""), std::string::npos)
                    << route.pattern << question;
                if (question.find("jerg") != question.npos) continue;  // pages repeat the question
                EXPECT_EQ(std::string(response.content()).find(kMarker), std::string::npos)
                    << route.pattern << question;
            }
        }
    }
    const Response mine = ask("GET", "/api/v1/cases?q=Isbjerg&count=1", Role::agent, "HGH");
    EXPECT_EQ(json::parse(mine.body).as_object().at("total").as_int64(), 1);
    const Response theirs = ask("GET", "/api/v1/cases?q=Isbjerg&count=1", Role::agent, "RH");
    EXPECT_EQ(json::parse(theirs.body).as_object().at("total").as_int64(), 0);
}

TEST_F(Foreign, CommandsDoNotReachCasesOfOthersByTheirBody) {
    const Response mine = ask("POST", "/api/v1/cases", Role::agent, "RH", R"({"title":"Egen","org":"RH"})");
    const std::string own(json::parse(mine.body).as_object().at("number").as_string());
    for (const auto& [verb, body] :
         {std::pair<std::string, std::string>{"merge", R"({"into":")" + number_ + "\"}"},
          {"link", R"({"to":")" + number_ + R"(","relation":"related"})"}}) {
        const Response response =
            ask("POST", "/api/v1/cases/" + own + "/" + verb, Role::agent, "RH", body);
        EXPECT_EQ(response.status, 400) << verb << response.body;
        EXPECT_EQ(response.body.find(kMarker), std::string::npos) << verb;
    }
    const Response bulk =
        ask("POST", "/api/v1/bulk", Role::agent, "RH",
            R"({"numbers":[")" + number_ +
                R"("],"action":"assign","body":{"assignee":"x"},"preview":false,"versions":{")" +
                number_ + R"(":2}})");
    EXPECT_EQ(bulk.body.find(kMarker), std::string::npos) << bulk.body;
    const Response opened = ask("POST", "/api/v1/cases", Role::agent, "RH", R"({"title":"x","org":"HGH"})");
    EXPECT_EQ(opened.status, 400);
    const Response now = ask("GET", "/api/v1/cases/" + number_, Role::agent, "HGH");
    EXPECT_EQ(json::parse(now.body).as_object().at("version").as_int64(), 2);
}

TEST_F(Foreign, FieldsThatNobodyMaySetAreRefused) {
    for (const char* field : {"number", "version", "state", "opened_at", "resolved_at", "closed_at",
                              "actor", "source", "events", "undone", "n", "level", "open", "__proto__"}) {
        const std::string body = std::string(R"({"title":"x",")") + field + R"(":"1"})";
        EXPECT_EQ(ask("POST", "/api/v1/cases", Role::agent, "", body).status, 400) << field;
    }
}

}  // namespace
}  // namespace klarsyn
