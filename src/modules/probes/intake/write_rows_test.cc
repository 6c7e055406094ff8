// What is remembered of labels changes nothing: rows are those of the plain way, minute after
// minute.
#include "modules/probes/intake/write_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <tuple>

#include "modules/probes/intake/samples.h"
#include "modules/probes/measurements.h"
#include "protocols/packed.h"
#include "protocols/remote_write.h"
#include "store/test_store.h"

namespace klarsyn::probes {
namespace {

constexpr const char* kMapping = R"([[metric]]
name = "probe_s"
system = "{system}"
action = "a {action}"
site = "{site}"
unit = "s"
[[metric]]
name = "no_unit"
system = "{system}"
action = "x"
site = "{site}"
)";
constexpr const char* kPaired = R"([[metric]]
name = "probe_s"
system = "{system}"
action = "a {action}"
site = "{site}"
unit = "s"
success = "probe_ok"
)";
constexpr UtcSecond kLatest = 2'000'000'000;

using Row = std::tuple<LiveRows::Key, UtcSecond, std::uint32_t, int>;

class WriteRows : public testing::TestWithParam<Dialect> {
protected:
    void SetUp() override {
        store_ = Store::create(databases_.fresh(GetParam()), test_migrations()).take();
        memory_ = std::make_unique<ThreadMemory>(store_->writer());
    }
    Connection& db() { return store_->writer(); }

    // Series whose ids are known by their keys, and what the rows mean.
    std::vector<Row> plain(const LiveRows& rows) {
        std::vector<Row> all;
        for (const SeriesRow& row : rows.rows) {
            LiveRows::Key key;
            if (row.series < 0) {
                key = rows.fresh[static_cast<std::size_t>(-1 - row.series)];
            } else {
                key = known_[row.series];
            }
            all.emplace_back(key, row.time, row.ms, row.outcome);
        }
        return all;
    }
    // Gives the fresh keys series, as the writer does.
    void settle(LiveRows rows) {
        ASSERT_TRUE(db().begin_write().ok());
        SeriesWriter writer(db(), result_series(), memory_->names);
        SeriesDims dims{};
        dims[kSourceDim] = memory_->names.intern("prom").take();
        for (const LiveRows::Key& key : rows.fresh) {
            dims[kSystemDim] = memory_->names.intern(key[0]).take();
            dims[kActionDim] = memory_->names.intern(key[1]).take();
            dims[kSiteDim] = memory_->names.intern(key[2]).take();
            dims[kSeatDim] = memory_->names.intern(key[3]).take();
            known_[writer.series(dims).take()] = key;
        }
        ASSERT_TRUE(db().commit().ok());
    }

    TestDatabases databases_;
    std::unique_ptr<Store> store_;
    std::unique_ptr<ThreadMemory> memory_;
    std::map<std::int32_t, LiveRows::Key> known_;
};

