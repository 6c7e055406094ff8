// How Klarsyn meets the systems around it: sign-in by an identity provider or a directory, mail,
// webhooks, remote-write. Read once, when the server starts, from a TOML file (docs/operating/gates.md); secrets
// stand in files or environment variables of their own. Plain values; immutable afterwards.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/text.h"
#include "protocols/directory.h"
#include "web/permissions.h"

namespace klarsyn {

// What members of a group of the directory or identity provider may do here.
struct GroupRule {
    std::string group;
    Role role = Role::user;
    std::string org;                          // code of an organisation; empty: all
    std::vector<std::string> support_groups;
};

struct OidcSettings {
    std::string issuer, client_id, client_secret;
    std::string scopes = "openid profile email";
    std::string name_claim = "preferred_username", groups_claim = "groups";
    std::string algorithm = "RS256";          // or "ES256"; a token cannot choose
    std::string ca_file;
};

struct SmtpSettings {
    std::string url;                          // "smtp://mail.region.example:587", "smtps://..."
    std::string user, password, ca_file;
    enum class Tls { required, none } tls = Tls::required;
};

struct ImapSettings {
    std::string url;                          // "imaps://mail.region.example/INBOX"
    std::string user, password, ca_file;
    enum class Tls { required, none } tls = Tls::required;
    std::string done_folder;                  // where read messages go; empty: they are deleted
};

struct MailSettings {
    std::string address;                      // the desk's own: "servicedesk@region.example"
    std::string sender;                       // the name beside it
    Language language = Language::da;         // of letters to callers
    std::int64_t message_bytes_max = 25 << 20;
    int per_sender_hour = 20;                 // letters taken from one sender per hour
    bool subaddress = false;                  // the server delivers servicedesk+anything@...
    std::optional<SmtpSettings> smtp;
    std::optional<ImapSettings> imap;
};

struct WebhookSettings {
    std::vector<std::string> private_hosts;   // hosts inside the house that may be told
    std::string ca_file;
};

// Where figures and counters are sent to, so that other tools can draw them (remote-write 1.0).
struct RemoteWriteSettings {
    std::string url;
    std::string user, password;               // or
    std::string token;
    std::string ca_file;
    int every_seconds = 60;
    std::vector<std::string> metrics;         // of /metrics: names, or beginnings with * behind them
    struct Figure {
        std::string id;                       // "probes.within_limit"
        std::vector<std::string> by;          // its dimensions
        std::string period = "day";           // or "month": up to now
    };
    std::vector<Figure> figures;
};

struct GateSettings {
    std::optional<OidcSettings> oidc;
    std::optional<DirectorySettings> ldap;
    std::vector<GroupRule> groups;            // the first that fits gives role and organisation
    std::optional<MailSettings> mail;
    WebhookSettings webhooks;
    std::optional<RemoteWriteSettings> remote_write;
};

// Where secrets come from: `client_secret_file = "/path"` or `client_secret_env = "NAME"`.
struct SecretSources {
    std::function<Result<std::string>(const std::string& path)> file;
    std::function<std::optional<std::string>(const std::string& name)> variable;
};

// invalid_input names the file, line and field of what is wrong.
Result<GateSettings> parse_gates(std::string_view text, std::string_view file,
                                 const SecretSources& secrets);
// The file's settings; those of no gates for an empty path.
Result<GateSettings> load_gates(const std::string& path);

}  // namespace klarsyn
