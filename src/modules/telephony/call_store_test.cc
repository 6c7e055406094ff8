// Webhook and queue logs of the same calls, in any order: the facts are those of computing all from
// scratch, and no call counts twice. Both databases.

#include "modules/telephony/call_store.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <set>

#include "core/embedded.h"
#include "ingest/import.h"
#include "ingest/verify.h"
#include "modules/telephony/derive_for_test.h"
#include "modules/telephony/visit_fact.h"
#include "store/test_store.h"

namespace klarsyn::telephony {
namespace {

constexpr UtcSecond kStart = 1366012800;

std::vector<Migration> phone_migrations() {
    std::vector<Migration> list;
    for (const std::string_view folder :
         {"ingest/schema/", "indicators/schema/", "modules/telephony/schema/"}) {
        for (const auto& file : embedded_files(folder)) list.push_back({file.path, file.text});
    }
    return test_migrations(list);
}

class Phone {
public:
    explicit Phone(Dialect dialect) {
        auto made = Store::create(databases_.fresh(dialect), phone_migrations());
        EXPECT_TRUE(made.ok()) << made.error().key;
        store_ = made.take();
    }
    Store& store() { return *store_; }

    // As the webhook does it: one entry per event that is news.
    void tell(const CallNotice& notice) {
        Connection& db = store_->writer();
        const auto work = [&]() -> Result<void> {
            KL_TRY(const bool known, is_known(db, notice));
            if (known) return {};
            KL_CHECK(db.begin_write());
            Names names(db);
            KL_TRY(const auto seq, next_seq(db));
            KL_TRY(auto writer, FactWriter::open(db, calls_format(), seq, names));
            KL_CHECK(keep_call_event(db, seq, notice.at, notice, *writer));
            KL_CHECK(writer->flush());
            JournalEntry entry;
            entry.seq = seq;
            entry.kind = "call";
            entry.detail = "{}";
            entry.facts_digest = writer->digest().text();
            KL_CHECK(append_entry(db, store_->journal_key(), entry));
            return db.commit();
        };
        const auto done = work();
        if (!done.ok()) db.rollback();
        EXPECT_TRUE(done.ok()) << done.error().key;
    }
    std::int64_t import(const std::string& log, const std::string& source = "queue-log") {
        ImportRequest request;
        request.format = &format_;
        request.options.source = source;
        request.files = {{"queue_log", log}};
        const auto report = import_batch(*store_, clock_, request);
        EXPECT_TRUE(report.ok()) << report.error().key;
        return report.ok() ? report->seq : 0;
    }
    void withdraw(std::int64_t batch) {
        const auto gone = withdraw_batch(*store_, clock_, format_, batch, "wrong", "test");
        EXPECT_TRUE(gone.ok()) << gone.error().key;
    }
    // source_key -> outcome/ended, of the facts that stand.
    std::map<std::string, std::string> facts() {
        auto rows = store_->writer().query(
            "SELECT source_key, outcome, ended FROM telephony_visit WHERE retracted_seq IS NULL");
        std::map<std::string, std::string> result;
        while (rows.ok() && *(*rows)->next()) {
            auto& row = result[std::string((*rows)->text(0))];
            EXPECT_EQ(row, "") << "a source key that stands twice";
            row = std::string((*rows)->text(1)) + "/" + std::to_string((*rows)->i64(2));
        }
        return result;
    }
    std::size_t count() { return facts().size(); }
    std::vector<std::string> faults() {
        std::vector<std::string> keys;
        const auto found = verify_store(*store_, {&format_, &calls_format()}, Catalogue{});
        EXPECT_TRUE(found.ok()) << found.error().key;
        if (found.ok()) {
            for (const auto& fault : *found) keys.push_back(fault.key);
        }
        const auto calls = count_call_faults(*store_);
        EXPECT_TRUE(calls.ok()) << calls.error().key;
        if (calls.ok() && *calls != 0) keys.push_back("calls:" + std::to_string(*calls));
        return keys;
    }

private:
    TestDatabases databases_;
    FixedClock clock_{1'400'000'000};
    Format format_ = queue_log_format();
    std::unique_ptr<Store> store_;
};

CallNotice notice(CallVerb verb, int second, const std::string& callid = "1366012790.7",
                  const std::string& queue = "servicedesk") {
    CallNotice made;
    made.callid = callid;
    made.queue = queue;
    made.caller = "38635000";
    made.at = kStart + second;
    made.verb = verb;
    return made;
}

std::string logged(int second, std::string_view rest, std::string_view callid = "1366012790.7",
                   std::string_view queue = "servicedesk") {
    return std::to_string(kStart + second) + "|" + std::string(callid) + "|" + std::string(queue) +
           "|" + std::string(rest) + "\n";
}

class CallStore : public testing::TestWithParam<Dialect> {
protected:
    Phone phone_{GetParam()};
};

using enum CallVerb;

TEST_P(CallStore, AQueueLogSupersedesAndItsWithdrawalBringsTheCallBack) {
    phone_.tell(notice(enter, 0));
    phone_.tell(notice(connect, 20));
    const auto told = phone_.facts();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told.begin()->first, "calls/1366012790.7/servicedesk/1366012800.1");
    const auto batch =
        phone_.import(logged(1, "NONE|ENTERQUEUE||1|1") + logged(21, "A|CONNECT|20|m|2"));
    const auto both = phone_.facts();
    ASSERT_EQ(both.size(), 1U);
    EXPECT_TRUE(both.begin()->first.starts_with("queue-log/"));
    phone_.tell(notice(end, 99));  // news of a call that the log holds already
    EXPECT_EQ(phone_.facts(), both);
    phone_.withdraw(batch);
    ASSERT_EQ(phone_.count(), 1U);
    EXPECT_EQ(phone_.facts().begin()->second, "answered/" + std::to_string(kStart + 99));
    EXPECT_EQ(phone_.faults(), std::vector<std::string>{});
}

TEST_P(CallStore, ALogThatHoldsTheFirstTwoEntriesLeavesTheThird) {
    for (const int at : {0, 100, 200}) {
        phone_.tell(notice(enter, at));
        phone_.tell(notice(leave, at + 50));
    }
    const auto batch =
        phone_.import(logged(0, "NONE|ENTERQUEUE||1|1") + logged(100, "NONE|ENTERQUEUE||1|1"));
    auto facts = phone_.facts();
    ASSERT_EQ(facts.size(), 3U);
    EXPECT_TRUE(facts.contains("calls/1366012790.7/servicedesk/1366013000.1"));
    // The log grows by the third: nothing of the webhook is left.
    phone_.import(logged(0, "NONE|ENTERQUEUE||1|1") + logged(100, "NONE|ENTERQUEUE||1|1") +
                  logged(200, "NONE|ENTERQUEUE||1|1"));
    facts = phone_.facts();
    ASSERT_EQ(facts.size(), 3U);
    for (const auto& [key, row] : facts) EXPECT_TRUE(key.starts_with("queue-log/")) << key;
    phone_.withdraw(batch);
    EXPECT_EQ(phone_.count(), 3U);
    EXPECT_EQ(phone_.faults(), std::vector<std::string>{});
}

TEST_P(CallStore, OtherCallsAndQueuesStay) {
    phone_.tell(notice(enter, 0));
    phone_.tell(notice(enter, 5, "1366012790.7", "klinisk"));
    phone_.tell(notice(enter, 6, "other"));
    phone_.import(logged(0, "NONE|ENTERQUEUE||1|1"));
    EXPECT_EQ(phone_.count(), 3U);
    EXPECT_EQ(phone_.faults(), std::vector<std::string>{});
}

TEST_P(CallStore, RepeatedEventsMakeNoEntry) {
    phone_.tell(notice(enter, 0));
    const auto head = head_seq(phone_.store().writer()).value();
    phone_.tell(notice(enter, 0));
    EXPECT_EQ(head_seq(phone_.store().writer()).value(), head);
    EXPECT_EQ(phone_.count(), 1U);
}

TEST_P(CallStore, TheCallerIsErasableWithoutATrace) {
    phone_.tell(notice(enter, 0));
    const auto before = phone_.facts();
    ASSERT_TRUE(phone_.store().writer().run("UPDATE telephony_call_event SET caller = NULL").ok());
    EXPECT_EQ(phone_.facts(), before);
    EXPECT_EQ(phone_.faults(), std::vector<std::string>{});
}

TEST_P(CallStore, ATouchedEventIsFound) {
    phone_.tell(notice(enter, 0));
    ASSERT_TRUE(phone_.store().writer().run("UPDATE telephony_call_event SET at = at + 1").ok());
    EXPECT_EQ(phone_.faults(), (std::vector<std::string>{"calls:2"}));
    ASSERT_TRUE(phone_.store().writer().run("DELETE FROM telephony_call_event").ok());
    EXPECT_EQ(phone_.faults(), (std::vector<std::string>{"calls:1"}));
}

TEST_P(CallStore, TheNameOfTheWebhookIsReserved) {
    const Format format = queue_log_format();
    ImportRequest request;
    request.format = &format;
    request.options.source = std::string(kCallSource);
    request.files = {{"queue_log", logged(0, "NONE|ENTERQUEUE||1|1")}};
    const auto report = import_batch(phone_.store(), FixedClock(kStart), request);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().key, "telephony.log.source_reserved");
}

// Everything from scratch: what live logs derive, and the webhook's events beside it.
struct World {
    std::map<std::int64_t, std::pair<std::string, std::string>>
        logs;  // live: batch -> source, text
    std::vector<CallNotice> told;

