// Writes what derive says of a group as the difference to the facts that stand: rows that are the
// same stay, changed and vanished rows are retracted, new rows are added. Remembers which days of
// which tables changed, and a digest of all rows that came and went. One write transaction, one
// thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ingest/format.h"
#include "ingest/projection_writer.h"
#include "store/database.h"
#include "store/journal.h"

namespace klarsyn {

// Sums of row hashes, wrapping: the same whatever the order.
struct FactsDigest {
    std::uint64_t came = 0;
    std::uint64_t went = 0;
    std::int64_t rows_came = 0;
    std::int64_t rows_went = 0;
    std::string text() const;  // "came:went:rows_came:rows_went", hex and decimal
};

std::uint64_t hash_cells(const std::vector<FactCell>& cells, std::size_t begin, std::size_t end,
                         const std::vector<bool>& later);
std::vector<bool> later_cells(const FactTableSpec& spec);  // per column
std::uint64_t digest_row(std::string_view table, std::string_view source_key, std::uint64_t row_hash);

class FactWriter final : public FactSink {
public:
    // `search` is needed where a projection of the format stands in the search index; the writer is
    // then used outside savepoints only.
    static Result<std::unique_ptr<FactWriter>> open(Connection& db, const Format& format,
                                                    std::int64_t seq, Names& names,
                                                    Search* search = nullptr);

    // Between these two, derive fills the sink. `stands`: the group may have facts already.
    enum class Group { fresh, may_exist };
    Result<void> begin_group(std::int64_t group, Group state);
    Result<void> end_group();
    Result<void> flush();

    void begin(int table, std::string_view source_key) override;
    void i64(std::int64_t value) override;
    void null() override;
    void text(std::string_view value) override;
    void end() override;
    std::int64_t name(std::string_view text) override;

    // Goes on with another journal entry of the same transaction: a new digest, the days stay.
    void next_entry(std::int64_t seq);
    // Adds the changed days to those per table.
    void collect_dirty(std::map<std::string_view, std::set<Day>>& days) const;
    // Marks the cells of the changed days as old: for writers outside turns and imports, which do it.
    Result<void> mark_changed(Connection& db) const;
    // Of projections the rows are written that changed; from now on what they are found by is looked
    // at for every row, ...
    void write_all_projections() { projections_ = Projections::all; }
    // ... or compared with what stands, and nothing of them is written.
    void compare_projections() { projections_ = Projections::compare; }
    // How many rows of projections differ so far, with those that no group of the source explains.
    Result<std::int64_t> projection_faults(std::string_view source);
    // Rows of this table are neither compared nor written.
    void leave_out(std::size_t table) { tables_[table].left_out = true; }

    Names& names() { return names_; }
    const FactsDigest& digest() const { return digest_; }
    // Of rows that are kept elsewhere but belong to the same entry, ...
    void add_digest(const FactsDigest& digest);
    // ... and measurements in blocks, whose days are remembered.
    void add_measured(const SeriesChange& change);
    const std::set<Day>& measured_days() const { return measured_days_; }
    // Rows with this id or a higher one are this writer's; `table` as in the format's order.
    std::int64_t first_id(std::size_t table) const { return tables_[table].first_id; }
    // Changed days per table, in the format's order of tables.
    const std::vector<std::set<Day>>& dirty_days() const { return dirty_; }

private:
    struct Table {
        const FactTableSpec* spec = nullptr;
        std::int64_t first_id = 1;
        std::int64_t next_id = 1;
        std::unique_ptr<Appender> appender;
        std::vector<int> day_columns;  // positions among the own columns
        int class_column = -1;         // position of `cls`, which follows from the days
        bool left_out = false;
        std::unique_ptr<ProjectionWriter> projection;  // then nothing below is used
        std::vector<bool> later;       // per own column: came after the table had rows
        std::string select_sql, retract_sql, delete_sql, cells_sql;
    };
    struct Row {
        int table = 0;
        std::size_t key_begin = 0, key_size = 0;  // in arena_
        std::size_t cells_begin = 0, cells_end = 0;
        std::uint64_t hash = 0;
    };
    struct Standing {
        std::int64_t id = 0;
        std::int64_t seq = 0;
        std::uint64_t hash = 0;
        std::vector<std::int64_t> days;
        bool matched = false;
    };
    using StandingRows = std::unordered_map<std::string, Standing>;

    FactWriter(Connection& db, const Format& format, std::int64_t seq, Names& names, Search* search)
        : db_(db), format_(format), seq_(seq), names_(names), search_(search) {}
    Result<void> prepare();
    Result<void> load_standing(std::int64_t group);
    Result<void> append_row(const Row& row);
    Result<void> retract(int table, const std::string& key, const Standing& standing);
    Result<bool> only_end_moved(const Row& row, const Standing& standing);
    Result<void> replace_row(const Row& row, const std::string& key, const Standing& standing);
    bool left_out(const Row& row) const {
        return tables_[static_cast<std::size_t>(row.table)].left_out;
    }
    Table& table_of(const Row& row) { return tables_[static_cast<std::size_t>(row.table)]; }
    Result<void> open_table(const FactTableSpec& spec);
    Result<void> add_fresh();
    Result<void> forget_projections();
    Result<void> take_fact(const Row& row);
    Result<void> take_projections();
    void mark_days(const Row& row);
    void resolve_texts();
    std::string_view key_of(const Row& row) const;

    Connection& db_;
    const Format& format_;
    std::int64_t seq_;
    Names& names_;
    Search* search_;
    std::vector<Table> tables_;
    std::vector<StandingRows> standing_;  // per table
    std::set<Day> measured_days_;
    enum class Projections { changed, all, compare };
    Projections projections_ = Projections::changed;
    bool group_stands_ = false;
    std::int64_t group_ = 0;
    std::vector<Row> rows_;
    std::vector<FactCell> cells_;
    std::vector<std::pair<std::size_t, std::size_t>> spans_;  // text cell -> arena range
    std::string arena_;
    Error name_error_;
    bool name_failed_ = false;
    FactsDigest digest_;
    std::vector<std::set<Day>> dirty_;
};

}  // namespace klarsyn
