// Failures of what was never measured wait so long and so many; what is given up is counted.
#include "modules/probes/intake/waiting.h"

#include <gtest/gtest.h>

#include "modules/probes/intake/keep.h"
#include "store/schemas_for_test.h"
#include "store/test_store.h"

namespace klarsyn::probes {
namespace {

constexpr UtcSecond kNow = 1'700'000'000;

class Waiting : public testing::TestWithParam<Dialect> {
protected:
    void SetUp() override {
        store_ = Store::create(databases_.fresh(GetParam()),
                               schemas_of({"store", "ingest", "indicators", "modules/probes"}))
                     .take();
    }
    Connection& db() { return store_->writer(); }

    void keep(LiveRows rows, UtcSecond now) {
        const FixedClock clock{now};
        ThreadMemory memory(db());
        const std::string key = store_->journal_key();
        WriteTurn turn(db(), memory, key, clock);
        db().begin_write().take();
        const auto kept = keep_measurements(turn, "prom", std::move(rows), {}, "prom");
        ASSERT_TRUE(kept.ok()) << describe(kept.error(), Language::en);
        turn.finish().take();
        db().commit().take();
    }
    static LoneFailure failure(UtcSecond at, const std::string& seat) {
        LoneFailure one{"probe_success", {}};
        one.measurement.system = "S";
        one.measurement.action = "a";
        one.measurement.site = "H";
        one.measurement.seat = seat;
        one.measurement.at = at;
        one.measurement.outcome = Outcome::failed;
        one.measurement.says = SeriesRow::Says::outcome;
        return one;
    }
    std::int64_t given_up() {
        std::int64_t samples = 0;
        for (const UnmappedRow& row : unmapped_rows(db(), 10).take()) {
            EXPECT_EQ(row.why, "alone");
            EXPECT_EQ(row.metric, "probe_success");
            samples += row.samples;
        }
        return samples;
    }
    std::int64_t waiting() {
        return query_i64(db(), "SELECT COUNT(*) FROM probes_waiting").take();
    }
    std::int64_t entries() { return head_seq(db()).take(); }

    TestDatabases databases_;
    std::unique_ptr<Store> store_;
};

TEST_P(Waiting, NoMoreAndNoLongerThanStated) {
    const std::int64_t before = entries();
    LiveRows many;
    for (std::int64_t i = 0; i < kWaitingMost + 3; ++i) many.waiting.push_back(failure(i, "pc1"));
    keep(std::move(many), kNow);
    EXPECT_EQ(waiting(), kWaitingMost);
    EXPECT_EQ(given_up(), 3);
    LiveRows late;
    late.waiting.push_back(failure(kNow, "pc2"));
    keep(std::move(late), kNow + kWaitingMost_s + 1);
    EXPECT_EQ(waiting(), 1);
    EXPECT_EQ(given_up(), kWaitingMost + 3);
    EXPECT_EQ(entries(), before);  // nothing was measured
}

TEST_P(Waiting, TheFirstMeasurementTakesAllOfItsThingAndOfNoOther) {
    LiveRows rows;
    for (const UtcSecond at : {kNow - 120, kNow - 60, kNow})
        rows.waiting.push_back(failure(at, "pc1"));
    rows.waiting.push_back(failure(kNow, "pc2"));
    rows.waiting.push_back(failure(kNow, "pc2"));  // the same again
    keep(std::move(rows), kNow);
    EXPECT_EQ(waiting(), 4);
    KeptMeasurement duration = failure(kNow, "pc1").measurement;
    duration.outcome = Outcome::ok;
    duration.ms = 2000;
    duration.says = SeriesRow::Says::ms;
    LiveRowsMaker maker;
    maker.add(0, key_of(duration), duration);
    keep(maker.take(), kNow + 5);
    EXPECT_EQ(waiting(), 1);
    EXPECT_EQ(given_up(), 0);
}

INSTANTIATE_TEST_SUITE_P(Databases, Waiting, testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& which) {
                             return which.param == Dialect::sqlite ? "sqlite" : "postgres";
                         });

}  // namespace
}  // namespace klarsyn::probes
