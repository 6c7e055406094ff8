// Pure parts: statutory clocks, freeze windows, written criteria, risks, and replay of approvals.
#include <gtest/gtest.h>

#include "core/embedded.h"
#include "modules/servicedesk/practice/catalogue.h"
#include "modules/servicedesk/practice/change.h"
#include "modules/servicedesk/practice/major.h"
#include "modules/servicedesk/practice/practice_rules.h"
#include "modules/servicedesk/practice/statutory.h"

namespace klarsyn::servicedesk {
namespace {

UtcSecond at(const char* text) { return parse_iso_utc(text).take(); }

std::string shown(const std::vector<DutyClock>& clocks) {
    std::string text;
    for (const DutyClock& clock : clocks)
        text += std::string(clock.law) + "/" + std::string(clock.step) + " " +
                std::string(clock_state_name(clock.state)) + " " +
                (clock.due_at ? iso_local(*clock.due_at) : "-") + "\n";
    return text;
}

TEST(StatutoryClocks, RunFromAwarenessInElapsedHoursWhateverTheWallClockDoes) {
    // Summer time ends in the night to 25 October 2026: 24 hours later it is an hour less.
    const LegalDuty nis2{"nis2", true, "", at("2026-10-24T12:00:00+02:00"), {}};
    const LegalDuty gdpr{"gdpr", true, "", at("2026-10-24T12:00:00+02:00"), {}};
    const LegalDuty duties[] = {nis2, gdpr};
    EXPECT_EQ(shown(statutory_clocks(duties, *nis2.aware_at)),
              "nis2/early_warning running 2026-10-25T11:00:00+01:00\n"
              "nis2/notification running 2026-10-27T11:00:00+01:00\n"
              "nis2/final_report waiting -\n"
              "gdpr/notification running 2026-10-27T11:00:00+01:00\n");
}

TEST(StatutoryClocks, AMonthBeginsWithTheNotificationAndEndsAtTheSameTimeOfDay) {
    LegalDuty duty{"nis2", true, "", at("2026-03-01T08:00:00Z"), {}};
    duty.reports.push_back({"notification", at("2026-03-03T09:30:00+01:00"), "CFCS-7", "anna"});
    const auto clocks = statutory_clocks(std::span(&duty, 1), at("2026-03-03T10:00:00Z"));
    EXPECT_EQ(shown(clocks),
              "nis2/early_warning overdue 2026-03-02T09:00:00+01:00\n"
              "nis2/notification met 2026-03-04T09:00:00+01:00\n"
              "nis2/final_report running 2026-04-03T09:30:00+02:00\n");
    EXPECT_EQ(clocks[1].reference, "CFCS-7");
    EXPECT_EQ(iso_local(month_after(at("2027-01-31T10:00:00Z"))), "2027-02-28T11:00:00+01:00");
    EXPECT_EQ(iso_local(month_after(at("2028-01-31T10:00:00Z"))), "2028-02-29T11:00:00+01:00");
    EXPECT_EQ(iso_local(month_after(at("2026-12-31T23:30:00Z"))), "2027-02-01T00:30:00+01:00");
}

TEST(StatutoryClocks, ExactlyAtTheLimitIsInTimeAndASecondLaterIsLate) {
    LegalDuty duty{"gdpr", true, "", 1'000'000, {}};
    const UtcSecond due = 1'000'000 + 72 * 3600;
    using State = DutyClock::State;
    const auto state = [&](UtcSecond now) {
        return statutory_clocks(std::span(&duty, 1), now).front().state;
    };
    EXPECT_EQ(state(due), State::running);
    EXPECT_EQ(state(due + 1), State::overdue);
    duty.reports = {{"notification", due, "", ""}};
    EXPECT_EQ(state(due + 9), State::met);
    duty.reports = {{"notification", due + 1, "", ""}};
    EXPECT_EQ(state(due + 9), State::late);
    duty.applies = false;
    EXPECT_TRUE(statutory_clocks(std::span(&duty, 1), due).empty());
}

constexpr const char* kFreeze = R"(
[[window]]
id = "christmas"
da = "Jul"
en = "Christmas"
from = "12-20"
to = "01-02"
[[window]]
id = "merger"
da = "Sammenlægning"
en = "Merger"
from = "2026-12-11T18:00"
to = "2026-12-12T06:00"
systems = ["SP", "FMK"]
)";

std::string freezes(const char* from, const char* to, std::vector<std::string> systems) {
    const FreezeRules rules = parse_freeze(kFreeze, "freeze.toml").take();
    std::string text;
    for (const Freeze& one : rules.touching(at(from), at(to), systems))
        text += one.id + " " + iso_local(one.from) + " " + iso_local(one.to) + "\n";
    return text;
}

TEST(FreezeRules, AYearlyWindowGoesOverNewYearAndItsLastDayBelongsToIt) {
    const std::string christmas = "christmas 2026-12-20T00:00:00+01:00 2027-01-03T00:00:00+01:00\n";
    EXPECT_EQ(freezes("2026-12-31T22:00:00Z", "2027-01-01T02:00:00Z", {"Labka"}), christmas);
    EXPECT_EQ(freezes("2027-01-02T22:59:59Z", "2027-01-04T00:00:00Z", {"Labka"}), christmas);
    EXPECT_EQ(freezes("2027-01-02T23:00:00Z", "2027-01-04T00:00:00Z", {"Labka"}), "");
    EXPECT_EQ(freezes("2026-12-19T20:00:00Z", "2026-12-19T23:00:00Z", {"Labka"}), "");
    EXPECT_EQ(freezes("2026-12-19T20:00:00Z", "2026-12-19T23:00:01Z", {"Labka"}), christmas);
}

TEST(FreezeRules, AWindowForSomeSystemsHoldsForChangesThatTouchOneOfThem) {
    const std::string merger = "merger 2026-12-11T18:00:00+01:00 2026-12-12T06:00:00+01:00\n";
    EXPECT_EQ(freezes("2026-12-11T20:00:00Z", "2026-12-11T21:00:00Z", {"Labka", "fmk"}), merger);
    EXPECT_EQ(freezes("2026-12-11T20:00:00Z", "2026-12-11T21:00:00Z", {"Labka"}), "");
    EXPECT_EQ(freezes("2026-12-12T05:00:00Z", "2026-12-12T06:00:00Z", {"SP"}), "");
}

TEST(PracticeRules, FaultsOfAFileNameLineAndField) {
    const auto wrong = [](const std::string& from, const std::string& to) {
        const auto parsed =
            parse_freeze("[[window]]\nid = \"a\"\nda = \"a\"\nen = \"a\"\nfrom = \"" + from +
                             "\"\nto = \"" + to + "\"\n",
                         "freeze.toml");
        return parsed.ok() ? std::string("fine")
                           : parsed.error().field + ":" + std::to_string(parsed.error().line);
    };
    EXPECT_EQ(wrong("2026-02-29", "2026-03-01"), "from:5");
    EXPECT_EQ(wrong("2026-02-28T24:00", "2026-03-01"), "from:5");
    EXPECT_EQ(wrong("02-28", "2026-03-01"), "to:1");
    EXPECT_EQ(wrong("2026-03-02", "2026-03-01"), "to:1");
    EXPECT_EQ(wrong("2026-03-01", "2026-03-01"), "fine");
    EXPECT_EQ(wrong("02-29", "3-1"), "to:6");
    EXPECT_FALSE(
        parse_criticality("[[criterion]]\nid = \"a\"\nlevel = \"no\"\nda = \"a\"\nen = \"a\"",
                          "criticality.toml")
            .ok());
    EXPECT_FALSE(parse_changes("[risk]\nimpact1 = [\"low\", \"low\"]", "changes.toml").ok());
}

std::string embedded(const std::string& name) {
    const std::string path = "modules/servicedesk/settings/" + name + ".toml";
    for (const EmbeddedFile& file : embedded_files(path))
        if (file.path == path) return std::string(file.text);
    return {};
}

TEST(PracticeRules, TheFilesOfTheBinaryAreGood) {
    const auto criticality = parse_criticality(embedded("criticality"), "criticality.toml");
    ASSERT_TRUE(criticality.ok());
    EXPECT_EQ(criticality->level_of({"many_users"}), "serious");
    EXPECT_EQ(criticality->level_of({"many_users", "security"}), "critical");
    EXPECT_EQ(criticality->level_of({"no_such"}), "");
    ASSERT_TRUE(parse_freeze(embedded("freeze"), "freeze.toml").ok());
    const auto changes = parse_changes(embedded("changes"), "changes.toml");
    ASSERT_TRUE(changes.ok());
    EXPECT_EQ(changes->risk_of(1, 1), "high");
    EXPECT_EQ(changes->risk_of(3, 3), "low");
    EXPECT_EQ(changes->board_approvals, 2);
}

Record record(std::int64_t n, std::string kind, boost::json::object body,
              const std::string& actor = "anna") {
    Record one;
    one.n = n;
    one.at = 1'000 * n;
    one.actor = actor;
    one.kind = std::move(kind);
    one.body = std::move(body);
    return one;
}

TEST(ChangeReplay, IsApprovedByAsManyAsItNeedsAndAskedAnewWhenTheRuleChanges) {
    std::vector<Record> records = {
        record(1, "requested", {{"approval_rule", "board"}, {"approvals_needed", 2}}),
        record(2, "voted", {{"decision", "approve"}}, "bo")};
    EXPECT_EQ(replay_change("C1", records).status, ChangeStatus::requested);
    records.push_back(record(3, "voted", {{"decision", "approve"}}, "cilla"));
    EXPECT_EQ(replay_change("C1", records).status, ChangeStatus::approved);
    records.push_back(record(4, "changed", {{"approval_rule", "board"}, {"approvals_needed", 2}}));
    EXPECT_EQ(replay_change("C1", records).status, ChangeStatus::requested);
    EXPECT_TRUE(replay_change("C1", records).votes.empty());
    records.push_back(
        record(5, "scheduled", {{"approval_rule", "small"}, {"approvals_needed", 0}}));
    EXPECT_EQ(replay_change("C1", records).status, ChangeStatus::approved);
    EXPECT_EQ(replay_change("C1", records).kind(), "small");
}

TEST(ChangeReplay, FailsByItsResultOrByAnIncidentAndIncidentsCanBeTakenBack) {
    std::vector<Record> records = {record(1, "requested", {{"type", "normal"}}),
                                   record(2, "started", {}),
                                   record(3, "finished", {{"result", "successful"}})};
    EXPECT_FALSE(replay_change("C1", records).failed());
    records.push_back(record(4, "caused", {{"case", "K1"}}));
    EXPECT_TRUE(replay_change("C1", records).failed());
    records.push_back(record(5, "caused", {{"case", "K1"}}));
    EXPECT_EQ(replay_change("C1", records).incidents.size(), 1U);
    records.push_back(record(6, "not_caused", {{"case", "K1"}}));
    EXPECT_FALSE(replay_change("C1", records).failed());
    records[2] = record(3, "finished", {{"result", "rolled_back"}});
    EXPECT_TRUE(replay_change("C1", records).failed());
}

TEST(MajorReplay, ReopeningTakesTheEndBackAndTheLastDecisionOnALawHolds) {
    std::vector<Record> records = {
        record(1, "declared", {{"title", "SP"}, {"started_at", 500}}),
        record(2, "resolved", {{"ended_at", 1'900}}),
        record(3, "reopened", {{"reason", "not solved"}}),
        record(4, "duty", {{"law", "nis2"}, {"applies", true}, {"aware_at", 600}}),
        record(5, "duty", {{"law", "nis2"}, {"applies", true}, {"aware_at", 700}})};
    const MajorState state = replay_major("M1", records);
    EXPECT_EQ(state.status, MajorStatus::active);
    EXPECT_EQ(state.started_at, 500);
    EXPECT_FALSE(state.resolved_at);
    ASSERT_EQ(state.duties.size(), 1U);
    EXPECT_EQ(state.duties[0].aware_at, 700);
}

TEST(RequestCatalogue, TheFormsOfTheBinaryAreGoodAndFaultsAreNamed) {
    const auto catalogue = parse_catalogue(embedded("catalogue"), "catalogue.toml");
    ASSERT_TRUE(catalogue.ok()) << catalogue.error().key << catalogue.error().line;
    EXPECT_NE(catalogue->find("mailbox"), nullptr);
    const std::string head =
        "[[form]]\nid = \"a\"\nda = \"a\"\nen = \"a\"\ntext_da = \"a\"\n"
        "text_en = \"a\"\n";
    const auto wrong = [&](const std::string& more) {
        const auto parsed = parse_catalogue(head + more, "catalogue.toml");
        return parsed.ok() ? std::string("fine") : parsed.error().field;
    };
    const std::string step = "[[form.step]]\nid = \"s\"\nda = \"s\"\nen = \"s\"\ngroup = \"g\"\n";
    EXPECT_EQ(wrong(step), "fine");
    EXPECT_EQ(wrong(""), "step");
    EXPECT_EQ(wrong("approval = \"me\"\n" + step), "approval");
    EXPECT_EQ(
        wrong("[[form.field]]\nname = \"x\"\nda = \"x\"\nen = \"x\"\nkind = \"word\"\n" + step),
        "words");
}

TEST(OrderReplay, FollowsItsStepsInOrder) {
    std::vector<Record> records = {record(1, "opened", {})};
    EXPECT_FALSE(replay_order(records));
    records.push_back(
        record(2, "ordered",
               {{"approval", true},
                {"steps", {{{"id", "a"}, {"group", "g"}}, {{"id", "b"}, {"group", "h"}}}}}));
    EXPECT_EQ(replay_order(records)->approval, Order::Approval::waiting);
    records.push_back(record(3, "order_approved", {}, "lea"));
    records.push_back(record(4, "step_done", {{"step", "a"}}));
    const auto order = replay_order(records);
    EXPECT_EQ(order->approval, Order::Approval::approved);
    EXPECT_EQ(order->decided_by, "lea");
    ASSERT_NE(order->next(), nullptr);
    EXPECT_EQ(order->next()->id, "b");
}

}  // namespace
}  // namespace klarsyn::servicedesk
