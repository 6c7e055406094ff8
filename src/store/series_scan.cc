#include "store/series_scan.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "store/series_rows.h"

namespace klarsyn {

// One block or the tail of one series, and the columns that are unpacked so far.
struct SeriesSpan::Work {
    std::int32_t series = 0;
    UtcSecond first = 0;
    UtcSecond last = 0;
    std::size_t begin = 0;
    std::size_t size = 0;
    bool have_times = false, have_ms = false, have_outcomes = false, have_seqs = false;
    bool packed = false;  // the decoder holds these rows and no others
    std::vector<SeriesGroup> groups;
    SeriesDecoder decoder;
    SeriesColumns columns;

    void set_all(bool have) { have_times = have_ms = have_outcomes = have_seqs = have; }
    template <typename T>
    Result<std::span<const T>> column(std::vector<T>& column, bool& have,
                                      Result<void> (SeriesDecoder::*read)(std::vector<T>&)) {
        if (!have) KL_CHECK((decoder.*read)(column));
        have = true;
        return std::span<const T>(column).subspan(begin, size);
    }
};

std::int32_t SeriesSpan::series() const { return work_.series; }
std::size_t SeriesSpan::size() const { return work_.size; }
UtcSecond SeriesSpan::first() const { return work_.first; }
UtcSecond SeriesSpan::last() const { return work_.last; }
Result<std::span<const UtcSecond>> SeriesSpan::times() {
    return work_.column(work_.columns.time, work_.have_times, &SeriesDecoder::times);
}
Result<std::span<const std::uint32_t>> SeriesSpan::ms() {
    return work_.column(work_.columns.ms, work_.have_ms, &SeriesDecoder::ms);
}
Result<std::span<const std::uint8_t>> SeriesSpan::outcomes() {
    return work_.column(work_.columns.outcome, work_.have_outcomes, &SeriesDecoder::outcomes);
}
Result<std::span<const std::int64_t>> SeriesSpan::seqs() {
    return work_.column(work_.columns.seq, work_.have_seqs, &SeriesDecoder::seqs);
}
Result<std::span<const SeriesGroup>> SeriesSpan::groups() {
    work_.groups.clear();
    if (work_.packed) KL_CHECK(work_.decoder.groups(work_.groups));
    return std::span<const SeriesGroup>(work_.groups);
}

namespace {

constexpr std::size_t kBatchBlocks = 32;
constexpr std::size_t kQueueMax = 4;  // batches that wait

struct Piece {
    std::int32_t series = 0;
    UtcSecond from = 0, to = 0;  // of its rows
    std::size_t rows = 0;
    enum class Seen { all, between, some } seen = Seen::some;  // between: those in the period
    std::size_t begin = 0, size = 0;  // of a block's bytes in its batch, or of size 0:
    SeriesColumns tail;
};
// Blocks stand one behind the other, so that their memory serves again.
struct Batch {
    std::vector<Piece> pieces;
    std::string bytes;
    void clear() {
        pieces.clear();
        bytes.clear();
    }
};

struct Frame {
    const SeriesQuery& query;
    const SeriesMarks& marks;
};

// The rows of a block that lie in the period, where each of them is visible.
Result<void> cut(const SeriesQuery& query, SeriesSpan::Work& work) {
    SeriesSpan span(work);
    KL_TRY(const auto times, span.times());
    const auto at = [&](UtcSecond time) {
        return static_cast<std::size_t>(std::lower_bound(times.begin(), times.end(), time) -
                                        times.begin());
    };
    const std::size_t begin = at(query.from);
    work.size = at(query.to) - begin;
    work.begin = begin;
    if (work.size == 0) return {};
    work.first = times[begin];
    work.last = times[begin + work.size - 1];
    return {};
}

// Hands one piece's visible rows to the sink.
Result<void> show(Piece& piece, std::string_view bytes, const Frame& frame, SeriesSpan::Work& work,
                  const SeriesSink& sink) {
    work.series = piece.series;
    work.begin = 0;
    work.set_all(false);
    work.packed = piece.size > 0 && piece.seen == Piece::Seen::all;
    if (piece.size == 0) {
        work.columns = std::move(piece.tail);
        work.set_all(true);
    } else {
        KL_CHECK(work.decoder.open(bytes));
        if (work.decoder.rows() != piece.rows) {
            return make_error(ErrorCode::internal, "store.block_damaged");
        }
    }
    if (piece.seen != Piece::Seen::some) {
        work.size = piece.rows;
        work.first = piece.from;
        work.last = piece.to;
        if (piece.seen == Piece::Seen::between) KL_CHECK(cut(frame.query, work));
        if (work.size == 0) return {};
    } else {
        if (piece.size > 0) KL_CHECK(work.decoder.all(work.columns));
        work.set_all(true);
        const auto own = frame.marks.find(piece.series);
        keep_visible(work.columns, frame.query.from, frame.query.to - 1, frame.query.as_of,
                     own == frame.marks.end() ? std::span<const SeriesMark>() : own->second);
        work.size = work.columns.size();
        if (work.size == 0) return {};
        work.first = work.columns.time.front();
        work.last = work.columns.time.back();
    }
    SeriesSpan span(work);
    return sink(span);
}

// Batches on their way from the reading thread to those who unpack them.
class Crew {
public:
    Crew(const Frame& frame, std::span<const SeriesSink> sinks) : frame_(frame), sinks_(sinks) {
        for (std::size_t i = 1; i < sinks.size(); ++i) {
            helpers_.emplace_back([this, i] { help(i); });
        }
    }
    ~Crew() { end(); }

