// Calls as a phone system tells of them while they happen: events of the webhook, and the visits
// that follow from them. Pure; safe from several threads. Views point into the caller's bytes.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "modules/telephony/telephony.h"

namespace klarsyn::telephony {

inline constexpr std::string_view kCallSource = "calls";  // of the visits that the webhook brings

enum class CallVerb : std::uint8_t { enter, connect, abandon, leave, end };
std::optional<CallVerb> parse_call_verb(std::string_view word);
std::string_view call_verb_name(CallVerb verb);

struct CallEvent {
    std::string_view callid, queue, agent;  // agent empty: nobody named
    UtcSecond at = 0;
    CallVerb verb = CallVerb::enter;
    friend auto operator<=>(const CallEvent&, const CallEvent&) = default;
};

// How many visits of a call to a queue the queue logs hold. They stand in for as many visits of the
// webhook, in order of entry: a call that both tell of counts once.
using LogVisits = std::function<int(std::string_view callid, std::string_view queue)>;

// The visits that the events of whole calls tell of and that no queue log holds, to the sink.
// Neither the order of the events nor repetitions matter. Within one second: what can end the
// running visit does, then comes an entry, then CONNECT, then the ends. An end without a CONNECT
// counts as hung up.
void derive_calls(std::span<const CallEvent> events, const LogVisits& held, FactSink& sink);

// The group of a call's events. Its number is a hash, so that it cannot fall together with the
// group of the same call's lines in a queue log: both write the table telephony_visit.
std::int64_t call_group(std::string_view callid);

}  // namespace klarsyn::telephony
