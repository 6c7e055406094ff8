#include "protocols/probe/plan.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "core/text.h"
#include "protocols/checks/basic.h"

namespace klarsyn {
namespace {

constexpr std::string_view kPlan = R"({"site":"HER","seat":"pc","without_check":[],"checks":[
  {"system":"EPM3","action":"login","site":"HER","seat":"pc","every_s":60,
   "anchor":"2026-01-01T00:00:30Z","from":"2026-01-01T00:00:30Z","to":"2026-01-02T00:00:30Z","protocol":"tcp",
   "settings":{"host":"a.example","port":80},"secrets":["pw"],"time_limit_ms":null}]})";

constexpr std::string_view kFile = R"(site = "HER"
programs = ["/bin/true"]
[[check]]
system = "PAS"
action = "open"
protocol = "tcp"
every_s = 30
settings = {host = "b.example", port = 81}
[secret.pw]
variable = "KLARSYN_TEST_PW"
systems = ["EPM3"]
)";

TEST(Plan, SlotsAreThoseOfTheSchedule) {
    const auto plan = parse_plan(kPlan);
    ASSERT_TRUE(plan.ok());
    const PlannedCheck& check = plan->checks.at(0);
    const UtcSecond from = *parse_iso_utc("2026-01-01T00:00:30Z");
    EXPECT_EQ(check.slot_at(from - 1), std::nullopt);
    EXPECT_EQ(check.slot_at(from), from);
    EXPECT_EQ(check.slot_at(from + 59), from);
    EXPECT_EQ(check.slot_at(from + 60), from + 60);
    EXPECT_EQ(check.slot_at(from + 86'400), std::nullopt);
    PlannedCheck later = check;  // another row held until then
    later.from = from + 90;
    EXPECT_EQ(later.slot_at(from + 60), std::nullopt);
    EXPECT_EQ(later.slot_at(from + 120), from + 120);
    EXPECT_EQ(check.limit(), std::chrono::milliseconds(30'000));
}

TEST(Plan, WhatIsNoPlanIsRefusedByField) {
    for (const char* text : {"", "[]", "{}", R"({"checks":[],"without_check":{}})",
                             R"({"checks":[{"system":"a","action":"b","site":"c","every_s":0}]})",
                             R"({"checks":[{"system":"a"}],"without_check":[]})"})
        EXPECT_FALSE(parse_plan(text).ok()) << text;
}

TEST(Plan, TheMachinesFileStandsOnTop) {
    const auto machine = parse_machine_file(kFile, "probe.toml", basic_check_protocols());
    ASSERT_TRUE(machine.ok()) << describe(machine.error(), Language::en);
    const ProbePlan plan = with_machine(*parse_plan(kPlan), *machine, "HER", "pc");
    ASSERT_EQ(plan.checks.size(), 2u);
    EXPECT_EQ(plan.checks[1].rule.system, "PAS");
    EXPECT_EQ(plan.checks[1].every_s, 30);
    MachineFile over = *machine;
    over.checks[0].first.system = "EPM3";
    over.checks[0].first.action = "login";
    const ProbePlan replaced = with_machine(*parse_plan(kPlan), over, "HER", "pc");
    ASSERT_EQ(replaced.checks.size(), 1u);
    EXPECT_EQ(replaced.checks[0].every_s, 60);  // when: the server; how: the machine
    EXPECT_EQ(replaced.checks[0].rule.settings.at("host"), "b.example");
}

TEST(Plan, FaultsOfTheMachinesFileNameLineAndField) {
    const auto fault = [](const std::string& text) {
        const auto parsed = parse_machine_file(text, "probe.toml", basic_check_protocols());
        if (parsed.ok()) return std::string("none");
        EXPECT_EQ(parsed.error().file, "probe.toml");
        EXPECT_FALSE(describe(parsed.error(), Language::da).empty());
        return std::to_string(parsed.error().line) + " " + parsed.error().field;
    };
    const std::string check = "[[check]]\nsystem = \"a\"\naction = \"b\"\n";
    EXPECT_EQ(fault("x = \n"), "1 ");
    EXPECT_EQ(fault("\nsitee = \"x\"\n"), "2 sitee");
    EXPECT_EQ(fault(check + "protocol = \"tpc\"\n"), "4 protocol");
    EXPECT_EQ(fault(check + "protocol = \"tcp\"\nsettings = {host = \"a\"}\n"), "1 settings.port");
    EXPECT_EQ(fault("[secret.a]\nfile = \"x\"\n").substr(2), "a");
}

TEST(Secrets, AreGivenOnlyToTheSystemsOfTheFile) {
    ::setenv("KLARSYN_TEST_PW", "hemmelig", 1);
    const auto machine = parse_machine_file(kFile, "probe.toml", basic_check_protocols());
    const auto plan = parse_plan(kPlan);
    const auto task = task_of(plan->checks[0], *machine);
    ASSERT_TRUE(task.ok());
    EXPECT_EQ(task->secrets.at("pw"), "hemmelig");
    PlannedCheck other = plan->checks[0];
    other.rule.system = "PAS";
    EXPECT_EQ(task_of(other, *machine).error().key, "probe.secret.refused");
    other.rule.secrets = {"root"};
    EXPECT_EQ(task_of(other, *machine).error().key, "probe.secret.unknown");
}

TEST(Programs, RunOnlyWhereTheMachineAllowsThem) {
    const auto machine = parse_machine_file(kFile, "probe.toml", basic_check_protocols());
    PlannedCheck check;
    check.rule.protocol = "command";
    check.rule.settings = {{"program", "/bin/sh"}};
    EXPECT_EQ(task_of(check, *machine).error().key, "probe.program.refused");
    check.rule.settings = {{"program", "/bin/true"}};
    EXPECT_TRUE(task_of(check, *machine).ok());
}

}  // namespace
}  // namespace klarsyn
