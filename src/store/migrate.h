// Bringing a database's schema to what this binary knows. Internal to store/. Each migration is one
// transaction, so that a killed upgrade is taken up where it stopped.
#pragma once

#include <string>
#include <vector>

#include "store/database.h"
#include "store/store.h"

namespace klarsyn {

enum class SchemaState {
    absent,       // never initialised, or its creation was interrupted
    behind,       // migrations are pending
    current,
};
// refused: the database has a migration that this binary does not know, or knows with another text.
Result<SchemaState> schema_state(Connection& db, const std::vector<Migration>& migrations);

// Applies what is pending and fills the calendar. `db` is a writer.
Result<void> migrate(Connection& db, const std::vector<Migration>& migrations);

// Signs the empty journal and marks the database as complete.
Result<void> finish_creation(Connection& db, const std::string& key);

}  // namespace klarsyn
