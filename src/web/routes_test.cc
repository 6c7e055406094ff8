// The matrix of routes and roles, made from the route table, and the API description against it.
#include "web/routes.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <set>

#include "modules/module.h"
#include "web/web_fixture.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

// A real address for a pattern: names become things that exist in the fixture.
std::string address_of(std::string_view pattern) {
    std::string address(pattern);
    const auto replace = [&](std::string_view name, std::string_view value) {
        if (const auto at = address.find(name); at != std::string::npos)
            address.replace(at, name.size(), value);
    };
    if (pattern.starts_with("/f/")) replace("{edition}", "current");
    replace("{edition}", "no_such_plan-2013-04-1");
    replace("{figure}", "telephony.offered");
    replace("{batch}", "B7");
    replace("{name}", "style.css");
    replace("{number}", pattern.find("/orders/") == std::string_view::npos ? "K1" : "K3");
    replace("{form}", "mailbox");
    replace("{verb}", "hold");
    replace("{id}", "draft-of-mine");
    replace("{bulk}", "B7");
    replace("{hospital}", "RH");
    replace("{webhook}", "1");
    replace("{item}", "1");
    replace("{letter}", "1");
    replace("{decision}", "discard");
    if (address.find("telephony.offered") != std::string::npos) address += "?period=2013-04";
    return address;
}

bool is_denial(const Route& route, const Response& response) {
    if (response.status == 401 || response.status == 403) return route.pattern != "/login";
    if (response.status != 303) return false;
    for (const auto& [name, value] : response.headers)
        if (name == "Location") return value.starts_with("/login?");
    return false;
}

TEST(Routes, EveryRouteIsGuardedExactlyAsDeclared) {
    WebFixture web;
    for (const Route& route : all_routes()) {
        for (const Role role : kRoles) {
            const std::string address = address_of(route.pattern);
            Request request = route.method == "GET" ? web.get(address, role)
                                                    : web.post(address, "name=x&password=y", role);
            request.method = route.method;
            const bool json = route.shape == Shape::api && route.method != "GET";
            if (json) web.as_json(request);
            const Response response = web.ask(request);
            EXPECT_EQ(is_denial(route, response), !allowed(role, route.permission))
                << route.method << " " << route.pattern << " as " << role_name(role) << ": "
                << response.status;
            EXPECT_NE(response.status, 500) << route.pattern << response.body;
            EXPECT_NE(response.status, 503) << route.pattern << response.body;
        }
    }
}

TEST(Routes, OnlyWhatNeedsNoLoginRunsOnTheNetworkThread) {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const Route& route : all_routes()) {
        EXPECT_TRUE(seen.insert({route.method, route.pattern}).second) << route.pattern;
        EXPECT_TRUE(route.method == "GET" || route.method == "POST" || route.method == "PUT" ||
                    route.method == "PATCH" || route.method == "DELETE")
            << route.pattern;
        EXPECT_NE(route.handler, nullptr);
        EXPECT_TRUE(route.runs != Runs::io || route.permission == Permission::open)
            << route.pattern;
        EXPECT_TRUE(route.shape == Shape::api || !route.pattern.starts_with("/api/"));
    }
}

TEST(Routes, APostWithoutTheFormsTokenOrFromElsewhereChangesNothing) {
    WebFixture web;
    Request without = web.post("/logout", "", Role::reader);
    without.body = "csrf=wrong";
    EXPECT_EQ(web.ask(without).status, 403);
    Request foreign = web.post("/logout", "", Role::reader);
    foreign.headers.emplace_back("origin", "https://evil.example");
    EXPECT_EQ(web.ask(foreign).status, 403);
    Request cross = web.post("/logout", "", Role::reader);
    cross.headers.emplace_back("sec-fetch-site", "cross-site");
    EXPECT_EQ(web.ask(cross).status, 403);
    Request own = web.post("/logout", "", Role::reader);
    own.headers.emplace_back("origin", "http://klarsyn.test");
    EXPECT_EQ(web.ask(own).status, 303);
    EXPECT_EQ(web.ask(own).status, 401);  // the session is over
}

json::object description(WebFixture& web) {
    const Response response = web.ask("/api/v1/openapi.json", Role::anonymous);
    EXPECT_EQ(response.status, 200);
    return json::parse(std::string(response.content())).as_object();
}

std::string in_lower_case(std::string_view word) {
    std::string lower(word);
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return lower;
}

