// smtp and imap: greeting, TLS, log-on and one harmless command (libcurl).
//
// Settings of both: url ("smtp://host:587", "smtps://host", "imaps://host"), tls ("required" or
// "none"), ca_file, user and password_secret (both or neither).
// imap: mailbox (looked into without changing it; needs a user).
// Steps: connect, tls, dialogue. Reading of a mailbox: messages.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "protocols/checks/protocols.h"
#include "protocols/checks/steps.h"
#include "protocols/curl_handle.h"
#include "protocols/mail_server.h"

namespace klarsyn {
namespace {

constexpr std::size_t kAnswerBytesMax = 64 * 1024;

struct MailSettings {
    MailServer server;
    std::string password_secret, mailbox;
};

Result<MailSettings> read_mail(const boost::json::object& settings, std::string_view scheme) {
    Fields fields(settings);
    MailSettings read;
    read.server.url = fields.text("url");
    const std::string_view url = read.server.url;
    const std::string plain = std::string(scheme) + "://", secure = std::string(scheme) + "s://";
    const bool known = url.starts_with(plain) || url.starts_with(secure);
    // A path would be another mailbox or the name that we greet with.
    if (!known || url.substr(url.find("://") + 3).find_first_of("/@? ") != std::string_view::npos)
        fields.fault("url", "checks.address.mail");
    read.server.tls = fields.word("tls", {"required", "none"}) == "none"
                          ? MailServer::Tls::none
                          : MailServer::Tls::required;
    read.server.ca_file = fields.text("ca_file", "");
    read.server.user = fields.text("user", "");
    read.password_secret = fields.text("password_secret", "");
    if (read.server.user.empty() != read.password_secret.empty())
        fields.fault("password_secret", "checks.address.both");
    if (scheme == "imap") read.mailbox = fields.text("mailbox", "");
    const auto odd = [](char c) { return c < ' ' || c > '~' || c == '"' || c == '\\'; };
    if (std::any_of(read.mailbox.begin(), read.mailbox.end(), odd) ||
        (!read.mailbox.empty() && read.server.user.empty()))
        fields.fault("mailbox", "checks.address.mailbox");
    KL_CHECK(fields.finish());
    return read;
}

std::int64_t phase_ms(CURL* curl, CURLINFO info) {
    double seconds = 0;
    curl_easy_getinfo(curl, info, &seconds);
    return static_cast<std::int64_t>(std::ceil(seconds * 1000));
}

// "* STATUS INBOX (MESSAGES 12)"
void read_messages(std::string_view told, CheckAnswer& answer) {
    constexpr std::string_view kWord = "(MESSAGES ";
    const auto at = told.find(kWord);
    std::int64_t count = 0;
    if (at == std::string_view::npos) return;
    const std::string_view number = told.substr(at + kWord.size());
    if (std::from_chars(number.data(), number.data() + number.size(), count).ec == std::errc())
        answer.readings.push_back({"messages", count});
}

void tell_steps(CURL* curl, CheckAnswer& answer) {
    const std::int64_t connected = phase_ms(curl, CURLINFO_CONNECT_TIME);
    const std::int64_t secured = phase_ms(curl, CURLINFO_APPCONNECT_TIME);
    answer.steps.push_back({"connect", connected});
    if (secured > 0) answer.steps.push_back({"tls", secured - connected});
    answer.steps.push_back({"dialogue", answer.ms - std::max(connected, secured)});
}

// What libcurl says of itself, and the number of the server's answer; none of its text.
CheckAnswer refusal(CURL* curl, CURLcode code, std::string_view scheme) {
    if (code == CURLE_OPERATION_TIMEDOUT) return check_timed_out("talking to the mail server");
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    std::string reason = curl_easy_strerror(code);
    if (scheme == "smtp" && status > 0) reason += " (" + std::to_string(status) + ")";
    return check_failed(reason);
}

CheckAnswer run_mail(const CheckTask& task, std::string_view scheme) {
    auto read = read_mail(task.settings, scheme);
    if (!read.ok()) return check_unable(read.error());
    if (!read->password_secret.empty()) {
        const auto secret = secret_of(task, read->password_secret);
        if (!secret.ok()) return answer_of(secret.fault());
        read->server.password = *secret;
    }
    const CurlHandle handle = open_curl();
    CURL* curl = handle.get();
    if (curl == nullptr) return check_unable("out of memory");
    prepare_mail(curl, read->server, read->server.url + "/");
    const auto limit = static_cast<long>(task.time_limit.count());
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, limit);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, limit);
    const std::string command =
        read->mailbox.empty() ? "NOOP" : "STATUS \"" + read->mailbox + "\" (MESSAGES)";
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, command.c_str());
    if (scheme == "smtp") curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    Collected collected{{}, kAnswerBytesMax, false};
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &collected);
    const Deadline deadline(task.time_limit);
    const CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK) return refusal(curl, code, scheme);
    CheckAnswer answer = answer_ok(deadline);
    tell_steps(curl, answer);
    if (!read->mailbox.empty()) read_messages(collected.bytes, answer);
    return answer;
}

Result<void> complete_smtp(const boost::json::object& settings) {
    KL_TRY([[maybe_unused]] const auto read, read_mail(settings, "smtp"));
    return {};
}

Result<void> complete_imap(const boost::json::object& settings) {
    KL_TRY([[maybe_unused]] const auto read, read_mail(settings, "imap"));
    return {};
}

CheckAnswer run_smtp(const CheckTask& task) { return run_mail(task, "smtp"); }
CheckAnswer run_imap(const CheckTask& task) { return run_mail(task, "imap"); }

}  // namespace

const CheckProtocol kSmtpCheck{"smtp", complete_smtp, run_smtp};
const CheckProtocol kImapCheck{"imap", complete_imap, run_imap};

}  // namespace klarsyn
