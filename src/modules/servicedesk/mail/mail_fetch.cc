// Fetching letters from the desk's mailbox.
#include "modules/servicedesk/mail/mail_in.h"
#include "modules/servicedesk/mail/mail_routes.h"
#include "protocols/mail_server.h"
#include "web/gates.h"

namespace klarsyn::servicedesk {
namespace {

constexpr int kEverySeconds = 10;
constexpr std::size_t kLettersPerRun = 200;
constexpr int kFailuresMax = 3;  // in one run: then it is not the letters

MailServer server_of(const ImapSettings& imap) {
    return {imap.url, imap.user, imap.password, imap.ca_file,
            imap.tls == ImapSettings::Tls::none ? MailServer::Tls::none : MailServer::Tls::required, 60};
}

// A letter that is too long stays in the mailbox, marked; its head is listed here.
Result<void> keep_head(BackgroundTools& tools, Mailbox& mailbox, std::int64_t uid) {
    KL_TRY(const std::string head, mailbox.fetch_head(uid));
    const auto kept = run_in_turn(tools.services, [&](WriteTurn& turn) -> Result<void> {
        const auto done = keep_letter(turn, head, "too_large");
        return done.ok() ? Result<void>() : done.error();
    });
    if (!kept.ok()) return kept.error();
    return mailbox.flag(uid);
}

Result<void> take_one(BackgroundTools& tools, Mailbox& mailbox, const MailDesk& desk,
                      const ImapSettings& imap, const WaitingLetter& waiting) {
    if (waiting.bytes > desk.message_bytes_max) return keep_head(tools, mailbox, waiting.uid);
    KL_TRY(const std::string message,
           mailbox.fetch(waiting.uid, static_cast<std::size_t>(desk.message_bytes_max) + 1024));
    LetterTurns turns([&](std::function<Result<void>(WriteTurn&)> work) {
        return run_in_turn(tools.services, std::move(work));
    });
    KL_TRY([[maybe_unused]] const TakenLetter taken, turns.take(desk, message));
    return mailbox.done(waiting.uid, imap.done_folder);  // only now: it is stored
}

void run(BackgroundTools& tools) {
    const GateSettings* gates = tools.site.gates;
    if (gates == nullptr || !gates->mail || !gates->mail->imap) return;
    const auto reader = tools.open();
    if (!reader.ok()) return;
    const auto desk = mail_desk(*reader->db, *reader->memory);
    if (!desk.ok() || !*desk) return;
    const ImapSettings& imap = *gates->mail->imap;
    Mailbox mailbox(server_of(imap));
    const auto letters = mailbox.waiting(kLettersPerRun);
    if (!letters.ok()) return;
    int failures = 0;
    for (const WaitingLetter& waiting : *letters) {
        if (tools.stopping() || failures == kFailuresMax) return;
        // Whatever went wrong is tried again at the next run; the letter is still there, and does
        // not stand in the way of those behind it.
        if (!take_one(tools, mailbox, **desk, imap, waiting).ok()) ++failures;
    }
}

}  // namespace

Background mail_fetcher() { return {"servicedesk.mail", kEverySeconds, run}; }

}  // namespace klarsyn::servicedesk
