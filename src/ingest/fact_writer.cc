#include "ingest/fact_writer.h"

#include <fmt/format.h>

#include <algorithm>

#include "indicators/cells.h"

namespace klarsyn {
namespace {

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += ", " + name;
    return text;
}

int position(const std::vector<std::string>& names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) {
    hash ^= value + 0x9e3779b97f4a7c15ULL + (hash << 12) + (hash >> 4);
    hash *= 0xff51afd7ed558ccdULL;
    return hash ^ (hash >> 29);
}

}  // namespace

std::string FactsDigest::text() const {
    return fmt::format("{:016x}:{:016x}:{}:{}", came, went, rows_came, rows_went);
}

std::vector<bool> later_cells(const FactTableSpec& spec) {
    std::vector<bool> later;
    for (const auto& column : spec.columns)
        later.push_back(position(spec.later_columns, column) >= 0);
    return later;
}

std::uint64_t hash_cells(const std::vector<FactCell>& cells, std::size_t begin, std::size_t end,
                         const std::vector<bool>& later) {
    std::uint64_t hash = 0x2545f4914f6cdd1dULL;
    for (std::size_t i = begin; i < end; ++i) {
        const FactCell& cell = cells[i];
        if (later[i - begin]) {
            if (cell.integer == 0 && cell.text.empty()) continue;
            hash = mixed(hash, i - begin);  // tells one later column from another
        }
        hash = mixed(hash, static_cast<std::uint64_t>(cell.kind));
        if (cell.kind == CellKind::integer) {
            hash = mixed(hash, static_cast<std::uint64_t>(cell.integer));
        } else if (cell.kind == CellKind::text) {
            hash = mixed(hash, hash64(cell.text));
        }
    }
    return hash;
}

std::uint64_t digest_row(std::string_view table, std::string_view source_key,
                         std::uint64_t row_hash) {
    return hash64(source_key, mixed(hash64(table), row_hash));
}

Result<std::unique_ptr<FactWriter>> FactWriter::open(Connection& db, const Format& format,
                                                     std::int64_t seq, Names& names,
                                                     Search* search) {
    std::unique_ptr<FactWriter> writer(new FactWriter(db, format, seq, names, search));
    KL_CHECK(writer->prepare());
    return writer;
}

Result<void> FactWriter::prepare() {
    standing_.resize(format_.tables.size());
    dirty_.resize(format_.tables.size());
    for (const auto& spec : format_.tables) KL_CHECK(open_table(spec));
    return {};
}

Result<void> FactWriter::open_table(const FactTableSpec& spec) {
    Table& table = tables_.emplace_back();
    table.spec = &spec;
    const std::string name(spec.name);
    table.later = later_cells(spec);
    if (spec.projection) {
        KL_TRY(table.projection, ProjectionWriter::open(db_, spec, names_, search_));
        return {};
    }
    KL_TRY(const auto last, query_i64(db_, "SELECT MAX(id) FROM " + name));
    table.first_id = table.next_id = last + 1;
    std::vector<std::string> columns = {"id",        "seq",        "retracted_seq",
                                        "group_key", "source_key", "row_hash"};
    columns.insert(columns.end(), spec.columns.begin(), spec.columns.end());
    KL_TRY(table.appender, db_.append(spec.name, columns));
    for (const auto& day : spec.day_columns) {
        table.day_columns.push_back(position(spec.columns, day));
    }
    if (spec.day_columns.size() == 2) table.class_column = position(spec.columns, "cls");
    table.select_sql = "SELECT id, seq, source_key, row_hash" + joined(spec.day_columns) +
                       " FROM " + name + " WHERE group_key = :group AND retracted_seq IS NULL";
    table.retract_sql = "UPDATE " + name + " SET retracted_seq = :seq WHERE id = :id";
    table.delete_sql = "DELETE FROM " + name + " WHERE id = :id";
    table.cells_sql = "SELECT id" + joined(spec.columns) + " FROM " + name + " WHERE id = :id";
    return {};
}

Result<void> FactWriter::begin_group(std::int64_t group, Group state) {
    group_ = group;
    rows_.clear();
    cells_.clear();
    spans_.clear();
    arena_.clear();
    group_stands_ = state == Group::may_exist;
    if (group_stands_) KL_CHECK(load_standing(group));
    return {};
}

Result<void> FactWriter::load_standing(std::int64_t group) {
    for (std::size_t t = 0; t < tables_.size(); ++t) {
        standing_[t].clear();
        if (tables_[t].projection) continue;
        KL_TRY(auto rows, db_.query(tables_[t].select_sql, {{":group", Value(group)}}));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            Standing standing;
            standing.id = rows->i64(0);
            standing.seq = rows->i64(1);
            standing.hash = static_cast<std::uint64_t>(rows->i64(3));
            for (std::size_t d = 0; d < tables_[t].day_columns.size(); ++d) {
                const int column = 4 + static_cast<int>(d);
                if (!rows->is_null(column)) standing.days.push_back(rows->i64(column));
            }
            standing_[t].emplace(std::string(rows->text(2)), std::move(standing));
        }
    }
    return {};
}