TEST(Routes, TheDescriptionNamesEveryRouteOfTheApiAndNoOther) {
    WebFixture web;
    std::set<std::string> described, real;
    const json::object document = description(web);
    for (const auto& [path, item] : document.at("paths").as_object())
        for (const auto& [method, operation] : item.as_object())
            described.insert(std::string(method) + " " + std::string(path));
    for (const Route& route : all_routes())
        if (route.pattern.starts_with("/api/") || route.pattern == "/v1/metrics")
            real.insert(in_lower_case(route.method) + " " + std::string(route.pattern));
    EXPECT_EQ(described, real);
}

// Whatever is referred to exists, and no two operations have one name.
void walk(const json::value& value, const json::object& document, std::set<std::string>& names) {
    if (value.is_array())
        for (const auto& item : value.as_array()) walk(item, document, names);
    if (!value.is_object()) return;
    for (const auto& [name, member] : value.as_object()) {
        if (name == "$ref") {
            boost::system::error_code error;
            json::value(document).find_pointer(std::string(member.as_string()).substr(1), error);
            EXPECT_FALSE(error) << member;
        }
        if (name == "operationId" && member.is_string()) {
            EXPECT_TRUE(names.insert(std::string(member.as_string())).second) << member;
        }
        walk(member, document, names);
    }
}

TEST(Routes, TheDescriptionRefersToNothingThatIsNotThere) {
    WebFixture web;
    const json::object document = description(web);
    std::set<std::string> names;
    walk(document, document, names);
    EXPECT_GT(names.size(), 10u);
}

// As much of JSON Schema as the description uses.
class Schemas {
public:
    explicit Schemas(json::object document) : document_(std::move(document)) {}

    void check(const std::string& path, const std::string& media, const json::value& value) {
        auto& content = document_.at("paths").at(path).at("get").at("responses").at("200")
                            .at("content").as_object();
        fit(content.at(media).at("schema").as_object(), value, path);
    }
    void check_problem(const json::value& value) {
        fit(document_.at("components").at("schemas").at("Problem").as_object(), value, "problem");
    }

private:
    static bool has_type(std::string_view type, const json::value& value) {
        if (type == "null") return value.is_null();
        if (type == "string") return value.is_string();
        if (type == "boolean") return value.is_bool();
        if (type == "array") return value.is_array();
        if (type == "object") return value.is_object();
        if (type == "integer") return value.is_int64() || value.is_uint64();
        return value.is_number();
    }

    void fit(const json::object& schema, const json::value& value, const std::string& where) {
        if (const auto* ref = schema.if_contains("$ref")) {
            const std::string name = std::string(ref->as_string()).substr(21);  // #/components/schemas/
            return fit(document_.at("components").at("schemas").at(name).as_object(), value, where);
        }
        if (const auto* choices = schema.if_contains("oneOf"))
            return fit((value.is_null() ? choices->as_array().back() : choices->as_array().front())
                           .as_object(),
                       value, where);
        bool typed = false;
        const json::value& type = schema.at("type");
        if (type.is_string()) typed = has_type(std::string_view(type.as_string()), value);
        if (type.is_array())
            for (const auto& one : type.as_array())
                typed = typed || has_type(std::string_view(one.as_string()), value);
        EXPECT_TRUE(typed) << where << ": " << value;
        if (const auto* choices = schema.if_contains("enum")) {
            bool found = false;
            for (const auto& one : choices->as_array()) found = found || one == value;
            EXPECT_TRUE(found) << where << ": " << value;
        }
        if (value.is_object() && schema.contains("properties")) fit_members(schema, value, where);
        if (value.is_array() && schema.contains("items"))
            for (const auto& item : value.as_array())
                fit(schema.at("items").as_object(), item, where + "[]");
    }

    void fit_members(const json::object& schema, const json::value& value,
                     const std::string& where) {
        const auto& properties = schema.at("properties").as_object();
        const auto& others = schema.at("additionalProperties");
        for (const auto& name : schema.at("required").as_array())
            EXPECT_TRUE(value.as_object().contains(name.as_string())) << where << " lacks " << name;
        for (const auto& [name, member] : value.as_object()) {
            const std::string inner = where + "." + std::string(name);
            if (const auto* known = properties.if_contains(name))
                fit(known->as_object(), member, inner);
            else if (others.is_object())
                fit(others.as_object(), member, inner);
            else
                ADD_FAILURE() << inner << " is not described";
        }
    }

    json::object document_;
};

