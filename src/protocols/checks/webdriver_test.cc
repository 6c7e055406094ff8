#include "protocols/checks/webdriver.h"

#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "protocols/checks/protocols.h"

namespace klarsyn {
namespace {

std::string error_of(const char* json) { return web_error(boost::json::parse(json)); }

TEST(WebDriver, ErrorsAreKnownWordsAndNeverWhatAPageSays) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"value": {"error": "no such element", "message": "Kirsten Hansen"}})",
         "no such element"},
        {R"({"value": {"error": "unknown error", "message": "e: net::ERR_NAME_NOT_RESOLVED\n x"}})",
         "net::ERR_NAME_NOT_RESOLVED"},
        {R"({"value": {"error": "Kirsten Hansen, 010203-1234"}})", "unknown error"},
        {R"({"value": {"error": 5}})", "unknown error"},
        {R"({"value": null})", "unknown error"},
        {"[]", "unknown error"}};
    for (const auto& [json, error] : cases) EXPECT_EQ(error_of(json), error) << json;
}

TEST(WebDriver, ProgramsAreSoughtInThePath) {
    EXPECT_TRUE(find_program("sh").ends_with("/sh"));
    EXPECT_EQ(find_program("no-such-program"), "");
}

std::string field_of(const CheckProtocol& protocol, const char* json) {
    const auto done = protocol.complete(boost::json::parse(json).as_object());
    return done.ok() ? "" : done.error().field;
}

TEST(Browser, StepsAreReadAndNamedInErrors) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"steps": [{"do": "open", "url": "https://x"}]})", ""},
        {"{}", "steps"},
        {R"({"steps": [{"do": "wait", "css": "a"}, {"do": "type", "css": "a", "text": "x",
             "secret": "y"}]})",
         "steps[2].text"},
        {R"({"steps": [{"do": "click", "css": "#a", "url": "x"}]})", "steps[1].url"},
        // A name that stands twice says not where the time begins.
        {R"({"from": "a", "steps": [{"do": "click", "css": "#a", "name": "a"},
             {"do": "click", "css": "#b", "name": "a"}]})",
         "from"},
        {R"({"language": "da --x", "steps": [{"do": "open", "url": "https://x"}]})", "language"}};
    for (const auto& [json, field] : cases) EXPECT_EQ(field_of(kBrowserCheck, json), field) << json;
}

TEST(Snmp, ObjectsAreNumbers) {
    const auto with = [](const std::string& number) {
        return field_of(kSnmpCheck, (R"({"host": "h", "community_secret": "c", "values": {"x": ")" +
                                     number + "\"}}")
                                        .c_str());
    };
    EXPECT_EQ(with("1.3.6.1.2.1.1.3.0"), "");
    EXPECT_EQ(with(".1.3.6.1.2.1.1.3.0"), "");
    for (const char* wrong :
         {"", "1", "1.", "1..3", "3.1", "1.3.x", "1.3.4294967296", "sysUpTime.0"})
        EXPECT_EQ(with(wrong), "values") << wrong;
    std::string deep = "1.3";
    for (int i = 0; i < 200; ++i) deep += ".1";
    EXPECT_EQ(with(deep), "values");
}

}  // namespace
}  // namespace klarsyn
