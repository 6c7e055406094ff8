#include "store/series_rows.h"

#include <algorithm>
#include <numeric>

#include "core/hash.h"
#include "store/series_columns.h"
#include "store/varint.h"

namespace klarsyn {
namespace {

constexpr char kTailVersion = 1;
constexpr std::size_t kTailRowsMax = std::size_t{1} << 20;

Error damaged() { return make_error(ErrorCode::internal, "store.block_damaged"); }

void put_section(std::string& out, const std::string& section) {
    put_varint(out, section.size());
    out += section;
}

bool take_section(std::string_view& bytes, std::string_view& section) {
    VarintReader in(bytes);
    const std::uint64_t size = in.next();
    if (!in.ok() || size > bytes.size() - in.at()) return false;
    section = bytes.substr(in.at(), size);
    bytes.remove_prefix(in.at() + size);
    return true;
}

void sort_columns(SeriesColumns& rows) {
    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto less = [&](std::size_t a, std::size_t b) {
        return rows.time[a] != rows.time[b] ? rows.time[a] < rows.time[b]
                                            : rows.seq[a] < rows.seq[b];
    };
    if (std::is_sorted(order.begin(), order.end(), less)) return;
    std::sort(order.begin(), order.end(), less);
    SeriesColumns sorted;
    for (const std::size_t i : order) {
        sorted.push(rows.time[i], rows.ms[i], rows.outcome[i], rows.seq[i]);
    }
    rows = std::move(sorted);
}

}  // namespace

std::uint64_t series_seed(std::string_view table, const SeriesDims& dims) {
    std::uint64_t seed = hash64(table);
    for (const std::int64_t dim : dims) {
        seed = (seed ^ static_cast<std::uint64_t>(dim)) * 0xff51afd7ed558ccdULL;
        seed ^= seed >> 31;
    }
    return seed;
}

std::string encode_tail(std::span<const SeriesRow> rows) {
    KL_ASSERT(rows.size() <= kTailRowsMax);
    std::vector<std::int64_t> numbers;
    std::vector<std::uint8_t> outcomes;
    std::string out(1, kTailVersion);
    std::string section;
    put_varint(out, rows.size());
    numbers.reserve(rows.size());
    for (const SeriesRow& row : rows) numbers.push_back(row.series);
    put_steps(section, numbers);
    put_section(out, section);
    for (std::size_t i = 0; i < rows.size(); ++i) numbers[i] = rows[i].time;
    put_steps(section, numbers);
    put_section(out, section);
    outcomes.reserve(rows.size());
    for (const SeriesRow& row : rows) outcomes.push_back(row.outcome);
    put_outcomes(section, outcomes);
    put_section(out, section);
    for (const SeriesRow& row : rows) put_varint(out, row.ms + 1U);
    return out;
}

Result<void> decode_tail(std::string_view bytes, std::vector<SeriesRow>& into) {
    into.clear();
    if (bytes.empty() || bytes[0] != kTailVersion) return damaged();
    bytes.remove_prefix(1);
    VarintReader head(bytes);
    const std::uint64_t count = head.next();
    if (!head.ok() || count > kTailRowsMax) return damaged();
    bytes.remove_prefix(head.at());
    std::vector<std::int64_t> series;
    std::vector<std::int64_t> times;
    std::vector<std::uint8_t> outcomes;
    std::string_view section;
    if (!take_section(bytes, section) || !take_steps(section, count, series)) return damaged();
    if (!take_section(bytes, section) || !take_steps(section, count, times)) return damaged();
    if (!take_section(bytes, section) || !take_outcomes(section, count, outcomes)) return damaged();
    VarintReader in(bytes);
    into.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        if (series[i] < 0 || series[i] > INT32_MAX) return damaged();
        const std::uint64_t ms = in.next();
        if (ms > kNoMs) return damaged();
        into[i].time = times[i];
        into[i].series = static_cast<std::int32_t>(series[i]);
        into[i].ms = static_cast<std::uint32_t>(ms) - 1U;
        into[i].outcome = outcomes[i];
    }
    if (!in.ok() || !in.done()) return damaged();
    return {};
}