// Addresses whose real answers are compared with the description of their path.
struct AskedAddress {
    const char *path, *address;
};
constexpr AskedAddress kAsked[] = {
    {"/api/v1/figures", "/api/v1/figures"},
    {"/api/v1/figures/{figure}", "/api/v1/figures/telephony.offered?period=2013-04"},
    {"/api/v1/figures/{figure}",
     "/api/v1/figures/telephony.in_time_offered?period=2013&by=queue,hour,month"},
    {"/api/v1/figures/{figure}/records",
     "/api/v1/figures/telephony.offered/records?period=2013-04&limit=3"},
    {"/api/v1/editions", "/api/v1/editions"},
    {"/api/v1/calls/current", "/api/v1/calls/current"},
    {"/api/v1/intake", "/api/v1/intake"},
    {"/api/v1/probes/schedule", "/api/v1/probes/schedule?agent=pc1&site=HER"},
    {"/api/v1/batches", "/api/v1/batches"},
    {"/api/v1/batches/{batch}/rejects", "/api/v1/batches/B7/rejects"},
    {"/api/v1/cases", "/api/v1/cases?view=all&count=1"},
    {"/api/v1/cases", "/api/v1/cases?numbers=K1,K2&sort=-number&limit=1"},
    {"/api/v1/cases/{number}", "/api/v1/cases/K1"},
    {"/api/v1/cases/{number}/clock", "/api/v1/cases/K1/clock"},
    {"/api/v1/cases", "/api/v1/cases?q=fmk&count=1"},
    {"/api/v1/search", "/api/v1/search?q=a"},
    {"/api/v1/cases/{number}/attachments", "/api/v1/cases/K1/attachments"},
    {"/api/v1/views", "/api/v1/views"},
    {"/api/v1/drafts", "/api/v1/drafts"},
    {"/api/v1/filters", "/api/v1/filters"},
    {"/api/v1/templates", "/api/v1/templates"},
    {"/api/v1/desk", "/api/v1/desk"},
    {"/api/v1/webhooks", "/api/v1/webhooks"},
    {"/api/v1/outbox", "/api/v1/outbox"},
    {"/api/v1/letters", "/api/v1/letters"},
    {"/api/v1/affected", "/api/v1/affected?of=SRV1&day=2013-04-30"},
    {"/api/v1/registers/findings", "/api/v1/registers/findings?limit=5"},
    {"/api/v1/majors", "/api/v1/majors?open=1"},
    {"/api/v1/majors/{number}", "/api/v1/majors/M1"},
    {"/api/v1/majors/criteria", "/api/v1/majors/criteria"},
    {"/api/v1/problems", "/api/v1/problems?system=FMK"},
    {"/api/v1/problems/{number}", "/api/v1/problems/P1"},
    {"/api/v1/changes", "/api/v1/changes?limit=1"},
    {"/api/v1/changes/{number}", "/api/v1/changes/C1"},
    {"/api/v1/catalogue", "/api/v1/catalogue"},
    {"/api/v1/orders/{number}", "/api/v1/orders/K3"},
    {"/api/v1/changes/check",
     "/api/v1/changes/check?from=2013-12-24T18:30:00Z&to=2013-12-24T23:00:00Z&system=FMK"},
    {"/api/v1/my/cases", "/api/v1/my/cases"},
    {"/api/v1/my/cases/{number}", "/api/v1/my/cases/K4"},
    {"/api/v1/status", "/api/v1/status"},
    {"/api/v1/notices", "/api/v1/notices?state=all"},
    {"/api/v1/notices/{number}", "/api/v1/notices/N1"},
    {"/api/v1/alerts", "/api/v1/alerts?state=burning&limit=5"},
    {"/api/v1/alerts/{number}", "/api/v1/alerts/A1"},
    {"/api/v1/notices/{number}/acks", "/api/v1/notices/N1/acks"},
    {"/api/v1/notices/feed", "/api/v1/notices/feed?place=RH&role=nurse"},
    {"/api/v1/notices/subscriptions", "/api/v1/notices/subscriptions"},
};

// An alert that burns, as its records leave it.
void light_alert(WebFixture& web) {
    for (const char* sql :
         {"INSERT INTO alerts_record (id, seq, episode, n, at, kind, body) VALUES "
          "(1, 1, 1, 1, 1367000000, 'fired', '{\"rule\":\"svartid\",\"group\":{\"system\":\"FMK\"}}')",
          "INSERT INTO alerts_episode (number, version, rule, system, action, site, seat, place, "
          "group_code, storm_of, fired_at, cleared_at, held, held_by, told_at, case_number, storm, "
          "members, noted, noted_at, joined_at, flapping, in_window, untouched) VALUES (1, 1, "
          "'svartid', 'FMK', '', '', '', '', '', '', 1367000000, NULL, '', '', 1367000000, 'K1', 0, "
          "0, 0, 0, 0, 0, 0, 0)"}) {
        ASSERT_TRUE(web.store->writer().run(sql).ok());
    }
}

