// Who may do what: the one table of roles and permissions. Pure values; thread-safe.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace klarsyn {

enum class Role { anonymous, reader, editor, admin };
inline constexpr std::array kRoles = {Role::anonymous, Role::reader, Role::editor, Role::admin};

// What a route needs. `open` is for everybody, also before login.
enum class Permission {
    open,      // health, login page, styles, API description
    metrics,   // counters without personal data, for the monitoring system
    session,   // anybody who is logged in
    reports,   // editions
    figures,   // figures and their definitions
    records,   // the records behind a figure
    batches,   // what was imported, when and from which file
    rejects,   // rejected rows as they stood: they may hold what a mapping would have left out
    accounts,  // who may log in
};
inline constexpr std::array kPermissions = {
    Permission::open,    Permission::metrics, Permission::session, Permission::reports,
    Permission::figures, Permission::records, Permission::batches, Permission::rejects,
    Permission::accounts};

std::string_view role_name(Role role);
// None for an unknown word and for "anonymous", which is no role that an account can have.
std::optional<Role> parse_role(std::string_view word);

bool allowed(Role role, Permission permission);

}  // namespace klarsyn
