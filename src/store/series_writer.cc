#include <algorithm>
#include <tuple>

#include "core/large_memory.h"
#include "store/series_rows.h"

namespace klarsyn {
namespace {

constexpr std::size_t kTailChunk = 65'536;      // rows in one row of the tail
constexpr std::size_t kStraightToBlocks = 256;  // rows per series and slot that need no tail
constexpr UtcSecond kNever = INT64_MIN;

bool same_value(const SeriesRow& a, const SeriesRow& b) {
    return a.ms == b.ms && a.outcome == b.outcome && a.gone == b.gone;
}

// What the row leaves open is as in the one before it under its key.
void fill(SeriesRow& row, const SeriesRow& before) {
    using Says = SeriesRow::Says;
    const Says says = row.says;
    if (says == Says::all) return;
    row.says = before.gone || before.says != says ? Says::all : says;
    if (before.gone) return;
    if (says == Says::ms)
        row.outcome = before.outcome;
    else
        row.ms = before.ms;
}

bool by_key(const SeriesRow& a, const SeriesRow& b) {
    return std::tie(a.series, a.time) < std::tie(b.series, b.time);
}

}  // namespace

SeriesWriter::SeriesWriter(Connection& db, SeriesTable table, Names names)
    : db_(db), table_(std::move(table)), names_(std::move(names)) {
    KL_ASSERT(table_.dims.size() <= kSeriesDimsMax);
}

// Another writer, or a rollback, may have come between.
Result<void> SeriesWriter::refresh() {
    const Turns now = db_.turns();
    if (version_ >= 0 && now == turns_) return {};
    const bool rolled_back = now.rolled_back != turns_.rolled_back;
    KL_TRY(tab_, names_.intern(table_.name));
    KL_TRY(const std::int64_t version,
           query_i64(db_, "SELECT version FROM core_series_state WHERE tab = :tab",
                     {{":tab", Value(tab_)}}));
    if (version_ < 0 || version != version_ || rolled_back) KL_CHECK(load());
    version_ = version;
    turns_ = now;
    return {};
}

Result<void> SeriesWriter::load() {
    known_.clear();
    ids_.clear();
    KL_TRY(const auto all, load_series(db_, table_));
    for (const SeriesInfo& info : all) know(info);
    KL_TRY(const std::int64_t block, query_i64(db_, "SELECT MAX(id) FROM core_series_block"));
    KL_TRY(const std::int64_t tail, query_i64(db_, "SELECT MAX(id) FROM core_series_tail"));
    next_block_ = block + 1;
    next_tail_ = tail + 1;
    KL_TRY(const auto standing, load_tail(db_, tab_, INT64_MIN, INT64_MAX, INT64_MAX, nullptr));
    for (const auto& [series, rows] : standing) {
        if (static_cast<std::size_t>(series) >= known_.size() || known(series).seed == 0) {
            return make_error(ErrorCode::internal, "store.block_damaged");
        }
        known(series).last = std::max(known(series).last, rows.time.back());
        known(series).tail = rows.time;
    }
    return {};
}

void SeriesWriter::know(const SeriesInfo& info) {
    ids_.emplace(info.dims, info.id);
    if (known_.size() <= static_cast<std::size_t>(info.id)) {
        known_.resize(static_cast<std::size_t>(info.id) + 1);
    }
    known(info.id) = {info.last_time, info.last_time, series_seed(table_.name, info.dims) | 1U, {}};
}

Result<void> SeriesWriter::bump() {
    const Params row = {{":tab", Value(tab_)}};
    KL_TRY(const auto changed,
           db_.run("UPDATE core_series_state SET version = version + 1 WHERE tab = :tab", row));
    if (changed == 0) {
        KL_TRY([[maybe_unused]] const auto added,
               db_.run("INSERT INTO core_series_state (tab, version) VALUES (:tab, 1)", row));
    }
    ++version_;
    return {};
}

Result<std::int32_t> SeriesWriter::series(const SeriesDims& dims) {
    KL_CHECK(refresh());
    if (const auto found = ids_.find(dims); found != ids_.end()) return found->second;
    KL_TRY(const std::int64_t last, query_i64(db_, "SELECT MAX(id) FROM core_series"));
    SeriesInfo info{static_cast<std::int32_t>(last + 1), dims, kNever};
    Params row = {{":id", Value(last + 1)}, {":tab", Value(tab_)}, {":last", Value(kNever)}};
    static constexpr std::string_view kDims[] = {":d1", ":d2", ":d3", ":d4", ":d5", ":d6"};
    for (std::size_t d = 0; d < kSeriesDimsMax; ++d) row.emplace_back(kDims[d], Value(dims[d]));
    KL_TRY([[maybe_unused]] const auto added,
           db_.run("INSERT INTO core_series (id, tab, d1, d2, d3, d4, d5, d6, last_time) VALUES "
                   "(:id, :tab, :d1, :d2, :d3, :d4, :d5, :d6, :last)",
                   row));
    know(info);
    KL_CHECK(bump());
    return info.id;
}

// By series and time; rows of one key stay in the order in which they came.
void SeriesWriter::sort_rows(std::vector<SeriesRow>& rows) const {
    const auto less = [](const SeriesRow& a, const SeriesRow& b) {
        return a.series != b.series ? a.series < b.series : a.time < b.time;
    };
    if (std::is_sorted(rows.begin(), rows.end(), less)) return;
    if (rows.size() < known_.size() / 2) {
        std::stable_sort(rows.begin(), rows.end(), less);
        return;
    }
    std::vector<std::size_t> starts(known_.size() + 1);
    for (const SeriesRow& row : rows) ++starts[static_cast<std::size_t>(row.series) + 1];
    for (std::size_t s = 1; s < starts.size(); ++s) starts[s] += starts[s - 1];
    std::vector<SeriesRow> sorted;
    reserve_large(sorted, rows.size());
    sorted.resize(rows.size());
    for (const SeriesRow& row : rows) sorted[starts[static_cast<std::size_t>(row.series)]++] = row;
    rows = std::move(sorted);
    const auto by_time = [](const SeriesRow& a, const SeriesRow& b) { return a.time < b.time; };
    for (auto at = rows.begin(); at != rows.end();) {
        const auto end = std::find_if(
            at, rows.end(), [&](const SeriesRow& row) { return row.series != at->series; });
        if (!std::is_sorted(at, end, by_time)) std::stable_sort(at, end, by_time);
        at = end;
    }
}

// Of rows with one key the last counts; returns those before it that said another thing.
std::vector<SeriesRow> SeriesWriter::keep_last(std::vector<SeriesRow>& rows, SeriesChange& change) {
    const auto same_key = [](const SeriesRow& a, const SeriesRow& b) {
        return a.series == b.series && a.time == b.time;
    };
    std::vector<SeriesRow> replaced;
    auto kept = std::adjacent_find(rows.begin(), rows.end(), same_key);
    for (auto at = kept; at != rows.end(); ++at) {
        const auto next = at + 1;
        if (next == rows.end() || !same_key(*at, *next)) {
            *kept++ = *at;
            continue;
        }
        fill(*next, *at);
        if (same_value(*at, *next))
            ++change.unchanged;
        else
            replaced.push_back(*at);
    }
    rows.erase(kept, rows.end());
    return replaced;
}

// How many rows of one series, from the first on, may meet others under their keys.
std::size_t SeriesWriter::contested(Group rows) const {
    const UtcSecond last = known_[static_cast<std::size_t>(rows.front().series)].last;
    const auto fresh = std::find_if(rows.begin(), rows.end(),
                                    [last](const SeriesRow& row) { return row.time > last; });
    const bool any = std::any_of(rows.begin(), fresh,
                                 [this](const SeriesRow& row) { return may_stand(row); });
    return any ? static_cast<std::size_t>(fresh - rows.begin()) : 0;
}

Result<SeriesChange> SeriesWriter::append(std::int64_t seq, std::vector<SeriesRow> rows) {
    KL_CHECK(refresh());
    SeriesChange change;
    for (const SeriesRow& row : rows) {
        KL_ASSERT(row.series > 0 && static_cast<std::size_t>(row.series) < known_.size() &&
                  known(row.series).seed != 0 && row.outcome < kOutcomesMax);
    }
    sort_rows(rows);
    const std::vector<SeriesRow> replaced = keep_last(rows, change);
    std::vector<Part> parts;
    bool any_contested = false;
    for (std::size_t at = 0; at < rows.size();) {
        std::size_t end = at + 1;
        while (end < rows.size() && rows[end].series == rows[at].series) ++end;
        Part& part = parts.emplace_back(Part{Group(rows).subspan(at, end - at)});
        part.contested = contested(part.rows);
        any_contested = any_contested || part.contested > 0;
        at = end;
    }
    rows_ = std::move(rows);
    accepted_ = 0;
    if (any_contested) {
        KL_CHECK(take_contested(seq, parts, change));
    } else {
        for (const Part& part : parts) take_new(part.rows, change);
    }
    rows_.resize(accepted_);
    for (const SeriesRow& row : replaced) {  // where the last one already stood nothing changed
        const bool came = std::binary_search(rows_.begin(), rows_.end(), row, by_key);
        ++(came ? change.changed : change.unchanged);
    }
    KL_CHECK(keep(seq));
    rows_ = std::vector<SeriesRow>();  // {} would keep its memory
    return change;
}

void SeriesWriter::note_day(UtcSecond time, SeriesChange& change) {
    if (time >= day_from_ && time < day_to_ && !change.days.empty()) return;
    const Day day = Zone::copenhagen().to_local(time).day;
    day_from_ = day_start(day);
    day_to_ = day_end(day);
    change.days.insert(day);
}

// The rows accepted so far stand before those that are still to be looked at.
void SeriesWriter::accept(const SeriesRow& row, SeriesChange& change) {
    KL_ASSERT(accepted_ < rows_.size());
    rows_[accepted_++] = row;
    Known& series = known(row.series);
    series.last = std::max(series.last, row.time);
    change.digest.came += series_row_digest(series.seed, row.time, row.ms, row.outcome);
    ++change.digest.rows_came;
    note_day(row.time, change);
}

bool SeriesWriter::may_stand(const SeriesRow& row) const {
    const Known& series = known_[static_cast<std::size_t>(row.series)];
    return row.time <= series.block_last ||
           std::binary_search(series.tail.begin(), series.tail.end(), row.time);
}

void SeriesWriter::note_tail(std::span<const SeriesRow> rows) {
    for (const SeriesRow& row : rows) {
        auto& tail = known(row.series).tail;
        if (tail.empty() || tail.back() < row.time)
            tail.push_back(row.time);
        else if (const auto at = std::lower_bound(tail.begin(), tail.end(), row.time);
                 *at != row.time)
            tail.insert(at, row.time);
    }
}

void SeriesWriter::take_new(Group rows, SeriesChange& change) {
    for (const SeriesRow& row : rows) {
        if (row.gone) {
            ++change.unchanged;
            continue;
        }
        accept(row, change);
        ++change.added;
    }
}

// Rows that are not newer than what their series has are compared with what stands.
Result<void> SeriesWriter::take_contested(std::int64_t seq, std::span<const Part> parts,
                                          SeriesChange& change) {
    UtcSecond from = INT64_MAX;
    UtcSecond to = INT64_MIN;
    std::vector<std::int32_t> series;
    for (const Part& part : parts) {
        if (part.contested == 0) continue;
        from = std::min(from, part.rows.front().time);
        to = std::max(to, part.rows[part.contested - 1].time);
        series.push_back(part.rows.front().series);
    }
    KL_TRY(const auto marks, load_marks(db_, tab_, from, to, INT64_MAX));
    KL_TRY(auto tail, load_tail(db_, tab_, from, to, INT64_MAX, &series));
    for (const Part& part : parts) {
        if (part.contested > 0) {
            const Group rows = part.rows.first(part.contested);
            const std::int32_t id = rows.front().series;
            const auto own = marks.find(id);
            const auto late = tail.find(id);
            KL_TRY(const Standing standing,
                   standing_of(rows, own == marks.end() ? std::span<const SeriesMark>() : own->second,
                               late == tail.end() ? nullptr : &late->second));
            KL_CHECK(settle_group(seq, rows, standing, change));
        }
        take_new(part.rows.subspan(part.contested), change);
    }
    return {};
}

// What stands between the first and the last of a series' rows. `tail` is used up.
Result<SeriesWriter::Standing> SeriesWriter::standing_of(Group rows,
                                                         std::span<const SeriesMark> marks,
                                                         SeriesColumns* tail) {
    const std::int32_t id = rows.front().series;
    const UtcSecond from = rows.front().time;
    const UtcSecond to = rows.back().time;
    Standing standing;
    SeriesColumns block;
    const bool in_blocks = known(id).block_last >= from;
    for (auto slot = slot_of(from); in_blocks && slot <= slot_of(to); ++slot) {
        KL_TRY(auto found, db_.query("SELECT bytes FROM core_series_block WHERE tab = :tab AND "
                                     "slot = :slot AND series = :series",
                                     {{":tab", Value(tab_)},
                                      {":slot", Value(slot)},
                                      {":series", Value(std::int64_t{id})}}));
        KL_TRY(const bool any, found->next());
        if (!any) continue;
        KL_CHECK(decoder_.open(found->blob(0)));
        KL_CHECK(decoder_.all(block));
        for (std::size_t i = 0; i < block.size(); ++i) {
            standing.push(block.time[i], block.ms[i], block.outcome[i], block.seq[i]);
        }
    }
    keep_visible(standing, from, to, INT64_MAX, marks);
    if (tail) {
        keep_visible(*tail, from, to, INT64_MAX, marks);
        merge_columns(standing, *tail);
    }
    return standing;
}

// One series: both sides by time, each time at most once.
Result<void> SeriesWriter::settle_group(std::int64_t seq, Group rows, const Standing& standing,
                                        SeriesChange& change) {
    std::vector<Mark> marks;
    std::map<std::int64_t, std::size_t> open;  // entry -> its mark that may still grow
    const std::uint64_t seed = known(rows.front().series).seed;
    std::size_t s = 0;
    for (SeriesRow row : rows) {
        for (; s < standing.size() && standing.time[s] < row.time; ++s) open.erase(standing.seq[s]);
        const bool stands = s < standing.size() && standing.time[s] == row.time;
        if (stands) fill(row, {.ms = standing.ms[s], .outcome = standing.outcome[s]});
        const bool same =
            stands && !row.gone && standing.ms[s] == row.ms && standing.outcome[s] == row.outcome;
        if (same || (!stands && row.gone)) {
            ++change.unchanged;
            continue;  // what stays is passed above
        }
        if (stands) {
            if (standing.seq[s] == seq)
                return make_error(ErrorCode::internal, "store.series_twice");
            const auto [run, begun] = open.try_emplace(standing.seq[s], marks.size());
            if (begun)
                marks.push_back({row.time, row.time, standing.seq[s]});
            else
                marks[run->second].to = row.time;
            change.digest.went +=
                series_row_digest(seed, row.time, standing.ms[s], standing.outcome[s]);
            ++change.digest.rows_went;
            note_day(row.time, change);
            ++s;
        }
        if (row.gone) {
            ++change.gone;
            continue;
        }
        ++(stands ? change.changed : change.added);
        accept(row, change);
    }
    return write_marks(seq, rows.front().series, marks);
}

Result<void> SeriesWriter::write_marks(std::int64_t seq, std::int32_t series,
                                       const std::vector<Mark>& marks) {
    for (const Mark& mark : marks) {
        KL_TRY([[maybe_unused]] const auto added,
               db_.run("INSERT INTO core_series_mark (tab, series, from_time, to_time, row_seq, "
                       "retracted_seq) VALUES (:tab, :series, :from, :to, :row, :seq)",
                       {{":tab", Value(tab_)},
                        {":series", Value(std::int64_t{series})},
                        {":from", Value(mark.from)},
                        {":to", Value(mark.to)},
                        {":row", Value(mark.row_seq)},
                        {":seq", Value(seq)}}));
    }
    return marks.empty() ? Result<void>() : bump();
}

// Many rows of a series at once go straight into blocks, the others into the tail.
Result<void> SeriesWriter::keep(std::int64_t seq) {
    if (rows_.empty()) return {};
    std::size_t places = 0;
    std::int32_t series = 0;
    UtcSecond slot_end = INT64_MIN;
    for (const SeriesRow& row : rows_) {
        if (row.series == series && row.time < slot_end) continue;
        series = row.series;
        slot_end = (slot_of(row.time) + 1) * kSlotSeconds;
        ++places;
    }
    if (rows_.size() < kStraightToBlocks * places) {
        KL_CHECK(write_tail(seq, rows_));
    } else {
        KL_CHECK(write_blocks({rows_, {}, seq}));
    }
    return bump();
}

Result<void> SeriesWriter::write_tail(std::int64_t seq, std::span<const SeriesRow> rows) {
    note_tail(rows);
    for (std::size_t at = 0; at < rows.size(); at += kTailChunk) {
        const auto part = rows.subspan(at, std::min(kTailChunk, rows.size() - at));
        const auto [first, last] = std::minmax_element(
            part.begin(), part.end(),
            [](const SeriesRow& a, const SeriesRow& b) { return a.time < b.time; });
        KL_TRY([[maybe_unused]] const auto added,
               db_.run("INSERT INTO core_series_tail (id, tab, seq, from_time, to_time, row_count, "
                       "bytes) VALUES (:id, :tab, :seq, :from, :to, :count, :bytes)",
                       {{":id", Value(next_tail_++)},
                        {":tab", Value(tab_)},
                        {":seq", Value(seq)},
                        {":from", Value(first->time)},
                        {":to", Value(last->time)},
                        {":count", Value(static_cast<std::int64_t>(part.size()))},
                        {":bytes", Value(Blob{encode_tail(part)})}}));
    }
    return {};
}

}  // namespace klarsyn
