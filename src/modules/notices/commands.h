// What can be done to a message to users: each command reads its JSON body, checks it, and appends
// one record with one journal entry and the row of core_notice, inside a turn of the writer.
//
// Errors: not_found; conflict (already cleared); invalid_input where the body has faults
// (JsonBody::faults tells them). CPR numbers in what is written are masked: everybody reads it.
#pragma once

#include <string>
#include <string_view>

#include "ingest/turn.h"
#include "modules/notices/notice.h"
#include "web/json_body.h"

namespace klarsyn::notices {

struct Author {
    WriteTurn& turn;
    std::string name;
};

// {kind, system, severity, orgs, title, title_en, text, text_en, advice, advice_en, starts_at,
// ends_at, next_at, case, major, change, roles, ack_required}. Returns the number.
Result<std::string> publish(const Author& author, JsonBody& body);
// The same fields: a correction.
Result<void> correct(const Author& author, const Notice& notice, JsonBody& body);
// {text, text_en, next_at, severity}
Result<void> update(const Author& author, const Notice& notice, JsonBody& body);
// {text, text_en}: all clear.
Result<void> clear(const Author& author, const Notice& notice, JsonBody& body);

// Writes the message as its records leave it now, after they were rewritten in the entry `seq`.
Result<void> show_again(WriteTurn& turn, std::int64_t seq, const std::string& number);

}  // namespace klarsyn::notices
