// Prepared statements of one SQLite connection: cached by text, handed out, bound, taken back.
// Internal to store/; used from the connection's thread only.
#pragma once

#include <sqlite3.h>

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/database.h"

namespace klarsyn {

// What went wrong, from the connection's last error.
Error sqlite_error(sqlite3* db, int code);

struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

struct SqliteStatement {
    std::string sql;
    std::unique_ptr<sqlite3_stmt, FinalizeStatement> handle;
    bool busy = false;
    bool cached = false;
};

class SqliteStatements {
public:
    explicit SqliteStatements(sqlite3* db) : db_(db) {}

    // Gives the statement back when it goes: reset, unbound, kept for the next use where cached.
    struct GiveBack {
        void operator()(SqliteStatement* statement) const;
    };
    using Lease = std::unique_ptr<SqliteStatement, GiveBack>;

    Result<Lease> take(std::string_view sql);
    void clear() { by_sql_.clear(), entries_.clear(); }

private:
    Result<void> prepare(SqliteStatement& statement);
    void make_room();

    sqlite3* db_;
    std::list<SqliteStatement> entries_;  // most recently used first
    std::unordered_map<std::string_view, std::list<SqliteStatement>::iterator> by_sql_;
};

// Binds every parameter that the statement names.
Result<void> bind(sqlite3* db, SqliteStatement& statement, const Params& params);

}  // namespace klarsyn