// Something of everything that the answers below hold.
void say_things(WebFixture& web) {
    light_alert(web);
    Request told = web.post("/api/v1/notices", "", Role::lead);
    web.as_json(told, R"({"kind":"disturbance","system":"FMK","title":"FMK svarer ikke","text":"Prøv igen",)"
                      R"("ack_required":true,"next_at":"2013-04-26T19:00:00Z"})");
    ASSERT_EQ(web.ask(told).status, 201);
    Request read = web.post("/api/v1/notices/N1/ack", "", Role::user);
    web.as_json(read);
    ASSERT_EQ(web.ask(read).status, 200);
    told.target = "/api/v1/notices/N1/update";
    ASSERT_EQ(web.ask(told).status, 400);
    web.as_json(told, R"({"text":"Leverandøren arbejder"})");
    ASSERT_EQ(web.ask(told).status, 200);
    Request reported = web.post("/api/v1/my/cases", "", Role::admin);
    web.as_json(reported, R"({"what":"Printeren svarer ikke","system":"Print","affected":"me"})");
    ASSERT_EQ(web.ask(reported).status, 201);
    reported.target = "/api/v1/my/affected";
    web.as_json(reported, R"({"notice":"N1"})");
    ASSERT_EQ(web.ask(reported).status, 200);
    for (const auto& [address, body] :
         {std::pair{"/api/v1/drafts/draft-of-mine", R"({"kind":"case","rev":1,"body":{"title":"x"}})"},
          std::pair{"/api/v1/filters/fmk", R"({"title":"FMK","query":{"system":"FMK"}})"}}) {
        Request request = web.post(address, "", Role::admin);
        request.method = "PUT";
        web.as_json(request, body);
        ASSERT_EQ(web.ask(request).status, 200);
    }
}

TEST(Routes, RealAnswersFitTheDescription) {
    WebFixture web;
    say_things(web);
    Schemas schemas(description(web));
    for (const auto& [path, address] : kAsked) {
        const Response response = web.ask(address);
        ASSERT_EQ(response.status, 200) << address << response.body;
        EXPECT_EQ(response.type, "application/json");
        schemas.check(path, "application/json", json::parse(response.body));
    }
    for (const char* address :
         {"/api/v1/figures/no.such?period=2013-04", "/api/v1/figures/telephony.offered",
          "/api/v1/figures/telephony.offered?period=never", "/api/v1/nothing",
          "/api/v1/figures/telephony.offered?period=2013&by=colour",
          "/api/v1/figures/telephony.offered?period=2013&where=queue",
          "/api/v1/figures/telephony.offered/records?period=2013&limit=501", "/api/v1/cases/K99",
          "/api/v1/cases?view=nobody", "/api/v1/cases?sort=colour", "/api/v1/cases?cursor=x",
          "/api/v1/cases?limit=0", "/api/v1/alerts?state=x", "/api/v1/alerts/K1"}) {
        const Response response = web.ask(address);
        EXPECT_TRUE(response.status == 400 || response.status == 404) << address;
        EXPECT_EQ(response.type, "application/problem+json") << address;
        schemas.check_problem(json::parse(response.body));
    }
    const Response anonymous = web.ask("/api/v1/figures", Role::anonymous);
    EXPECT_EQ(anonymous.status, 401);
    schemas.check_problem(json::parse(anonymous.body));
}

TEST(Router, FixedWordsGoBeforeNames) {
    const Route table[] = {{"GET", "/e/{id}", Permission::open, Runs::io, Shape::page, nullptr},
                           {"GET", "/e/{id}.pdf", Permission::open, Runs::io, Shape::page, nullptr},
                           {"GET", "/e/new", Permission::open, Runs::io, Shape::page, nullptr},
                           {"POST", "/e/post", Permission::open, Runs::io, Shape::page, nullptr}};
    EXPECT_EQ(match_route(table, "GET", "/e/new").route, &table[2]);
    EXPECT_EQ(match_route(table, "GET", "/e/a.pdf").route, &table[1]);
    EXPECT_EQ(match_route(table, "GET", "/e/a.pdf").params,
              (Pairs{{"id", "a"}}));
    EXPECT_EQ(match_route(table, "GET", "/e/a").route, &table[0]);
    EXPECT_EQ(match_route(table, "GET", "/e/").status, 404);
    EXPECT_EQ(match_route(table, "GET", "/e/a/b").status, 404);
    EXPECT_EQ(match_route(table, "GET", "/").status, 404);
    EXPECT_EQ(match_route(table, "POST", "/e/new").status, 405);
    EXPECT_EQ(match_route(table, "DELETE", "/e/post").status, 405);
}

}  // namespace
}  // namespace klarsyn
