// Handing letters to the mail server.
#include <boost/json/parse.hpp>

#include "core/text.h"
#include "protocols/letter.h"
#include "protocols/mail_server.h"
#include "web/gates.h"
#include "web/outbox.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

constexpr int kEverySeconds = 2;

std::string text_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

MailServer server_of(const SmtpSettings& smtp) {
    return {smtp.url, smtp.user, smtp.password, smtp.ca_file,
            smtp.tls == SmtpSettings::Tls::none ? MailServer::Tls::none : MailServer::Tls::required, 60};
}

Attempt send_letter(LetterSender& sender, const MailSettings& mail, const OutboxItem& item,
                    UtcSecond now) {
    json::error_code broken;
    const json::value payload = json::parse(item.payload, broken);
    if (broken || !payload.is_object()) return {Attempt::Outcome::never, make_error(ErrorCode::internal, "web.outbox.payload")};
    const json::object& fields = payload.as_object();
    OutLetter letter{.from = mail.address,
                     .from_name = mail.sender,
                     .to = item.recipient,
                     .reply_to = text_of(fields, "reply_to"),
                     .subject = text_of(fields, "subject"),
                     .text = text_of(fields, "text"),
                     .message_id = text_of(fields, "message_id"),
                     .references = text_of(fields, "references"),
                     .at = now,
                     .unsubscribe = text_of(fields, "unsubscribe")};
    const auto sent = sender.send(mail.address, item.recipient, compose_letter(letter));
    if (sent.ok()) return {};
    const bool never = sent.error().code == ErrorCode::refused;
    return {never ? Attempt::Outcome::never : Attempt::Outcome::later, sent.error()};
}

void run(BackgroundTools& tools) {
    const GateSettings* gates = tools.site.gates;
    if (gates == nullptr || !gates->mail || !gates->mail->smtp) return;
    LetterSender sender(server_of(*gates->mail->smtp));
    send_due(tools, kMailChannel, [&](const OutboxItem& item) {
        return send_letter(sender, *gates->mail, item, tools.site.clock.now());
    });
}

}  // namespace

Background mail_sender() { return {"web.mail", kEverySeconds, run}; }

}  // namespace klarsyn
