// Messages that probes deliver make the same rows as the same lines in a log, on both databases,
// whatever the batches and their order; a batch counts once.
#include "modules/probes/flow/live.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "modules/probes/flow/hl7_log.h"
#include "store/settings.h"
#include "store/schemas_for_test.h"
#include "store/test_store.h"

namespace klarsyn::probes {
namespace {

using ::testing::ElementsAre;

constexpr UtcSecond kNow = 1364900000;

std::string line(const std::string& time, const std::string& hop, const std::string& number,
                 const std::string& code = "") {
    const bool answer = !code.empty();
    return "2013-04-01T" + time + "Z\t" + hop + "\tMSH|^~\\&|" + (answer ? "LABKA" : "GS") + "||" +
           (answer ? "GS" : "LABKA") + "||||" + (answer ? "ACK" : "ORU^R01") + "|" +
           (answer ? "K" : "") + number + "\\r" +
           (answer ? "MSA|" + code + "|" + number + "\\r" : "PID|1||Hansen\\r");
}

std::string batch_json(std::int64_t number, const std::vector<std::string>& lines,
                       const std::string& epoch = "e1") {
    boost::json::array events;
    for (const std::string& one : lines) events.emplace_back(boost::json::object{{"line", one}});
    return boost::json::serialize(boost::json::object{
        {"agent", "probe"}, {"epoch", epoch}, {"batch", number}, {"events", std::move(events)}});
}

class LiveFlow : public ::testing::TestWithParam<Dialect> {
protected:
    LiveFlow() {
        store_ = Store::create(databases_.fresh(GetParam()), schemas_of({"store", "ingest", "indicators", "modules/probes"})).take();
    }
    void keep(const std::string& body) {
        const FlowBatch batch = read_flow_batch(body, kNow).take();
        Connection& db = store_->writer();
        ThreadMemory memory(db);
        const std::string key = store_->journal_key();
        WriteTurn turn(db, memory, key, clock_);
        db.begin_write().take();
        const auto kept = keep_flow(turn, "probe", batch);
        ASSERT_TRUE(kept.ok()) << describe(kept.error(), Language::en);
        turn.finish().take();
        db.commit().take();
    }
    std::vector<std::string> facts(const std::string& source) {
        auto rows = store_->writer()
                        .query(
                            "SELECT number, h.text, state, transit_ms, repeats, code, "
                            "COALESCE(answered_ms, -1), limit_ms FROM probes_flow f "
                            "JOIN core_name h ON h.id = f.hop JOIN core_name s ON s.id = f.source "
                            "WHERE retracted_seq IS NULL AND s.text = :source "
                            "ORDER BY number, at, h.text",
                            {{":source", Value(source)}})
                        .take();
        std::vector<std::string> list;
        while (rows->next().take()) {
            std::string text(rows->text(0));
            for (const int column : {1, 2}) text += ' ' + std::string(rows->text(column));
            text += rows->is_null(3) ? " -" : ' ' + std::to_string(rows->i64(3));
            text += ' ' + std::to_string(rows->i64(4)) + ' ' + std::string(rows->text(5)) + ' ' +
                    std::to_string(rows->i64(6));
            list.push_back(std::move(text));
        }
        return list;
    }
    void plan(const std::string& text) {
        Connection& db = store_->writer();
        db.begin_write().take();
        NewSetting setting{"flow_hops", 0, text, "hops.csv", "test", kNow};
        add_setting(db, store_->journal_key(), setting).take();
        db.commit().take();
    }

