// Episodes and cases on both databases, with a desk that only remembers what it is told.
#include "modules/alerts/acting.h"

#include <gtest/gtest.h>

#include "modules/alerts/external.h"
#include "modules/alerts/task.h"
#include "store/schemas_for_test.h"
#include "store/test_store.h"

namespace klarsyn::alerts {
namespace {

namespace json = boost::json;
constexpr UtcSecond kNow = 1'700'000'000;
constexpr UtcSecond kHour = 3600;

// The other side of web/case_writing.h.
struct FakeDesk {
    std::map<std::string, MonitoredCase> cases;
    std::vector<std::string> said;  // "K1 open", "K1 comment", ...
    std::string last;               // the last title or text
};
FakeDesk desk;

std::string text_in(const json::object& body, const char* name) {
    const json::value* value = body.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

CaseWriting fake_writing() {
    return {[](WriteTurn&, json::object fields) -> Result<std::string> {
                const std::string number = "K" + std::to_string(desk.cases.size() + 1);
                desk.cases[number].unsolved = true;
                desk.said.push_back(number + " open");
                desk.last = text_in(fields, "title");
                return number;
            },
            [](WriteTurn&, std::string_view number) -> Result<MonitoredCase> {
                return desk.cases.at(std::string(number));
            },
            [](WriteTurn&, std::string_view number, std::string_view verb,
               json::object body) -> Result<void> {
                MonitoredCase& one = desk.cases.at(std::string(number));
                desk.said.push_back(std::string(number) + " " + std::string(verb));
                if (verb == "change") desk.last = text_in(body, "title");
                if (verb == "resolve") one.unsolved = false;
                if (verb == "reopen") one.unsolved = true;
                if (verb == "merge") {
                    one.unsolved = false;
                    one.merged_into = text_in(body, "into");
                }
                return {};
            }};
}

class Acting : public ::testing::TestWithParam<Dialect> {
protected:
    Acting() {
        store_ = Store::create(databases_.fresh(GetParam()), schemas_of({"store", "ingest", "indicators", "web", "modules/alerts"})).take();
        auto read = parse_alert_rules(R"(
storm = 2
[[rule]]
name = "svar"
kind = "share"
title = {da = "Svarer ikke"}
below = 90
fire_after = 1
clear_after = 1
[[rule]]
name = "ude"
kind = "external"
labels = {system = "system"}
)",
                                      "test");
        EXPECT_TRUE(read.ok());
        rules_ = read.take();
        desk = {};
        set_case_writing(fake_writing());
        set_measurements({});
    }

    template <typename Command>
    void turn(Command command) {
        ThreadMemory memory(store_->writer());
        ASSERT_TRUE(store_->writer().begin_write().ok());
        WriteTurn turn(store_->writer(), memory, store_->journal_key(), clock_);
        const Result<void> done = command(turn);
        ASSERT_TRUE(done.ok()) << describe(done.error(), Language::en);
        ASSERT_TRUE(turn.finish().ok());
        ASSERT_TRUE(store_->writer().commit().ok());
        turn.committed();
    }

    Evaluation say(std::initializer_list<std::pair<const char*, Level>> systems) {
        Evaluation evaluation;
        for (const auto& [system, level] : systems) {
            Judged one;
            one.rule = rules_.find("svar");
            one.group.system = system;
            one.level = level;
            one.num = 1;
            one.den = 10;
            evaluation.judged.push_back(one);
        }
        return evaluation;
    }

    void evaluate_after(UtcSecond seconds,
                        std::initializer_list<std::pair<const char*, Level>> systems) {
        clock_.set(clock_.now() + seconds);
        const Evaluation evaluation = say(systems);
        turn([&](WriteTurn& at) { return follow(at, rules_, &evaluation, ""); });
    }

    std::string told() {
        std::string all;
        for (const std::string& one : desk.said) all += (all.empty() ? "" : ", ") + one;
        desk.said.clear();
        return all;
    }

    std::int64_t faults() {
        const auto count = count_episode_faults(*store_);
        EXPECT_TRUE(count.ok());
        return count.ok() ? *count : -1;
    }

    TestDatabases databases_;
    std::unique_ptr<Store> store_;
    FixedClock clock_{kNow};
    AlertRules rules_;
};

TEST_P(Acting, TheSameAlertWithinADayHasTheSameCase) {
    evaluate_after(0, {{"EPM3", Level::bad}});
    EXPECT_EQ(told(), "K1 open");
    EXPECT_EQ(desk.last, "Svarer ikke: EPM3");
    evaluate_after(60, {{"EPM3", Level::bad}});
    EXPECT_EQ(told(), "");
    evaluate_after(60, {{"EPM3", Level::well}});
    EXPECT_EQ(told(), "K1 resolve");
    evaluate_after(24 * kHour, {{"EPM3", Level::bad}});
    EXPECT_EQ(told(), "K1 reopen, K1 comment");
    evaluate_after(60, {{"EPM3", Level::well}});
    EXPECT_EQ(told(), "K1 resolve");
    evaluate_after(24 * kHour + 1, {{"EPM3", Level::bad}});
    EXPECT_EQ(told(), "K2 open");
    EXPECT_EQ(faults(), 0);
}

TEST_P(Acting, WhatAPersonHasTouchedIsTheirsToClose) {
    evaluate_after(0, {{"EPM3", Level::bad}});
    desk.cases["K1"].touched = true;
    evaluate_after(600, {{"EPM3", Level::well}});
    EXPECT_EQ(told(), "K1 open, K1 comment");
    EXPECT_TRUE(desk.cases["K1"].unsolved);
    // It burns again while they work on it: a word on the same case.
    evaluate_after(60, {{"EPM3", Level::bad}});
    EXPECT_EQ(told(), "K1 comment");
    // They merged it away: the case that took its place goes on.
    desk.cases["K1"].merged_into = "K9";
    desk.cases["K9"].unsolved = true;
    evaluate_after(60, {{"EPM3", Level::well}});
    EXPECT_EQ(told(), "K9 resolve");
    EXPECT_EQ(faults(), 0);
}

TEST_P(Acting, AStormIsOneCaseAndTakesTheOthersIn) {
    evaluate_after(0, {{"A", Level::bad}, {"B", Level::bad}});
    EXPECT_EQ(told(), "K1 open, K2 open");
    desk.cases["K2"].touched = true;
    evaluate_after(30, {{"A", Level::bad}, {"B", Level::bad}, {"C", Level::bad}});
    EXPECT_EQ(told(), "K1 comment, K1 change");  // K2 is somebody's
    EXPECT_EQ(desk.last, "Mange alarmer på én gang: alt");
    const auto list = list_episodes(store_->writer(), {EpisodeQuery::Which::burning, 0, 0, 10});
    ASSERT_TRUE(list.ok());
    ASSERT_EQ(list->size(), 1U);
    EXPECT_EQ(list->front().members, 3);
    EXPECT_EQ(list->front().case_number, "K1");
    const auto counted = query_i64(store_->writer(),
                                   "SELECT COUNT(*) FROM alerts_event "
                                   "WHERE retracted_seq IS NULL");
    ASSERT_TRUE(counted.ok());
    EXPECT_EQ(*counted, 1);  // the storm; its members count no more
    evaluate_after(60, {{"A", Level::well}, {"B", Level::well}, {"C", Level::bad}});
    EXPECT_EQ(told(), "");
    evaluate_after(60, {{"A", Level::well}, {"B", Level::well}, {"C", Level::well}});
    EXPECT_EQ(told(), "K1 resolve");
    EXPECT_EQ(faults(), 0);
}

TEST_P(Acting, WhatArrivesLateDoesNotUndoWhatIsNewer) {
    const auto deliver = [&](bool firing, UtcSecond starts) {
        Delivery delivery;
        ExternalAlert alert;
        alert.rule = "ude";
        alert.group.system = "EPM3";
        alert.fingerprint = "f";
        alert.firing = firing;
        alert.starts_at = starts;
        delivery.alerts = {alert, alert};
        std::int64_t changed = -1;
        turn([&](WriteTurn& at) -> Result<void> {
            KL_TRY(changed, keep_delivery(at, delivery, "prometheus"));
            return {};
        });
        return changed;
    };
    EXPECT_EQ(deliver(true, kNow), 1);
    EXPECT_EQ(deliver(true, kNow), 0);
    EXPECT_EQ(deliver(false, kNow - 60), 0);  // of an earlier time
    turn([&](WriteTurn& at) { return follow(at, rules_, nullptr, ""); });
    EXPECT_EQ(told(), "");  // is gathered with others
    clock_.set(clock_.now() + 10);
    turn([&](WriteTurn& at) { return follow(at, rules_, nullptr, ""); });
    EXPECT_EQ(told(), "K1 open");
    EXPECT_EQ(deliver(false, kNow), 1);
    turn([&](WriteTurn& at) { return follow(at, rules_, nullptr, ""); });
    EXPECT_EQ(told(), "K1 resolve");
    EXPECT_EQ(faults(), 0);
}

TEST_P(Acting, VerifySeesWhatDoesNotFollow) {
    evaluate_after(0, {{"EPM3", Level::bad}});
    ASSERT_TRUE(store_->writer().run("UPDATE alerts_episode SET case_number = 'K7'").ok());
    EXPECT_EQ(faults(), 1);
    ASSERT_TRUE(store_->writer().run("DELETE FROM alerts_episode").ok());
    EXPECT_EQ(faults(), 1);
}

INSTANTIATE_TEST_SUITE_P(Both, Acting, ::testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& backend) {
                             return backend.param == Dialect::sqlite ? "sqlite" : "postgres";
                         });

}  // namespace
}  // namespace klarsyn::alerts
