// Visits as they stand now, for pages and the API. Reading only; a Connection belongs to one
// thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/time.h"
#include "modules/telephony/staffing.h"
#include "store/database.h"

namespace klarsyn::telephony {

// A visit that has neither ended nor been heard of for so long is not shown as running: its end was
// lost on the way.
inline constexpr std::int64_t kRunningMax_s = 4 * 3600;

// So long a call that has ended is still the agent's: a case may be written about it.
inline constexpr std::int64_t kJustEnded_s = 15 * 60;

struct LiveVisit {
    std::string callid, queue, outcome, source;
    std::string agent;  // empty: nobody answered
    UtcSecond entered = 0;
    std::optional<UtcSecond> connected, ended;
    std::optional<std::int64_t> wait_s, talk_s;

    bool waits(UtcSecond now) const;
    bool talks(UtcSecond now) const;
    bool answered_within(std::int64_t seconds) const;
};

// Those that entered on these days, by time of entry.
Result<std::vector<LiveVisit>> read_visits(Connection& db, Period days);
// The latest visit of a call to a queue; none where no visit stands.
Result<std::optional<LiveVisit>> latest_visit(Connection& db, const std::string& callid,
                                              const std::string& queue, Period days);

struct StaffCalls {
    std::string queue;                // the one asked for, or the one with most calls
    std::vector<std::string> queues;  // all that had a call, by name
    std::vector<StaffCall> calls;
};
Result<StaffCalls> read_staff_calls(Connection& db, Period period, const std::string& queue);

// The call that an agent (by its name in the phone system) has now: the one that is talked with,
// else the one that rings there, else the one that ended last. None is no error.
struct CurrentCall {
    LiveVisit visit;
    std::string caller;  // as told; empty where unknown or erased
};
Result<std::optional<CurrentCall>> current_call(Connection& db, const std::string& agent,
                                                UtcSecond now);

}  // namespace klarsyn::telephony
