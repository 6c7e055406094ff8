// The webhook's events in the database, and the facts that follow. A queue log of the same calls
// supersedes them: whenever its facts change, the calls are derived again in the same entry. One
// thread, inside a write transaction unless said otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/erasure.h"
#include "ingest/fact_writer.h"
#include "modules/telephony/calls.h"
#include "store/store.h"

namespace klarsyn::telephony {

// What a phone system told; texts as received.
struct CallNotice {
    std::string callid, queue, agent, caller;
    UtcSecond at = 0;
    CallVerb verb = CallVerb::enter;
};

// The table of the webhook's facts; FactWriter writes it. There are no files to scan.
const Format& calls_format();

// True for an event with the same call, queue, agent, time and kind: it changes nothing.
Result<bool> is_known(Connection& db, const CallNotice& notice);

// Keeps the event and derives its call again; `writer` is of `seq`. The event must not be known.
Result<void> keep_call_event(Connection& db, std::int64_t seq, UtcSecond now,
                             const CallNotice& notice, FactWriter& writer);

// Derives the calls again whose visits in queue logs this entry changed. Format::settle.
Result<void> settle_calls(Connection& db, std::int64_t seq, FactWriter& writer);

// Remembers that queue logs come under this name.
Result<void> keep_log_source(Connection& db, const std::string& source);

// Derives all calls again and compares with the facts that stand: how many rows differ. Takes a
// write transaction of its own and rolls it back.
Result<std::int64_t> count_call_faults(Store& store);

// Empties the callers that the order names; for klarsyn erase.
Result<void> erase_callers(WriteTurn& turn, const ErasureOrder& order, ErasureReport& report);

}  // namespace klarsyn::telephony
