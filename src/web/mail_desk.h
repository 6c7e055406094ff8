// How the desk is reached by mail, as the last start of the server said: address, language, limits.
// Kept as a setting (core_setting "mail"), so that commands know it inside their transaction and the
// journal tells when it changed. Holds no secrets.
#pragma once

#include <memory>
#include <string>

#include "core/result.h"
#include "core/text.h"
#include "core/time.h"
#include "ingest/turn.h"
#include "web/gates.h"

namespace klarsyn {

struct MailDesk {
    std::string address, sender;
    Language language = Language::da;
    bool subaddress = false;
    std::int64_t message_bytes_max = 25 << 20;
    std::int64_t per_sender_hour = 20;
    std::string url;  // of Klarsyn, for links; may be empty
};

// Null where the desk has no mail.
Result<std::shared_ptr<const MailDesk>> mail_desk(Connection& db, ThreadMemory& memory);

// In a transaction of its own; writes nothing where nothing changed.
Result<void> remember_mail_desk(Connection& writer, const std::string& journal_key,
                                const Clock& clock, const GateSettings* gates,
                                const std::string& public_url);

}  // namespace klarsyn
