// Rows into blocks: what the tail holds, or many rows at once.

#include <algorithm>

#include "store/series_rows.h"

namespace klarsyn {
namespace {

bool before(UtcSecond time_a, std::int64_t seq_a, UtcSecond time_b, std::int64_t seq_b) {
    return time_a != time_b ? time_a < time_b : seq_a < seq_b;
}

}  // namespace

void merge_columns(SeriesColumns& into, const SeriesColumns& more) {
    if (more.size() == 0) return;
    if (into.size() == 0) {
        into = more;
        return;
    }
    SeriesColumns all;
    std::size_t m = 0;
    const auto take = [&](const SeriesColumns& from, std::size_t i) {
        all.push(from.time[i], from.ms[i], from.outcome[i], from.seq[i]);
    };
    for (std::size_t i = 0; i < into.size(); ++i) {
        for (; m < more.size() && before(more.time[m], more.seq[m], into.time[i], into.seq[i]);
             ++m) {
            take(more, m);
        }
        take(into, i);
    }
    for (; m < more.size(); ++m) take(more, m);
    into = std::move(all);
}

// `rows` by series, time and entry.
Result<void> SeriesWriter::write_blocks(std::span<const PackRow> rows) {
    KL_TRY(const auto fresh,
           db_.append("core_series_block", {"id", "tab", "slot", "series", "from_time", "to_time",
                                            "min_seq", "max_seq", "row_count", "digest", "bytes"}));
    for (std::size_t at = 0; at < rows.size();) {
        const std::int32_t series = rows[at].series;
        const std::int64_t slot = slot_of(rows[at].time);
        const UtcSecond end_time = (slot + 1) * kSlotSeconds;
        std::size_t end = at + 1;
        while (end < rows.size() && rows[end].series == series && rows[end].time < end_time) ++end;
        KL_CHECK(merge_block(series, slot, rows.subspan(at, end - at), *fresh));
        at = end;
    }
    KL_CHECK(fresh->flush());
    return write_lasts(rows);
}

Result<void> SeriesWriter::merge_block(std::int32_t series, std::int64_t slot,
                                       std::span<const PackRow> rows, Appender& fresh) {
    SeriesColumns columns;
    for (const PackRow& row : rows) columns.push(row.time, row.ms, row.outcome, row.seq);
    std::int64_t id = 0;
    if (known(series).block_last >= slot * kSlotSeconds) {
        KL_TRY(auto found, db_.query("SELECT id, bytes FROM core_series_block WHERE tab = :tab AND "
                                     "slot = :slot AND series = :series",
                                     {{":tab", Value(tab_)},
                                      {":slot", Value(slot)},
                                      {":series", Value(std::int64_t{series})}}));
        KL_TRY(const bool any, found->next());
        if (any) {
            SeriesColumns standing;
            id = found->i64(0);
            KL_CHECK(decoder_.open(found->blob(1)));
            KL_CHECK(decoder_.all(standing));
            merge_columns(standing, columns);
            columns = std::move(standing);
        }
    }
    if (columns.size() > kBlockRowsMax) return make_error(ErrorCode::refused, "store.block_full");
    std::uint64_t digest = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        digest += series_row_digest(known(series).seed, columns.time[i], columns.ms[i],
                                    columns.outcome[i]);
    }
    const auto [low, high] = std::minmax_element(columns.seq.begin(), columns.seq.end());
    const std::int64_t numbers[] = {columns.time.front(),
                                    columns.time.back(),
                                    *low,
                                    *high,
                                    static_cast<std::int64_t>(columns.size()),
                                    static_cast<std::int64_t>(digest)};
    std::string bytes = encoder_.encode(columns);
    if (id == 0) {
        for (const std::int64_t value : {next_block_++, tab_, slot, std::int64_t{series}}) {
            fresh.i64(value);
        }
        for (const std::int64_t value : numbers) fresh.i64(value);
        fresh.blob(bytes);
        return fresh.end_row();
    }
    KL_TRY([[maybe_unused]] const auto changed,
           db_.run("UPDATE core_series_block SET from_time = :from, to_time = :to, min_seq = :low, "
                   "max_seq = :high, row_count = :count, digest = :digest, bytes = :bytes "
                   "WHERE id = :id",
                   {{":id", Value(id)},
                    {":from", Value(numbers[0])},
                    {":to", Value(numbers[1])},
                    {":low", Value(numbers[2])},
                    {":high", Value(numbers[3])},
                    {":count", Value(numbers[4])},
                    {":digest", Value(numbers[5])},
                    {":bytes", Value(Blob{std::move(bytes)})}}));
    return {};
}

Result<void> SeriesWriter::write_lasts(std::span<const PackRow> rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i + 1 < rows.size() && rows[i + 1].series == rows[i].series) continue;
        Known& series = known(rows[i].series);
        if (rows[i].time <= series.block_last) continue;
        series.block_last = rows[i].time;
        KL_TRY([[maybe_unused]] const auto changed,
               db_.run(
                   "UPDATE core_series SET last_time = :last WHERE id = :id",
                   {{":last", Value(rows[i].time)}, {":id", Value(std::int64_t{rows[i].series})}}));
    }
    return {};
}

Result<std::int64_t> SeriesWriter::tail_rows() {
    KL_CHECK(refresh());
    return query_i64(db_, "SELECT SUM(row_count) FROM core_series_tail WHERE tab = :tab",
                     {{":tab", Value(tab_)}});
}

Result<std::int64_t> SeriesWriter::pack(std::int64_t rows_max) {
    KL_CHECK(refresh());
    std::vector<PackRow> rows;
    std::int64_t last_id = 0;
    {
        KL_TRY(auto tail, db_.stream("SELECT id, seq, bytes FROM core_series_tail WHERE tab = :tab "
                                     "ORDER BY id",
                                     {{":tab", Value(tab_)}}));
        std::vector<SeriesRow> part;
        while (static_cast<std::int64_t>(rows.size()) < rows_max) {
            KL_TRY(const bool more, tail->next());
            if (!more) break;
            last_id = tail->i64(0);
            KL_CHECK(decode_tail(tail->blob(2), part));
            for (const SeriesRow& row : part) {
                rows.push_back({row.time, tail->i64(1), row.series, row.ms, row.outcome});
            }
        }
    }
    if (rows.empty()) return 0;
    std::stable_sort(rows.begin(), rows.end(), [](const PackRow& a, const PackRow& b) {
        return a.series != b.series ? a.series < b.series : before(a.time, a.seq, b.time, b.seq);
    });
    KL_CHECK(write_blocks(rows));
    KL_TRY([[maybe_unused]] const auto gone,
           db_.run("DELETE FROM core_series_tail WHERE tab = :tab AND id <= :id",
                   {{":tab", Value(tab_)}, {":id", Value(last_id)}}));
    KL_CHECK(bump());
    return static_cast<std::int64_t>(rows.size());
}

}  // namespace klarsyn
