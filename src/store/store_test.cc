// The contract of Store and Connection: every test runs on SQLite and on PostgreSQL.
#include "store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "store/test_store.h"

namespace klarsyn {
namespace {

constexpr const char* kThing =
    "CREATE TABLE thing (id {id}, name TEXT, number BIGINT, bytes {bytes});";

class StoreContract : public testing::TestWithParam<Dialect> {
protected:
    void SetUp() override {
        data_ = databases_.fresh(GetParam());
        if (HasFatalFailure()) return;
        store_ = Store::create(data_, migrations()).take();
    }
    static std::vector<Migration> migrations() { return test_migrations({{"test/thing", kThing}}); }
    Connection& db() { return store_->writer(); }
    std::int64_t number(std::string_view sql) { return query_i64(db(), sql, {}, -1).take(); }
    void insert(std::int64_t id, Value name) {
        db().run("INSERT INTO thing (id, name) VALUES (:id, :name)", {{":id", id}, {":name", name}})
            .take();
    }
    std::vector<std::string> texts(Connection& db, std::string_view sql) {
        std::vector<std::string> all;
        auto rows = db.query(sql).take();
        while (rows->next().take()) all.emplace_back(rows->text(0));
        return all;
    }

    TestDatabases databases_;
    std::string data_;
    std::unique_ptr<Store> store_;
};

TEST_P(StoreContract, a_value_comes_back_as_it_went_in) {
    const std::string bytes("\0a\xff\\'\n\0", 7);
    const auto least = std::numeric_limits<std::int64_t>::min();
    db().run("INSERT INTO thing (id, name, number, bytes) VALUES (:id, :name, :number, :bytes)",
             {{":id", std::int64_t{9007199254740993}},
              {":name", std::string("Århus 'ø' \\N \t🩺")},
              {":number", least},
              {":bytes", Blob{bytes}}})
        .take();
    auto rows = db().query("SELECT id, name, number, bytes, 0.5 FROM thing WHERE name = :name",
                           {{":name", std::string("Århus 'ø' \\N \t🩺")}})
                    .take();
    ASSERT_TRUE(rows->next().take());
    EXPECT_EQ(rows->i64(0), 9007199254740993);
    EXPECT_EQ(rows->text(1), "Århus 'ø' \\N \t🩺");
    EXPECT_EQ(rows->i64(2), least);
    EXPECT_EQ(rows->blob(3), bytes);
    EXPECT_EQ(rows->f64(4), 0.5);
    EXPECT_EQ(rows->columns(), 5);
    EXPECT_EQ(rows->column_name(1), "name");
    EXPECT_FALSE(rows->next().take());
    EXPECT_FALSE(rows->next().take());
}

TEST_P(StoreContract, null_empty_and_zero_are_three_things) {
    insert(1, {});
    insert(2, std::string());
    db().run("UPDATE thing SET number = :n, bytes = :b WHERE id = 2",
             {{":n", std::int64_t{0}}, {":b", Blob{}}})
        .take();
    auto rows = db().query("SELECT name, number, bytes FROM thing ORDER BY id").take();
    ASSERT_TRUE(rows->next().take());
    for (int column = 0; column < 3; ++column) EXPECT_TRUE(rows->is_null(column));
    EXPECT_EQ(rows->i64(1), 0);
    EXPECT_EQ(rows->text(0), "");
    ASSERT_TRUE(rows->next().take());
    for (int column = 0; column < 3; ++column) EXPECT_FALSE(rows->is_null(column)) << column;
    EXPECT_EQ(number("SELECT COUNT(*) FROM thing WHERE name IS NULL"), 1);
    EXPECT_EQ(query_i64(db(), "SELECT number FROM thing WHERE id = 1", {}, 7).take(), 7);
    EXPECT_EQ(query_i64(db(), "SELECT number FROM thing WHERE id = 99", {}, 8).take(), 8);
}

TEST_P(StoreContract, texts_are_ordered_by_code_point) {
    const std::vector<std::string> ordered{"B", "Z", "a", "aa", "z", "Å", "Ø", "å", "ø", "🩺"};
    std::int64_t id = 0;
    for (auto text = ordered.rbegin(); text != ordered.rend(); ++text) insert(++id, *text);
    EXPECT_EQ(texts(db(), "SELECT name FROM thing ORDER BY name"), ordered);
    EXPECT_EQ(number("SELECT COUNT(*) FROM thing WHERE name < 'a'"), 2);
}

TEST_P(StoreContract, parameters_are_matched_by_name) {
    insert(1, std::string("one"));
    const Params params{{":b", std::int64_t{1}}, {":unused", std::int64_t{5}},
                        {":a", std::string("one")}};
    EXPECT_EQ(query_i64(db(),
                        "SELECT COUNT(*) FROM thing -- :not_this, it's a comment\n"
                        "WHERE id = :b AND name = :a AND name <> ':a' AND :b = 1",
                        params)
                  .take(),
              1);
    const auto missing = db().query("SELECT name FROM thing WHERE id = :id", {});
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().key, "store.parameter_missing");
    const auto nul = db().query("SELECT id FROM thing WHERE name = :n",
                                {{":n", std::string("a\0b", 3)}});
    ASSERT_FALSE(nul.ok());
    EXPECT_EQ(nul.error().key, "store.text_invalid");
}

TEST_P(StoreContract, run_counts_the_rows_it_changed) {
    insert(1, std::string("a"));
    insert(2, std::string("b"));
    EXPECT_EQ(db().run("UPDATE thing SET number = 1").take(), 2);
    EXPECT_EQ(db().run("UPDATE thing SET number = 1 WHERE id = 9").take(), 0);
    EXPECT_EQ(db().run("DELETE FROM thing WHERE id = 1").take(), 1);
}

TEST_P(StoreContract, rollback_leaves_nothing_and_is_counted) {
    const Turns before = db().turns();
    db().begin_write().take();
    insert(1, std::string("gone"));
    db().rollback();
    db().rollback();
    EXPECT_EQ(number("SELECT COUNT(*) FROM thing"), 0);
    EXPECT_EQ(db().turns().rolled_back, before.rolled_back + 1);
}

TEST_P(StoreContract, after_an_error_the_transaction_can_only_be_rolled_back_and_then_all_is_well) {
    db().begin_write().take();
    insert(1, std::string("a"));
    const auto twice = db().run("INSERT INTO thing (id) VALUES (1)");
    ASSERT_FALSE(twice.ok());
    EXPECT_EQ(twice.error().code, ErrorCode::conflict);
    EXPECT_EQ(twice.error().key, "store.constraint");
    db().rollback();
    EXPECT_EQ(number("SELECT COUNT(*) FROM thing"), 0);
    insert(1, std::string("b"));
    EXPECT_EQ(number("SELECT COUNT(*) FROM thing"), 1);
    const auto wrong = db().query("SELECT nonsense FROM thing");
    ASSERT_FALSE(wrong.ok());
    EXPECT_EQ(wrong.error().key, "store.sql");
}

TEST_P(StoreContract, readers_see_only_what_is_committed) {
    auto reader = store_->reader().take();
    db().begin_write().take();
    insert(1, std::string("a"));
    EXPECT_EQ(query_i64(*reader, "SELECT COUNT(*) FROM thing").take(), 0);
    EXPECT_EQ(number("SELECT COUNT(*) FROM thing"), 1);
    db().commit().take();
    EXPECT_EQ(query_i64(*reader, "SELECT COUNT(*) FROM thing").take(), 1);
}

TEST_P(StoreContract, a_read_transaction_is_one_snapshot) {
    auto reader = store_->reader().take();
    reader->begin_read().take();
    EXPECT_EQ(query_i64(*reader, "SELECT COUNT(*) FROM thing").take(), 0);
    insert(1, std::string("late"));
    EXPECT_EQ(query_i64(*reader, "SELECT COUNT(*) FROM thing").take(), 0);
    reader->commit().take();
    EXPECT_EQ(query_i64(*reader, "SELECT COUNT(*) FROM thing").take(), 1);
}

TEST_P(StoreContract, readers_cannot_write) {
    auto reader = store_->reader().take();
    EXPECT_FALSE(reader->run("INSERT INTO thing (id) VALUES (1)").ok());
    EXPECT_FALSE(reader->begin_write().ok());
    EXPECT_FALSE(reader->script("CREATE TABLE other (id BIGINT)").ok());
    EXPECT_EQ(number("SELECT COUNT(*) FROM thing"), 0);
}

TEST_P(StoreContract, the_appender_takes_every_kind_of_value) {
    const std::string bytes("\0\\x\xff\n", 5);
    db().begin_write().take();
    {
        auto rows = db().append("thing", {"id", "name", "number", "bytes"}).take();
        rows->i64(1);
        rows->text(std::string("tab\tline\nback\\slash \\N Ø"));
        rows->i64(std::numeric_limits<std::int64_t>::min());
        rows->blob(bytes);
        rows->end_row().take();
        rows->i64(2);
        rows->null();
        rows->null();
        rows->null();
        rows->end_row().take();
        rows->i64(3);
        rows->text("");
        rows->i64(0);
        rows->blob("");
        rows->end_row().take();
        rows->flush().take();
    }
    db().commit().take();
    auto rows = db().query("SELECT name, number, bytes FROM thing ORDER BY id").take();
    ASSERT_TRUE(rows->next().take());
    EXPECT_EQ(rows->text(0), "tab\tline\nback\\slash \\N Ø");
    EXPECT_EQ(rows->i64(1), std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(rows->blob(2), bytes);
    ASSERT_TRUE(rows->next().take());
    for (int column = 0; column < 3; ++column) EXPECT_TRUE(rows->is_null(column));
    ASSERT_TRUE(rows->next().take());
    for (int column = 0; column < 3; ++column) EXPECT_FALSE(rows->is_null(column)) << column;
}

TEST_P(StoreContract, a_commit_before_the_flush_is_refused) {
    db().begin_write().take();
    {
        auto rows = db().append("thing", {"id"}).take();
        rows->i64(1);
        rows->end_row().take();
    }
    const auto done = db().commit();
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().key, "store.unflushed");
    EXPECT_EQ(number("SELECT COUNT(*) FROM thing"), 0);
}

TEST_P(StoreContract, a_double_key_in_the_appender_is_an_error) {
    insert(1, std::string("a"));
    db().begin_write().take();
    auto rows = db().append("thing", {"id"}).take();
    rows->i64(1);
    const auto ended = rows->end_row();
    const auto flushed = ended.ok() ? rows->flush() : ended;
    ASSERT_FALSE(flushed.ok());
    EXPECT_EQ(flushed.error().key, "store.constraint");
    db().rollback();
}

// 200,000 rows of 100 bytes: more than any buffer between us and the database.
TEST_P(StoreContract, other_statements_run_while_a_long_cursor_is_open) {
    constexpr std::int64_t kRows = 200'000;
    db().begin_write().take();
    auto appender = db().append("thing", {"id", "name"}).take();
    for (std::int64_t id = 1; id <= kRows; ++id) {
        appender->i64(id);
        appender->text(std::string(100, static_cast<char>('a' + id % 26)));
        appender->end_row().take();
    }
    appender->flush().take();
    for (const bool long_expected : {false, true}) {
        const char* sql = "SELECT id, name FROM thing ORDER BY id";
        auto rows = (long_expected ? db().stream(sql) : db().query(sql)).take();
        auto same = db().query(sql).take();
        std::int64_t seen = 0;
        while (rows->next().take()) {
            ASSERT_EQ(rows->i64(0), ++seen);
            if (seen % 20'000 != 0) continue;
            EXPECT_EQ(number("SELECT COUNT(*) FROM thing WHERE id <= 5"), 5);
            EXPECT_EQ(db().run("UPDATE thing SET number = 1 WHERE id = 3").take(), 1);
            ASSERT_TRUE(same->next().take());
            EXPECT_EQ(same->i64(0), seen / 20'000);
        }
        EXPECT_EQ(seen, kRows);
    }
    db().commit().take();
    auto reader = store_->reader().take();
    auto outside = reader->query("SELECT id FROM thing").take();
    std::int64_t seen = 0;
    while (outside->next().take()) ++seen;
    EXPECT_EQ(seen, kRows);
}

TEST_P(StoreContract, more_statements_than_the_cache_holds) {
    for (int i = 0; i < 500; ++i) {
        ASSERT_EQ(number("SELECT " + std::to_string(i) + " FROM core_day WHERE day = 0"), -1);
        ASSERT_EQ(number("SELECT " + std::to_string(i)), i);
    }
}

TEST_P(StoreContract, the_same_sql_with_other_types_of_values) {
    const char* sql = "SELECT COUNT(*) FROM thing WHERE number = :v OR :any = 1";
    insert(1, std::string("a"));
    EXPECT_EQ(query_i64(db(), sql, {{":v", std::int64_t{1}}, {":any", std::int64_t{1}}}).take(), 1);
    EXPECT_EQ(query_i64(db(), sql, {{":v", Value{}}, {":any", std::int64_t{0}}}).take(), 0);
}

TEST_P(StoreContract, a_second_writer_is_refused_and_readers_are_not) {
    const auto second = Store::open(data_, Access::write, migrations(), 0);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, ErrorCode::unavailable);
    EXPECT_EQ(second.error().key, "store.writer_busy");
    auto read = Store::open(data_, Access::read, migrations()).take();
    EXPECT_EQ(query_i64(*read->reader().take(), "SELECT COUNT(*) FROM thing").take(), 0);
    store_.reset();
    EXPECT_TRUE(Store::open(data_, Access::write, migrations(), 0).ok());
}

TEST_P(StoreContract, creating_twice_is_a_conflict) {
    for (int held = 1; held >= 0; --held) {
        const auto again = Store::create(data_, migrations());
        ASSERT_FALSE(again.ok());
        EXPECT_EQ(again.error().code, ErrorCode::conflict) << again.error().key;
        store_.reset();
    }
}

TEST_P(StoreContract, a_database_that_was_never_made_is_not_found) {
    for (const Access access : {Access::read, Access::write}) {
        const auto missing = Store::open(databases_.fresh(GetParam()), access, migrations());
        ASSERT_FALSE(missing.ok());
        EXPECT_EQ(missing.error().code, ErrorCode::not_found) << missing.error().key;
    }
}

TEST_P(StoreContract, a_newer_schema_is_refused) {
    store_.reset();
    for (const Access access : {Access::read, Access::write}) {
        const auto older = Store::open(data_, access, test_migrations());
        ASSERT_FALSE(older.ok());
        EXPECT_EQ(older.error().code, ErrorCode::refused);
        EXPECT_EQ(older.error().key, "store.newer_schema");
        EXPECT_THAT(older.error().args, testing::Contains(testing::Pair("migration", "test/thing")));
    }
    const auto changed = Store::open(data_, Access::write,
                                     test_migrations({{"test/thing", "CREATE TABLE thing (a {id})"}}));
    ASSERT_FALSE(changed.ok());
    EXPECT_EQ(changed.error().key, "store.migration_changed");
}

TEST_P(StoreContract, opening_migrates_also_for_a_reader_and_takes_up_what_failed) {
    const char* next = "CREATE TABLE next_thing (id {id}); INSERT INTO next_thing (id) VALUES (5)";
    const char* broken = "CREATE TABLE half (id {id}); CREATE TABLE broken (id {id}, id {id})";
    store_.reset();
    auto more = migrations();
    more.push_back({"test/next", next});
    more.push_back({"test/broken", broken});
    const auto failed = Store::open(data_, Access::write, more);
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().file, "test/broken");
    more.back() = {"test/repaired", "CREATE TABLE half (id {id})"};
    for (int time = 0; time < 2; ++time) {
        auto store = Store::open(data_, Access::read, more).take();
        auto reader = store->reader().take();
        EXPECT_EQ(query_i64(*reader, "SELECT MAX(id) FROM next_thing").take(), 5);
        EXPECT_EQ(query_i64(*reader, "SELECT COUNT(*) FROM half").take(), 0);
    }
}

TEST_P(StoreContract, the_calendar_is_there) {
    EXPECT_EQ(number("SELECT COUNT(*) FROM core_day"), 18'628);
    auto rows = db().query("SELECT iso_year, iso_week, month, quarter, year, weekday, holiday, "
                           "workday FROM core_day WHERE day = 15795")  // Sunday 31 March 2013, Easter
                    .take() ;
    ASSERT_TRUE(rows->next().take());
    const std::vector<std::int64_t> expected{2013, 13, 201303, 20131, 2013, 7, 1, 0};
    for (int column = 0; column < 8; ++column) {
        EXPECT_EQ(rows->i64(column), expected[static_cast<std::size_t>(column)]) << column;
    }
    EXPECT_EQ(number("SELECT COUNT(*) FROM core_day WHERE year = 2013 AND quarter = 20132"), 91);
}

TEST_P(StoreContract, the_key_stays_and_checkpoints_do_no_harm) {
    const std::string key = store_->journal_key();
    EXPECT_GE(key.size(), 64u);
    insert(1, std::string("a"));
    store_->checkpoint().take();
    auto reader = store_->reader().take();
    auto open = reader->query("SELECT id FROM thing").take();
    ASSERT_TRUE(open->next().take());
    insert(2, std::string("b"));
    store_->checkpoint().take();
    open.reset();
    reader.reset();
    store_.reset();
    store_ = Store::open(data_, Access::write, migrations()).take();
    EXPECT_EQ(store_->journal_key(), key);
    EXPECT_EQ(number("SELECT COUNT(*) FROM thing"), 2);
}

std::string backend_name(const testing::TestParamInfo<Dialect>& info) {
    return info.param == Dialect::sqlite ? "sqlite" : "postgres";
}
INSTANTIATE_TEST_SUITE_P(both, StoreContract, testing::Values(Dialect::sqlite, Dialect::postgres),
                         backend_name);

}  // namespace
}  // namespace klarsyn
