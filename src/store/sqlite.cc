#include "store/sqlite.h"

#include <sqlite3.h>

#include <optional>

#include "store/sql_text.h"
#include "store/sqlite_statement.h"

namespace klarsyn {
namespace {

constexpr int kBusyTimeoutMs = 5000;
constexpr int kMapAfter = 64;  // rows of a stream

constexpr const char* kCommonSettings =
    "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = OFF;";
// A checkpoint copies pages back while the import waits: rarer ones write each page less often.
constexpr const char* kWriterSettings =
    "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4000;"
    "PRAGMA journal_size_limit = 67108864; PRAGMA secure_delete = FAST;";
constexpr const char* kReaderSettings =
    "PRAGMA query_only = ON; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 0;";

struct CloseDatabase {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using Handle = std::unique_ptr<sqlite3, CloseDatabase>;

// Whoever reads very much at once reads the file's pages where the system keeps them: each copied
// page costs more than what is done with it. Only meanwhile, because what is mapped counts as memory.
class PageMap {
public:
    explicit PageMap(sqlite3* db) : db_(db) {}
    void begin() {
        if (users_++ == 0) set("PRAGMA mmap_size = 2147418112");
    }
    void end() {
        if (--users_ == 0) set("PRAGMA mmap_size = 0");
    }

private:
    // Without it pages are copied: slower, nothing else.
    void set(const char* pragma) { sqlite3_exec(db_, pragma, nullptr, nullptr, nullptr); }

    sqlite3* db_;
    int users_ = 0;
};

class SqliteRows final : public Rows {
public:
    // `map`: where many rows may come; or none.
    SqliteRows(sqlite3* db, SqliteStatements::Lease statement, PageMap* map)
        : db_(db), statement_(std::move(statement)), handle_(statement_->handle.get()), map_(map) {}
    ~SqliteRows() override {
        if (mapped_) {
            sqlite3_reset(handle_);
            map_->end();
        }
    }

    Result<bool> next() override {
        if (done_) return false;
        const int code = sqlite3_step(handle_);
        if (code == SQLITE_ROW) {
            if (map_ && !mapped_ && ++rows_ == kMapAfter) {
                mapped_ = true;
                map_->begin();
            }
            return true;
        }
        done_ = true;
        Result<bool> end = false;
        if (code != SQLITE_DONE) end = sqlite_error(db_, code);
        sqlite3_reset(handle_);  // ends the read transaction now, not when the cursor goes
        return end;
    }
    std::int64_t i64(int column) const override { return sqlite3_column_int64(handle_, column); }
    double f64(int column) const override { return sqlite3_column_double(handle_, column); }
    std::string_view text(int column) const override {
        const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
        return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
    }
    std::string_view blob(int column) const override {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, column));
        return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
    }
    bool is_null(int column) const override {
        return sqlite3_column_type(handle_, column) == SQLITE_NULL;
    }
    int columns() const override { return sqlite3_column_count(handle_); }
    std::string_view column_name(int column) const override {
        return sqlite3_column_name(handle_, column);
    }

private:
    sqlite3* db_;
    SqliteStatements::Lease statement_;
    sqlite3_stmt* handle_;
    PageMap* map_;
    int rows_ = 0;
    bool mapped_ = false;
    bool done_ = false;
};

// What the connection and its appenders must agree on.
struct TransactionState {
    enum class Kind { none, read, write } kind = Kind::none;
    Turns turns;
    std::int64_t unflushed_rows = 0;
};

class SqliteAppender final : public Appender {
public:
    SqliteAppender(sqlite3* db, SqliteStatements::Lease statement, TransactionState& state)
        : db_(db), statement_(std::move(statement)), state_(state), turns_(state.turns) {
        cells_.reserve(static_cast<std::size_t>(
            sqlite3_bind_parameter_count(statement_->handle.get())));
    }

    void i64(std::int64_t value) override { cells_.push_back({SQLITE_INTEGER, value, 0}); }
    void null() override { cells_.push_back({SQLITE_NULL, 0, 0}); }
    void text(std::string_view value) override {
        if (value.find('\0') != value.npos) text_invalid_ = true;
        keep(SQLITE_TEXT, value);
    }
    void blob(std::string_view value) override { keep(SQLITE_BLOB, value); }

    Result<void> end_row() override {
        KL_ASSERT(state_.kind == TransactionState::Kind::write && turns_ == state_.turns);
        sqlite3_stmt* handle = statement_->handle.get();
        KL_ASSERT(static_cast<int>(cells_.size()) == sqlite3_bind_parameter_count(handle));
        if (text_invalid_) return make_error(ErrorCode::invalid_input, "store.text_invalid");
        int index = 0;
        for (const Cell& cell : cells_) bind_cell(handle, ++index, cell);
        const int code = sqlite3_step(handle);
        if (code != SQLITE_DONE) {
            const Error error = sqlite_error(db_, code);
            sqlite3_reset(handle);
            return error;
        }
        sqlite3_reset(handle);
        cells_.clear();
        bytes_.clear();
        ++pending_rows_;
        ++state_.unflushed_rows;
        return {};
    }

