#include "protocols/mail_server.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "protocols/curl_handle.h"
#include "protocols/http_client.h"
#include "protocols/letter.h"

namespace klarsyn {
namespace {

constexpr std::size_t kAnswerBytesMax = 1 << 20;

Error failed(const MailServer& server, CURLcode code) {
    return make_error(ErrorCode::unavailable, "protocols.mail.failed",
                      {{"host", host_of_url(server.url)}, {"reason", curl_easy_strerror(code)}});
}

struct Reading {
    std::string_view left;
};

std::size_t read_some(char* buffer, std::size_t size, std::size_t count, void* from) {
    auto& reading = *static_cast<Reading*>(from);
    const std::size_t bytes = std::min(size * count, reading.left.size());
    std::memcpy(buffer, reading.left.data(), bytes);
    reading.left.remove_prefix(bytes);
    return bytes;
}

std::vector<std::int64_t> numbers_in(std::string_view text) {
    std::vector<std::int64_t> numbers;
    while (!text.empty()) {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error == std::errc()) numbers.push_back(number);
        text.remove_prefix(error == std::errc() ? static_cast<std::size_t>(end - text.data()) : 1);
    }
    return numbers;
}

std::string_view after(std::string_view text, std::string_view word) {
    const auto at = text.find(word);
    return at == std::string_view::npos ? std::string_view() : text.substr(at + word.size());
}

}  // namespace

void prepare_mail(CURL* curl, const MailServer& server, const std::string& url) {
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps,imap,imaps");
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, static_cast<long>(server.timeout_seconds));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     static_cast<long>(server.tls == MailServer::Tls::required ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    if (!server.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, server.ca_file.c_str());
    if (!server.user.empty()) curl_easy_setopt(curl, CURLOPT_USERNAME, server.user.c_str());
    if (!server.user.empty()) curl_easy_setopt(curl, CURLOPT_PASSWORD, server.password.c_str());
}

struct LetterSender::Handle {
    CurlHandle curl = open_curl();
};

LetterSender::LetterSender(MailServer server)
    : server_(std::move(server)), handle_(std::make_unique<Handle>()) {}
LetterSender::~LetterSender() = default;

Result<void> LetterSender::send(const std::string& from, const std::string& to,
                                const std::string& message) {
    if (!is_mail_address(to))
        return make_error(ErrorCode::refused, "protocols.mail.refused",
                          {{"host", host_of_url(server_.url)}, {"answer", "553"}});
    CURL* curl = handle_->curl.get();
    if (curl == nullptr) return failed(server_, CURLE_FAILED_INIT);
    prepare_mail(curl, server_, server_.url);
    CurlList people(nullptr, curl_slist_free_all);
    append(people, "<" + to + ">");
    Reading reading{message};
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, ("<" + from + ">").c_str());
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, people.get());
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_some);
    curl_easy_setopt(curl, CURLOPT_READDATA, &reading);
    const CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OK) return {};
    long answer = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
    // Wrong credentials are the settings' fault, not the letter's.
    const bool for_ever = answer >= 550 && answer <= 559 && code != CURLE_LOGIN_DENIED;
    if (!for_ever) return failed(server_, code);
    return make_error(ErrorCode::refused, "protocols.mail.refused",
                      {{"host", host_of_url(server_.url)}, {"answer", std::to_string(answer)}});
}

struct Mailbox::Handle {
    CurlHandle curl = open_curl();
};

Mailbox::Mailbox(MailServer server)
    : server_(std::move(server)), handle_(std::make_unique<Handle>()) {}
Mailbox::~Mailbox() = default;

Result<std::string> Mailbox::run(const std::string& path, const std::string& command,
                                 std::size_t bytes_max) {
    CURL* curl = handle_->curl.get();
    if (curl == nullptr) return failed(server_, CURLE_FAILED_INIT);
    prepare_mail(curl, server_, server_.url + path);
    if (!command.empty()) curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, command.c_str());
    Collected collected{{}, bytes_max, false};
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &collected);
    const CURLcode code = curl_easy_perform(curl);
    if (code != CURLE_OK) return failed(server_, code);
    return std::move(collected.bytes);
}

Result<std::vector<WaitingLetter>> Mailbox::waiting(std::size_t most) {
    KL_TRY(const std::string found, run("", "UID SEARCH UNDELETED UNFLAGGED", kAnswerBytesMax));
    std::vector<WaitingLetter> letters;
    for (const std::int64_t uid : numbers_in(after(found, "SEARCH"))) {
        if (letters.size() == most) break;
        KL_TRY(const std::string told,
               run("", "UID FETCH " + std::to_string(uid) + " (RFC822.SIZE)", kAnswerBytesMax));
        const auto size = numbers_in(after(told, "RFC822.SIZE"));
        letters.push_back({uid, size.empty() ? 0 : size.front()});
    }
    return letters;
}

Result<std::string> Mailbox::fetch(std::int64_t uid, std::size_t bytes_max) {
    return run("/;UID=" + std::to_string(uid), "", bytes_max);
}

Result<std::string> Mailbox::fetch_head(std::int64_t uid) {
    return run("/;UID=" + std::to_string(uid) + ";SECTION=HEADER", "", kAnswerBytesMax);
}

Result<void> Mailbox::done(std::int64_t uid, const std::string& folder) {
    const std::string number = std::to_string(uid);
    if (!folder.empty()) {
        std::string quoted;
        for (const char c : folder)
            if (c != '"' && c != '\\' && c != '\r' && c != '\n') quoted += c;
        KL_TRY([[maybe_unused]] const auto copied,
               run("", "UID COPY " + number + " \"" + quoted + "\"", kAnswerBytesMax));
    }
    KL_TRY([[maybe_unused]] const auto marked,
           run("", "UID STORE " + number + " +FLAGS.SILENT (\\Deleted)", kAnswerBytesMax));
    KL_TRY([[maybe_unused]] const auto gone, run("", "EXPUNGE", kAnswerBytesMax));
    return {};
}

Result<void> Mailbox::flag(std::int64_t uid) {
    KL_TRY([[maybe_unused]] const auto marked,
           run("", "UID STORE " + std::to_string(uid) + " +FLAGS.SILENT (\\Flagged)", kAnswerBytesMax));
    return {};
}

}  // namespace klarsyn
