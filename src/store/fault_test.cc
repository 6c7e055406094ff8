// What the store does when the disk, the process or the connection fails.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>

#include "core/text.h"
#include "store/test_store.h"

namespace klarsyn {
namespace {

constexpr const char* kThing = "CREATE TABLE thing (id {id}, name TEXT);";

// SQLite's own file layer with a fault that tests switch on: the next calls to write or to sync a
// WAL answer with `code`.
struct FaultyDisk {
    FaultyDisk() {
        base = sqlite3_vfs_find(nullptr);
        layer = *base;
        layer.zName = "klarsyn_faulty";
        layer.xOpen = open;
        sqlite3_vfs_register(&layer, 1);
    }
    ~FaultyDisk() {
        write_code = sync_code = SQLITE_OK;
        sqlite3_vfs_unregister(&layer);
        sqlite3_vfs_register(base, 1);
    }
    FaultyDisk(const FaultyDisk&) = delete;
    FaultyDisk& operator=(const FaultyDisk&) = delete;

    static int open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* file, int flags, int* out) {
        const int code = base->xOpen(base, name, file, flags, out);
        if (code != SQLITE_OK || (flags & SQLITE_OPEN_WAL) == 0) return code;
        original = file->pMethods;
        methods = *original;
        methods.xWrite = [](sqlite3_file* f, const void* bytes, int size, sqlite3_int64 at) {
            return write_code != SQLITE_OK ? write_code : original->xWrite(f, bytes, size, at);
        };
        methods.xSync = [](sqlite3_file* f, int sync_flags) {
            return sync_code != SQLITE_OK ? sync_code : original->xSync(f, sync_flags);
        };
        file->pMethods = &methods;
        return code;
    }

