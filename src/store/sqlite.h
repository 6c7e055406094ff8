// Connections to an embedded SQLite file. Internal to store/.
//
// Debian 12's SQLite 3.40.1 can corrupt a database when two connections write or checkpoint at once
// (sqlite.org/wal.html, "WAL-reset bug"). Therefore the one writer alone checkpoints; readers never
// do, not even when they close.
#pragma once

#include <memory>
#include <string>

#include "store/database.h"
#include "store/poison.h"

namespace klarsyn {

enum class SqliteRole { writer, reader };

// The writer creates the file where it is missing. The caller holds writer.lock for it.
Result<std::unique_ptr<Connection>> open_sqlite(const std::string& path, SqliteRole role,
                                                Poison poison);

// Writes the WAL back and cuts it; leaves the rest to the next time where readers are busy.
// `connection` comes from open_sqlite with the writer's role.
Result<void> checkpoint_sqlite(Connection& connection);

}  // namespace klarsyn
