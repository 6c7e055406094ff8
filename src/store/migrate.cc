#include "store/migrate.h"

#include <algorithm>
#include <map>

#include "core/hash.h"
#include "core/time.h"
#include "store/journal.h"

namespace klarsyn {
namespace {

// The last row of a complete creation; no schema file has this name.
constexpr std::string_view kCreated = "store/created";

Result<bool> has_migration_table(Connection& db) {
    const char* sql = db.dialect() == Dialect::sqlite
                          ? "SELECT COUNT(*) FROM sqlite_master WHERE name = 'core_migration'"
                          : "SELECT COUNT(*) FROM pg_catalog.pg_tables "
                            "WHERE schemaname = 'public' AND tablename = 'core_migration'";
    KL_TRY(const auto count, query_i64(db, sql));
    return count != 0;
}

using Applied = std::map<std::string, std::string, std::less<>>;  // name -> checksum

Result<Applied> applied_migrations(Connection& db) {
    Applied applied;
    KL_TRY(const bool table, has_migration_table(db));
    if (!table) return applied;
    KL_TRY(auto rows, db.query("SELECT name, checksum FROM core_migration ORDER BY seq"));
    for (;;) {
        KL_TRY(const bool more, rows->next());
        if (!more) return applied;
        applied.emplace(rows->text(0), rows->text(1));
    }
}

Result<void> note_applied(Connection& db, std::string_view name, std::string checksum) {
    KL_TRY(const auto seq, query_i64(db, "SELECT MAX(seq) + 1 FROM core_migration", {}, 1));
    KL_TRY(const auto added,
           db.run("INSERT INTO core_migration (seq, name, checksum, applied_at) "
                  "VALUES (:seq, :name, :checksum, :at)",
                  {{":seq", seq}, {":name", std::string(name)}, {":checksum", std::move(checksum)},
                   {":at", SystemClock().now()}}));
    KL_ASSERT(added == 1);
    return {};
}

// Runs `work` as one write transaction.
template <typename Work>
Result<void> as_transaction(Connection& db, const Work& work) {
    KL_CHECK(db.begin_write());
    const Result<void> done = work();
    if (done.ok()) return db.commit();
    db.rollback();
    return done;
}

Result<void> apply(Connection& db, const Migration& migration) {
    const Result<void> done = db.script(migration.sql);
    if (!done.ok()) {
        Error error = done.error();
        error.file = migration.name;
        return error;
    }
    return note_applied(db, migration.name, sha256_hex(migration.sql));
}

Result<void> fill_days(Connection& db) {
    KL_TRY(const auto present, query_i64(db, "SELECT 1 FROM core_day LIMIT 1"));
    if (present != 0) return {};
    KL_TRY(auto rows, db.append("core_day", {"day", "iso_year", "iso_week", "month", "quarter",
                                             "year", "weekday", "holiday", "workday"}));
    const Day last = day_of({2050, 12, 31});
    for (Day day = day_of({2000, 1, 1}); day <= last; ++day) {
        const Date date = date_of(day);
        const IsoWeek week = iso_week_of(day);
        rows->i64(day);
        rows->i64(week.year);
        rows->i64(week.week);
        rows->i64(date.year * 100 + date.month);
        rows->i64(date.year * 10 + (date.month + 2) / 3);
        rows->i64(date.year);
        rows->i64(weekday_of(day));
        rows->i64(is_holiday(day) ? 1 : 0);
        rows->i64(is_workday(day) ? 1 : 0);
        KL_CHECK(rows->end_row());
    }
    return rows->flush();
}

}  // namespace

Result<SchemaState> schema_state(Connection& db, const std::vector<Migration>& migrations) {
    KL_TRY(const Applied applied, applied_migrations(db));
    std::map<std::string_view, std::string_view> known;
    for (const auto& migration : migrations) known.emplace(migration.name, migration.sql);
    for (const auto& [name, checksum] : applied) {
        if (name == kCreated) continue;
        const auto found = known.find(name);
        if (found == known.end()) {
            return make_error(ErrorCode::refused, "store.newer_schema", {{"migration", name}});
        }
        if (sha256_hex(found->second) != checksum) {
            return make_error(ErrorCode::refused, "store.migration_changed", {{"migration", name}});
        }
    }
    if (!applied.contains(kCreated)) return SchemaState::absent;
    return applied.size() < migrations.size() + 1 ? SchemaState::behind : SchemaState::current;
}

Result<void> migrate(Connection& db, const std::vector<Migration>& migrations) {
    KL_TRY(const bool table, has_migration_table(db));
    if (!table) {
        KL_CHECK(as_transaction(db, [&] {
            return db.script(
                "CREATE TABLE core_migration (seq {id}, name TEXT NOT NULL UNIQUE, "
                "checksum TEXT NOT NULL, applied_at BIGINT NOT NULL);"
                "CREATE TABLE core_secret (name TEXT NOT NULL UNIQUE, value TEXT NOT NULL)");
        }));
    }
    KL_TRY(const Applied applied, applied_migrations(db));
    for (const auto& migration : migrations) {
        if (applied.contains(migration.name)) continue;
        KL_CHECK(as_transaction(db, [&] { return apply(db, migration); }));
    }
    return as_transaction(db, [&] { return fill_days(db); });
}

Result<void> finish_creation(Connection& db, const std::string& key) {
    return as_transaction(db, [&]() -> Result<void> {
        KL_CHECK(start_chain(db, key));
        return note_applied(db, kCreated, "");
    });
}

}  // namespace klarsyn
