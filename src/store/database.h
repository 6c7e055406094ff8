// The database border: one thin interface over SQLite and PostgreSQL. SQL is portable text with
// named parameters (`:from`); values are bound, never pasted. A Connection belongs to one thread.
//
// Every `:name` in the SQL must have a value in Params; values that the SQL does not name are
// ignored. Texts hold no NUL. After an error inside a write transaction only rollback() is of use.
// Rows and Appenders do not outlive their transaction nor their connection.
//
// Portable SQL: integers for days and times, `CAST(NULL AS BIGINT)` for typed nulls, no date
// functions, no LIKE, subqueries have an alias, no rounding. See docs/decisions for the reasons.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/result.h"

namespace klarsyn {

struct Blob {
    std::string bytes;
};
using Value = std::variant<std::monostate, std::int64_t, double, std::string, Blob>;
using Params = std::vector<std::pair<std::string_view, Value>>;  // {":from", 15000}

// A forward-only cursor. Columns count from 0. Other statements may run on the connection meanwhile,
// the same SQL text too. Reading a null integer yields 0: ask is_null first where it matters.
class Rows {
public:
    virtual ~Rows() = default;
    virtual Result<bool> next() = 0;  // false after the last row
    virtual std::int64_t i64(int column) const = 0;
    virtual double f64(int column) const = 0;
    virtual std::string_view text(int column) const = 0;  // valid until next()
    virtual std::string_view blob(int column) const = 0;  // valid until next()
    virtual bool is_null(int column) const = 0;
    virtual int columns() const = 0;
    virtual std::string_view column_name(int column) const = 0;
};

// Appends many rows to one table: a prepared insert on SQLite, COPY on PostgreSQL. Rows are visible
// to queries of the same connection after flush(), and a commit without flush() is refused. Inside a
// write transaction only. The values are copied before a call returns.
class Appender {
public:
    virtual ~Appender() = default;
    virtual void i64(std::int64_t value) = 0;
    virtual void null() = 0;
    virtual void text(std::string_view value) = 0;
    virtual void blob(std::string_view value) = 0;
    virtual Result<void> end_row() = 0;
    virtual Result<void> flush() = 0;
};

enum class Dialect { sqlite, postgres };

// How many write transactions began and how many were rolled back on this connection: whoever
// caches what the database holds compares these.
struct Turns {
    std::int64_t begun = 0;
    std::int64_t rolled_back = 0;
    friend bool operator==(const Turns&, const Turns&) = default;
};

class Connection {
public:
    virtual ~Connection() = default;
    virtual Dialect dialect() const = 0;
    // Several statements separated by ';', without parameters: schemas. Replaces {id}, {bytes},
    // {clustered} and {search_index}; on PostgreSQL the type TEXT (in capitals) becomes TEXT COLLATE "C", so that both
    // databases compare texts by code point.
    virtual Result<void> script(std::string_view sql) = 0;
    // Memory stays bounded whatever the number of rows.
    virtual Result<std::unique_ptr<Rows>> query(std::string_view sql, const Params& params = {}) = 0;
    // As query, for the caller who knows that many rows come: saves PostgreSQL a first try without
    // a cursor.
    virtual Result<std::unique_ptr<Rows>> stream(std::string_view sql, const Params& params = {}) = 0;
    // Returns the number of rows changed. Outside a transaction it is one of its own.
    virtual Result<std::int64_t> run(std::string_view sql, const Params& params = {}) = 0;
    virtual Result<std::unique_ptr<Appender>> append(std::string_view table,
                                                     const std::vector<std::string>& columns) = 0;
    // BEGIN IMMEDIATE on SQLite; on PostgreSQL a transaction that holds the writers' advisory lock,
    // so that there is one writer at a time on both.
    virtual Result<void> begin_write() = 0;
    virtual Result<void> begin_read() = 0;  // one snapshot for several queries
    // Ends the transaction also where it fails. store.outcome_unknown: nobody knows whether it was
    // kept, and nothing more works on this store. After any other error nothing was kept.
    virtual Result<void> commit() = 0;
    virtual void rollback() = 0;  // no error outside a transaction
    // A part of a write transaction that can be taken back alone; parts do not nest. Appenders must
    // be flushed before end_part, and those that were opened before rollback_part are of no more use.
    // rollback_part also helps after an error inside the part, and counts as a rollback in turns().
    virtual Result<void> begin_part() = 0;
    virtual Result<void> end_part() = 0;
    virtual Result<void> rollback_part() = 0;
    virtual Turns turns() const = 0;
};

// Schema-qualified name that indicators' shadow CTEs read: main.t or public.t.
std::string qualified(Dialect dialect, std::string_view table);

// Convenience: the first column of the first row; null_value when there is no row or it is null.
Result<std::int64_t> query_i64(Connection& db, std::string_view sql, const Params& params = {},
                               std::int64_t null_value = 0);

}  // namespace klarsyn
