// A directory of people (LDAP, libldap): who somebody is, by name and password. Only over TLS
// (ldaps:// or StartTLS) unless the directory is on this machine. Blocks up to some seconds: call it
// from a thread that may wait. Thread-safe: each call has a connection of its own.
//
// Errors: unavailable (protocols.directory.failed) where the directory does not answer as it should.
// A wrong password and an unknown name are no errors.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace klarsyn {

struct DirectorySettings {
    std::string url;            // "ldaps://ldap.region.example" or "ldap://..." with StartTLS
    enum class Tls { starttls, ldaps, none } tls = Tls::starttls;
    std::string ca_file;        // PEM; empty: those of the system
    std::string bind_name;      // of the account that may search; empty: anonymous
    std::string bind_password;
    std::string base;           // where people are searched
    std::string filter = "(uid={name})";
    std::string id = "entryUUID";  // what stays the same when a person gets another name
    std::string display_name = "cn", mail = "mail", phone = "telephoneNumber";
    std::string groups = "memberOf";  // attribute of the person; with group_base not used
    std::string group_base;     // where groups are searched
    std::string group_filter = "(member={dn})";
    int timeout_seconds = 5;    // of each step
};

struct DirectoryPerson {
    std::string dn, id, display_name, mail, phone;
    std::vector<std::string> groups;  // names (DN) of groups, as the directory writes them
};

// Whom the name and the password belong to. An empty password is never right.
Result<std::optional<DirectoryPerson>> sign_in_person(const DirectorySettings& directory,
                                                      std::string_view name,
                                                      std::string_view password);
// The person without a password: does the directory still have them, and in which groups?
Result<std::optional<DirectoryPerson>> find_person(const DirectorySettings& directory,
                                                   std::string_view name);

// RFC 4515: what has a meaning in a filter becomes \xx.
std::string escape_filter(std::string_view value);

}  // namespace klarsyn
