// Where the measurements that stand begin and end, and where they are many.

#include "store/series_rows.h"

namespace klarsyn {
namespace {

class Reacher {
public:
    Reacher(Connection& db, std::int64_t tab) : db_(db), tab_(tab) {}

    Result<std::map<std::int32_t, SeriesReach>> run() {
        KL_TRY(marks_, load_marks(db_, tab_, INT64_MIN, INT64_MAX, INT64_MAX));
        KL_CHECK(add_blocks());
        for (const auto& [series, marks] : marks_) {
            KL_CHECK(add_marked(series, marks, true));
            KL_CHECK(add_marked(series, marks, false));
        }
        KL_TRY(auto tail, load_tail(db_, tab_, INT64_MIN, INT64_MAX, INT64_MAX, nullptr));
        for (auto& [series, rows] : tail) {
            const auto own = marks_.find(series);
            if (own != marks_.end()) {
                keep_visible(rows, INT64_MIN, INT64_MAX, INT64_MAX, own->second);
            }
            if (rows.size() > 0) add(series, {rows.time.front(), rows.time.back()});
        }
        return std::move(found_);
    }

private:
    void add(std::int32_t series, SeriesReach reach) {
        const auto [known, fresh] = found_.try_emplace(series, reach);
        if (fresh) return;
        known->second.first = std::min(known->second.first, reach.first);
        known->second.last = std::max(known->second.last, reach.last);
    }

    // Of series without marks every row of a block stands.
    Result<void> add_blocks() {
        KL_TRY(auto rows, db_.query("SELECT series, MIN(from_time), MAX(to_time) FROM "
                                    "core_series_block WHERE tab = :tab GROUP BY series",
                                    {{":tab", Value(tab_)}}));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) return {};
            const auto series = static_cast<std::int32_t>(rows->i64(0));
            if (!marks_.contains(series)) add(series, {rows->i64(1), rows->i64(2)});
        }
    }

    // The first or the last block of a series that has any row that stands.
    Result<void> add_marked(std::int32_t series, const std::vector<SeriesMark>& marks, bool first) {
        KL_TRY(auto rows,
               db_.query("SELECT bytes FROM core_series_block WHERE tab = :tab AND "
                         "series = :series ORDER BY slot" +
                             std::string(first ? "" : " DESC"),
                         {{":tab", Value(tab_)}, {":series", Value(std::int64_t{series})}}));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) return {};
            KL_CHECK(decoder_.open(rows->blob(0)));
            KL_CHECK(decoder_.all(columns_));
            keep_visible(columns_, INT64_MIN, INT64_MAX, INT64_MAX, marks);
            if (columns_.size() == 0) continue;
            add(series, {columns_.time.front(), columns_.time.back()});
            return {};
        }
    }

    Connection& db_;
    std::int64_t tab_;
    SeriesMarks marks_;
    SeriesDecoder decoder_;
    SeriesColumns columns_;
    std::map<std::int32_t, SeriesReach> found_;
};

}  // namespace

Result<std::map<std::int32_t, SeriesReach>> series_reach(Connection& db, const SeriesTable& table) {
    KL_TRY(const auto tab, series_tab(db, table));
    if (!tab) return std::map<std::int32_t, SeriesReach>();
    return Reacher(db, *tab).run();
}

Result<std::vector<SeriesLoad>> series_load(Connection& db, const SeriesTable& table) {
    std::vector<SeriesLoad> load;
    KL_TRY(const auto tab, series_tab(db, table));
    if (!tab) return load;
    KL_TRY(auto rows, db.query("SELECT slot, SUM(row_count) FROM core_series_block WHERE tab = :tab "
                               "GROUP BY slot ORDER BY slot",
                               {{":tab", Value(*tab)}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return load;
        load.push_back({rows->i64(0) * kSlotSeconds, rows->i64(1)});
    }
}

}  // namespace klarsyn
