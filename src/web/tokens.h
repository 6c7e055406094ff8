// Bearer tokens for programs: the phone system, scripts, other systems. Only hashes are stored; the
// token itself is told once. A token acts as its account and ends with it. Connections belong to the
// calling thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "web/accounts.h"

namespace klarsyn {

struct NewToken {
    std::string account;  // name
    std::string label;    // what it is for
    std::string actor;
};
// The token, in a transaction and journal entry of its own. not_found for an unknown account.
Result<std::string> add_token(Connection& db, const std::string& journal_key, const Clock& clock,
                              const NewToken& wanted);
// Revokes every token of the account with this label; how many there were.
Result<std::int64_t> revoke_tokens(Connection& db, const std::string& journal_key,
                                   const Clock& clock, const NewToken& wanted);
// None for an unknown, revoked or expired token and for a removed account: no error.
Result<std::optional<Account>> find_token_account(Connection& db, std::string_view token,
                                                  UtcSecond now);

}  // namespace klarsyn
