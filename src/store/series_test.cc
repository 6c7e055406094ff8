// The contract of measurements in blocks, on both databases.
#include "store/series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <mutex>
#include <tuple>

#include "store/series_scan.h"
#include "store/test_store.h"

namespace klarsyn {
namespace {

using Seen = std::tuple<std::int32_t, UtcSecond, std::uint32_t, int, std::int64_t>;

// What should be so: every row that ever was, plainly.
struct Model {
    struct Row {
        SeriesRow row;
        std::int64_t seq = 0;
        std::int64_t retracted = 0;
    };
    std::vector<Row> rows;

    Row* standing(const SeriesRow& key) {
        for (Row& row : rows) {
            if (row.retracted == 0 && row.row.series == key.series && row.row.time == key.time) {
                return &row;
            }
        }
        return nullptr;
    }
    void append(std::int64_t seq, const std::vector<SeriesRow>& more) {
        using Says = SeriesRow::Says;
        std::map<std::pair<std::int32_t, UtcSecond>, SeriesRow> last;
        for (SeriesRow row : more) {  // one after the other, each onto what it finds
            const auto earlier = last.find({row.series, row.time});
            const Row* there = standing(row);
            const SeriesRow* found = earlier != last.end() ? &earlier->second
                                     : there != nullptr    ? &there->row
                                                           : nullptr;
            if (found && !found->gone && row.says == Says::ms) row.outcome = found->outcome;
            if (found && !found->gone && row.says == Says::outcome) row.ms = found->ms;
            last[{row.series, row.time}] = row;
        }
        for (const auto& [key, row] : last) {
            Row* before = standing(row);
            if (before && !row.gone && before->row.ms == row.ms &&
                before->row.outcome == row.outcome) {
                continue;
            }
            if (before) before->retracted = seq;
            if (!row.gone) rows.push_back({row, seq, 0});
        }
    }
    std::vector<Seen> seen(const SeriesQuery& query) const {
        std::vector<Seen> all;
        for (const Row& row : rows) {
            if (row.row.time < query.from || row.row.time >= query.to || row.seq > query.as_of ||
                (row.retracted != 0 && row.retracted <= query.as_of)) {
                continue;
            }
            if (query.series &&
                !std::binary_search(query.series->begin(), query.series->end(), row.row.series)) {
                continue;
            }
            all.emplace_back(row.row.series, row.row.time, row.row.ms, row.row.outcome, row.seq);
        }
        std::sort(all.begin(), all.end());
        return all;
    }
};

class SeriesContract : public testing::TestWithParam<Dialect> {
protected:
    void SetUp() override {
        const std::string data = databases_.fresh(GetParam());
        if (HasFatalFailure()) return;
        store_ = Store::create(data, test_migrations()).take();
    }
    Connection& db() { return store_->writer(); }
    SeriesTable table(const std::string& name) { return {name, {"system", "site"}}; }
    SeriesWriter writer(const std::string& name) { return {db(), table(name), Names(db())}; }

    std::vector<Seen> scan(const std::string& name, const SeriesQuery& query, std::size_t sinks) {
        std::mutex mutex;
        std::vector<Seen> all;
        const SeriesSink sink = [&](SeriesSpan& span) -> Result<void> {
            KL_TRY(const auto outcomes, span.outcomes());
            KL_TRY(const auto ms, span.ms());
            KL_TRY(const auto times, span.times());
            KL_TRY(const auto seqs, span.seqs());
            EXPECT_EQ(times.front(), span.first());
            EXPECT_EQ(times.back(), span.last());
            EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
            const std::lock_guard lock(mutex);
            for (std::size_t i = 0; i < span.size(); ++i) {
                all.emplace_back(span.series(), times[i], ms[i], outcomes[i], seqs[i]);
            }
            return {};
        };
        const std::vector<SeriesSink> crew(sinks, sink);
        EXPECT_TRUE(scan_series(db(), table(name), query, crew).ok());
        std::sort(all.begin(), all.end());
        return all;
    }

