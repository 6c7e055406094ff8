#include "protocols/directory.h"

#include <ldap.h>
#include <sys/socket.h>

#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>

#include "core/hash.h"

namespace klarsyn {
namespace {

struct CloseConnection {
    void operator()(LDAP* connection) const { ldap_unbind_ext_s(connection, nullptr, nullptr); }
};

// Ends a conversation at its limit: libldap waits for ever where a directory falls silent in the
// middle of a handshake or of an answer. It is told of each connection of the link that it watches.
class Guard {
public:
    explicit Guard(std::chrono::milliseconds limit) {
        try {
            thread_ = std::thread([this, limit] { wait(limit); });
        } catch (const std::system_error&) {
            // Without a thread to be had the library's own limits are left.
        }
    }
    ~Guard() {
        {
            const std::lock_guard lock(mutex_);
            over_ = true;
        }
        changed_.notify_all();
        if (thread_.joinable()) thread_.join();
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    int watch(LDAP* link) { return ldap_set_option(link, LDAP_OPT_CONNECT_CB, &told_); }

private:
    static int added(LDAP*, Sockbuf* socket, LDAPURLDesc*, sockaddr*, ldap_conncb* told) {
        auto* guard = static_cast<Guard*>(told->lc_arg);
        const std::lock_guard lock(guard->mutex_);
        ber_sockbuf_ctrl(socket, LBER_SB_OPT_GET_FD, &guard->fd_);
        if (guard->late_) ::shutdown(guard->fd_, SHUT_RDWR);
        return LDAP_SUCCESS;
    }
    static void removed(LDAP*, Sockbuf*, ldap_conncb* told) {
        auto* guard = static_cast<Guard*>(told->lc_arg);
        const std::lock_guard lock(guard->mutex_);
        guard->fd_ = -1;
    }
    void wait(std::chrono::milliseconds limit) {
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, limit, [this] { return over_; })) return;
        late_ = true;
        if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
    }

