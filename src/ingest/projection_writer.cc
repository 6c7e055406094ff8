#include "ingest/projection_writer.h"

#include <cstdlib>

namespace klarsyn {
namespace {

// As many documents are written again before the index takes them together.
constexpr std::int64_t kMostDocuments = 4'096;

}  // namespace

Result<std::unique_ptr<ProjectionWriter>> ProjectionWriter::open(Connection& db,
                                                                 const FactTableSpec& spec,
                                                                 Names& names, Search* search) {
    KL_ASSERT(search != nullptr || spec.projection->found_by == nullptr);
    std::unique_ptr<ProjectionWriter> writer(new ProjectionWriter(db, spec, names, search));
    const std::string table(spec.name), key(spec.projection->key), id(spec.projection->id);
    KL_TRY(const std::int64_t last, query_i64(db, "SELECT MAX(" + id + ") FROM " + table));
    writer->next_id_ = last + 1;
    std::vector<std::string> columns = {id, key};
    std::string list;
    for (const std::string& column : spec.columns) {
        columns.push_back(column);
        list += ", " + column;
    }
    KL_TRY(writer->appender_, db.append(spec.name, columns));
    writer->remove_sql_ = "DELETE FROM " + table + " WHERE " + key + " = :key";
    writer->select_sql_ = "SELECT " + id + list + " FROM " + table + " WHERE " + key + " = :key";
    return writer;
}

Result<SearchDocument> ProjectionWriter::document(std::int64_t id, std::string_view key,
                                                  const FactCell* cells) {
    FoundBy found = spec_.projection->found_by(key, cells);
    found.document.kind = spec_.projection->found_kind;
    found.document.object = key;
    found.document.ref = id;
    if (!found.org.empty()) {
        KL_TRY(found.document.org, names_.intern(found.org));
    }
    return std::move(found.document);
}

Result<void> ProjectionWriter::put(std::int64_t id, std::string_view key, const FactCell* cells) {
    Appender& out = *appender_;
    out.i64(id);
    out.text(key);
    for (std::size_t i = 0; i < spec_.columns.size(); ++i) {
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

Result<void> ProjectionWriter::append(std::string_view key, const std::vector<FactCell>& cells,
                                      std::size_t begin) {
    const std::int64_t id = next_id_++;
    KL_CHECK(put(id, key, &cells[begin]));
    if (spec_.projection->found_by == nullptr) return {};
    KL_TRY(const SearchDocument found, document(id, key, &cells[begin]));
    return search_->add(db_, found);
}

Result<void> ProjectionWriter::take(std::string_view key, const std::vector<FactCell>& cells,
                                    std::size_t begin, bool look) {
    KL_TRY(const Standing standing, find(key, &cells[begin]));
    if (standing.same && !look) return {};
    const std::int64_t id = standing.id != 0 ? standing.id : next_id_++;
    if (!standing.same) {
        if (standing.id != 0) {
            KL_TRY([[maybe_unused]] const auto gone,
                   db_.run(remove_sql_, {{":key", std::string(key)}}));
        }
        KL_CHECK(put(id, key, &cells[begin]));
    }
    if (spec_.projection->found_by == nullptr) return {};
    KL_TRY(const SearchDocument found, document(id, key, &cells[begin]));
    if (standing.same) {
        KL_TRY(const bool held, Search::holds(db_, found));
        if (held) return {};
    }
    KL_CHECK(search_->write(db_, found));
    if (++documents_ < kMostDocuments) return {};
    documents_ = 0;
    return search_->settle_all(db_);
}

Result<void> ProjectionWriter::remove(std::string_view key) {
    KL_TRY([[maybe_unused]] const auto gone, db_.run(remove_sql_, {{":key", std::string(key)}}));
    if (spec_.projection->found_by == nullptr) return {};
    return search_->forget(db_, spec_.projection->found_kind, key);
}

Result<void> ProjectionWriter::remove_of(std::int64_t group) {
    std::vector<std::string> keys;
    {
        KL_TRY(const auto rows,
               db_.query(spec_.projection->keys_of_group, {{":group", Value(group)}}));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            keys.emplace_back(rows->text(0));
        }
    }
    for (const std::string& key : keys) KL_CHECK(remove(key));
    return {};
}

Result<void> ProjectionWriter::flush() {
    KL_CHECK(appender_->flush());
    documents_ = 0;
    return spec_.projection->found_by == nullptr ? Result<void>() : search_->settle_all(db_);
}

Result<ProjectionWriter::Standing> ProjectionWriter::find(std::string_view key,
                                                          const FactCell* cells) {
    KL_TRY(const auto rows, db_.query(select_sql_, {{":key", std::string(key)}}));
    KL_TRY(const bool found, rows->next());
    if (!found) return Standing{};
    bool same = true;
    for (std::size_t c = 0; same && c < spec_.columns.size(); ++c) {
        const FactCell& cell = cells[c];
        const int column = static_cast<int>(c) + 1;
        same = cell.kind == CellKind::null ? rows->is_null(column)
               : cell.kind == CellKind::integer
                   ? !rows->is_null(column) && rows->i64(column) == cell.integer
                   : rows->text(column) == cell.text;
    }
    return Standing{rows->i64(0), same};
}

Result<void> ProjectionWriter::compare(std::string_view key, const std::vector<FactCell>& cells,
                                       std::size_t begin) {
    ++compared_;
    KL_TRY(const Standing standing, find(key, &cells[begin]));
    if (!standing.same) ++faults_;
    return {};
}

Result<std::int64_t> ProjectionWriter::faults(std::string_view source) {
    KL_TRY(const std::int64_t standing,
           query_i64(db_, spec_.projection->count_of_source, {{":source", std::string(source)}}));
    return faults_ + std::abs(standing - compared_);
}

}  // namespace klarsyn
