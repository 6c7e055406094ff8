// Local accounts: names, roles and argon2id passwords (19 MiB, two passes). Functions block for
// some 20 ms while they hash: call them from the blocking pool, at most two at a time. Connections
// belong to the calling thread. Errors: refused (weak password), conflict (the name exists),
// invalid_input (name or role); a wrong password is no error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "store/database.h"
#include "web/permissions.h"

namespace klarsyn {

struct Account {
    std::int64_t id = 0;
    std::string name;
    Role role = Role::anonymous;
    UtcSecond created_at = 0;
    std::int64_t seq = 0;  // the journal entry that made it
};

struct NewUser {
    std::string name;      // 1 to 64 of a-z 0-9 . _ - @, folded to lower case
    std::string role;      // "reader", "editor", "admin"
    std::string password;  // at least 8 characters
    std::string actor;     // who adds the account, for the journal
};

// Adds the account and its journal entry in one write transaction of its own.
Result<void> add_user(Connection& db, const std::string& journal_key, const Clock& clock,
                      const NewUser& user);

Result<std::optional<Account>> find_account(Connection& db, std::int64_t id);
Result<std::vector<Account>> list_accounts(Connection& db);

// The account when name and password fit. Takes the same time whether or not the name exists.
Result<std::optional<Account>> check_password(Connection& db, std::string_view name,
                                              std::string_view password);

// The name as stored: ASCII letters in lower case.
std::string fold_account_name(std::string_view name);

}  // namespace klarsyn