    // What nobody takes at once the caller does itself. Leaves an empty batch.
    Result<void> take(Batch& batch) {
        if (!helpers_.empty()) {
            const std::lock_guard lock(mutex_);
            if (error_) return *error_;
            if (waiting_.size() < kQueueMax) {
                waiting_.push_back(std::move(batch));
                batch = {};
                if (!done_.empty()) {
                    batch = std::move(done_.back());
                    done_.pop_back();
                }
                changed_.notify_one();
                return {};
            }
        }
        KL_CHECK(work(batch, own_, sinks_[0]));
        batch.clear();
        return {};
    }

    Result<void> finish() {
        Batch batch;
        while (next(batch, false)) {
            if (auto done = work(batch, own_, sinks_[0]); !done.ok()) {
                fail(done.error());
                break;
            }
        }
        end();
        return error_ ? Result<void>(*error_) : Result<void>();
    }

private:
    Result<void> work(Batch& batch, SeriesSpan::Work& scratch, const SeriesSink& sink) const {
        for (Piece& piece : batch.pieces) {
            const auto bytes = std::string_view(batch.bytes).substr(piece.begin, piece.size);
            KL_CHECK(show(piece, bytes, frame_, scratch, sink));
        }
        return {};
    }

    bool next(Batch& batch, bool wait) {
        std::unique_lock lock(mutex_);
        if (wait) changed_.wait(lock, [&] { return ended_ || error_ || !waiting_.empty(); });
        if (error_ || waiting_.empty()) return false;
        batch = std::move(waiting_.front());
        waiting_.pop_front();
        return true;
    }

    void fail(const Error& error) {
        const std::lock_guard lock(mutex_);
        if (!error_) error_ = error;
        changed_.notify_all();
    }

    void help(std::size_t number) {
        SeriesSpan::Work scratch;
        Batch batch;
        while (next(batch, true)) {
            if (auto done = work(batch, scratch, sinks_[number]); !done.ok()) fail(done.error());
            batch.clear();
            const std::lock_guard lock(mutex_);
            done_.push_back(std::move(batch));
        }
    }

    void end() {
        {
            const std::lock_guard lock(mutex_);
            ended_ = true;
        }
        changed_.notify_all();
        for (auto& helper : helpers_) helper.join();
        helpers_.clear();
    }

    const Frame& frame_;
    std::span<const SeriesSink> sinks_;
    SeriesSpan::Work own_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Batch> waiting_;
    std::vector<Batch> done_;  // empty ones with memory
    bool ended_ = false;
    std::optional<Error> error_;
    std::vector<std::thread> helpers_;
};

bool touches(const SeriesMarks& marks, const Piece& piece) {
    const auto own = marks.find(piece.series);
    return own != marks.end() &&
           std::any_of(own->second.begin(), own->second.end(), [&](const SeriesMark& mark) {
               return mark.from <= piece.to && mark.to >= piece.from;
           });
}

class BlockReader {
public:
    BlockReader(Connection& db, std::int64_t tab, const Frame& frame, Crew& crew)
        : db_(db), tab_(tab), frame_(frame), crew_(crew) {}

