// Who is told of a message besides those who look: other systems by webhook, people by mail.
// Written in the transaction of its cause, and sent after the commit (web/outbox.h).
#pragma once

#include <string>

#include "ingest/turn.h"
#include "modules/notices/notice.h"

namespace klarsyn::notices {

// `kind` is the record's: "opened", "changed", "updated", "cleared". The webhook's event is
// "notice.KIND" and holds no texts. No mail where the server has no mail address.
Result<void> tell_others(WriteTurn& turn, std::int64_t seq, const Notice& notice,
                         const std::string& kind);

}  // namespace klarsyn::notices
