// What blocks, tail and marks say, against the sums that were written with them.

#include <algorithm>

#include "store/series_rows.h"

namespace klarsyn {
namespace {

class Check {
public:
    Check(Connection& db, std::int64_t tab, std::map<std::int64_t, SeriesDigest>& digests)
        : db_(db), tab_(tab), digests_(digests) {}

    Result<std::vector<SeriesFault>> run(const SeriesTable& table) {
        KL_TRY(const auto all, load_series(db_, table));
        for (const SeriesInfo& info : all)
            seeds_[info.id] = series_seed(table.name, info.dims) | 1U;
        KL_TRY(marks_, load_marks(db_, tab_, INT64_MIN, INT64_MAX, INT64_MAX));
        for (const auto& [series, marks] : marks_) used_[series].resize(marks.size());
        KL_CHECK(check_blocks());
        KL_CHECK(check_tail());
        for (const auto& [series, used] : used_) {
            if (std::find(used.begin(), used.end(), false) != used.end()) fault(series, "mark");
        }
        return std::move(faults_);
    }

private:
    void fault(std::int32_t series, std::string what) {
        faults_.push_back({series, std::move(what)});
    }

    // Adds the rows to the sums of their entries; returns the sum of their digests.
    std::uint64_t add(std::int32_t series, const SeriesColumns& rows) {
        const std::uint64_t seed = seeds_[series];
        const auto own = marks_.find(series);
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::uint64_t digest =
                series_row_digest(seed, rows.time[i], rows.ms[i], rows.outcome[i]);
            sum += digest;
            auto& came = digests_[rows.seq[i]];
            came.came += digest;
            ++came.rows_came;
            if (own == marks_.end()) continue;
            std::int64_t gone = 0;  // by the first that took it
            for (std::size_t m = 0; m < own->second.size(); ++m) {
                if (!own->second[m].covers(rows.time[i], rows.seq[i])) continue;
                used_[series][m] = true;
                const std::int64_t seq = own->second[m].retracted_seq;
                gone = gone == 0 ? seq : std::min(gone, seq);
            }
            if (gone == 0) continue;
            auto& went = digests_[gone];
            went.went += digest;
            ++went.rows_went;
        }
        return sum;
    }

    Result<void> check_blocks() {
        KL_TRY(auto rows, db_.stream("SELECT series, slot, from_time, to_time, min_seq, max_seq, "
                                     "row_count, digest, bytes FROM core_series_block "
                                     "WHERE tab = :tab",
                                     {{":tab", Value(tab_)}}));
        SeriesDecoder decoder;
        SeriesColumns block;
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) return {};
            const auto series = static_cast<std::int32_t>(rows->i64(0));
            if (!decoder.open(rows->blob(8)).ok() || !decoder.all(block).ok() ||
                !seeds_.contains(series)) {
                fault(series, "block");
                continue;
            }
            const std::uint64_t digest = add(series, block);
            const auto [low, high] = std::minmax_element(block.seq.begin(), block.seq.end());
            const bool right =
                slot_of(block.time.front()) == rows->i64(1) &&
                slot_of(block.time.back()) == rows->i64(1) && block.time.front() == rows->i64(2) &&
                block.time.back() == rows->i64(3) && *low == rows->i64(4) &&
                *high == rows->i64(5) && static_cast<std::int64_t>(block.size()) == rows->i64(6) &&
                static_cast<std::int64_t>(digest) == rows->i64(7);
            if (!right) fault(series, "block");
        }
    }

    Result<void> check_tail() {
        auto tail = load_tail(db_, tab_, INT64_MIN, INT64_MAX, INT64_MAX, nullptr);
        if (!tail.ok() && tail.error().code != ErrorCode::internal) return tail.error();
        if (!tail.ok()) {
            fault(0, "tail");
            return {};
        }
        for (const auto& [series, rows] : *tail) {
            if (!seeds_.contains(series))
                fault(series, "tail");
            else
                add(series, rows);
        }
        return {};
    }

    Connection& db_;
    std::int64_t tab_;
    std::map<std::int64_t, SeriesDigest>& digests_;
    std::map<std::int32_t, std::uint64_t> seeds_;
    SeriesMarks marks_;
    std::map<std::int32_t, std::vector<bool>> used_;
    std::vector<SeriesFault> faults_;
};

}  // namespace

Result<std::vector<SeriesFault>> verify_series(Connection& db, const SeriesTable& table,
                                               std::map<std::int64_t, SeriesDigest>& digests) {
    KL_TRY(const auto tab, series_tab(db, table));
    if (!tab) return std::vector<SeriesFault>();
    return Check(db, *tab, digests).run(table);
}

}  // namespace klarsyn