std::vector<WriteSeries> some_series(std::mt19937& random) {
    const auto pick = [&](int below) { return static_cast<int>(random() % below); };
    const char* names[] = {"probe_s", "probe_s", "probe_s", "no_unit", "other", "probe_ok"};
    const double values[] = {0.25, 1.5,          -1, 1e12, std::numeric_limits<double>::quiet_NaN(),
                             0,    stale_value()};
    std::vector<WriteSeries> all;
    for (int i = 0; i < 40; ++i) {
        WriteSeries& series = all.emplace_back();
        if (pick(12) > 0) series.labels.emplace_back("__name__", names[pick(6)]);
        series.labels.emplace_back("action", std::to_string(pick(3)));
        if (pick(10) > 0) series.labels.emplace_back("site", "H" + std::to_string(pick(3)));
        series.labels.emplace_back("system", pick(20) == 0 ? "bad\xff" : "S");
        for (int s = pick(3); s >= 0; --s)
            series.samples.push_back(
                {values[pick(7)],
                 (pick(15) == 0 ? -5 : 1) * (1'700'000'000'000 + pick(4) * 999'999)});
        if (pick(30) == 0) series.samples.back().time_ms = (kLatest + 1) * 1000;
        if (pick(25) == 0) series.samples.clear();
    }
    return all;
}

TEST_P(WriteRows, AreThoseOfThePlainWayWhateverIsRemembered) {
    std::mt19937 random(7);
    for (const char* text : {kMapping, kPaired, kMapping, ""}) {
        const auto mapping =
            std::make_shared<const ProbeMapping>(ProbeMapping::parse(text, "m").take());
        for (int round = 0; round < 12; ++round) {
            const auto series = some_series(random);
            const std::string packed = write_request(series);
            UnmappedCounts damaged;
            MappedSamples expected =
                mapping->map(samples_of(parse_write_request(packed).take(), damaged), kLatest);
            expected.unmapped.merge(damaged);
            auto written = read_write(db(), *memory_, "prom", mapping, packed, kLatest).take();
            std::vector<Row> wanted;
            std::size_t waiting = 0;
            const auto want = [&](const KeptMeasurement& one, bool only_known) {
                const LiveRows::Key key = key_of(one);
                const bool known = std::any_of(known_.begin(), known_.end(),
                                               [&](const auto& at) { return at.second == key; });
                if (only_known && !known && ++waiting > 0) return;
                wanted.emplace_back(key, one.at,
                                    one.ms ? static_cast<std::uint32_t>(*one.ms) : kNoMs,
                                    outcome_bits(one.outcome, 0));
            };
            for (const KeptMeasurement& one : expected.measurements) want(one, false);
            for (const auto& [metric, one] : expected.lone_failures) want(one, true);
            ASSERT_EQ(plain(written.rows), wanted);
            EXPECT_EQ(written.rows.waiting.size(), waiting);
            ASSERT_EQ(written.unmapped.size(), expected.unmapped.size());
            for (const auto& [what, count] : expected.unmapped) {
                EXPECT_EQ(written.unmapped[what].samples, count.samples) << what.metric;
                EXPECT_EQ(written.unmapped[what].labels, count.labels) << what.metric;
            }
            if (!wanted.empty() && round > 1) settle(written.rows);
        }
        EXPECT_FALSE(known_.empty());
    }
}

TEST_P(WriteRows, LabelsThatDoNotStandTogetherAreRead) {
    ProtoWriter label, sample, series, message;
    const auto add_label = [&](std::string_view name, std::string_view value) {
        ProtoWriter one;
        one.bytes(1, name);
        one.bytes(2, value);
        series.bytes(1, one.text());
    };
    sample.real(1, 0.5);
    sample.varint(2, 1'700'000'000'000);
    add_label("__name__", "probe_s");
    add_label("system", "S");
    series.bytes(2, sample.text());
    add_label("action", "1");
    add_label("site", "H1");
    message.bytes(1, series.text());
    const auto mapping =
        std::make_shared<const ProbeMapping>(ProbeMapping::parse(kMapping, "m").take());
    for (int round = 0; round < 2; ++round) {
        const auto written =
            read_write(db(), *memory_, "prom", mapping, pack_snappy(message.text()), kLatest)
                .take();
        const std::vector<Row> wanted = {{{"S", "a 1", "H1", ""}, 1'700'000'000, 500, 0}};
        EXPECT_EQ(plain(written.rows), wanted);
    }
}

TEST_P(WriteRows, WhatIsNoRequestIsRefused) {
    const auto mapping =
        std::make_shared<const ProbeMapping>(ProbeMapping::parse(kMapping, "m").take());
    for (const std::string& packed : {std::string("x"), pack_snappy("\x0a\x05zz")})
        EXPECT_EQ(read_write(db(), *memory_, "prom", mapping, packed, kLatest).error().code,
                  ErrorCode::invalid_input);
}

INSTANTIATE_TEST_SUITE_P(Databases, WriteRows, testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& which) {
                             return which.param == Dialect::sqlite ? "sqlite" : "postgres";
                         });

}  // namespace
}  // namespace klarsyn::probes
