// ldap-bind: connects to a directory, binds, and reads one entry (libldap).
//
// Settings: url ("ldaps://host" or "ldap://host"), tls ("starttls" or "none", for ldap://), ca_file
// (PEM; the system's without it), bind_name and password_secret (both or neither: anonymous), base
// (the entry to read; none without it).
// Steps: connect, tls, bind, read.
#include "protocols/checks/protocols.h"
#include "protocols/checks/steps.h"
#include "protocols/directory.h"

namespace klarsyn {
namespace {

struct LdapSettings {
    DirectorySettings directory;
    std::string password_secret;
};

Result<LdapSettings> read_ldap(const boost::json::object& settings) {
    Fields fields(settings);
    LdapSettings read;
    DirectorySettings& directory = read.directory;
    directory.url = fields.text("url");
    const bool ldaps = directory.url.starts_with("ldaps://");
    if (!ldaps && !directory.url.starts_with("ldap://")) fields.fault("url", "checks.address.ldap");
    const bool plain = fields.word("tls", {"starttls", "none"}) == "none";
    directory.tls = ldaps   ? DirectorySettings::Tls::ldaps
                    : plain ? DirectorySettings::Tls::none
                            : DirectorySettings::Tls::starttls;
    directory.ca_file = fields.text("ca_file", "");
    directory.bind_name = fields.text("bind_name", "");
    directory.base = fields.text("base", "");
    read.password_secret = fields.text("password_secret", "");
    if (directory.bind_name.empty() != read.password_secret.empty())
        fields.fault("password_secret", "checks.address.both");
    KL_CHECK(fields.finish());
    return read;
}

Result<void> complete_ldap(const boost::json::object& settings) {
    KL_TRY([[maybe_unused]] const auto read, read_ldap(settings));
    return {};
}

CheckAnswer run_ldap(const CheckTask& task) {
    auto read = read_ldap(task.settings);
    if (!read.ok()) return check_unable(read.error());
    DirectorySettings& directory = read->directory;
    if (!read->password_secret.empty()) {
        const auto secret = secret_of(task, read->password_secret);
        if (!secret.ok()) return answer_of(secret.fault());
        // Many directories take an empty password for a wish to be anonymous, and say yes.
        if (secret->empty())
            return check_unable("the secret " + read->password_secret + " is empty");
        directory.bind_password = *secret;
    }
    const Deadline deadline(task.time_limit);
    Steps steps(deadline);
    directory.timeout_seconds = whole_seconds(deadline);
    directory.whole_limit = deadline.left();
    const DirectoryTrial trial =
        try_directory(directory, [&](std::string_view step) { steps.done(std::string(step)); });
    const std::string during(trial.step);
    CheckAnswer answer = answer_ok(deadline);
    if (trial.code != 0 && (deadline.passed() || directory_code_is_timeout(trial.code)))
        answer = check_timed_out("at step " + during);
    else if (trial.code != 0)
        answer = check_failed(during + ": " + directory_code_text(trial.code));
    return steps.in(std::move(answer), "at step " + during);
}

}  // namespace

const CheckProtocol kLdapCheck{"ldap-bind", complete_ldap, run_ldap};

}  // namespace klarsyn
