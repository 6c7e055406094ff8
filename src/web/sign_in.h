// Letting in whom another system knows: an identity provider or a directory. The groups there give
// the role here; the account is made at the first sign-in and brought up to date at each later one.
// An account that was removed here stays out, whatever the other system says.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "web/background.h"
#include "web/context.h"
#include "web/gates.h"
#include "web/oidc.h"

namespace klarsyn {

// Role and organisation of the first rule that fits, support groups of all. None where none fits.
// Names of groups are compared without regard to case: directories do not keep it.
std::optional<GroupRule> grant_of(std::span<const GroupRule> rules,
                                  const std::vector<std::string>& groups);

// The person's account. refused: no group gives a role (web.sign_in.no_role), removed here
// (web.sign_in.removed); conflict: another account has the name (web.sign_in.name_taken). Waits for
// the writer where something must be written.
Result<Account> admit(const Context& context, const OutsidePerson& person);

// By name and password in the directory; none where they do not fit.
Result<std::optional<Account>> check_directory(const Context& context, std::string_view name,
                                               std::string_view password);

// Ends the account's sessions and tokens, here and in the database, with an entry in the journal.
Result<void> end_access(const Services& services, const Account& account, const std::string& actor);
Result<std::optional<Account>> find_account_by_subject(Connection& db, const std::string& origin,
                                                       const std::string& subject);

// Answers that start a session for the account and lead to `next`.
Response start_session(Context& context, const Account& account, const std::string& next);
// Only a path of our own: "//host" and "/\host" would lead away.
std::string safe_next(std::string_view next);
// The login page with what went wrong.
Response refused_login(const Request& request, Context& context, int status, std::string message);

// Asks the directory about everybody of it who has a session or a token: who is gone there, or has
// lost every group, is out here.
Background directory_watch();

}  // namespace klarsyn