    Result<void> read() {
        const auto& chosen = frame_.query.series;
        KL_TRY(const auto slots, slots_of_blocks());
        const std::int64_t first = std::max(slot_of(frame_.query.from), slots.first);
        const std::int64_t last = std::min(slot_of(frame_.query.to - 1), slots.second);
        KL_TRY(const std::int64_t all, count_series());
        const bool few = chosen && static_cast<std::int64_t>(chosen->size()) * 4 < all;
        for (std::int64_t slot = first; few && slot <= last; ++slot) {
            for (const std::int32_t series : *chosen) {
                KL_CHECK(query(kColumns + " AND slot = :slot AND series = :series",
                               {{":tab", Value(tab_)},
                                {":slot", Value(slot)},
                                {":series", Value(std::int64_t{series})}}));
            }
        }
        if (!few) {
            KL_CHECK(
                query(kColumns + " AND slot BETWEEN :first AND :last ORDER BY slot, series",
                      {{":tab", Value(tab_)}, {":first", Value(first)}, {":last", Value(last)}}));
        }
        return batch_.pieces.empty() ? Result<void>() : crew_.take(batch_);
    }

private:
    static inline const std::string kColumns =
        "SELECT series, from_time, to_time, min_seq, max_seq, row_count, bytes "
        "FROM core_series_block WHERE tab = :tab";

    Result<std::int64_t> count_series() {
        return query_i64(db_, "SELECT COUNT(*) FROM core_series WHERE tab = :tab",
                         {{":tab", Value(tab_)}});
    }

    // The first and the last; the last before the first where there are none.
    Result<std::pair<std::int64_t, std::int64_t>> slots_of_blocks() {
        KL_TRY(auto rows,
               db_.query("SELECT (SELECT MIN(slot) FROM core_series_block WHERE tab = :tab), "
                         "(SELECT MAX(slot) FROM core_series_block WHERE tab = :tab)",
                         {{":tab", Value(tab_)}}));
        KL_TRY(const bool found, rows->next());
        if (!found || rows->is_null(0)) return std::pair<std::int64_t, std::int64_t>{0, -1};
        return std::pair{rows->i64(0), rows->i64(1)};
    }

    Result<void> query(const std::string& sql, const Params& params) {
        KL_TRY(auto rows, db_.stream(sql, params));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) return {};
            KL_CHECK(take(*rows));
        }
    }

    Result<void> take(const Rows& rows) {
        const SeriesQuery& query = frame_.query;
        Piece piece;
        piece.series = static_cast<std::int32_t>(rows.i64(0));
        piece.from = rows.i64(1);
        piece.to = rows.i64(2);
        if (piece.to < query.from || piece.from >= query.to || rows.i64(3) > query.as_of) return {};
        if (query.series &&
            !std::binary_search(query.series->begin(), query.series->end(), piece.series)) {
            return {};
        }
        if (rows.i64(4) <= query.as_of && !touches(frame_.marks, piece)) {
            piece.seen = piece.from >= query.from && piece.to < query.to ? Piece::Seen::all
                                                                         : Piece::Seen::between;
        }
        piece.rows = static_cast<std::size_t>(rows.i64(5));
        const std::string_view bytes = rows.blob(6);
        if (bytes.empty()) return make_error(ErrorCode::internal, "store.block_damaged");
        piece.begin = batch_.bytes.size();
        piece.size = bytes.size();
        batch_.bytes.append(bytes);
        batch_.pieces.push_back(std::move(piece));
        return batch_.pieces.size() < kBatchBlocks ? Result<void>() : crew_.take(batch_);
    }

    Connection& db_;
    std::int64_t tab_;
    const Frame& frame_;
    Crew& crew_;
    Batch batch_;
};

}  // namespace

Result<void> scan_series(Connection& db, const SeriesTable& table, const SeriesQuery& query,
                         std::span<const SeriesSink> sinks) {
    KL_ASSERT(!sinks.empty());
    if (query.from >= query.to) return {};
    KL_TRY(const auto tab, series_tab(db, table));
    if (!tab) return {};
    KL_TRY(const auto marks, load_marks(db, *tab, query.from, query.to - 1, query.as_of));
    KL_TRY(auto tail, load_tail(db, *tab, query.from, query.to - 1, query.as_of,
                                query.series ? &*query.series : nullptr));
    const Frame frame{query, marks};
    Crew crew(frame, sinks);
    KL_CHECK(BlockReader(db, *tab, frame, crew).read());
    Batch late;
    for (auto& [series, columns] : tail) {
        Piece piece;
        piece.series = series;
        piece.rows = columns.size();
        piece.tail = std::move(columns);
        late.pieces.push_back(std::move(piece));
    }
    if (!late.pieces.empty()) KL_CHECK(crew.take(late));
    return crew.finish();
}

}  // namespace klarsyn
