#include "store/store.h"

#include "store/directory_store.h"
#include "store/postgres_store.h"

namespace klarsyn {
namespace {

bool names_postgres(std::string_view data) {
    return data.starts_with("postgresql://") || data.starts_with("postgres://");
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const std::string& data, Access access,
                                           const std::vector<Migration>& migrations,
                                           int wait_seconds) {
    return names_postgres(data) ? open_postgres_store(data, access, migrations, wait_seconds)
                                : open_directory_store(data, access, migrations, wait_seconds);
}

Result<std::unique_ptr<Store>> Store::create(const std::string& data,
                                             const std::vector<Migration>& migrations) {
    return names_postgres(data) ? create_postgres_store(data, migrations)
                                : create_directory_store(data, migrations);
}

}  // namespace klarsyn
