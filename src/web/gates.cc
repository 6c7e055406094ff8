#include "web/gates.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "core/stream.h"
#include "protocols/http_client.h"

namespace klarsyn {
namespace {


Error fault_at(std::string_view file, const toml::node& node, std::string_view field,
               std::string key, TextArgs args = {}) {
    Error error = make_error(ErrorCode::invalid_input, std::move(key), std::move(args));
    error.file = std::string(file);
    error.line = node.source().begin.line;
    error.field = std::string(field);
    return error;
}

// One table being read: each value is taken by name, and what nobody took is a fault at the end.
class Section {
public:
    Section(const toml::table& table, std::string_view file, const SecretSources& secrets)
        : table_(table), file_(file), secrets_(secrets) {}

    Result<void> text(std::string_view name, std::string& into, bool required = false) {
        const toml::node* node = take(name);
        if (node == nullptr) {
            if (required) return fault(table_, name, "web.gates.missing");
            return {};
        }
        const auto value = node->value_exact<std::string>();
        if (!value || (required && value->empty())) return fault(*node, name, "web.gates.not_a_text");
        into = *value;
        return {};
    }

    Result<void> number(std::string_view name, std::int64_t min, std::int64_t max, auto& into) {
        const toml::node* node = take(name);
        if (node == nullptr) return {};
        const auto value = node->value_exact<std::int64_t>();
        if (!value || *value < min || *value > max)
            return fault(*node, name, "web.gates.not_a_number",
                         {{"min", std::to_string(min)}, {"max", std::to_string(max)}});
        into = static_cast<std::remove_reference_t<decltype(into)>>(*value);
        return {};
    }

    Result<void> flag(std::string_view name, bool& into) {
        const toml::node* node = take(name);
        if (node == nullptr) return {};
        const auto value = node->value_exact<bool>();
        if (!value) return fault(*node, name, "web.gates.not_a_flag");
        into = *value;
        return {};
    }

    Result<void> texts(std::string_view name, std::vector<std::string>& into) {
        const toml::node* node = take(name);
        if (node == nullptr) return {};
        const toml::array* list = node->as_array();
        if (list == nullptr) return fault(*node, name, "web.gates.not_a_list");
        for (const toml::node& item : *list) {
            const auto value = item.value_exact<std::string>();
            if (!value) return fault(item, name, "web.gates.not_a_text");
            into.push_back(*value);
        }
        return {};
    }

    Result<std::string> word(std::string_view name, std::initializer_list<std::string_view> words) {
        std::string given(*words.begin());
        KL_CHECK(text(name, given));
        std::string list;
        for (const std::string_view word : words) {
            if (given == word) return given;
            list += (list.empty() ? "" : ", ") + std::string(word);
        }
        return fault(*table_.get(name), name, "web.gates.not_a_word", {{"words", list}});
    }

    // The secret itself never stands in the file.
    Result<void> secret(const std::string& name, std::string& into) {
        std::string path, variable;
        KL_CHECK(text(name + "_file", path));
        KL_CHECK(text(name + "_env", variable));
        if (table_.contains(name)) return fault(*table_.get(name), name, "web.gates.secret_inside");
        if (!path.empty()) {
            KL_TRY(into, secrets_.file(path));
            while (into.ends_with('\n') || into.ends_with('\r')) into.pop_back();
        }
        if (!variable.empty()) {
            const auto value = secrets_.variable(variable);
            if (!value)
                return fault(*table_.get(name + "_env"), name + "_env", "web.gates.no_variable",
                             {{"name", variable}});
            into = *value;
        }
        return {};
    }

    const toml::table* inner(std::string_view name) {
        const toml::node* node = take(name);
        return node != nullptr ? node->as_table() : nullptr;
    }
    Section of(const toml::table& table) const { return {table, file_, secrets_}; }

    Result<void> nothing_else() const {
        for (const auto& [key, node] : table_)
            if (std::find(taken_.begin(), taken_.end(), key.str()) == taken_.end())
                return fault(node, key.str(), "web.gates.unknown");
        return {};
    }

