#include "web/permissions.h"

#include <algorithm>
#include <span>

namespace klarsyn {
namespace {

constexpr Permission kAnonymous[] = {Permission::open, Permission::metrics};
constexpr Permission kUser[] = {Permission::open, Permission::metrics, Permission::session,
                                Permission::own_cases};
constexpr Permission kReader[] = {Permission::open,    Permission::metrics, Permission::session,
                                  Permission::reports, Permission::figures, Permission::records,
                                  Permission::batches, Permission::own_cases};
constexpr Permission kAgent[] = {Permission::open,    Permission::metrics,   Permission::session,
                                 Permission::reports, Permission::figures,   Permission::records,
                                 Permission::batches, Permission::own_cases, Permission::cases,
                                 Permission::case_work, Permission::calls,   Permission::reveal};
constexpr Permission kLead[] = {Permission::open,      Permission::metrics,   Permission::session,
                                Permission::reports,   Permission::figures,   Permission::records,
                                Permission::batches,   Permission::own_cases, Permission::cases,
                                Permission::case_work, Permission::calls,     Permission::reveal,
                                Permission::manage,    Permission::staffing};
constexpr Permission kEditor[] = {Permission::open,    Permission::metrics, Permission::session,
                                  Permission::reports, Permission::figures, Permission::records,
                                  Permission::batches, Permission::rejects, Permission::own_cases};

// For programs that measure: they deliver, and see nothing.
constexpr Permission kProbe[] = {Permission::open, Permission::metrics, Permission::intake};

std::span<const Permission> permissions_of(Role role) {
    switch (role) {
        case Role::anonymous: return kAnonymous;
        case Role::user: return kUser;
        case Role::reader: return kReader;
        case Role::agent: return kAgent;
        case Role::lead: return kLead;
        case Role::editor: return kEditor;
        case Role::admin: return kPermissions;
        case Role::probe: return kProbe;
    }
    return {};
}

}  // namespace

std::string_view role_name(Role role) {
    switch (role) {
        case Role::anonymous: return "anonymous";
        case Role::user: return "user";
        case Role::reader: return "reader";
        case Role::agent: return "agent";
        case Role::lead: return "lead";
        case Role::editor: return "editor";
        case Role::admin: return "admin";
        case Role::probe: return "probe";
    }
    return "";
}

std::optional<Role> parse_role(std::string_view word) {
    for (const Role role : kRoles)
        if (role != Role::anonymous && role_name(role) == word) return role;
    return std::nullopt;
}

bool allowed(Role role, Permission permission) {
    const auto list = permissions_of(role);
    return std::find(list.begin(), list.end(), permission) != list.end();
}

}  // namespace klarsyn
