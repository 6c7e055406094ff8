// Who may do what: the one table of roles and permissions. Pure values; thread-safe.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace klarsyn {

enum class Role { anonymous, user, reader, agent, lead, editor, admin, probe };
inline constexpr std::array kRoles = {Role::anonymous, Role::user,   Role::reader, Role::agent,
                                     Role::lead,      Role::editor, Role::admin, Role::probe};

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
    own_cases,   // report a problem, follow one's own cases, answer a survey
    cases,       // the desk: every case of the account's organisation
    case_work,   // change them
    manage,      // major incidents, problems, changes, messages to users
    staffing,    // workload and agents needed
    reveal,      // see a masked CPR number, with a reason
    calls,       // tell of phone calls
    settings,    // rules, retention, erasure
    intake,      // deliver measurements
};
inline constexpr std::array kPermissions = {
    Permission::open,      Permission::metrics,  Permission::session,   Permission::reports,
    Permission::figures,   Permission::records,  Permission::batches,   Permission::rejects,
    Permission::accounts,  Permission::own_cases, Permission::cases,    Permission::case_work,
    Permission::manage,    Permission::staffing, Permission::reveal,    Permission::calls,
    Permission::settings, Permission::intake};

std::string_view role_name(Role role);
// None for an unknown word and for "anonymous", which is no role that an account can have.
std::optional<Role> parse_role(std::string_view word);

bool allowed(Role role, Permission permission);

}  // namespace klarsyn
