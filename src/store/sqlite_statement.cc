#include "store/sqlite_statement.h"

#include <algorithm>

namespace klarsyn {
namespace {

// Generated SQL (one text per set of filters) must not fill the memory of a long-running server.
constexpr std::size_t kStatementsMax = 120;

struct KnownError {
    int code;
    ErrorCode kind;
    const char* key;
};
constexpr KnownError kKnownErrors[] = {
    {SQLITE_BUSY, ErrorCode::unavailable, "store.busy"},
    {SQLITE_LOCKED, ErrorCode::unavailable, "store.busy"},
    {SQLITE_INTERRUPT, ErrorCode::unavailable, "store.busy"},
    {SQLITE_FULL, ErrorCode::unavailable, "store.disk_full"},
    {SQLITE_READONLY, ErrorCode::refused, "store.read_only"},
    {SQLITE_CANTOPEN, ErrorCode::refused, "store.cannot_open"},
    {SQLITE_CONSTRAINT, ErrorCode::conflict, "store.constraint"},
    {SQLITE_CORRUPT, ErrorCode::internal, "store.damaged"},
    {SQLITE_NOTADB, ErrorCode::internal, "store.damaged"},
    {SQLITE_IOERR, ErrorCode::internal, "store.disk_fault"},
};

Result<void> bind_one(sqlite3* db, sqlite3_stmt* statement, int index, const Value& value) {
    int code = SQLITE_OK;
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        code = sqlite3_bind_int64(statement, index, *number);
    } else if (const auto* real = std::get_if<double>(&value)) {
        code = sqlite3_bind_double(statement, index, *real);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
        if (text->find('\0') != text->npos) {
            return make_error(ErrorCode::invalid_input, "store.text_invalid");
        }
        code = sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_TRANSIENT,
                                   SQLITE_UTF8);
    } else if (const auto* blob = std::get_if<Blob>(&value)) {
        // A null pointer would bind NULL instead of an empty blob.
        const char* bytes = blob->bytes.empty() ? "" : blob->bytes.data();
        code = sqlite3_bind_blob64(statement, index, bytes, blob->bytes.size(), SQLITE_TRANSIENT);
    } else {
        code = sqlite3_bind_null(statement, index);
    }
    if (code != SQLITE_OK) return sqlite_error(db, code);
    return {};
}

}  // namespace

Error sqlite_error(sqlite3* db, int code) {
    const char* path = db != nullptr ? sqlite3_db_filename(db, "main") : nullptr;
    const std::string detail = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    const auto* known = std::find_if(std::begin(kKnownErrors), std::end(kKnownErrors),
                                     [&](const KnownError& e) { return e.code == (code & 0xff); });
    const bool found = known != std::end(kKnownErrors);
    return make_error(found ? known->kind : ErrorCode::internal, found ? known->key : "store.sql",
                      {{"data", path != nullptr ? path : ""}, {"detail", detail}});
}

void SqliteStatements::GiveBack::operator()(SqliteStatement* statement) const {
    sqlite3_reset(statement->handle.get());
    sqlite3_clear_bindings(statement->handle.get());
    statement->busy = false;
    if (!statement->cached) delete statement;
}

Result<void> SqliteStatements::prepare(SqliteStatement& statement) {
    sqlite3_stmt* handle = nullptr;
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v3(
        db_, statement.sql.data(), static_cast<int>(statement.sql.size()),
        statement.cached ? SQLITE_PREPARE_PERSISTENT : 0, &handle, &rest);
    if (code != SQLITE_OK) {
        Error error = sqlite_error(db_, code);
        error.args.emplace_back("sql", statement.sql);
        return error;
    }
    KL_ASSERT(handle != nullptr);
    statement.handle.reset(handle);
    return {};
}

void SqliteStatements::make_room() {
    for (auto entry = entries_.end(); entries_.size() > kStatementsMax && entry != entries_.begin();) {
        --entry;
        if (entry->busy) continue;
        by_sql_.erase(entry->sql);
        entry = entries_.erase(entry);
    }
}

Result<SqliteStatements::Lease> SqliteStatements::take(std::string_view sql) {
    const auto known = by_sql_.find(sql);
    if (known != by_sql_.end() && !known->second->busy) {
        entries_.splice(entries_.begin(), entries_, known->second);
        known->second->busy = true;
        return Lease(&*known->second);
    }
    if (known != by_sql_.end()) {  // its rows are still being read: one more for this use only
        auto extra = std::make_unique<SqliteStatement>();
        extra->sql = sql;
        KL_CHECK(prepare(*extra));
        return Lease(extra.release());
    }
    SqliteStatement fresh;
    fresh.sql = sql;
    fresh.cached = true;
    KL_CHECK(prepare(fresh));
    fresh.busy = true;
    entries_.push_front(std::move(fresh));
    by_sql_.emplace(entries_.front().sql, entries_.begin());
    make_room();
    return Lease(&entries_.front());
}

Result<void> bind(sqlite3* db, SqliteStatement& statement, const Params& params) {
    const int count = sqlite3_bind_parameter_count(statement.handle.get());
    for (int index = 1; index <= count; ++index) {
        const char* raw_name = sqlite3_bind_parameter_name(statement.handle.get(), index);
        const std::string_view name = raw_name != nullptr ? raw_name : "?";
        const auto given = std::find_if(params.begin(), params.end(),
                                        [&](const auto& param) { return param.first == name; });
        if (given == params.end()) {
            return make_error(ErrorCode::internal, "store.parameter_missing",
                              {{"name", std::string(name)}, {"sql", statement.sql}});
        }
        KL_CHECK(bind_one(db, statement.handle.get(), index, given->second));
    }
    return {};
}

}  // namespace klarsyn
