// Handing letters to a mail server (SMTP) and fetching them from one (IMAP), by libcurl. Each object
// keeps one connection and belongs to one thread; calls block for seconds. TLS is demanded unless
// the settings say otherwise.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace klarsyn {

struct MailServer {
    std::string url;  // "smtp://host:587", "smtps://host", "imaps://host/INBOX"
    std::string user, password, ca_file;
    enum class Tls { required, none } tls = Tls::required;
    int timeout_seconds = 60;
};

class LetterSender {
public:
    explicit LetterSender(MailServer server);
    ~LetterSender();
    // unavailable: try again later; refused: the server will never take this one
    // (protocols.mail.refused, with its answer's number).
    Result<void> send(const std::string& from, const std::string& to, const std::string& message);

private:
    struct Handle;
    MailServer server_;
    std::unique_ptr<Handle> handle_;
};

struct WaitingLetter {
    std::int64_t uid = 0;
    std::int64_t bytes = 0;
};

class Mailbox {
public:
    explicit Mailbox(MailServer server);
    ~Mailbox();
    // Letters that nobody has dealt with (neither deleted nor flagged), oldest first.
    Result<std::vector<WaitingLetter>> waiting(std::size_t most);
    Result<std::string> fetch(std::int64_t uid, std::size_t bytes_max);
    // Head alone, of letters that are too long.
    Result<std::string> fetch_head(std::int64_t uid);
    // Moves it to the folder; with an empty name deletes it.
    Result<void> done(std::int64_t uid, const std::string& folder);
    // Leaves it where it is, marked, for people to look at.
    Result<void> flag(std::int64_t uid);

private:
    struct Handle;
    Result<std::string> run(const std::string& path, const std::string& command, std::size_t bytes_max);
    MailServer server_;
    std::unique_ptr<Handle> handle_;
};

}  // namespace klarsyn
