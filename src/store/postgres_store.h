// A store in a PostgreSQL database that an administrator made. Internal to store/; see store.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/store.h"

namespace klarsyn {

Result<std::unique_ptr<Store>> open_postgres_store(const std::string& url, Access access,
                                                   const std::vector<Migration>& migrations,
                                                   int wait_seconds);
Result<std::unique_ptr<Store>> create_postgres_store(const std::string& url,
                                                     const std::vector<Migration>& migrations);

}  // namespace klarsyn
