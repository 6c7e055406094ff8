// Rows into blocks: what the tail holds, or many rows at once.

#include <algorithm>
#include <atomic>
#include <thread>

#include "store/series_rows.h"

namespace klarsyn {
namespace {

constexpr std::size_t kThreadsFrom = 65'536;  // rows that are worth threads
constexpr std::size_t kThreadsMax = 4;
constexpr std::size_t kMergesAtOnce = 256;

// Rows of one series and slot on their way into its block.
struct Merge {
    std::int32_t series = 0;
    std::int64_t slot = 0;
    std::uint64_t seed = 0;
    std::span<const SeriesRow> fresh;     // the new rows
    std::span<const std::int64_t> seqs;   // their entries; empty: all came with `seq`
    std::int64_t seq = 0;
    std::int64_t id = 0;    // of the standing block; 0: none
    std::string bytes;      // of the standing block, then of the new one
    std::uint64_t digest = 0;
    std::int64_t from = 0, to = 0, low = 0, high = 0, rows = 0;  // of all rows
    std::optional<Error> error;
};

// What one thread packs with.
struct Packer {
    SeriesEncoder encoder;
    SeriesDecoder decoder;
    SeriesColumns fresh;
    SeriesColumns all;
};

Result<void> read_standing(Connection& db, std::int64_t tab, Merge& merge) {
    KL_TRY(auto found, db.query("SELECT id, digest, bytes FROM core_series_block WHERE tab = :tab "
                                "AND slot = :slot AND series = :series",
                                {{":tab", Value(tab)},
                                 {":slot", Value(merge.slot)},
                                 {":series", Value(std::int64_t{merge.series})}}));
    KL_TRY(const bool any, found->next());
    if (!any) return {};
    merge.id = found->i64(0);
    merge.digest = static_cast<std::uint64_t>(found->i64(1));
    merge.bytes = found->blob(2);
    return {};
}

Result<void> merge_rows(Merge& merge, Packer& packer) {
    SeriesColumns& fresh = packer.fresh;
    fresh.clear();
    for (std::size_t i = 0; i < merge.fresh.size(); ++i) {
        const SeriesRow& row = merge.fresh[i];
        fresh.push(row.time, row.ms, row.outcome, merge.seqs.empty() ? merge.seq : merge.seqs[i]);
        // The standing rows' sum is known.
        merge.digest += series_row_digest(merge.seed, row.time, row.ms, row.outcome);
    }
    SeriesColumns& all = packer.all;
    all.clear();
    if (merge.id != 0) {
        KL_CHECK(packer.decoder.open(merge.bytes));
        KL_CHECK(packer.decoder.all(all));
    }
    merge_columns(all, fresh);
    if (all.size() > kBlockRowsMax) return make_error(ErrorCode::refused, "store.block_full");
    merge.bytes = packer.encoder.encode(all);
    merge.from = all.time.front();
    merge.to = all.time.back();
    const auto [low, high] = std::minmax_element(all.seq.begin(), all.seq.end());
    merge.low = *low;
    merge.high = *high;
    merge.rows = static_cast<std::int64_t>(all.size());
    return {};
}

Result<void> write_merged(Connection& db, std::int64_t tab, std::int64_t& next_block, Merge& merge,
                          Appender& fresh) {
    const std::int64_t numbers[] = {merge.from, merge.to,
                                    merge.low,  merge.high,
                                    merge.rows, static_cast<std::int64_t>(merge.digest)};
    if (merge.id == 0) {
        for (const std::int64_t value :
             {next_block++, tab, merge.slot, std::int64_t{merge.series}}) {
            fresh.i64(value);
        }
        for (const std::int64_t value : numbers) fresh.i64(value);
        fresh.blob(merge.bytes);
        return fresh.end_row();
    }
    KL_TRY([[maybe_unused]] const auto changed,
           db.run("UPDATE core_series_block SET from_time = :from, to_time = :to, min_seq = :low, "
                  "max_seq = :high, row_count = :count, digest = :digest, bytes = :bytes "
                  "WHERE id = :id",
                  {{":id", Value(merge.id)},
                   {":from", Value(numbers[0])},
                   {":to", Value(numbers[1])},
                   {":low", Value(numbers[2])},
                   {":high", Value(numbers[3])},
                   {":count", Value(numbers[4])},
                   {":digest", Value(numbers[5])},
                   {":bytes", Value(Blob{std::move(merge.bytes)})}}));
    return {};
}

// Each merge by one of the threads; packing costs far more than reading and writing.
Result<void> merge_all(std::vector<Merge>& merges, std::span<Packer> packers) {
    std::atomic<std::size_t> next{0};
    const auto work = [&](Packer& packer) {
        for (std::size_t i = next++; i < merges.size(); i = next++) {
            if (auto done = merge_rows(merges[i], packer); !done.ok())
                merges[i].error = done.error();
        }
    };
    std::vector<std::thread> helpers;
    for (Packer& packer : packers.subspan(1)) helpers.emplace_back([&] { work(packer); });
    work(packers.front());
    for (std::thread& helper : helpers) helper.join();
    for (const Merge& merge : merges) {
        if (merge.error) return *merge.error;
    }
    return {};
}

void append_columns(SeriesColumns& into, const SeriesColumns& more) {
    into.time.insert(into.time.end(), more.time.begin(), more.time.end());
    into.ms.insert(into.ms.end(), more.ms.begin(), more.ms.end());
    into.outcome.insert(into.outcome.end(), more.outcome.begin(), more.outcome.end());
    into.seq.insert(into.seq.end(), more.seq.begin(), more.seq.end());
}

bool before(UtcSecond time_a, std::int64_t seq_a, UtcSecond time_b, std::int64_t seq_b) {
    return time_a != time_b ? time_a < time_b : seq_a < seq_b;
}

}  // namespace

void merge_columns(SeriesColumns& into, const SeriesColumns& more) {
    if (more.size() == 0) return;
    if (into.size() == 0 ||
        !before(more.time.front(), more.seq.front(), into.time.back(), into.seq.back())) {
        append_columns(into, more);
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

Result<void> SeriesWriter::write_blocks(const Packing& packing) {
    const auto rows = packing.rows;
    KL_TRY(const auto fresh,
           db_.append("core_series_block", {"id", "tab", "slot", "series", "from_time", "to_time",
                                            "min_seq", "max_seq", "row_count", "digest", "bytes"}));
    const std::size_t threads =
        rows.size() < kThreadsFrom
            ? 1
            : std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kThreadsMax);
    std::vector<Packer> packers(threads);
    std::vector<Merge> merges;
    for (std::size_t at = 0; at < rows.size();) {
        Merge& merge = merges.emplace_back();
        merge.series = rows[at].series;
        merge.slot = slot_of(rows[at].time);
        merge.seed = known(merge.series).seed;
        const UtcSecond end_time = (merge.slot + 1) * kSlotSeconds;
        std::size_t end = at + 1;
        while (end < rows.size() && rows[end].series == merge.series && rows[end].time < end_time)
            ++end;
        merge.fresh = rows.subspan(at, end - at);
        if (!packing.seqs.empty()) merge.seqs = packing.seqs.subspan(at, end - at);
        merge.seq = packing.seq;
        at = end;
        if (known(merge.series).block_last >= merge.slot * kSlotSeconds) {
            KL_CHECK(read_standing(db_, tab_, merge));
        }
        if (merges.size() < kMergesAtOnce && at < rows.size()) continue;
        KL_CHECK(merge_all(merges, packers));
        for (Merge& done : merges) KL_CHECK(write_merged(db_, tab_, next_block_, done, *fresh));
        merges.clear();
    }
    KL_CHECK(fresh->flush());
    return write_lasts(rows);
}

Result<void> SeriesWriter::write_lasts(std::span<const SeriesRow> rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i + 1 < rows.size() && rows[i + 1].series == rows[i].series) continue;
        Known& series = known(rows[i].series);
        if (rows[i].time <= series.block_last) continue;
        series.block_last = rows[i].time;
        std::erase_if(series.tail, [&](UtcSecond time) { return time <= series.block_last; });
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
    struct Packed {
        SeriesRow row;
        std::int64_t seq = 0;
    };
    std::vector<Packed> found;
    std::int64_t last_id = 0;
    {
        KL_TRY(auto tail, db_.stream("SELECT id, seq, bytes FROM core_series_tail WHERE tab = :tab "
                                     "ORDER BY id",
                                     {{":tab", Value(tab_)}}));
        std::vector<SeriesRow> part;
        while (static_cast<std::int64_t>(found.size()) < rows_max) {
            KL_TRY(const bool more, tail->next());
            if (!more) break;
            last_id = tail->i64(0);
            KL_CHECK(decode_tail(tail->blob(2), part));
            for (const SeriesRow& row : part) found.push_back({row, tail->i64(1)});
        }
    }
    if (found.empty()) return 0;
    std::stable_sort(found.begin(), found.end(), [](const Packed& a, const Packed& b) {
        return a.row.series != b.row.series ? a.row.series < b.row.series
                                            : before(a.row.time, a.seq, b.row.time, b.seq);
    });
    std::vector<SeriesRow> rows;
    std::vector<std::int64_t> seqs;
    rows.reserve(found.size());
    seqs.reserve(found.size());
    for (const Packed& one : found) {
        rows.push_back(one.row);
        seqs.push_back(one.seq);
    }
    KL_CHECK(write_blocks({rows, seqs, 0}));
    KL_TRY([[maybe_unused]] const auto gone,
           db_.run("DELETE FROM core_series_tail WHERE tab = :tab AND id <= :id",
                   {{":tab", Value(tab_)}, {":id", Value(last_id)}}));
    KL_CHECK(bump());
    return static_cast<std::int64_t>(rows.size());
}

}  // namespace klarsyn