    TestDatabases databases_;
    std::unique_ptr<Store> store_;
};

constexpr UtcSecond kStart = 1'760'486'400;

std::vector<SeriesRow> any_rows(const std::vector<std::int32_t>& series) {
    std::vector<SeriesRow> rows;
    const int count = *rc::gen::element(3, 40, 900);
    const UtcSecond start = kStart + *rc::gen::inRange(-3, 14) * 86'400;
    for (int i = 0; i < count; ++i) {
        SeriesRow row;
        row.series = *rc::gen::elementOf(series);
        row.time = start + *rc::gen::inRange(0, count) * 600;
        row.outcome = static_cast<std::uint8_t>(*rc::gen::inRange(0, 3));
        row.ms = row.outcome == 2 ? kNoMs : *rc::gen::inRange<std::uint32_t>(0, 4) * 70'000U;
        row.gone = *rc::gen::inRange(0, 12) == 0;
        row.says = *rc::gen::element(SeriesRow::Says::all, SeriesRow::Says::all,
                                     SeriesRow::Says::ms, SeriesRow::Says::outcome);
        rows.push_back(row);
    }
    return rows;
}

TEST_P(SeriesContract, answers_as_a_plain_list_of_rows_would) {
    int run = 0;
    EXPECT_TRUE(rc::check("series", [&] {
        const std::string name = "probes_" + std::to_string(++run);
        db().rollback();  // of a run that failed
        Model model;
        auto series_writer = std::make_unique<SeriesWriter>(db(), table(name), Names(db()));
        std::vector<std::int32_t> series;
        std::map<std::int64_t, SeriesDigest> signed_digests;
        db().begin_write().take();  // and never committed: the disk is not what is tested
        for (std::int64_t s = 0; s < 3; ++s) series.push_back(series_writer->series({s, 7}).take());
        const int steps = *rc::gen::inRange(2, 7);
        for (std::int64_t seq = 1; seq <= steps; ++seq) {
            if (*rc::gen::inRange(0, 3) == 0) {
                series_writer = std::make_unique<SeriesWriter>(db(), table(name), Names(db()));
            }
            const auto rows = any_rows(series);
            if (*rc::gen::inRange(0, 4) == 0) {  // taken back: nobody may notice
                db().begin_part().take();
                series_writer->append(seq, any_rows(series)).take();
                db().rollback_part().take();
            }
            const SeriesChange change = series_writer->append(seq, rows).take();
            signed_digests[seq] = change.digest;
            RC_ASSERT(change.added + change.changed + change.unchanged + change.gone ==
                      static_cast<std::int64_t>(rows.size()));
            model.append(seq, rows);
            if (*rc::gen::inRange(0, 2) == 0) {
                series_writer->pack(*rc::gen::element(1, 1'000'000)).take();
            }
        }
        for (std::int64_t as_of = 0; as_of <= steps; ++as_of) {
            SeriesQuery query;
            query.from = kStart + *rc::gen::inRange(-5, 20) * 43'200;
            query.to = query.from + *rc::gen::inRange(1, 40) * 43'200;
            query.as_of = as_of;
            if (*rc::gen::inRange(0, 2) == 0) query.series = std::vector{series[1]};
            RC_ASSERT(scan(name, query, 1) == model.seen(query));
            RC_ASSERT(scan(name, query, 2) == model.seen(query));
        }
        std::map<std::int64_t, SeriesDigest> digests;
        RC_ASSERT(verify_series(db(), table(name), digests).take().empty());
        std::erase_if(digests, [](const auto& d) { return d.second == SeriesDigest{}; });
        std::erase_if(signed_digests, [](const auto& d) { return d.second == SeriesDigest{}; });
        RC_ASSERT(digests == signed_digests);
        db().rollback();
    }));
}

std::vector<SeriesRow> regular(std::int32_t series, int count, UtcSecond start = kStart) {
    std::vector<SeriesRow> rows;
    for (int i = 0; i < count; ++i) {
        rows.push_back(
            {start + i * 60, series, static_cast<std::uint32_t>(200 + i % 37), 0, false});
    }
    return rows;
}

// As a source with few of a table's series is read again: slot by slot, but only where blocks are.
TEST_P(SeriesContract, few_series_of_many_are_read_over_all_of_time) {
    SeriesWriter writer(db(), table("few"), Names(db()));
    db().begin_write().take();
    std::vector<SeriesRow> rows;
    for (std::int64_t s = 0; s < 9; ++s) {
        const auto series = writer.series({s, 7}).take();
        for (int i = 0; i < 300; ++i) rows.push_back({kStart + i * 7'200, series, 5, 0});
    }
    const auto chosen = rows.back().series;
    writer.append(1, std::move(rows)).take();
    SeriesQuery query;
    query.from = INT64_MIN / 4;
    query.to = INT64_MAX / 4;
    query.as_of = 1;
    query.series = std::vector{chosen};
    EXPECT_EQ(scan("few", query, 1).size(), 300U);
    query.from = query.to = kStart + 99'000'000;
    query.to += 86'400;  // behind them all
    EXPECT_EQ(scan("few", query, 1).size(), 0U);
    db().rollback();
}

TEST_P(SeriesContract, a_batch_goes_with_one_mark_per_series) {
    auto probes = writer("marks");
    db().begin_write().take();
    const auto a = probes.series({1, 1}).take();
    const auto b = probes.series({1, 2}).take();
    auto rows = regular(a, 3'000);
    const auto more = regular(b, 3'000);
    rows.insert(rows.end(), more.begin(), more.end());
    EXPECT_EQ(probes.append(1, rows).take().added, 6'000);
    for (SeriesRow& row : rows) row.gone = true;
    rows[10].gone = false;  // another file brought it too: it stays
    const SeriesChange gone = probes.append(2, rows).take();
    EXPECT_EQ(gone.gone, 5'999);
    EXPECT_EQ(gone.unchanged, 1);
    db().commit().take();
    EXPECT_EQ(query_i64(db(), "SELECT COUNT(*) FROM core_series_mark").take(), 3);
    EXPECT_EQ(scan("marks", {{}, kStart, kStart + 9'000'000, 2}, 1).size(), 1U);
    EXPECT_EQ(scan("marks", {{}, kStart, kStart + 9'000'000, 1}, 1).size(), 6'000U);
}

TEST_P(SeriesContract, one_entry_says_one_thing_of_a_measurement) {
    auto probes = writer("twice");
    db().begin_write().take();
    const auto a = probes.series({1, 1}).take();
    EXPECT_EQ(probes.append(1, {{kStart, a, 5, 0, false}, {kStart, a, 6, 0, false}}).take().changed,
              1);
    EXPECT_EQ(probes.append(1, {{kStart, a, 6, 0, false}}).take().unchanged, 1);
    // Said again as a whole nothing changes.
    const auto again =
        probes.append(2, {{kStart, a, 5, 0, false}, {kStart, a, 6, 0, false}}).take();
    EXPECT_EQ(std::pair(again.changed, again.unchanged), std::pair(0L, 2L));
    EXPECT_EQ(probes.append(1, {{kStart, a, 7, 0, false}}).error().key, "store.series_twice");
    db().rollback();
}

TEST_P(SeriesContract, damage_is_found_and_hurts_nobody) {
    auto probes = writer("damage");
    db().begin_write().take();
    const auto a = probes.series({1, 1}).take();
    probes.append(1, regular(a, 600)).take();
    probes.append(2, regular(a, 10, kStart + 9'000'000)).take();
    db().commit().take();
    std::map<std::int64_t, SeriesDigest> digests;
    EXPECT_TRUE(verify_series(db(), table("damage"), digests).take().empty());
    db().run("UPDATE core_series_block SET bytes = :bytes", {{":bytes", Value(Blob{"\x01\x05"})}})
        .take();
    auto faults = verify_series(db(), table("damage"), digests).take();
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_EQ(faults[0].what, "block");
    const SeriesSink sink = [](SeriesSpan& span) -> Result<void> {
        KL_TRY([[maybe_unused]] const auto ms, span.ms());
        return {};
    };
    for (const std::size_t helpers : {1, 2}) {
        const auto failed = scan_series(db(), table("damage"), {{}, kStart, kStart + 99'000'000, 9},
                                        std::vector<SeriesSink>(helpers, sink));
        ASSERT_FALSE(failed.ok());
        EXPECT_EQ(failed.error().key, "store.block_damaged");
    }
    db().run("DELETE FROM core_series_block").take();
    db().run("UPDATE core_series_tail SET bytes = :bytes", {{":bytes", Value(Blob{"\x01\xff"})}})
        .take();
    faults = verify_series(db(), table("damage"), digests).take();
    ASSERT_EQ(faults.size(), 1U);
    EXPECT_EQ(faults[0].what, "tail");
}

INSTANTIATE_TEST_SUITE_P(Databases, SeriesContract,
                         testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& parameter) {
                             return parameter.param == Dialect::sqlite ? "sqlite" : "postgres";
                         });

}  // namespace
}  // namespace klarsyn
