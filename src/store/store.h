// A Klarsyn database: a directory (embedded SQLite) or a postgresql:// URL. Opening migrates the
// schema, forwards only; an older binary refuses a newer schema.
//
// Directory: klarsyn.db, writer.lock (held by the one process that may write), journal.key (the key
// of the journal's chain), klarsyn.sock (while a server runs). Thread-safe: yes, connections are not.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace klarsyn {

// One schema file of one module; applied once, in the order of the list.
struct Migration {
    std::string_view name;  // "telephony/001_visit"
    std::string_view sql;   // as Connection::script takes it: {id}, {bytes}, {clustered}
};

enum class Access { read, write };

class Store {
public:
    // write: waits up to `wait_seconds` for another writer, then unavailable.
    // not_found where DATA was never initialised; refused for a newer schema. read: migrates too
    // where the schema is older than this binary, then lets go of the writer.
    static Result<std::unique_ptr<Store>> open(const std::string& data, Access access,
                                               const std::vector<Migration>& migrations,
                                               int wait_seconds = 10);
    // Creates DATA (a directory that exists is fine); conflict where it holds a database already.
    // A creation that was killed is taken up again.
    static Result<std::unique_ptr<Store>> create(const std::string& data,
                                                 const std::vector<Migration>& migrations);
    virtual ~Store() = default;

    // The one write connection (write access only); the caller uses it from one thread at a time.
    virtual Connection& writer() = 0;
    // A new connection that can only read. Never checkpoints.
    virtual Result<std::unique_ptr<Connection>> reader() = 0;
    virtual Dialect dialect() const = 0;
    virtual const std::string& data() const = 0;
    virtual const std::string& journal_key() const = 0;
    // Text keys of what an operator should know ("store.notice.key_in_database"); often empty.
    virtual const std::vector<std::string>& notices() const = 0;
    // Housekeeping between commits: writes the WAL back and shortens it. Busy readers are no error.
    virtual Result<void> checkpoint() = 0;
};

}  // namespace klarsyn
