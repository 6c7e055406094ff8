// A store in a directory (SQLite). Internal to store/; see store.h for what the functions promise.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/store.h"

namespace klarsyn {

Result<std::unique_ptr<Store>> open_directory_store(const std::string& data, Access access,
                                                    const std::vector<Migration>& migrations,
                                                    int wait_seconds);
Result<std::unique_ptr<Store>> create_directory_store(const std::string& data,
                                                      const std::vector<Migration>& migrations);

}  // namespace klarsyn
