// Connections to PostgreSQL. Internal to store/.
//
// A query is first read into memory. Where it gives more than a few megabytes it is run again as a
// server-side cursor, and as one at once the next time: so short queries take one round trip and
// long ones bounded memory, and other statements can always run in between.
#pragma once

#include <memory>
#include <string>

#include "store/poison.h"
#include "store/postgres_link.h"

namespace klarsyn {

// The writer holds the database's lock as long as it lives; unavailable where another has it.
Result<std::unique_ptr<Connection>> open_postgres(const std::string& url, PostgresRole role,
                                                  Poison poison, int wait_seconds);

}  // namespace klarsyn