void FactWriter::begin(int table, std::string_view source_key) {
    Row row;
    row.table = table;
    row.key_begin = arena_.size();
    row.key_size = source_key.size();
    arena_.append(source_key);
    row.cells_begin = cells_.size();
    rows_.push_back(row);
}

void FactWriter::i64(std::int64_t value) {
    cells_.push_back({CellKind::integer, value, {}});
    spans_.emplace_back();
}

void FactWriter::null() {
    cells_.push_back({});
    spans_.emplace_back();
}

void FactWriter::text(std::string_view value) {
    cells_.push_back({CellKind::text, 0, {}});
    spans_.emplace_back(arena_.size(), value.size());
    arena_.append(value);
}

void FactWriter::end() {
    Row& row = rows_.back();
    row.cells_end = cells_.size();
    KL_ASSERT(row.cells_end - row.cells_begin ==
              format_.tables[static_cast<std::size_t>(row.table)].columns.size());
}

std::int64_t FactWriter::name(std::string_view text) {
    if (text.empty()) return 0;
    auto id = names_.intern(text);
    if (id.ok()) return id.value();
    name_failed_ = true;
    name_error_ = id.error();
    return 0;
}

// The arena moved while it grew, so texts are pointed at only now.
void FactWriter::resolve_texts() {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        if (cells_[i].kind != CellKind::text) continue;
        cells_[i].text = std::string_view(arena_).substr(spans_[i].first, spans_[i].second);
    }
    for (auto& row : rows_) {
        const Table& table = table_of(row);
        if (table.projection) continue;
        row.hash = hash_cells(cells_, row.cells_begin, row.cells_end, table.later);
    }
}

std::string_view FactWriter::key_of(const Row& row) const {
    return std::string_view(arena_).substr(row.key_begin, row.key_size);
}

Result<void> FactWriter::end_group() {
    if (name_failed_) return name_error_;
    resolve_texts();
    if (!group_stands_) return add_fresh();
    KL_CHECK(forget_projections());
    for (const auto& row : rows_) {
        if (!left_out(row) && !table_of(row).projection) KL_CHECK(take_fact(row));
    }
    for (std::size_t t = 0; t < standing_.size(); ++t) {
        for (const auto& [key, standing] : standing_[t]) {
            if (standing.matched || tables_[t].left_out) continue;
            KL_CHECK(retract(static_cast<int>(t), key, standing));
            for (const auto day : standing.days) dirty_[t].insert(static_cast<Day>(day));
        }
    }
    return take_projections();
}

Result<void> FactWriter::add_fresh() {
    for (const auto& row : rows_) {
        if (left_out(row)) continue;
        if (auto& projection = table_of(row).projection) {
            KL_CHECK(projection->append(key_of(row), cells_, row.cells_begin));
            continue;
        }
        KL_CHECK(append_row(row));
        mark_days(row);
    }
    return {};
}

Result<void> FactWriter::take_fact(const Row& row) {
    auto& standing = standing_[static_cast<std::size_t>(row.table)];
    const std::string key(key_of(row));
    const auto found = standing.find(key);
    if (found == standing.end()) {
        KL_CHECK(append_row(row));
        mark_days(row);
        return {};
    }
    KL_ASSERT(!found->second.matched);  // derive gives every key once
    found->second.matched = true;
    return found->second.hash == row.hash ? Result<void>() : replace_row(row, key, found->second);
}

// A group that nothing is derived of any more: only the facts that still stand tell its key.
Result<void> FactWriter::forget_projections() {
    if (projections_ == Projections::compare || !rows_.empty()) return {};
    for (Table& table : tables_) {
        if (table.projection && !table.left_out) KL_CHECK(table.projection->remove_of(group_));
    }
    return {};
}

Result<void> FactWriter::take_projections() {
    for (const auto& row : rows_) {
        const auto& projection = table_of(row).projection;
        if (!projection || left_out(row)) continue;
        KL_CHECK(projections_ == Projections::compare
                     ? projection->compare(key_of(row), cells_, row.cells_begin)
                     : projection->take(key_of(row), cells_, row.cells_begin,
                                        projections_ == Projections::all));
    }
    return {};
}

Result<std::int64_t> FactWriter::projection_faults(std::string_view source) {
    std::int64_t faults = 0;
    for (const Table& table : tables_) {
        if (!table.projection || table.left_out) continue;
        KL_TRY(const std::int64_t found, table.projection->faults(source));
        faults += found;
    }
    return faults;
}

