// Tables of measurements, kept as blocks per series beside the other tables and in the same
// transactions. A row is a measurement: its series, the UTC second in which it began, milliseconds
// and an outcome; series and second are its key. Every row carries the journal entry that brought
// it; marks beside the blocks say which rows went with which entry. So any earlier entry's rows can
// be read, whatever was corrected, withdrawn or packed since. docs/decisions says why.
//
// Appended rows stand in a tail, one database row per append, until pack() moves them into blocks.
// A SeriesWriter belongs to the thread of its connection.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/time.h"
#include "store/database.h"
#include "store/journal.h"
#include "store/series_codec.h"

namespace klarsyn {

constexpr std::size_t kSeriesDimsMax = 6;

// Declared by a module: the table's name and the dimensions of its key, all core_name ids.
struct SeriesTable {
    std::string name;               // "probes_result"
    std::vector<std::string> dims;  // {"system", "action", "site", "seat"}, at most six
};

using SeriesDims = std::array<std::int64_t, kSeriesDimsMax>;  // unused ones are 0
struct SeriesInfo {
    std::int32_t id = 0;
    SeriesDims dims{};
    UtcSecond last_time = 0;  // of the rows in blocks
};

struct SeriesRow {
    UtcSecond time = 0;
    std::int32_t series = 0;
    std::uint32_t ms = kNoMs;
    std::uint8_t outcome = 0;
    bool gone = false;  // no row shall stand under this key
    // What of the value is said; the other part is as in the row that stands under the key, and as
    // written here where none does.
    enum class Says : std::uint8_t { all, ms, outcome } says = Says::all;
};

// Sums of row digests, wrapping: the same whatever the order. What a journal entry signs.
struct SeriesDigest {
    std::uint64_t came = 0;
    std::uint64_t went = 0;
    std::int64_t rows_came = 0;
    std::int64_t rows_went = 0;
    friend bool operator==(const SeriesDigest&, const SeriesDigest&) = default;
};

struct SeriesMark;

struct SeriesChange {
    std::int64_t added = 0;
    std::int64_t changed = 0;  // another value stood: it went, the new one came
    std::int64_t unchanged = 0;
    std::int64_t gone = 0;
    SeriesDigest digest;
    std::set<Day> days;  // on which rows came or went
};

class SeriesWriter {
public:
    // `names`: a copy of those that the transaction's others intern by.
    SeriesWriter(Connection& db, SeriesTable table, Names names);

    // The series of a key, new where it was never seen. All that follows: inside a write
    // transaction.
    Result<std::int32_t> series(const SeriesDims& dims);

    // Brings the rows into being under entry `seq`, in any order; of one key's rows the last
    // counts, for what it says. A key that stands with the same value stays as it is. Cheap where a
    // series' rows are newer than its blocks and under keys that its tail does not have. An entry says
    // one thing of a key: internal (store.series_twice) where an earlier call under the same seq
    // brought another value.
    Result<SeriesChange> append(std::int64_t seq, std::vector<SeriesRow> rows);

    // Moves the oldest rows of the tail, about `rows_max`, into blocks. Needs no journal entry: no
    // answer changes. Returns how many; 0 where the tail is empty.
    Result<std::int64_t> pack(std::int64_t rows_max);
    Result<std::int64_t> tail_rows();

private:
    struct Known {
        UtcSecond last = 0;
        UtcSecond block_last = 0;  // last_time as stored
        std::uint64_t seed = 0;    // 0: no such series in this table
        std::vector<UtcSecond> tail;  // ascending: when rows in the tail began, at least
    };
    // Rows by series, time and entry, each with the entry that brought it.
    struct Packing {
        std::span<const SeriesRow> rows;
        std::span<const std::int64_t> seqs;  // empty: all came with `seq`
        std::int64_t seq = 0;
    };
    struct Mark {
        UtcSecond from = 0, to = 0;
        std::int64_t row_seq = 0;
    };
    using Standing = SeriesColumns;  // the rows of a contested series that stand
    using Group = std::span<const SeriesRow>;
    struct Part {
        Group rows;  // of one series
        std::size_t contested = 0;  // of them, from the first on
    };

    Result<void> refresh();
    Result<void> load();
    Result<void> bump();
    void know(const SeriesInfo& info);
    Known& known(std::int32_t series) { return known_[static_cast<std::size_t>(series)]; }
    void sort_rows(std::vector<SeriesRow>& rows) const;
    static std::vector<SeriesRow> keep_last(std::vector<SeriesRow>& rows, SeriesChange& change);
    std::size_t contested(Group rows) const;
    // False where no row can stand under the key.
    bool may_stand(const SeriesRow& row) const;
    void note_tail(std::span<const SeriesRow> rows);
    void take_new(Group rows, SeriesChange& change);
    Result<void> take_contested(std::int64_t seq, std::span<const Part> parts,
                                SeriesChange& change);
    Result<Standing> standing_of(Group rows, std::span<const SeriesMark> marks,
                                 SeriesColumns* tail);
    Result<void> settle_group(std::int64_t seq, Group rows, const Standing& standing,
                              SeriesChange& change);
    Result<void> write_marks(std::int64_t seq, std::int32_t series, const std::vector<Mark>& marks);
    Result<void> keep(std::int64_t seq);
    Result<void> write_tail(std::int64_t seq, std::span<const SeriesRow> rows);
    Result<void> write_blocks(const Packing& packing);
    Result<void> write_lasts(std::span<const SeriesRow> rows);
    void accept(const SeriesRow& row, SeriesChange& change);
    void note_day(UtcSecond time, SeriesChange& change);

    Connection& db_;
    SeriesTable table_;
    Names names_;
    std::int64_t tab_ = 0;
    std::int64_t version_ = -1;
    Turns turns_{-1, -1};
    std::int64_t next_block_ = 0;
    std::int64_t next_tail_ = 0;
    std::map<SeriesDims, std::int32_t> ids_;
    std::vector<Known> known_;             // by series id
    std::vector<SeriesRow> rows_;          // of the append under way, by series and time
    std::size_t accepted_ = 0;             // of them, from the first on
    UtcSecond day_from_ = 0, day_to_ = 0;  // of the day noted last
    SeriesDecoder decoder_;
};

// All series of a table, by id.
Result<std::vector<SeriesInfo>> load_series(Connection& db, const SeriesTable& table);

// The first and the last time of the rows of each series that stand; none for a series without.
struct SeriesReach {
    UtcSecond first = 0;
    UtcSecond last = 0;
};
Result<std::map<std::int32_t, SeriesReach>> series_reach(Connection& db, const SeriesTable& table);

// How many rows lie in blocks of each seven days; by time. What stands only in the tail is not counted.
struct SeriesLoad {
    UtcSecond from = 0;  // a UTC midnight
    std::int64_t rows = 0;
};
Result<std::vector<SeriesLoad>> series_load(Connection& db, const SeriesTable& table);

// Checks every block against its digest, its times and its count, every mark against the rows that
// it takes away, and adds what each journal entry brought and took to `digests`.
struct SeriesFault {
    std::int32_t series = 0;
    std::string what;  // "block", "tail", "mark"
};
Result<std::vector<SeriesFault>> verify_series(Connection& db, const SeriesTable& table,
                                               std::map<std::int64_t, SeriesDigest>& digests);

}  // namespace klarsyn