    ldap_conncb told_{added, removed, this};
    std::mutex mutex_;
    std::condition_variable changed_;
    ber_socket_t fd_ = -1;
    bool over_ = false, late_ = false;
    std::thread thread_;
};

// A connection to a directory and its limit, which outlives it.
class Link {
public:
    explicit Link(const DirectorySettings& directory)
        : guard_(std::make_unique<Guard>(
              directory.whole_limit.count() > 0
                  ? directory.whole_limit
                  : std::chrono::milliseconds(std::chrono::seconds(3 * directory.timeout_seconds)))) {
        LDAP* opened = nullptr;
        code_ = ldap_initialize(&opened, directory.url.c_str());
        link_.reset(opened);
        if (code_ == LDAP_SUCCESS) code_ = guard_->watch(opened);
    }
    LDAP* get() const { return link_.get(); }
    int code() const { return code_; }  // of its making

private:
    std::unique_ptr<Guard> guard_;
    std::unique_ptr<LDAP, CloseConnection> link_;
    int code_ = LDAP_SUCCESS;
};
struct FreeMessage {
    void operator()(LDAPMessage* message) const { ldap_msgfree(message); }
};
using Found = std::unique_ptr<LDAPMessage, FreeMessage>;

constexpr int kGroupsMax = 1000;

Error failed(const DirectorySettings& directory, int code) {
    return make_error(ErrorCode::unavailable, "protocols.directory.failed",
                      {{"directory", directory.url}, {"reason", ldap_err2string(code)}});
}

int set_options(LDAP* link, const DirectorySettings& directory) {
    const int version = LDAP_VERSION3;
    const timeval wait{directory.timeout_seconds, 0};
    int code = ldap_set_option(link, LDAP_OPT_PROTOCOL_VERSION, &version);
    if (code == LDAP_SUCCESS) code = ldap_set_option(link, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    if (code == LDAP_SUCCESS) code = ldap_set_option(link, LDAP_OPT_NETWORK_TIMEOUT, &wait);
    if (code == LDAP_SUCCESS) code = ldap_set_option(link, LDAP_OPT_TIMEOUT, &wait);
    if (code != LDAP_SUCCESS || directory.tls == DirectorySettings::Tls::none) return code;
    const int demand = LDAP_OPT_X_TLS_DEMAND, oldest = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, client = 0;
    code = ldap_set_option(link, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
    if (code == LDAP_SUCCESS) code = ldap_set_option(link, LDAP_OPT_X_TLS_PROTOCOL_MIN, &oldest);
    if (code == LDAP_SUCCESS && !directory.ca_file.empty())
        code = ldap_set_option(link, LDAP_OPT_X_TLS_CACERTFILE, directory.ca_file.c_str());
    if (code == LDAP_SUCCESS) code = ldap_set_option(link, LDAP_OPT_X_TLS_NEWCTX, &client);
    return code;
}

int secure(LDAP* link, const DirectorySettings& directory) {
    if (directory.tls != DirectorySettings::Tls::starttls) return LDAP_SUCCESS;
    return ldap_start_tls_s(link, nullptr, nullptr);
}

int bind_as(LDAP* link, const std::string& name, std::string_view password) {
    std::string secret(password);
    berval credentials{secret.size(), secret.data()};
    return ldap_sasl_bind_s(link, name.c_str(), LDAP_SASL_SIMPLE, &credentials, nullptr, nullptr,
                            nullptr);
}

// Connected, over TLS, and bound as the account that may search.
Result<Link> connect(const DirectorySettings& directory) {
    Link link(directory);
    int code = link.code();
    if (code == LDAP_SUCCESS) code = set_options(link.get(), directory);
    if (code == LDAP_SUCCESS) code = secure(link.get(), directory);
    if (code == LDAP_SUCCESS && !directory.bind_name.empty())
        code = bind_as(link.get(), directory.bind_name, directory.bind_password);
    if (code != LDAP_SUCCESS) return failed(directory, code);
    return link;
}

std::vector<std::string> values_of(LDAP* link, LDAPMessage* entry, const std::string& attribute) {
    std::vector<std::string> values;
    berval** list = ldap_get_values_len(link, entry, attribute.c_str());
    for (int i = 0; list != nullptr && list[i] != nullptr && i < kGroupsMax; ++i)
        values.emplace_back(list[i]->bv_val, list[i]->bv_len);
    if (list != nullptr) ldap_value_free_len(list);
    return values;
}

std::string value_of(LDAP* link, LDAPMessage* entry, const std::string& attribute) {
    const auto values = values_of(link, entry, attribute);
    return values.empty() ? "" : values.front();
}

std::string dn_of(LDAP* link, LDAPMessage* entry) {
    char* dn = ldap_get_dn(link, entry);
    std::string text = dn != nullptr ? dn : "";
    ldap_memfree(dn);
    return text;
}

Result<Found> search(LDAP* link, const DirectorySettings& directory, const std::string& base,
                     const std::string& filter, std::vector<std::string> attributes, int most) {
    std::vector<char*> names;
    for (std::string& attribute : attributes) names.push_back(attribute.data());
    names.push_back(nullptr);
    timeval wait{directory.timeout_seconds, 0};
    LDAPMessage* message = nullptr;
    const int code = ldap_search_ext_s(link, base.c_str(), LDAP_SCOPE_SUBTREE, filter.c_str(),
                                       names.data(), 0, nullptr, nullptr, &wait, most, &message);
    Found found(message);
    if (code == LDAP_NO_SUCH_OBJECT) return Found();
    if (code != LDAP_SUCCESS && code != LDAP_SIZELIMIT_EXCEEDED) return failed(directory, code);
    return found;
}

std::string filled(std::string pattern, std::string_view place, std::string_view value) {
    for (auto at = pattern.find(place); at != std::string::npos;
         at = pattern.find(place, at + value.size()))
        pattern.replace(at, place.size(), value);
    return pattern;
}

Result<void> read_groups(LDAP* link, const DirectorySettings& directory, DirectoryPerson& person) {
    if (directory.group_base.empty()) return {};
    const std::string filter = filled(directory.group_filter, "{dn}", escape_filter(person.dn));
    KL_TRY(const Found found, search(link, directory, directory.group_base, filter, {"1.1"}, kGroupsMax));
    for (LDAPMessage* entry = ldap_first_entry(link, found.get()); entry != nullptr;
         entry = ldap_next_entry(link, entry))
        person.groups.push_back(dn_of(link, entry));
    return {};
}

// None also where two people have the name: then nobody knows whose password it would be.
Result<std::optional<DirectoryPerson>> look_up(LDAP* link, const DirectorySettings& directory,
                                               std::string_view name) {
    const std::string filter = filled(directory.filter, "{name}", escape_filter(name));
    KL_TRY(const Found found,
           search(link, directory, directory.base, filter,
                  {directory.id, directory.display_name, directory.mail, directory.phone,
                   directory.groups},
                  2));
    if (!found || ldap_count_entries(link, found.get()) != 1) return std::optional<DirectoryPerson>();
    LDAPMessage* entry = ldap_first_entry(link, found.get());
    DirectoryPerson person;
    person.dn = dn_of(link, entry);
    person.id = value_of(link, entry, directory.id);
    // objectGUID and its like are bytes.
    for (const char c : person.id)
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E) {
            person.id = to_hex(person.id);
            break;
        }
    person.display_name = value_of(link, entry, directory.display_name);
    person.mail = value_of(link, entry, directory.mail);
    person.phone = value_of(link, entry, directory.phone);
    if (directory.group_base.empty()) person.groups = values_of(link, entry, directory.groups);
    KL_CHECK(read_groups(link, directory, person));
    return std::optional<DirectoryPerson>(std::move(person));
}

}  // namespace

std::string escape_filter(std::string_view value) {
    std::string escaped;
    for (const char c : value) {
        if (c == '*' || c == '(' || c == ')' || c == '\\' || static_cast<unsigned char>(c) < 0x20)
            escaped += "\\" + to_hex(std::string_view(&c, 1));
        else
            escaped += c;
    }
    return escaped;
}

DirectoryTrial try_directory(const DirectorySettings& directory,
                             const std::function<void(std::string_view)>& passed) {
    const Link link(directory);
    const int code = link.code();
    DirectoryTrial trial{code, "connect"};
    const auto step = [&](std::string_view name, const auto& act) {
        if (trial.code != LDAP_SUCCESS) return;
        trial = {act(), name};
        if (trial.code == LDAP_SUCCESS) passed(name);
    };
    if (code == LDAP_SUCCESS) trial.code = set_options(link.get(), directory);
    step("connect", [&] { return ldap_connect(link.get()); });
    if (directory.tls == DirectorySettings::Tls::starttls)
        step("tls", [&] { return secure(link.get(), directory); });
    step("bind", [&] { return bind_as(link.get(), directory.bind_name, directory.bind_password); });
    if (directory.base.empty()) return trial;
    step("read", [&] {
        timeval wait{directory.timeout_seconds, 0};
        LDAPMessage* message = nullptr;
        char none[] = "1.1";
        char* attributes[] = {none, nullptr};
        const int read = ldap_search_ext_s(link.get(), directory.base.c_str(), LDAP_SCOPE_BASE,
                                           "(objectClass=*)", attributes, 0, nullptr, nullptr, &wait,
                                           1, &message);
        const Found found(message);
        if (read != LDAP_SUCCESS) return read;
        // A directory hides what the account may not see behind an empty success.
        return ldap_count_entries(link.get(), message) == 1 ? LDAP_SUCCESS : LDAP_NO_SUCH_OBJECT;
    });
    return trial;
}

std::string directory_code_text(int code) { return ldap_err2string(code); }
bool directory_code_is_timeout(int code) {
    return code == LDAP_TIMEOUT || code == LDAP_TIMELIMIT_EXCEEDED;
}

Result<std::optional<DirectoryPerson>> find_person(const DirectorySettings& directory,
                                                   std::string_view name) {
    KL_TRY(const Link link, connect(directory));
    return look_up(link.get(), directory, name);
}

Result<std::optional<DirectoryPerson>> sign_in_person(const DirectorySettings& directory,
                                                      std::string_view name,
                                                      std::string_view password) {
    // Many directories take an empty password for a wish to be anonymous, and say yes.
    if (name.empty() || password.empty()) return std::optional<DirectoryPerson>();
    KL_TRY(const Link link, connect(directory));
    KL_TRY(auto person, look_up(link.get(), directory, name));
    if (!person || person->dn.empty()) return std::optional<DirectoryPerson>();
    // A connection of its own: what the person may read is no business of the search.
    DirectorySettings as_person = directory;
    as_person.bind_name.clear();
    KL_TRY(const Link own, connect(as_person));
    const int code = bind_as(own.get(), person->dn, password);
    if (code == LDAP_SUCCESS) return person;
    if (code == LDAP_INVALID_CREDENTIALS || code == LDAP_INAPPROPRIATE_AUTH ||
        code == LDAP_NO_SUCH_OBJECT || code == LDAP_UNWILLING_TO_PERFORM ||
        code == LDAP_CONSTRAINT_VIOLATION || code == LDAP_INSUFFICIENT_ACCESS)
        return std::optional<DirectoryPerson>();
    return failed(directory, code);
}

}  // namespace klarsyn
