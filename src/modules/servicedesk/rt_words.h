// How Request Tracker writes times, states and priorities, and what they mean here. Pure;
// thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "modules/servicedesk/servicedesk.h"

namespace klarsyn::servicedesk {

// Request Tracker knows no state behind resolved: what is resolved, rejected or deleted is closed.
// `resolves` tells the first from the others.
struct RtState {
    std::string_view state;  // "New", "Active", "Pending" or "Closed"
    bool resolves = false;
};
// new, open, stalled, resolved, rejected and deleted, in English and Danish. Nothing for a state of
// a region's own lifecycle: the mapping file says what that means.
std::optional<RtState> rt_state(std::string_view text);
// A mapping file's new, active, on_hold, resolved, closed.
RtState rt_state_of_mapping(std::string_view state);

// "1" to "4" by RT's scale of 0 to 100 (75 and more is 1, 50 is 2, 25 is 3) or its labels High,
// Medium and Low (1, 2, 4); any other text as it stands.
std::string_view rt_priority(std::string_view text);

// ISO 8601, or with the month in English or Danish letters: "Mon Apr 09 08:00:12 2018", and "Mon,
// 09 Apr 2018 08:00:12 +0200".
std::optional<CaseTime> rt_time(std::string_view text, const Zone& zone);
// "Not set", and the first second of 1970.
bool rt_unset(std::string_view text);

}  // namespace klarsyn::servicedesk
