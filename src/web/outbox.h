// What leaves the house: letters and webhooks. A row is written in the transaction of its cause and
// sent afterwards, as often as it takes: at least once, with an id that stays the same. What cannot
// be sent for a day is kept as failed, for administrators to see and to try again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/text.h"
#include "core/time.h"
#include "store/database.h"
#include "web/background.h"

namespace klarsyn {

inline constexpr std::string_view kMailChannel = "mail";
inline constexpr std::string_view kWebhookChannel = "webhook";

struct OutboxItem {
    std::int64_t id = 0;
    std::int64_t seq = 0;        // the journal entry of the cause
    std::string channel, recipient;
    std::string payload;         // JSON; of the channel
    std::string cause;           // "K1/3": object and record
    UtcSecond not_before = 0;
    std::int64_t attempts = 0;
};

// In the transaction of the cause.
Result<void> put_in_outbox(Connection& db, const OutboxItem& item);
// What the undone record would have told and was not sent yet is told no more.
Result<void> take_from_outbox(Connection& db, std::string_view channel, const std::string& cause);

inline constexpr UtcSecond kOutboxGivesUpSeconds = 24 * 3600;
// From 30 seconds, doubling, to an hour.
UtcSecond outbox_wait_seconds(std::int64_t attempts);

Result<std::vector<OutboxItem>> due_items(Connection& db, std::string_view channel, UtcSecond now,
                                          std::int64_t most);

// How an attempt ended; `error` says why it failed, without personal data.
struct Attempt {
    enum class Outcome { sent, later, never } outcome = Outcome::sent;
    Error error = {};
};
// In a transaction of its own: no journal entry, since nothing about the region changed.
Result<void> note_attempt(Connection& db, const OutboxItem& item, const Attempt& attempt,
                          UtcSecond now);

// Sends what is due, one after the other, and notes each. The function must not throw.
void send_due(BackgroundTools& tools, std::string_view channel,
              const std::function<Attempt(const OutboxItem& item)>& send);

// For administrators: rows that wait for another try or have failed, newest first.
struct OutboxRow {
    OutboxItem item;
    UtcSecond next_attempt_at = 0;
    bool failed = false;
    std::string last_error;  // as it is kept: a text's key and what fills it

    std::string error_text(Language language) const;
};
Result<std::vector<OutboxRow>> outbox_troubles(Connection& db, std::int64_t most);
// Makes a failed row due again; not_found for one that has not failed.
Result<void> try_again(Connection& db, std::int64_t id, UtcSecond now);

// outbox_mail.cc, webhooks.cc
Background mail_sender();
Background webhook_sender();

}  // namespace klarsyn