    Result<void> flush() override {
        KL_ASSERT(turns_ == state_.turns && cells_.empty());
        state_.unflushed_rows -= pending_rows_;
        pending_rows_ = 0;
        return {};
    }

private:
    struct Cell {
        int type;
        std::int64_t value;  // the number, or where the bytes begin in bytes_
        std::size_t size;
    };

    void keep(int type, std::string_view value) {
        cells_.push_back({type, static_cast<std::int64_t>(bytes_.size()), value.size()});
        bytes_.append(value);
    }

    void bind_cell(sqlite3_stmt* handle, int index, const Cell& cell) {
        // bytes_ does not move before the step, so SQLite need not copy.
        switch (cell.type) {
            case SQLITE_INTEGER: sqlite3_bind_int64(handle, index, cell.value); break;
            case SQLITE_TEXT:
                sqlite3_bind_text64(handle, index, bytes_.data() + cell.value, cell.size,
                                    SQLITE_STATIC, SQLITE_UTF8);
                break;
            case SQLITE_BLOB:
                sqlite3_bind_blob64(handle, index, bytes_.data() + cell.value, cell.size,
                                    SQLITE_STATIC);
                break;
            default: sqlite3_bind_null(handle, index);
        }
    }

    sqlite3* db_;
    SqliteStatements::Lease statement_;
    TransactionState& state_;
    Turns turns_;
    std::vector<Cell> cells_;
    std::string bytes_;
    std::int64_t pending_rows_ = 0;
    bool text_invalid_ = false;
};

class SqliteConnection final : public Connection {
public:
    SqliteConnection(Handle db, SqliteRole role, Poison poison)
        : db_(std::move(db)),
          role_(role),
          poison_(std::move(poison)),
          statements_(db_.get()),
          map_(db_.get()) {}

    ~SqliteConnection() override {
        rollback();
        statements_.clear();
    }

    Dialect dialect() const override { return Dialect::sqlite; }
    Turns turns() const override { return state_.turns; }
    sqlite3* handle() const { return db_.get(); }

    Result<void> script(std::string_view sql) override {
        return in_transaction(
            [&] { return execute(localise_schema(Dialect::sqlite, sql).c_str()); });
    }

    Result<std::unique_ptr<Rows>> query(std::string_view sql, const Params& params) override {
        return rows(sql, params, nullptr);
    }

    Result<std::unique_ptr<Rows>> stream(std::string_view sql, const Params& params) override {
        return rows(sql, params, role_ == SqliteRole::reader ? &map_ : nullptr);
    }

    Result<std::unique_ptr<Rows>> rows(std::string_view sql, const Params& params, PageMap* map) {
        KL_CHECK(usable());
        KL_TRY(auto statement, statements_.take(sql));
        if (state_.kind != Kind::write && sqlite3_stmt_readonly(statement->handle.get()) == 0) {
            return make_error(ErrorCode::internal, "store.outside_transaction",
                              {{"sql", std::string(sql)}});
        }
        KL_CHECK(bind(db_.get(), *statement, params));
        return std::unique_ptr<Rows>(
            std::make_unique<SqliteRows>(db_.get(), std::move(statement), map));
    }

    Result<std::int64_t> run(std::string_view sql, const Params& params) override {
        std::int64_t changed = 0;
        const Result<void> done = in_transaction([&]() -> Result<void> {
            KL_TRY(auto statement, statements_.take(sql));
            KL_CHECK(bind(db_.get(), *statement, params));
            const auto before = sqlite3_total_changes64(db_.get());
            int code = SQLITE_ROW;
            while (code == SQLITE_ROW) code = sqlite3_step(statement->handle.get());
            if (code != SQLITE_DONE) return sqlite_error(db_.get(), code);
            changed = sqlite3_total_changes64(db_.get()) - before;
            return {};
        });
        if (!done.ok()) return done.error();
        return changed;
    }

    Result<std::unique_ptr<Appender>> append(std::string_view table,
                                             const std::vector<std::string>& columns) override {
        KL_CHECK(usable());
        KL_ASSERT(state_.kind == Kind::write && plain_name(table) && !columns.empty());
        std::string sql = "INSERT INTO " + std::string(table) + " (";
        std::string marks;
        for (const auto& column : columns) {
            KL_ASSERT(plain_name(column));
            if (!marks.empty()) sql += ", ", marks += ", ";
            sql += column;
            marks += '?';
        }
        KL_TRY(auto statement, statements_.take(sql + ") VALUES (" + marks + ")"));
        return std::unique_ptr<Appender>(
            std::make_unique<SqliteAppender>(db_.get(), std::move(statement), state_));
    }

