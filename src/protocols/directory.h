// A directory of people (LDAP, libldap): who somebody is, by name and password. Only over TLS
// (ldaps:// or StartTLS) unless the directory is on this machine. Blocks up to some seconds: call it
// from a thread that may wait. Thread-safe: each call has a connection of its own.
//
// Errors: unavailable (protocols.directory.failed) where the directory does not answer as it should.
// A wrong password and an unknown name are no errors.
#pragma once

#include <chrono>
#include <functional>
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
    // Of all steps of a conversation, also where the directory falls silent in the middle of a
    // handshake or an answer; 0: three times timeout_seconds.
    std::chrono::milliseconds whole_limit{0};
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

// What a probe does: connects, starts TLS, binds as the account (anonymously without a name) and,
// with a `base`, reads that entry, none of its attributes. `passed` hears of each step that went
// well: "connect", "tls", "bind", "read".
struct DirectoryTrial {
    int code = 0;           // the LDAP result code of the last step; 0: all went well
    std::string_view step;  // the last one tried
};
DirectoryTrial try_directory(const DirectorySettings& directory,
                             const std::function<void(std::string_view step)>& passed);
// The library's words for a code; nothing of what the directory said.
std::string directory_code_text(int code);
bool directory_code_is_timeout(int code);

// RFC 4515: what has a meaning in a filter becomes \xx.
std::string escape_filter(std::string_view value);

}  // namespace klarsyn
