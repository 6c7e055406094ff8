// One session with a PostgreSQL server: settings, prepared statements, errors, reconnecting.
// Internal to store/; one thread.
#pragma once

#include <libpq-fe.h>

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/database.h"

namespace klarsyn {

struct ClearResult {
    void operator()(PGresult* result) const { PQclear(result); }
};
using PgResult = std::unique_ptr<PGresult, ClearResult>;

enum class PostgresRole { writer, reader };

// A URL without its password, for messages.
std::string shown_url(std::string_view url);

// Values as libpq wants them. The pointers are into `texts`.
struct PgArguments {
    std::vector<Oid> types;
    std::vector<std::string> texts;
    std::vector<const char*> values;
    std::vector<int> lengths;
    std::vector<int> formats;  // 1 = binary
    int count() const { return static_cast<int>(types.size()); }
};

struct PgStatement {
    std::string key;      // the SQL and the types of its arguments
    std::string name;     // on the server
    std::string sql;      // with $1, $2, ...
    bool large = false;   // gave more rows than are worth buffering: use a cursor at once
};

class PostgresLink {
public:
    PostgresLink(std::string url, PostgresRole role) : url_(std::move(url)), role_(role) {}

    // unavailable: no connection; refused: a database that is not in UTF-8.
    Result<void> connect();
    // Connects again after a loss. The writer also takes its lock again: unavailable when another
    // process has it by now. Outside transactions only.
    Result<void> revive();
    // Session lock: one writer per database.
    Result<void> lock_writer(int wait_seconds);

    // Several statements, no arguments. The result is that of the last one.
    Result<PgResult> execute(const std::string& sql);
    // Finds or prepares; valid until the next call of this function.
    Result<PgStatement*> prepare(std::string_view sql, const Params& params, PgArguments& arguments);
    Result<PgResult> execute(const PgStatement& statement, const PgArguments& arguments);

    // The error of `result`, or of the connection where it is null.
    Error error_of(const PGresult* result) const;
    PGconn* raw() const { return link_.get(); }
    bool alive() const { return PQstatus(link_.get()) == CONNECTION_OK; }
    bool in_failed_transaction() const {
        return PQtransactionStatus(link_.get()) == PQTRANS_INERROR;
    }
    const std::string& url() const { return url_; }

    // Changes with every begin and end of a transaction: cursors end with theirs.
    std::int64_t transaction() const { return transaction_; }
    void next_transaction() { ++transaction_; }

private:
    struct Finish {
        void operator()(PGconn* link) const { PQfinish(link); }
    };
    void make_room();

    std::string url_;
    PostgresRole role_;
    std::unique_ptr<PGconn, Finish> link_;
    std::list<PgStatement> statements_;  // most recently used first
    std::unordered_map<std::string_view, std::list<PgStatement>::iterator> by_key_;
    std::int64_t names_given_ = 0;
    std::int64_t transaction_ = 0;
};

}  // namespace klarsyn
