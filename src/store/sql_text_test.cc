#include "store/sql_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/postgres_link.h"

namespace klarsyn {
namespace {

using testing::ElementsAre;

TEST(NumberParameters, each_name_has_one_number) {
    const auto out = number_parameters("SELECT :to FROM t WHERE a >= :from AND b<=:to AND c=:to2");
    EXPECT_EQ(out.sql, "SELECT $1 FROM t WHERE a >= $2 AND b<=$1 AND c=$3");
    EXPECT_THAT(out.names, ElementsAre(":to", ":from", ":to2"));
}

TEST(NumberParameters, casts_strings_quoted_names_and_comments_stay) {
    const std::string sql =
        "SELECT a::bigint, ':no', 'it''s :no', \":no\" -- :no 'x\n, /* :no ' */ b : c, d::text::int";
    const auto out = number_parameters(sql);
    EXPECT_EQ(out.sql, sql);
    EXPECT_THAT(out.names, ElementsAre());
    EXPECT_EQ(number_parameters("'a':x::int").sql, "'a'$1::int");
    EXPECT_EQ(number_parameters("SELECT 'open :x").sql, "SELECT 'open :x");
    EXPECT_EQ(number_parameters("").sql, "");
    EXPECT_EQ(number_parameters(":").sql, ":");
}

TEST(LocaliseSchema, placeholders_and_types) {
    const std::string sql =
        "CREATE TABLE t (id {id}, name TEXT NOT NULL, b {bytes}, text TEXT DEFAULT 'TEXT') "
        "{clustered}; -- TEXT {id}\nINSERT INTO t SELECT CAST(1 AS TEXT), '{id}'";
    EXPECT_EQ(localise_schema(Dialect::sqlite, sql),
              "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL, b BLOB, "
              "text TEXT DEFAULT 'TEXT') WITHOUT ROWID; -- TEXT {id}\n"
              "INSERT INTO t SELECT CAST(1 AS TEXT), '{id}'");
    EXPECT_EQ(localise_schema(Dialect::postgres, sql),
              "CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT COLLATE \"C\" NOT NULL, b BYTEA, "
              "text TEXT COLLATE \"C\" DEFAULT 'TEXT') ; -- TEXT {id}\n"
              "INSERT INTO t SELECT CAST(1 AS TEXT), '{id}'");
}

TEST(OnlyReads, tells_what_may_run_twice) {
    EXPECT_TRUE(only_reads("-- update\n  select 'delete', updated FROM t"));
    EXPECT_TRUE(only_reads("WITH a AS NOT MATERIALIZED (SELECT 1) SELECT * FROM a"));
    EXPECT_TRUE(only_reads("VALUES (1)"));
    EXPECT_FALSE(only_reads("WITH a AS (DELETE FROM t RETURNING id) SELECT * FROM a"));
    EXPECT_FALSE(only_reads("INSERT INTO t VALUES (1) RETURNING id"));
    EXPECT_FALSE(only_reads("VACUUM"));
    EXPECT_FALSE(only_reads(""));
}

TEST(PlainName, refuses_what_would_be_sql) {
    EXPECT_TRUE(plain_name("core_name2"));
    for (const char* name : {"", "2a", "a b", "a;b", "A", "a\"", "ø", "a.b"}) {
        EXPECT_FALSE(plain_name(name)) << name;
    }
}

TEST(ShownUrl, hides_the_password) {
    EXPECT_EQ(shown_url("postgresql://me:secret@host:5432/db"), "postgresql://me@host:5432/db");
    EXPECT_EQ(shown_url("postgresql://me@host:5432/db"), "postgresql://me@host:5432/db");
    EXPECT_EQ(shown_url("postgresql://host:5432/db"), "postgresql://host:5432/db");
    EXPECT_EQ(shown_url("postgresql:///db?sslpassword=secret&password=secret"),
              "postgresql:///db?ssl&");
    EXPECT_EQ(shown_url("/srv/klarsyn"), "/srv/klarsyn");
    EXPECT_EQ(shown_url("postgresql:///db?user=me&password=secret&host=/tmp"),
              "postgresql:///db?user=me&&host=/tmp");
}

}  // namespace
}  // namespace klarsyn