Result<SeriesMarks> load_marks(Connection& db, std::int64_t tab, UtcSecond from, UtcSecond to,
                               std::int64_t as_of) {
    KL_TRY(auto rows, db.stream("SELECT series, from_time, to_time, row_seq, retracted_seq FROM "
                                "core_series_mark WHERE tab = :tab AND from_time <= :to AND "
                                "to_time >= :from AND retracted_seq <= :as_of ORDER BY id",
                                {{":tab", Value(tab)},
                                 {":from", Value(from)},
                                 {":to", Value(to)},
                                 {":as_of", Value(as_of)}}));
    SeriesMarks marks;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return marks;
        marks[static_cast<std::int32_t>(rows->i64(0))].push_back(
            {rows->i64(1), rows->i64(2), rows->i64(3), rows->i64(4)});
    }
}

void keep_visible(SeriesColumns& rows, UtcSecond from, UtcSecond to, std::int64_t as_of,
                  std::span<const SeriesMark> marks) {
    std::vector<SeriesMark> sorted(marks.begin(), marks.end());
    std::sort(sorted.begin(), sorted.end(),
              [](const SeriesMark& a, const SeriesMark& b) { return a.from < b.from; });
    std::vector<SeriesMark> open;  // those that reach the row's time
    std::size_t next = 0;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const UtcSecond time = rows.time[i];
        for (; next < sorted.size() && sorted[next].from <= time; ++next) {
            open.push_back(sorted[next]);
        }
        std::erase_if(open, [&](const SeriesMark& mark) { return mark.to < time; });
        if (time < from || time > to || rows.seq[i] > as_of) continue;
        const bool gone = std::any_of(open.begin(), open.end(), [&](const SeriesMark& mark) {
            return mark.retracted_seq <= as_of && mark.covers(time, rows.seq[i]);
        });
        if (gone) continue;
        rows.time[kept] = time;
        rows.ms[kept] = rows.ms[i];
        rows.outcome[kept] = rows.outcome[i];
        rows.seq[kept++] = rows.seq[i];
    }
    rows.time.resize(kept);
    rows.ms.resize(kept);
    rows.outcome.resize(kept);
    rows.seq.resize(kept);
}

Result<std::map<std::int32_t, SeriesColumns>> load_tail(Connection& db, std::int64_t tab,
                                                        UtcSecond from, UtcSecond to,
                                                        std::int64_t as_of,
                                                        const std::vector<std::int32_t>* series) {
    KL_TRY(
        auto rows,
        db.stream("SELECT seq, bytes FROM core_series_tail WHERE tab = :tab AND from_time <= :to "
                  "AND to_time >= :from AND seq <= :as_of ORDER BY id",
                  {{":tab", Value(tab)},
                   {":from", Value(from)},
                   {":to", Value(to)},
                   {":as_of", Value(as_of)}}));
    std::map<std::int32_t, SeriesColumns> tail;
    std::vector<SeriesRow> part;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        KL_CHECK(decode_tail(rows->blob(1), part));
        auto at = tail.end();
        for (const SeriesRow& row : part) {
            if (row.time < from || row.time > to) continue;
            if (series && !std::binary_search(series->begin(), series->end(), row.series)) continue;
            if (at == tail.end() || at->first != row.series)
                at = tail.try_emplace(row.series).first;
            at->second.push(row.time, row.ms, row.outcome, rows->i64(0));
        }
    }
    for (auto& [id, columns] : tail) sort_columns(columns);
    return tail;
}

Result<std::optional<std::int64_t>> series_tab(Connection& db, const SeriesTable& table) {
    Names names(db);
    return names.find(table.name);
}

Result<std::vector<SeriesInfo>> load_series(Connection& db, const SeriesTable& table) {
    KL_TRY(const auto tab, series_tab(db, table));
    std::vector<SeriesInfo> all;
    if (!tab) return all;
    KL_TRY(auto rows, db.stream("SELECT id, last_time, d1, d2, d3, d4, d5, d6 FROM core_series "
                                "WHERE tab = :tab ORDER BY id",
                                {{":tab", Value(*tab)}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return all;
        SeriesInfo& info = all.emplace_back();
        info.id = static_cast<std::int32_t>(rows->i64(0));
        info.last_time = rows->i64(1);
        for (std::size_t d = 0; d < kSeriesDimsMax; ++d) {
            info.dims[d] = rows->i64(static_cast<int>(d) + 2);
        }
    }
}

}  // namespace klarsyn