    Error fault(const toml::node& node, std::string_view field, std::string key,
                TextArgs args = {}) const {
        return fault_at(file_, node, field, std::move(key), std::move(args));
    }
    const toml::table& table() const { return table_; }
    const toml::node* take(std::string_view name) {
        taken_.emplace_back(name);
        return table_.get(name);
    }

private:
    const toml::table& table_;
    std::string file_;
    const SecretSources& secrets_;
    std::vector<std::string> taken_;
};

bool encrypted(std::string_view url, std::string_view scheme) {
    return url.starts_with(std::string(scheme) + "://");
}

Result<OidcSettings> read_oidc(Section section) {
    OidcSettings oidc;
    KL_CHECK(section.text("issuer", oidc.issuer, true));
    KL_CHECK(section.text("client_id", oidc.client_id, true));
    KL_CHECK(section.secret("client_secret", oidc.client_secret));
    KL_CHECK(section.text("scopes", oidc.scopes));
    KL_CHECK(section.text("name_claim", oidc.name_claim));
    KL_CHECK(section.text("groups_claim", oidc.groups_claim));
    KL_CHECK(section.text("ca_file", oidc.ca_file));
    KL_TRY(oidc.algorithm, section.word("algorithm", {"RS256", "ES256"}));
    if (!encrypted(oidc.issuer, "https") && !is_loopback_url(oidc.issuer))
        return section.fault(*section.table().get("issuer"), "issuer", "web.gates.not_encrypted");
    KL_CHECK(section.nothing_else());
    return oidc;
}

Result<DirectorySettings> read_ldap(Section section) {
    DirectorySettings ldap;
    KL_CHECK(section.text("url", ldap.url, true));
    KL_TRY(const std::string tls, section.word("tls", {"starttls", "none"}));
    KL_CHECK(section.text("ca_file", ldap.ca_file));
    KL_CHECK(section.text("bind_name", ldap.bind_name));
    KL_CHECK(section.secret("bind_password", ldap.bind_password));
    KL_CHECK(section.text("base", ldap.base, true));
    KL_CHECK(section.text("filter", ldap.filter));
    KL_CHECK(section.text("id", ldap.id));
    KL_CHECK(section.text("display_name", ldap.display_name));
    KL_CHECK(section.text("mail", ldap.mail));
    KL_CHECK(section.text("phone", ldap.phone));
    KL_CHECK(section.text("groups", ldap.groups));
    KL_CHECK(section.text("group_base", ldap.group_base));
    KL_CHECK(section.text("group_filter", ldap.group_filter));
    KL_CHECK(section.number("timeout_seconds", 1, 30, ldap.timeout_seconds));
    if (encrypted(ldap.url, "ldaps")) ldap.tls = DirectorySettings::Tls::ldaps;
    else if (tls == "none") ldap.tls = DirectorySettings::Tls::none;
    // Passwords travel over it.
    if (ldap.tls == DirectorySettings::Tls::none && !is_loopback_url("http" + ldap.url.substr(std::min<std::size_t>(4, ldap.url.size()))))
        return section.fault(*section.table().get("url"), "url", "web.gates.not_encrypted");
    if (ldap.filter.find("{name}") == std::string::npos)
        return section.fault(*section.table().get("filter"), "filter", "web.gates.filter");
    KL_CHECK(section.nothing_else());
    return ldap;
}

template <typename Server>
Result<Server> read_mail_server(Section& section, std::string_view scheme) {
    Server server;
    KL_CHECK(section.text("url", server.url, true));
    KL_CHECK(section.text("user", server.user));
    KL_CHECK(section.secret("password", server.password));
    KL_CHECK(section.text("ca_file", server.ca_file));
    KL_TRY(const std::string tls, section.word("tls", {"required", "none"}));
    if (tls == "none") server.tls = Server::Tls::none;
    if (!encrypted(server.url, scheme) && !encrypted(server.url, std::string(scheme) + "s"))
        return section.fault(*section.table().get("url"), "url", "web.gates.not_a_word",
                             {{"words", fmt::format("{0}://, {0}s://", scheme)}});
    return server;
}

Result<MailSettings> read_mail(Section section) {
    MailSettings mail;
    KL_CHECK(section.text("address", mail.address, true));
    KL_CHECK(section.text("sender", mail.sender));
    KL_TRY(const std::string language, section.word("language", {"da", "en"}));
    mail.language = *parse_language(language);
    KL_CHECK(section.number("message_bytes_max", 10'000, 100 << 20, mail.message_bytes_max));
    KL_CHECK(section.number("per_sender_hour", 1, 10'000, mail.per_sender_hour));
    KL_CHECK(section.flag("subaddress", mail.subaddress));
    if (mail.address.find('@') == std::string::npos ||
        mail.address.find_first_of(" <>\r\n") != std::string::npos)
        return section.fault(*section.table().get("address"), "address", "web.gates.not_an_address");
    if (const toml::table* table = section.inner("smtp")) {
        Section smtp = section.of(*table);
        KL_TRY(mail.smtp, read_mail_server<SmtpSettings>(smtp, "smtp"));
        KL_CHECK(smtp.nothing_else());
    }
    if (const toml::table* table = section.inner("imap")) {
        Section imap = section.of(*table);
        KL_TRY(mail.imap, read_mail_server<ImapSettings>(imap, "imap"));
        KL_CHECK(imap.text("done_folder", mail.imap->done_folder));
        KL_CHECK(imap.nothing_else());
    }
    KL_CHECK(section.nothing_else());
    return mail;
}

Result<RemoteWriteSettings::Figure> read_figure(Section section) {
    RemoteWriteSettings::Figure figure;
    KL_CHECK(section.text("id", figure.id, true));
    KL_CHECK(section.texts("by", figure.by));
    KL_TRY(figure.period, section.word("period", {"day", "month"}));
    KL_CHECK(section.nothing_else());
    return figure;
}

Result<RemoteWriteSettings> read_remote_write(Section section, std::string_view file) {
    RemoteWriteSettings out;
    KL_CHECK(section.text("url", out.url, true));
    KL_CHECK(section.text("user", out.user));
    KL_CHECK(section.secret("password", out.password));
    KL_CHECK(section.secret("token", out.token));
    KL_CHECK(section.text("ca_file", out.ca_file));
    KL_CHECK(section.number("every_seconds", 1, 86'400, out.every_seconds));
    KL_CHECK(section.texts("metrics", out.metrics));
    const toml::node& url = *section.table().get("url");
    const bool secret = !out.password.empty() || !out.token.empty();
    if (!encrypted(out.url, "https") && !encrypted(out.url, "http"))
        return section.fault(url, "url", "web.gates.not_a_word", {{"words", "https://, http://"}});
    if (secret && !encrypted(out.url, "https") && !is_loopback_url(out.url))
        return section.fault(url, "url", "web.gates.not_encrypted");
    if (const toml::node* node = section.take("figure"); node != nullptr) {
        const toml::array* list = node->as_array();
        if (list == nullptr) return fault_at(file, *node, "figure", "web.gates.not_a_list");
        for (const toml::node& item : *list) {
            if (!item.is_table()) return fault_at(file, item, "figure", "web.gates.not_a_list");
            KL_TRY(out.figures.emplace_back(), read_figure(section.of(*item.as_table())));
        }
    }
    KL_CHECK(section.nothing_else());
    return out;
}

Result<GroupRule> read_group(Section section) {
    GroupRule rule;
    std::string role;
    KL_CHECK(section.text("group", rule.group, true));
    KL_CHECK(section.text("role", role, true));
    KL_CHECK(section.text("org", rule.org));
    KL_CHECK(section.texts("support_groups", rule.support_groups));
    const auto known = parse_role(role);
    if (!known)
        return section.fault(*section.table().get("role"), "role", "web.account.role_unknown",
                             {{"role", role}});
    rule.role = *known;
    KL_CHECK(section.nothing_else());
    return rule;
}

Result<void> read_groups(Section& root, std::string_view file, std::vector<GroupRule>& into) {
    const toml::node* node = root.table().get("group");
    if (node == nullptr) return {};
    const toml::array* list = node->as_array();
    if (list == nullptr) return fault_at(file, *node, "group", "web.gates.not_a_list");
    for (const toml::node& item : *list) {
        if (!item.is_table()) return fault_at(file, item, "group", "web.gates.not_a_list");
        KL_TRY(into.emplace_back(), read_group(root.of(*item.as_table())));
    }
    return {};
}

}  // namespace

Result<GateSettings> parse_gates(std::string_view text, std::string_view file,
                                 const SecretSources& secrets) {
    toml::table table;
    try {
        table = toml::parse(text);
    } catch (const toml::parse_error& broken) {  // the parser knows no other way to say so
        Error error = make_error(ErrorCode::invalid_input, "web.gates.unreadable",
                                 {{"reason", std::string(broken.description())}});
        error.file = std::string(file);
        error.line = broken.source().begin.line;
        return error;
    }
    GateSettings gates;
    Section root(table, file, secrets);
    for (const auto& [key, node] : table) {
        const std::string_view name = key.str();
        if (name == "group") continue;
        const toml::table* inner = node.as_table();
        if (inner == nullptr) return fault_at(file, node, name, "web.gates.unknown");
        if (name == "oidc") {
            KL_TRY(gates.oidc, read_oidc(root.of(*inner)));
        } else if (name == "ldap") {
            KL_TRY(gates.ldap, read_ldap(root.of(*inner)));
        } else if (name == "mail") {
            KL_TRY(gates.mail, read_mail(root.of(*inner)));
        } else if (name == "webhooks") {
            Section hooks = root.of(*inner);
            KL_CHECK(hooks.texts("private_hosts", gates.webhooks.private_hosts));
            KL_CHECK(hooks.text("ca_file", gates.webhooks.ca_file));
            KL_CHECK(hooks.nothing_else());
        } else if (name == "remote_write") {
            KL_TRY(gates.remote_write, read_remote_write(root.of(*inner), file));
        } else {
            return fault_at(file, node, name, "web.gates.unknown");
        }
    }
    KL_CHECK(read_groups(root, file, gates.groups));
    return gates;
}

namespace {

Result<std::string> whole_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    auto bytes = read_rest(in);
    if (!bytes) return make_error(ErrorCode::invalid_input, "web.gates.no_file", {{"file", path}});
    return std::move(*bytes);
}

}  // namespace

Result<GateSettings> load_gates(const std::string& path) {
    if (path.empty()) return GateSettings();
    KL_TRY(const std::string text, whole_file(path));
    return parse_gates(text, path,
                       {whole_file, [](const std::string& name) -> std::optional<std::string> {
                            const char* value = std::getenv(name.c_str());
                            if (value == nullptr) return std::nullopt;
                            return value;
                        }});
}

}  // namespace klarsyn
