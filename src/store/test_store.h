// For tests: fresh databases on both backends. KLARSYN_TEST_POSTGRES names a running throw-away
// server (tests/postgres.sh); a test that wants it fails where it is unset.
#pragma once

#include <string>
#include <vector>

#include "store/store.h"

namespace klarsyn {

// Takes its databases away again. One thread.
class TestDatabases {
public:
    TestDatabases() = default;
    TestDatabases(const TestDatabases&) = delete;
    TestDatabases& operator=(const TestDatabases&) = delete;
    ~TestDatabases();

    // DATA of a database that does not exist yet (SQLite) or is empty (PostgreSQL).
    std::string fresh(Dialect dialect);

private:
    std::vector<std::string> directories_;
    std::vector<std::string> names_;
};

// The schema files of store/ itself, then `more`. The texts live as long as the program.
std::vector<Migration> test_migrations(const std::vector<Migration>& more = {});

}  // namespace klarsyn