    Result<void> begin_write() override {
        KL_CHECK(usable());
        if (role_ == SqliteRole::reader) {
            return make_error(ErrorCode::internal, "store.reader_writes");
        }
        KL_ASSERT(state_.kind == Kind::none);
        KL_CHECK(execute("BEGIN IMMEDIATE"));
        state_.kind = Kind::write;
        ++state_.turns.begun;
        return {};
    }

    Result<void> begin_read() override {
        KL_CHECK(usable());
        KL_ASSERT(state_.kind == Kind::none);
        KL_CHECK(execute("BEGIN"));
        state_.kind = Kind::read;
        return {};
    }

    Result<void> commit() override {
        KL_ASSERT(state_.kind != Kind::none || *poison_);
        Result<void> possible = usable();
        if (possible.ok() && state_.unflushed_rows != 0) {
            possible = make_error(ErrorCode::internal, "store.unflushed");
        }
        if (!possible.ok()) {
            rollback();
            return possible;
        }
        const int code = sqlite3_exec(db_.get(), "COMMIT", nullptr, nullptr, nullptr);
        if (code == SQLITE_OK) {
            state_.kind = Kind::none;
            return {};
        }
        Error error = sqlite_error(db_.get(), code);
        const int primary = code & 0xff;
        // A full disk and a held lock are noticed before the commit record is complete: nothing was
        // committed. After any other failure the commit may or may not be on disk.
        const bool certain = primary == SQLITE_FULL || primary == SQLITE_BUSY;
        if (state_.kind == Kind::write && !certain) {
            *poison_ = true;
            error = outcome_unknown();
        }
        rollback();
        return error;
    }

    void rollback() override {
        if (state_.kind == Kind::none) return;
        // SQLite has rolled back by itself after some errors.
        if (sqlite3_get_autocommit(db_.get()) == 0) {
            sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
        }
        if (state_.kind == Kind::write) ++state_.turns.rolled_back;
        state_.kind = Kind::none;
        state_.unflushed_rows = 0;
    }

    Result<void> begin_part() override {
        KL_CHECK(usable());
        KL_ASSERT(state_.kind == Kind::write && state_.unflushed_rows == 0);
        return execute("SAVEPOINT part");
    }

    Result<void> end_part() override {
        KL_CHECK(usable());
        if (state_.unflushed_rows != 0) return make_error(ErrorCode::internal, "store.unflushed");
        return execute("RELEASE part");
    }

    Result<void> rollback_part() override {
        KL_CHECK(usable());
        ++state_.turns.rolled_back;
        state_.unflushed_rows = 0;
        return execute("ROLLBACK TO part; RELEASE part");
    }

    Result<void> execute(const char* sql) {
        const int code = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) return sqlite_error(db_.get(), code);
        return {};
    }

private:
    using Kind = TransactionState::Kind;

    // Without this check, what follows an error after which SQLite rolled back by itself would be
    // committed statement by statement.
    Result<void> usable() const {
        if (*poison_) return outcome_unknown();
        if (state_.kind != Kind::none && sqlite3_get_autocommit(db_.get()) != 0) {
            return make_error(ErrorCode::unavailable, "store.transaction_lost");
        }
        return {};
    }

    template <typename Work>
    Result<void> in_transaction(const Work& work) {
        KL_CHECK(usable());
        if (state_.kind != Kind::none) return work();
        KL_CHECK(begin_write());
        const Result<void> done = work();
        if (done.ok()) return commit();
        rollback();
        return done;
    }

    Handle db_;
    SqliteRole role_;
    Poison poison_;
    SqliteStatements statements_;
    PageMap map_;
    TransactionState state_;
};

}  // namespace

Result<std::unique_ptr<Connection>> open_sqlite(const std::string& path, SqliteRole role,
                                                Poison poison) {
    const bool writer = role == SqliteRole::writer;
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE |
                      (writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
    Handle db(raw);
    if (code != SQLITE_OK) return sqlite_error(raw, code);
    sqlite3_busy_timeout(raw, kBusyTimeoutMs);
    // Double-quoted texts are an error on PostgreSQL: so they are here.
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    if (!writer) sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    auto connection = std::make_unique<SqliteConnection>(std::move(db), role, std::move(poison));
    KL_CHECK(connection->execute(kCommonSettings));
    KL_CHECK(connection->execute(writer ? kWriterSettings : kReaderSettings));
    return std::unique_ptr<Connection>(std::move(connection));
}

Result<void> checkpoint_sqlite(Connection& connection) {
    auto& sqlite = static_cast<SqliteConnection&>(connection);
    sqlite3* db = sqlite.handle();
    sqlite3_busy_timeout(db, 0);
    const int code =
        sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    sqlite3_busy_timeout(db, kBusyTimeoutMs);
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) return sqlite_error(db, code);
    return {};
}

}  // namespace klarsyn
