// A case as a pure replay of its records.
#include "modules/servicedesk/desk/case_state.h"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

namespace klarsyn::servicedesk {
namespace {

using boost::json::object;

struct Log {
    std::vector<Record> records;

    Log& add(std::string kind, object body, std::string actor = "anna") {
        Record record;
        record.n = static_cast<std::int64_t>(records.size()) + 1;
        record.at = 1'000 + 60 * record.n;
        record.actor = std::move(actor);
        record.kind = std::move(kind);
        record.body = std::move(body);
        records.push_back(std::move(record));
        return *this;
    }
    CaseState state() const { return replay("K1", records); }
};

Log opened() {
    return Log().add("opened", {{"type", "incident"},
                                {"title", "FMK svarer ikke"},
                                {"impact", 1},
                                {"urgency", 2},
                                {"priority", 2},
                                {"contact", "phone"},
                                {"group", "Servicedesk"},
                                {"level", 1}});
}

TEST(CaseState, FollowsItsRecords) {
    Log log = opened();
    EXPECT_EQ(log.state().status, CaseStatus::fresh);
    log.add("assigned", {{"assignee", "anna"}});
    log.add("moved", {{"group", "Netværk"}, {"level", 2}, {"reason", "Adgang"}, {"assignee", ""}});
    CaseState state = log.state();
    EXPECT_EQ(state.group, "Netværk");
    EXPECT_EQ(state.level, 2);
    EXPECT_EQ(state.assignee, "");
    log.add("held", {{"reason", "awaiting_user"}, {"until", 9'000}, {"note", ""}});
    state = log.state();
    EXPECT_EQ(state.status, CaseStatus::on_hold);
    EXPECT_EQ(state.hold_reason, "awaiting_user");
    EXPECT_EQ(state.wake_at, 9'000);
    log.add("resumed", {}).add("resolved", {{"resolution", "Genstartet"}}, "bo");
    state = log.state();
    EXPECT_EQ(state.status, CaseStatus::resolved);
    EXPECT_EQ(state.resolved_by, "bo");
    EXPECT_EQ(state.resolved_at, log.records.back().at);
    EXPECT_FALSE(state.wake_at);
    log.add("reopened", {{"reason", "Igen"}});
    state = log.state();
    EXPECT_TRUE(state.unsolved());
    EXPECT_FALSE(state.resolved_at);
    EXPECT_EQ(state.reopen_count, 1);
    log.add("closed", {{"reason", "merged"}, {"into", "K7"}});
    state = log.state();
    EXPECT_FALSE(state.open());
    EXPECT_EQ(state.merged_into, "K7");
    EXPECT_FALSE(state.resolved_at) << "merged is never resolved";
    EXPECT_EQ(state.version, 8);
}

TEST(CaseState, AProgramsWordsAreNoFirstReply) {
    Log log = opened();
    log.add("commented", {{"text", "Modtaget"}, {"visibility", "public"}, {"person", false}},
            "system");
    log.add("commented", {{"text", "Husk kabel"}, {"visibility", "internal"}, {"person", true}});
    EXPECT_FALSE(log.state().first_reply_at);
    log.add("commented", {{"text", "Vi ser på det"}, {"visibility", "public"}, {"person", true}});
    EXPECT_EQ(log.state().first_reply_at, log.records.back().at);
}

Record step_of(int choice, std::int64_t n) {
    static const std::pair<const char*, object> kSteps[] = {
        {"assigned", {{"assignee", "bo"}}},
        {"moved", {{"group", "Drift"}, {"level", 3}, {"reason", "x"}, {"assignee", ""}}},
        {"held", {{"reason", "planned"}, {"note", ""}}},
        {"resumed", {}},
        {"resolved", {{"resolution", "ok"}}},
        {"reopened", {{"reason", "x"}}},
        {"changed", {{"urgency", 1}, {"priority", 1}}},
        {"closed", {{"reason", "solved"}}}};
    Record record;
    record.n = n;
    record.at = 2'000 + n;
    record.actor = "anna";
    record.kind = kSteps[choice].first;
    record.body = kSteps[choice].second;
    return record;
}

// What the desk keeps from turn to turn and what `verify` makes anew must be one.
RC_GTEST_PROP(CaseStateProperty, StepByStepIsTheReplay, ()) {
    std::vector<Record> records = opened().records;
    CaseState running = replay("K1", records);
    for (const int choice : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 8))) {
        records.push_back(step_of(choice, static_cast<std::int64_t>(records.size()) + 1));
        apply(running, records.back());
    }
    const CaseState whole = replay("K1", records);
    RC_ASSERT(running.status == whole.status);
    RC_ASSERT(running.group == whole.group);
    RC_ASSERT(running.assignee == whole.assignee);
    RC_ASSERT(running.resolved_at == whole.resolved_at);
    RC_ASSERT(running.reopen_count == whole.reopen_count);
    RC_ASSERT(running.version == whole.version);
}

// An undone record leaves nothing but a higher version, wherever in the log it stands.
RC_GTEST_PROP(CaseStateProperty, UndoneIsAsIfItNeverWas, ()) {
    std::vector<Record> with = opened().records, without = with;
    for (const int choice : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 8))) {
        Record record = step_of(choice, static_cast<std::int64_t>(with.size()) + 1);
        record.undone = *rc::gen::arbitrary<bool>();
        if (!record.undone) without.push_back(record);
        with.push_back(std::move(record));
    }
    const CaseState one = replay("K1", with), other = replay("K1", without);
    RC_ASSERT(one.version == static_cast<std::int64_t>(with.size()));
    RC_ASSERT(one.status == other.status);
    RC_ASSERT(one.group == other.group);
    RC_ASSERT(one.assignee == other.assignee);
    RC_ASSERT(one.priority == other.priority);
    RC_ASSERT(one.resolved_at == other.resolved_at);
    RC_ASSERT(one.reopen_count == other.reopen_count);
}

}  // namespace
}  // namespace klarsyn::servicedesk