    static inline sqlite3_vfs* base = nullptr;
    static inline const sqlite3_io_methods* original = nullptr;
    static inline sqlite3_io_methods methods{};
    static inline int write_code = SQLITE_OK;
    static inline int sync_code = SQLITE_OK;
    sqlite3_vfs layer{};
};

std::vector<Migration> with_thing() { return test_migrations({{"test/thing", kThing}}); }

TEST(StoreFaults, a_full_disk_refuses_the_commit_and_work_goes_on_when_there_is_room) {
    FaultyDisk disk;
    TestDatabases databases;
    const std::string data = databases.fresh(Dialect::sqlite);
    auto store = Store::create(data, with_thing()).take();
    Connection& db = store->writer();
    for (const int code : {SQLITE_FULL, SQLITE_OK}) {
        db.begin_write().take();
        db.run("INSERT INTO thing (id, name) VALUES (1, 'a')").take();
        FaultyDisk::write_code = code;
        const auto done = db.commit();
        ASSERT_EQ(done.ok(), code == SQLITE_OK);
        if (code == SQLITE_OK) break;
        EXPECT_EQ(done.error().key, "store.disk_full");
        EXPECT_EQ(done.error().code, ErrorCode::unavailable);
        EXPECT_THAT(describe(done.error(), Language::da), testing::HasSubstr(data));
        EXPECT_EQ(query_i64(*store->reader().take(), "SELECT COUNT(*) FROM thing").take(), 0);
    }
    EXPECT_EQ(query_i64(db, "SELECT COUNT(*) FROM thing").take(), 1);
}

TEST(StoreFaults, a_transaction_that_filled_the_disk_is_not_committed_piece_by_piece) {
    FaultyDisk disk;
    TestDatabases databases;
    auto store = Store::create(databases.fresh(Dialect::sqlite), with_thing()).take();
    Connection& db = store->writer();
    db.begin_write().take();
    auto rows = db.append("thing", {"id", "name"}).take();
    FaultyDisk::write_code = SQLITE_FULL;
    // More than the writer's cache holds, so that SQLite writes before the commit.
    const std::string text(100'000, 'x');
    Result<void> ended;
    for (std::int64_t id = 1; id <= 2000 && ended.ok(); ++id) {
        rows->i64(id);
        rows->text(text);
        ended = rows->end_row();
    }
    ASSERT_FALSE(ended.ok());
    EXPECT_EQ(ended.error().key, "store.disk_full");
    FaultyDisk::write_code = SQLITE_OK;
    EXPECT_EQ(db.run("INSERT INTO thing (id) VALUES (1)").error().key, "store.transaction_lost");
    EXPECT_EQ(db.commit().error().key, "store.transaction_lost");
    rows.reset();
    EXPECT_EQ(query_i64(db, "SELECT COUNT(*) FROM thing", {}).take(), 0);
    EXPECT_EQ(db.run("INSERT INTO thing (id) VALUES (1)").take(), 1);
}

TEST(StoreFaults, after_a_commit_of_unknown_outcome_nothing_goes_on) {
    FaultyDisk disk;
    TestDatabases databases;
    const std::string data = databases.fresh(Dialect::sqlite);
    auto store = Store::create(data, with_thing()).take();
    auto reader = store->reader().take();
    Connection& db = store->writer();
    db.begin_write().take();
    db.run("INSERT INTO thing (id) VALUES (1)").take();
    FaultyDisk::sync_code = SQLITE_IOERR_FSYNC;
    const auto done = db.commit();
    FaultyDisk::sync_code = SQLITE_OK;
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().key, "store.outcome_unknown");
    EXPECT_EQ(done.error().code, ErrorCode::internal);
    EXPECT_EQ(db.run("INSERT INTO thing (id) VALUES (2)").error().key, "store.outcome_unknown");
    EXPECT_EQ(db.begin_write().error().key, "store.outcome_unknown");
    EXPECT_EQ(reader->query("SELECT 1").error().key, "store.outcome_unknown");
    store.reset();
    reader.reset();
    // A new process asks the database what became of it.
    store = Store::open(data, Access::write, with_thing()).take();
    EXPECT_LE(query_i64(store->writer(), "SELECT COUNT(*) FROM thing").take(), 1);
    EXPECT_EQ(store->writer().run("INSERT INTO thing (id) VALUES (2)").take(), 1);
}

// Runs `work` in a child process without rights over other people's files; returns its exit code.
template <typename Work>
int as_nobody(const Work& work) {
    const pid_t child = fork();
    if (child == 0) {
        if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(99);
        _exit(work());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(StoreFaults, a_read_only_directory_is_named) {
    namespace fs = std::filesystem;
    TestDatabases databases;
    const std::string data = databases.fresh(Dialect::sqlite);
    Store::create(data, with_thing()).take();
    const std::string locked = databases.fresh(Dialect::sqlite);
    const auto parent = fs::path(locked).parent_path();
    for (const auto& path : {fs::path(data), fs::path(data).parent_path(), parent}) {
        fs::permissions(path, fs::perms(0555));
    }
    for (const auto& file : fs::directory_iterator(data)) {
        fs::permissions(file.path(), fs::perms(0444));
    }
    const auto names = [](const Error& error, const char* key, const std::string& place) {
        return error.key == key && describe(error, Language::en).find(place) != std::string::npos;
    };
    EXPECT_EQ(as_nobody([&] {
                  const auto opened = Store::open(data, Access::write, with_thing());
                  return !opened.ok() && names(opened.error(), "store.read_only", data) ? 0 : 1;
              }),
              0);
    EXPECT_EQ(as_nobody([&] {
                  const auto made = Store::create(locked, with_thing());
                  return !made.ok() && names(made.error(), "store.cannot_create", locked) ? 0 : 1;
              }),
              0);
    for (const auto& path : {fs::path(data), fs::path(data).parent_path(), parent}) {
        fs::permissions(path, fs::perms::owner_all);
    }
}

TEST(StoreFaults, a_file_that_is_no_database_is_named) {
    TestDatabases databases;
    const std::string data = databases.fresh(Dialect::sqlite);
    EXPECT_EQ(Store::open(data, Access::write, with_thing()).error().key,
              "store.directory_missing");
    std::filesystem::create_directories(data);
    EXPECT_EQ(Store::open(data, Access::write, with_thing()).error().key, "store.not_initialised");
    std::ofstream(data + "/klarsyn.db") << std::string(5000, 'x');
    std::ofstream(data + "/journal.key") << std::string(64, 'a');
    const auto opened = Store::open(data, Access::write, with_thing());
    EXPECT_EQ(opened.error().key, "store.damaged");
    EXPECT_THAT(describe(opened.error(), Language::da), testing::HasSubstr(data));
}

TEST(StoreFaults, without_its_key_a_database_is_read_and_not_written) {
    TestDatabases databases;
    const std::string data = databases.fresh(Dialect::sqlite);
    Store::create(data, with_thing()).take();
    const auto mode = std::filesystem::status(data + "/journal.key").permissions();
    EXPECT_EQ(mode, std::filesystem::perms(0600));
    std::filesystem::remove(data + "/journal.key");
    EXPECT_EQ(Store::open(data, Access::write, with_thing()).error().key, "store.key_missing");
    EXPECT_TRUE(Store::open(data, Access::read, with_thing()).ok());
}

// Somebody else writes and does not end: the wait is bounded, and afterwards all is well.
TEST(StoreFaults, a_lock_that_nobody_gives_up_is_told_as_an_error) {
    TestDatabases databases;
    const std::string data = databases.fresh(Dialect::postgres);
    ASSERT_FALSE(HasFatalFailure());
    auto store = Store::create(data + "&options=-c%20lock_timeout%3D300ms", with_thing()).take();
    Connection& db = store->writer();
    EXPECT_EQ(query_i64(db, "SELECT COUNT(*) FROM pg_settings WHERE name = 'lock_timeout'"
                            " AND setting = '300'").take(), 1);
    PGconn* other = PQconnectdb(data.c_str());
    const auto say = [&](const char* sql) { PQclear(PQexec(other, sql)); };
    say("BEGIN");
    say("SELECT pg_advisory_xact_lock(30236988295838063)");  // the writer's turn
    const auto refused = db.begin_write();
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().key, "store.busy");
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
    EXPECT_EQ(query_i64(db, "SELECT COUNT(*) FROM thing").take(), 0);
    say("COMMIT");
    say("BEGIN");
    say("LOCK TABLE thing IN ACCESS EXCLUSIVE MODE");
    db.begin_write().take();
    EXPECT_EQ(db.run("INSERT INTO thing (id) VALUES (1)").error().key, "store.busy");
    db.rollback();
    PQfinish(other);
    EXPECT_EQ(db.run("INSERT INTO thing (id) VALUES (1)").take(), 1);
}

class KilledStore : public testing::TestWithParam<Dialect> {};

// Each migration inserts one row: every one must have run exactly once in the end.
TEST_P(KilledStore, a_creation_that_is_killed_again_and_again_is_completed) {
    constexpr int kMigrations = 25;
    TestDatabases databases;
    const std::string data = databases.fresh(GetParam());
    ASSERT_FALSE(HasFatalFailure());
    std::vector<std::string> names, texts;
    std::vector<Migration> more{{"test/count", "CREATE TABLE counted (number BIGINT)"}};
    for (int i = 0; i < kMigrations; ++i) {
        names.push_back("test/" + std::to_string(i));
        texts.push_back("INSERT INTO counted (number) VALUES (" + std::to_string(i) + ")");
    }
    for (std::size_t i = 0; i < names.size(); ++i) more.push_back({names[i], texts[i]});
    const auto migrations = test_migrations(more);
    int killed = 0;
    bool complete = false;
    // Each round lives a third longer than the one before, however slow the machine.
    for (double life_us = 2000; !complete && life_us < 40e6; life_us *= 1.3) {
        const pid_t child = fork();
        if (child == 0) {
            const auto store = Store::create(data, migrations);
            _exit(store.ok() || store.error().code == ErrorCode::conflict ? 0 : 1);
        }
        int status = 0;
        const int steps = 1 + static_cast<int>(life_us / 1000);
        for (int step = 0; step < steps && !complete; ++step) {
            usleep(1000);
            complete = waitpid(child, &status, WNOHANG) == child;
        }
        if (complete) {
            EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
            break;
        }
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        ++killed;
    }
    ASSERT_TRUE(complete);
    EXPECT_GT(killed, 3);
    auto store = Store::open(data, Access::write, migrations).take();
    Connection& db = store->writer();
    EXPECT_EQ(query_i64(db, "SELECT COUNT(*) FROM counted").take(), kMigrations);
    EXPECT_EQ(query_i64(db, "SELECT COUNT(DISTINCT number) FROM counted").take(), kMigrations);
    EXPECT_EQ(query_i64(db, "SELECT COUNT(*) FROM core_day").take(), 18'628);
}

std::string backend_name(const testing::TestParamInfo<Dialect>& info) {
    return info.param == Dialect::sqlite ? "sqlite" : "postgres";
}
INSTANTIATE_TEST_SUITE_P(both, KilledStore, testing::Values(Dialect::sqlite, Dialect::postgres),
                         backend_name);

class BrokenConnection : public testing::Test {
protected:
    void SetUp() override {
        data_ = databases_.fresh(Dialect::postgres);
        if (HasFatalFailure()) return;
        store_ = Store::create(data_, with_thing()).take();
    }
    // Ends the server's side of every other connection to the database.
    void cut_others(Connection& from) {
        auto rows = from.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                               "WHERE datname = current_database() AND pid <> pg_backend_pid()")
                        .take();
        while (rows->next().take()) EXPECT_EQ(rows->i64(0), 1);
    }
    TestDatabases databases_;
    std::string data_;
    std::unique_ptr<Store> store_;
};

TEST_F(BrokenConnection, outside_a_transaction_it_is_made_again) {
    auto reader = store_->reader().take();
    auto helper = store_->reader().take();
    const char* sql = "SELECT COUNT(*) FROM thing WHERE id > :id";
    EXPECT_EQ(query_i64(*reader, sql, {{":id", std::int64_t{0}}}).take(), 0);
    cut_others(*helper);
    // The first use may be the one that notices.
    (void)query_i64(*reader, sql, {{":id", std::int64_t{0}}});
    (void)store_->writer().run("INSERT INTO thing (id) VALUES (1)");
    EXPECT_EQ(store_->writer().run("INSERT INTO thing (id) VALUES (2)").take(), 1);
    EXPECT_GE(query_i64(*reader, sql, {{":id", std::int64_t{0}}}).take(), 1);
    EXPECT_EQ(Store::open(data_, Access::write, with_thing(), 0).error().key, "store.writer_busy");
}

TEST_F(BrokenConnection, lost_before_the_commit_its_outcome_counts_as_unknown) {
    auto helper = store_->reader().take();
    Connection& db = store_->writer();
    db.begin_write().take();
    db.run("INSERT INTO thing (id) VALUES (1)").take();
    cut_others(*helper);
    const auto done = db.commit();
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().key, "store.outcome_unknown");
    EXPECT_EQ(db.begin_write().error().key, "store.outcome_unknown");
}

TEST_F(BrokenConnection, a_server_that_is_not_there_is_named_without_its_password) {
    const auto opened = Store::open("postgresql://me:geheim@/db?host=/nowhere", Access::read, {});
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().key, "store.connection_failed");
    EXPECT_EQ(opened.error().code, ErrorCode::unavailable);
    const std::string message = describe(opened.error(), Language::da);
    EXPECT_THAT(message, testing::HasSubstr("/nowhere"));
    EXPECT_THAT(message, testing::Not(testing::HasSubstr("geheim")));
}

}  // namespace
}  // namespace klarsyn