    std::set<std::string> keys() const {
        std::map<std::string, std::vector<std::string>> by_source;
        for (const auto& [batch, log] : logs) by_source[log.first].push_back(log.second);
        std::set<std::string> all;
        std::map<std::pair<std::string, std::string>, std::map<std::string, int>> held;
        for (const auto& [source, files] : by_source) {
            for (const auto& [key, row] : derive_files(files, source)) {
                all.insert(key);
                ++held[{row.at("callid"), row.at("queue")}][source];
            }
        }
        std::vector<CallEvent> events;
        for (const auto& item : told) {
            events.push_back({item.callid, item.queue, item.agent, item.at, item.verb});
        }
        const FactTableSpec table = visit_table_spec();
        MemorySink sink(table);
        derive_calls(
            events,
            [&](std::string_view callid, std::string_view queue) {
                int most = 0;
                for (const auto& [source, count] :
                     held[{std::string(callid), std::string(queue)}]) {
                    most = std::max(most, count);
                }
                return most;
            },
            sink);
        for (const auto& [key, row] : sink.take()) all.insert(key);
        return all;
    }
    // Of one log source and the webhook: each call has as many visits as who knows most of it.
    std::size_t calls_that_were() const {
        std::map<std::pair<std::string, std::string>, std::set<UtcSecond>> heard;
        for (const auto& item : told) {
            if (item.verb == enter) heard[{item.callid, item.queue}].insert(item.at);
        }
        std::map<std::pair<std::string, std::string>, std::size_t> most;
        for (const auto& [call, entries] : heard) most[call] = entries.size();
        std::vector<std::string> files;
        for (const auto& [batch, log] : logs) files.push_back(log.second);
        std::map<std::pair<std::string, std::string>, std::size_t> logged_visits;
        for (const auto& [key, row] : derive_files(files)) {
            ++logged_visits[{row.at("callid"), row.at("queue")}];
        }
        for (const auto& [call, count] : logged_visits) most[call] = std::max(most[call], count);
        std::size_t sum = 0;
        for (const auto& [call, count] : most) sum += count;
        return sum;
    }
};

CallNotice random_notice() {
    auto made = notice(*rc::gen::element(enter, enter, connect, abandon, leave, end),
                       *rc::gen::inRange(0, 12), *rc::gen::element<std::string>("7.1", "x"),
                       *rc::gen::element<std::string>("q", "r"));
    made.agent = *rc::gen::element<std::string>("", "A1");
    return made;
}

std::string random_log() {
    std::string log;
    const int lines = *rc::gen::inRange(1, 6);
    for (int i = 0; i < lines; ++i) {
        log += logged(*rc::gen::inRange(0, 12),
                      *rc::gen::element<std::string>("NONE|ENTERQUEUE||1|1", "NONE|ENTERQUEUE||1|1",
                                                     "A1|CONNECT|3|m|1", "NONE|ABANDON|1|1|4"),
                      *rc::gen::element<std::string>("7.1", "x"),
                      *rc::gen::element<std::string>("q", "r"));
    }
    return log;
}

void any_interleaving(Phone& phone, bool two_sources) {
    World world;
    const int steps = *rc::gen::inRange(1, 14);
    for (int step = 0; step < steps; ++step) {
        const int choice = *rc::gen::inRange(0, 10);
        if (choice < 6) {
            const auto made = random_notice();
            phone.tell(made);
            world.told.push_back(made);
        } else if (choice < 8 || world.logs.empty()) {
            const std::string source =
                two_sources ? *rc::gen::element<std::string>("queue-log", "pbx") : "queue-log";
            const std::string log = random_log();
            world.logs[phone.import(log, source)] = {source, log};
        } else {
            auto gone = world.logs.begin();
            std::advance(gone, *rc::gen::inRange<std::size_t>(0, world.logs.size()));
            phone.withdraw(gone->first);
            world.logs.erase(gone);
        }
        std::set<std::string> standing;
        for (const auto& [key, row] : phone.facts()) standing.insert(key);
        RC_ASSERT(standing == world.keys());
        if (!two_sources) RC_ASSERT(standing.size() == world.calls_that_were());
    }
    RC_ASSERT(phone.faults() == std::vector<std::string>{});
}

TEST(CallStoreProperty, AnyInterleavingIsAsFromScratchAndNoCallCountsTwice) {
    EXPECT_TRUE(rc::check([] {
        Phone phone(Dialect::sqlite);
        any_interleaving(phone, false);
    }));
}

TEST(CallStoreProperty, AlsoWithSeveralLogs) {
    EXPECT_TRUE(rc::check([] {
        Phone phone(Dialect::sqlite);
        any_interleaving(phone, true);
    }));
}

INSTANTIATE_TEST_SUITE_P(Both, CallStore, testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& backend) {
                             return backend.param == Dialect::sqlite ? "sqlite" : "postgres";
                         });

}  // namespace
}  // namespace klarsyn::telephony