Result<void> FactWriter::replace_row(const Row& row, const std::string& key,
                                     const Standing& standing) {
    const auto table = static_cast<std::size_t>(row.table);
    KL_TRY(const bool moved, only_end_moved(row, standing));
    KL_CHECK(retract(row.table, key, standing));
    KL_CHECK(append_row(row));
    if (!moved) {
        for (const auto day : standing.days) dirty_[table].insert(static_cast<Day>(day));
        mark_days(row);
        return {};
    }
    // A span that merely ended later or earlier changes nothing on the day it began.
    if (standing.days.size() > 1) dirty_[table].insert(static_cast<Day>(standing.days[1]));
    const auto& end = cells_[row.cells_begin + static_cast<std::size_t>(tables_[table].day_columns[1])];
    if (end.kind == CellKind::integer) dirty_[table].insert(static_cast<Day>(end.integer));
    return {};
}

Result<bool> FactWriter::only_end_moved(const Row& row, const Standing& standing) {
    const Table& table = tables_[static_cast<std::size_t>(row.table)];
    if (table.day_columns.size() < 2) return false;
    KL_TRY(auto rows, db_.query(table.cells_sql, {{":id", Value(standing.id)}}));
    KL_TRY(const bool found, rows->next());
    if (!found) return false;
    for (std::size_t c = 0; c < table.spec->columns.size(); ++c) {
        const int column = static_cast<int>(c);
        if (column == table.day_columns[1] || column == table.class_column) continue;
        const FactCell& cell = cells_[row.cells_begin + c];
        const bool same =
            cell.kind == CellKind::null      ? rows->is_null(column + 1)
            : cell.kind == CellKind::integer ? !rows->is_null(column + 1) &&
                                                   rows->i64(column + 1) == cell.integer
                                             : rows->text(column + 1) == cell.text;
        if (!same) return false;
    }
    return true;
}

Result<void> FactWriter::append_row(const Row& row) {
    Table& table = tables_[static_cast<std::size_t>(row.table)];
    Appender& out = *table.appender;
    const auto key = key_of(row);
    out.i64(table.next_id++);
    out.i64(seq_);
    out.null();
    out.i64(group_);
    out.text(key);
    out.i64(static_cast<std::int64_t>(row.hash));
    for (std::size_t i = row.cells_begin; i < row.cells_end; ++i) {
        const FactCell& cell = cells_[i];
        if (cell.kind == CellKind::null) out.null();
        else if (cell.kind == CellKind::integer) out.i64(cell.integer);
        else out.text(cell.text);
    }
    KL_CHECK(out.end_row());
    digest_.came += digest_row(table.spec->name, key, row.hash);
    ++digest_.rows_came;
    return {};
}

// A row that this very entry brought was never visible to anyone: it goes without a trace.
Result<void> FactWriter::retract(int table, const std::string& key, const Standing& standing) {
    const Table& target = tables_[static_cast<std::size_t>(table)];
    const std::uint64_t hash = digest_row(target.spec->name, key, standing.hash);
    if (standing.seq == seq_) {
        KL_TRY([[maybe_unused]] const auto gone,
               db_.run(target.delete_sql, {{":id", Value(standing.id)}}));
        digest_.came -= hash;
        --digest_.rows_came;
        return {};
    }
    KL_TRY([[maybe_unused]] const auto gone,
           db_.run(target.retract_sql, {{":seq", Value(seq_)}, {":id", Value(standing.id)}}));
    digest_.went += hash;
    ++digest_.rows_went;
    return {};
}

void FactWriter::mark_days(const Row& row) {
    const auto table = static_cast<std::size_t>(row.table);
    for (const int column : tables_[table].day_columns) {
        const FactCell& cell = cells_[row.cells_begin + static_cast<std::size_t>(column)];
        if (cell.kind == CellKind::integer) dirty_[table].insert(static_cast<Day>(cell.integer));
    }
}

void FactWriter::add_digest(const FactsDigest& digest) {
    digest_.came += digest.came;
    digest_.went += digest.went;
    digest_.rows_came += digest.rows_came;
    digest_.rows_went += digest.rows_went;
}

void FactWriter::add_measured(const SeriesChange& change) {
    const SeriesDigest& digest = change.digest;
    add_digest({digest.came, digest.went, digest.rows_came, digest.rows_went});
    measured_days_.insert(change.days.begin(), change.days.end());
}

void FactWriter::next_entry(std::int64_t seq) {
    seq_ = seq;
    digest_ = {};
}

void FactWriter::collect_dirty(std::map<std::string_view, std::set<Day>>& days) const {
    for (std::size_t t = 0; t < dirty_.size(); ++t) {
        days[format_.tables[t].name].insert(dirty_[t].begin(), dirty_[t].end());
    }
}

Result<void> FactWriter::mark_changed(Connection& db) const {
    for (std::size_t t = 0; t < dirty_.size(); ++t) {
        KL_CHECK(mark_dirty(db, format_.tables[t].name, {dirty_[t].begin(), dirty_[t].end()}));
    }
    return {};
}

Result<void> FactWriter::flush() {
    for (auto& table : tables_)
        KL_CHECK(table.projection ? table.projection->flush() : table.appender->flush());
    return {};
}

}  // namespace klarsyn