    TestDatabases databases_;
    FixedClock clock_{kNow};
    std::unique_ptr<Store> store_;
};

TEST_P(LiveFlow, TheSameLinesMakeTheSameRowsAsInALog) {
    plan("flow,hop,limit_s,from,to\n,GS,60,,\n,LABKA,,,\n");
    const std::vector<std::string> lines = {
        line("08:00:00.100", "GS", "1"),       line("08:00:01.000", "LABKA", "1"),
        line("08:00:01.500", "GS", "1", "AA"), line("08:01:00.000", "GS", "2"),
        line("08:02:00.000", "GS", "3"),       line("08:02:04.250", "LABKA", "3"),
        line("08:02:09.000", "LABKA", "3"),    line("08:02:09.000", "LABKA", "3")};
    std::string log;
    for (const std::string& one : lines) log += one + "\n";
    ImportRequest request;
    static const Format kFormat = hl7_log_format();
    request.format = &kFormat;
    request.options.source = "log";
    request.files = {{"log.txt", log}};
    import_batch(*store_, clock_, request).take();
    // In two batches, the later half first.
    keep(batch_json(1, {lines.begin() + 4, lines.end()}));
    keep(batch_json(2, {lines.begin(), lines.begin() + 4}));
    EXPECT_THAT(facts("log"), ElementsAre("1 GS passed 900 0 AA 1400", "1 LABKA last - 0  -1",
                                          "2 GS absent - 0  -1", "3 GS passed 4250 0  -1",
                                          "3 LABKA last - 2  -1"));
    EXPECT_EQ(facts("probe"), facts("log"));
    EXPECT_EQ(count_flow_faults(*store_).take(), 0);
    // Another life of the same store that sends the same again tells nothing new.
    keep(batch_json(1, lines, "e2"));
    EXPECT_EQ(facts("probe"), facts("log"));
    // Other hops: everything follows anew.
    plan("flow,hop,limit_s,from,to\n,LABKA,60,,\n,GS,,,\n");
    EXPECT_GT(count_flow_faults(*store_).take(), 0);
    EXPECT_GT(derive_live_flow(*store_, clock_, {"hops", "test"}).take(), 0);
    EXPECT_EQ(count_flow_faults(*store_).take(), 0);
    EXPECT_EQ(facts("probe").front(), "1 GS last - 0 AA 1400");
}

TEST_P(LiveFlow, WithoutStatedHopsTheirOrderIsThatOfTheMessage) {
    keep(batch_json(1, {line("08:00:00.000", "B", "1"), line("08:00:02.000", "A", "1")}));
    EXPECT_THAT(facts("probe"), ElementsAre("1 B passed 2000 0  -1", "1 A last - 0  -1"));
}

TEST_P(LiveFlow, ABatchIsKnownByItsNumberAndContent) {
    const std::string body = batch_json(1, {line("08:00:00.000", "GS", "1")});
    keep(body);
    Connection& db = store_->writer();
    EXPECT_EQ(flow_feed_state(db, read_flow_batch(body, kNow).take()).take().last, 1);
    const auto came = [&](std::int64_t number, const std::string& message) {
        const FlowBatch batch =
            read_flow_batch(batch_json(number, {line("08:00:00.000", "GS", message)}), kNow).take();
        return came_before(flow_feed_state(db, batch).take(), number, batch.digest);
    };
    EXPECT_TRUE(came(1, "1").take());
    EXPECT_EQ(came(1, "2").error().code, ErrorCode::conflict);
    // Also where it is not the last one; what was passed over is new.
    keep(batch_json(3, {line("08:00:00.000", "GS", "3")}));
    EXPECT_EQ(came(1, "2").error().code, ErrorCode::conflict);
    EXPECT_TRUE(came(1, "1").take());
    EXPECT_FALSE(came(2, "2").take());
    keep(batch_json(2, {line("08:00:00.000", "GS", "2")}));
    EXPECT_TRUE(came(2, "2").take());
    EXPECT_EQ(facts("probe").size(), 3U);
}

TEST_P(LiveFlow, WhatCannotBeReadIsNamedAndTheRestIsKept) {
    const auto batch =
        read_flow_batch(batch_json(1, {"nothing", line("08:00:00.000", "GS", "1"),
                                       "2013-04-01T08:00:00Z\t\tMSH|x",
                                       "2099-04-01T08:00:00Z\tGS\tMSH|^~\\&|GS||||||ORU|5\\r"}),
                        kNow)
            .take();
    EXPECT_EQ(batch.events.size(), 1U);
    ASSERT_EQ(batch.faults.size(), 3U);
    EXPECT_EQ(batch.faults[0].key, "probes.flow.columns");
    EXPECT_EQ(batch.faults[1].field, "hop");
    EXPECT_EQ(batch.faults[2].key, "probes.agents.time");
    for (const char* body : {"", "[]", "{}", R"({"agent":"a"})", R"({"agent":"a","epoch":"e"})",
                             R"({"agent":"a","epoch":"e","batch":0,"events":[]})",
                             R"({"agent":"a","epoch":"e","batch":1,"events":{}})"})
        EXPECT_FALSE(read_flow_batch(body, kNow).ok()) << body;
}

INSTANTIATE_TEST_SUITE_P(Both, LiveFlow, ::testing::Values(Dialect::sqlite, Dialect::postgres));

}  // namespace
}  // namespace klarsyn::probes
