#include "ingest/projection_writer.h"

#include <cstdlib>

#include "ingest/fact_writer.h"

namespace klarsyn {

Result<std::unique_ptr<ProjectionWriter>> ProjectionWriter::open(Connection& db,
                                                                 const FactTableSpec& spec) {
    std::unique_ptr<ProjectionWriter> writer(new ProjectionWriter(db, spec));
    const std::string table(spec.name), key(spec.projection->key), id(spec.projection->id);
    KL_TRY(const std::int64_t last, query_i64(db, "SELECT MAX(" + id + ") FROM " + table));
    writer->next_id_ = last + 1;
    std::vector<std::string> columns = {id, key};
    std::string list;
    for (const std::string& column : spec.columns) {
        columns.push_back(column);
        list += (list.empty() ? "" : ", ") + column;
    }
    KL_TRY(writer->appender_, db.append(spec.name, columns));
    writer->remove_sql_ = "DELETE FROM " + table + " WHERE " + key + " = :key";
    writer->select_sql_ = "SELECT " + list + " FROM " + table + " WHERE " + key + " = :key";
    return writer;
}

Result<void> ProjectionWriter::append(std::string_view key, const std::vector<FactCell>& cells,
                                      std::size_t begin) {
    Appender& out = *appender_;
    out.i64(next_id_++);
    out.text(key);
    for (std::size_t i = begin; i < begin + spec_.columns.size(); ++i) {
        const FactCell& cell = cells[i];
        if (cell.kind == CellKind::null)
            out.null();
        else if (cell.kind == CellKind::integer)
            out.i64(cell.integer);
        else
            out.text(cell.text);
    }
    return out.end_row();
}

Result<void> ProjectionWriter::remove(std::string_view key) {
    KL_TRY([[maybe_unused]] const auto gone, db_.run(remove_sql_, {{":key", std::string(key)}}));
    return {};
}

Result<void> ProjectionWriter::replace(std::string_view key, const std::vector<FactCell>& cells,
                                       std::size_t begin) {
    KL_CHECK(remove(key));
    return append(key, cells, begin);
}

Result<void> ProjectionWriter::remove_of(std::int64_t group) {
    std::vector<std::string> keys;
    {
        KL_TRY(const auto rows, db_.query(spec_.projection->keys_of_group, {{":group", Value(group)}}));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            keys.emplace_back(rows->text(0));
        }
    }
    for (const std::string& key : keys) KL_CHECK(remove(key));
    return {};
}

Result<void> ProjectionWriter::compare(std::string_view key, const std::vector<FactCell>& cells,
                                       std::size_t begin) {
    ++compared_;
    KL_TRY(const auto rows, db_.query(select_sql_, {{":key", std::string(key)}}));
    KL_TRY(const bool found, rows->next());
    bool same = found;
    for (std::size_t c = 0; same && c < spec_.columns.size(); ++c) {
        const FactCell& cell = cells[begin + c];
        const int column = static_cast<int>(c);
        same = cell.kind == CellKind::null      ? rows->is_null(column)
               : cell.kind == CellKind::integer ? !rows->is_null(column) &&
                                                      rows->i64(column) == cell.integer
                                                : rows->text(column) == cell.text;
    }
    if (!same) ++faults_;
    return {};
}

Result<std::int64_t> ProjectionWriter::faults(std::string_view source) {
    KL_TRY(const std::int64_t standing,
           query_i64(db_, spec_.projection->count_of_source, {{":source", std::string(source)}}));
    return faults_ + std::abs(standing - compared_);
}

}  // namespace klarsyn
