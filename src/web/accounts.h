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
    std::string display_name;  // empty: the name
    std::string org;           // code; sees only cases of it and below; empty = all
    std::vector<std::string> groups;  // support groups
    std::string mail, phone;
    std::string phone_agent;   // its name in the phone system; empty: the name
    std::string origin;        // empty: has a password here; "oidc", "ldap": signs in there

    const std::string& shown_name() const { return display_name.empty() ? name : display_name; }
};

struct NewUser {
    std::string name;      // 1 to 64 of a-z 0-9 . _ - @, folded to lower case
    std::string role;      // "user", "reader", "agent", "lead", "editor", "admin"
    std::string password;  // at least 8 characters
    std::string actor;     // who adds the account, for the journal
    std::string display_name = {};
    std::string org = {};
    std::vector<std::string> groups = {};
    std::string mail = {}, phone = {}, phone_agent = {};
};

// Adds the account and its journal entry in one write transaction of its own.
Result<void> add_user(Connection& db, const std::string& journal_key, const Clock& clock,
                      const NewUser& user);

// The account can no longer log in, its sessions and tokens are over at once; not_found for an
// unknown name.
Result<void> remove_user(Connection& db, const std::string& journal_key, const Clock& clock,
                         const std::string& name, const std::string& actor);

// None for an unknown or removed account: no error.
Result<std::optional<Account>> find_account(Connection& db, std::int64_t id);
Result<std::optional<Account>> find_account_by_name(Connection& db, std::string_view name);
Result<std::vector<Account>> list_accounts(Connection& db);

// The account when name and password fit. Takes the same time whether or not the name exists.
Result<std::optional<Account>> check_password(Connection& db, std::string_view name,
                                              std::string_view password);

// The name as stored: ASCII letters in lower case.
std::string fold_account_name(std::string_view name);

}  // namespace klarsyn
