#include "protocols/probe/local_store.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>

#include "core/hash.h"
#include "protocols/probe/random_name.h"

namespace klarsyn {
namespace {

constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS kept (id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL,"
    " at INTEGER NOT NULL, body TEXT NOT NULL, batch INTEGER);"
    "CREATE INDEX IF NOT EXISTS kept_batch ON kept (batch) WHERE batch IS NOT NULL;"
    "CREATE TABLE IF NOT EXISTS refused (id INTEGER PRIMARY KEY, body TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS slot (series TEXT PRIMARY KEY, at INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, text TEXT NOT NULL);";

}  // namespace

// A prepared statement; one use.
class LocalStore::Statement {
public:
    Statement(LocalStore& store, const char* sql) : store_(store) {
        ok_ = sqlite3_prepare_v2(store.db_, sql, -1, &statement_, nullptr) == SQLITE_OK;
    }
    ~Statement() { sqlite3_finalize(statement_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    Statement& bind(int at, std::string_view text) {
        ok_ = ok_ && sqlite3_bind_text(statement_, at, text.data(), static_cast<int>(text.size()),
                                       SQLITE_TRANSIENT) == SQLITE_OK;
        return *this;
    }
    Statement& bind(int at, std::int64_t number) {
        ok_ = ok_ && sqlite3_bind_int64(statement_, at, number) == SQLITE_OK;
        return *this;
    }
    Result<bool> next() {
        const int code = ok_ ? sqlite3_step(statement_) : SQLITE_ERROR;
        if (code == SQLITE_ROW) return true;
        if (code == SQLITE_DONE) return false;
        return store_.failed();
    }
    Result<void> run() {
        KL_TRY([[maybe_unused]] const bool row, next());
        return {};
    }
    std::int64_t i64(int column) { return sqlite3_column_int64(statement_, column); }
    std::string text(int column) {
        const auto* bytes = sqlite3_column_text(statement_, column);
        return {reinterpret_cast<const char*>(bytes),
                static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
    }

private:
    LocalStore& store_;
    sqlite3_stmt* statement_ = nullptr;
    bool ok_ = false;
};

// A transaction; rolled back unless it is committed.
class LocalStore::Change {
public:
    explicit Change(LocalStore& store) : store_(store), begun_(store.run("BEGIN IMMEDIATE")) {}
    ~Change() {
        if (open_ && begun_.ok()) (void)store_.run("ROLLBACK");
    }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;
    const Result<void>& begun() const { return begun_; }
    Result<void> commit() {
        KL_CHECK(store_.run("COMMIT"));
        open_ = false;
        return {};
    }

private:
    LocalStore& store_;
    Result<void> begun_;
    bool open_ = true;
};

Error LocalStore::failed() const {
    return make_error(ErrorCode::unavailable, "probe.store.failed",
                      {{"reason", sqlite3_errmsg(db_)}});
}

Result<void> LocalStore::run(const char* sql) {
    if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return failed();
    return {};
}

Result<void> LocalStore::prepare() {
    sqlite3_busy_timeout(db_, 10'000);
    KL_CHECK(run("PRAGMA journal_mode=WAL"));
    KL_CHECK(run("PRAGMA synchronous=FULL"));
    KL_CHECK(run(kSchema));
    Statement check(*this, "PRAGMA quick_check(1)");
    KL_TRY(const bool row, check.next());
    if (!row || check.text(0) != "ok") return failed();
    KL_TRY(const std::string epoch, recall_locked("epoch"));
    return epoch.empty() ? remember_locked("epoch", random_name()) : Result<void>();
}

Result<std::unique_ptr<LocalStore>> LocalStore::open(const std::string& path,
                                                     const LocalLimits& limits) {
    bool aside = false;
    while (true) {
        const mode_t before = ::umask(0077);  // whoever reads it may learn when people worked
        sqlite3* db = nullptr;
        const int code =
            sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
        std::unique_ptr<LocalStore> store(new LocalStore(db, limits));
        const auto ready = code == SQLITE_OK ? store->prepare() : Result<void>(store->failed());
        ::umask(before);
        store->put_aside_ = aside;
        if (ready.ok()) return store;
        const int why = sqlite3_errcode(db);
        if (aside || (why != SQLITE_CORRUPT && why != SQLITE_NOTADB)) return ready.error();
        store.reset();
        std::rename(path.c_str(), (path + ".damaged").c_str());
        std::remove((path + "-wal").c_str());
        std::remove((path + "-shm").c_str());
        aside = true;
    }
}

LocalStore::~LocalStore() { sqlite3_close(db_); }

Result<std::string> LocalStore::recall_locked(std::string_view name) {
    Statement read(*this, "SELECT text FROM note WHERE name = ?1");
    KL_TRY(const bool found, read.bind(1, name).next());
    return found ? read.text(0) : std::string();
}

Result<void> LocalStore::remember_locked(std::string_view name, std::string_view text) {
    Statement write(*this,
                    "INSERT INTO note (name, text) VALUES (?1, ?2) "
                    "ON CONFLICT (name) DO UPDATE SET text = ?2");
    return write.bind(1, name).bind(2, text).run();
}

Result<std::string> LocalStore::recall(std::string_view name) {
    const std::lock_guard lock(mutex_);
    return recall_locked(name);
}

Result<void> LocalStore::remember(std::string_view name, std::string_view text) {
    const std::lock_guard lock(mutex_);
    return remember_locked(name, text);
}

Result<std::int64_t> LocalStore::number(const char* sql) {
    Statement read(*this, sql);
    KL_TRY(const bool found, read.next());
    return found ? read.i64(0) : 0;
}

Result<void> LocalStore::add(std::string_view name, std::int64_t more) {
    KL_TRY(const std::string before, recall_locked(name));
    return remember_locked(name, std::to_string(std::atoll(before.c_str()) + more));
}

Result<void> LocalStore::keep(Kind kind, UtcSecond at, std::string_view body,
                              std::string_view series, UtcSecond slot) {
    const std::lock_guard lock(mutex_);
    Change change(*this);
    KL_CHECK(change.begun());
    Statement insert(*this, "INSERT INTO kept (kind, at, body) VALUES (?1, ?2, ?3)");
    KL_CHECK(insert.bind(1, std::int64_t{kind == Kind::unable}).bind(2, at).bind(3, body).run());
    Statement note(*this,
                   "INSERT INTO slot (series, at) VALUES (?1, ?2) "
                   "ON CONFLICT (series) DO UPDATE SET at = ?2");
    KL_CHECK(note.bind(1, series).bind(2, slot).run());
    return change.commit();
}

Result<void> LocalStore::keep_all(Kind kind, const std::vector<Item>& items,
                                  std::string_view note_name, std::string_view note_text) {
    const std::lock_guard lock(mutex_);
    Change change(*this);
    KL_CHECK(change.begun());
    for (const Item& item : items) {
        Statement insert(*this, "INSERT INTO kept (kind, at, body) VALUES (?1, ?2, ?3)");
        KL_CHECK(insert.bind(1, std::int64_t{kind == Kind::unable})
                     .bind(2, item.at)
                     .bind(3, item.body)
                     .run());
    }
    if (!note_name.empty()) KL_CHECK(remember_locked(note_name, note_text));
    return change.commit();
}

Result<std::optional<UtcSecond>> LocalStore::last_slot(std::string_view series) {
    const std::lock_guard lock(mutex_);
    Statement read(*this, "SELECT at FROM slot WHERE series = ?1");
    KL_TRY(const bool found, read.bind(1, series).next());
    return found ? std::optional<UtcSecond>(read.i64(0)) : std::nullopt;
}

Result<std::optional<LocalStore::Batch>> LocalStore::next_batch(std::int64_t most) {
    const std::lock_guard lock(mutex_);
    Change change(*this);
    KL_CHECK(change.begun());
    Batch batch;
    KL_TRY(batch.number, number("SELECT MAX(batch) FROM kept WHERE batch IS NOT NULL"));
    if (batch.number == 0) {
        KL_TRY(const std::string last, recall_locked("last_batch"));
        batch.number = std::atoll(last.c_str()) + 1;
        Statement take(*this,
                       "UPDATE kept SET batch = ?1 WHERE id IN "
                       "(SELECT id FROM kept ORDER BY id LIMIT ?2)");
        KL_CHECK(take.bind(1, batch.number).bind(2, most).run());
        if (sqlite3_changes(db_) == 0) return std::optional<Batch>();
    }
    KL_TRY(batch.epoch, recall_locked("epoch"));
    Statement read(*this, "SELECT kind, body FROM kept WHERE batch IS NOT NULL ORDER BY id");
    while (true) {
        KL_TRY(const bool more, read.next());
        if (!more) break;
        (read.i64(0) != 0 ? batch.unable : batch.results).push_back(read.text(1));
    }
    KL_CHECK(change.commit());
    return std::optional<Batch>(std::move(batch));
}

Result<void> LocalStore::delivered(std::int64_t batch) {
    const std::lock_guard lock(mutex_);
    Change change(*this);
    KL_CHECK(change.begun());
    KL_CHECK(Statement(*this, "DELETE FROM kept WHERE batch = ?1").bind(1, batch).run());
    KL_CHECK(remember_locked("last_batch", std::to_string(batch)));
    return change.commit();
}

Result<void> LocalStore::refused(std::int64_t batch) {
    const std::lock_guard lock(mutex_);
    Change change(*this);
    KL_CHECK(change.begun());
    Statement count(*this, "SELECT COUNT(*) FROM kept WHERE batch = ?1");
    KL_TRY([[maybe_unused]] const bool row, count.bind(1, batch).next());
    const std::int64_t half = count.i64(0) / 2;
    if (half == 0) {
        KL_CHECK(Statement(*this,
                           "INSERT INTO refused (id, body) "
                           "SELECT id, body FROM kept WHERE batch = ?1")
                     .bind(1, batch)
                     .run());
        KL_CHECK(Statement(*this, "DELETE FROM kept WHERE batch = ?1").bind(1, batch).run());
        KL_CHECK(
            run("DELETE FROM refused WHERE id NOT IN "
                "(SELECT id FROM refused ORDER BY id DESC LIMIT 1000)"));
        KL_CHECK(add("refused", 1));
    } else {
        KL_CHECK(Statement(*this,
                           "UPDATE kept SET batch = NULL WHERE batch = ?1 AND id NOT IN "
                           "(SELECT id FROM kept WHERE batch = ?1 ORDER BY id LIMIT ?2)")
                     .bind(1, batch)
                     .bind(2, half)
                     .run());
    }
    return change.commit();
}

Result<void> LocalStore::begin_epoch() {
    const std::lock_guard lock(mutex_);
    Change change(*this);
    KL_CHECK(change.begun());
    KL_CHECK(run("UPDATE kept SET batch = NULL WHERE batch IS NOT NULL"));
    KL_CHECK(remember_locked("epoch", random_name()));
    KL_CHECK(remember_locked("last_batch", "0"));
    return change.commit();
}

Result<LocalStore::Counts> LocalStore::counts() {
    const std::lock_guard lock(mutex_);
    Counts counts;
    KL_TRY(counts.waiting, number("SELECT COUNT(*) FROM kept"));
    KL_TRY(const std::string dropped, recall_locked("dropped"));
    KL_TRY(const std::string refused, recall_locked("refused"));
    counts.dropped = std::atoll(dropped.c_str());
    counts.refused = std::atoll(refused.c_str());
    return counts;
}

Result<std::int64_t> LocalStore::prune(UtcSecond now) {
    const std::lock_guard lock(mutex_);
    Change change(*this);
    KL_CHECK(change.begun());
    KL_CHECK(Statement(*this, "DELETE FROM kept WHERE batch IS NULL AND at < ?1")
                 .bind(1, now - limits_.age_max_s)
                 .run());
    std::int64_t dropped = sqlite3_changes(db_);
    KL_TRY(const std::int64_t bytes, number("SELECT SUM(LENGTH(body) + 40) FROM kept"));
    if (bytes > limits_.bytes_max) {
        KL_TRY(const std::int64_t rows, number("SELECT COUNT(*) FROM kept"));
        // A tenth more than needed, so that it is not done for each measurement.
        const std::int64_t surplus = bytes - limits_.bytes_max / 10 * 9;
        KL_CHECK(Statement(*this,
                           "DELETE FROM kept WHERE id IN (SELECT id FROM kept "
                           "WHERE batch IS NULL ORDER BY id LIMIT ?1)")
                     .bind(1, surplus / (bytes / rows + 1) + 1)
                     .run());
        dropped += sqlite3_changes(db_);
    }
    if (dropped == 0) return dropped;
    KL_CHECK(add("dropped", dropped));
    KL_CHECK(change.commit());
    return dropped;
}

}  // namespace klarsyn
