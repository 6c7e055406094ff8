// What a probe could not measure, and why: slots without a measurement, told with their reason.
#pragma once

#include <boost/json/array.hpp>

#include <string>
#include <vector>

#include "core/time.h"
#include "store/database.h"

namespace klarsyn::probes {

struct UnableNote {
    std::string agent, system, action, site, seat, reason;
    std::int64_t times = 1;
    UtcSecond first_at = 0, last_at = 0;
};

// Of a batch's list "unable"; what cannot be read is left out, it is no measurement.
std::vector<UnableNote> read_unable(const boost::json::array& list, const std::string& agent,
                                    UtcSecond latest);
// In a write transaction. A row per agent and series; another reason begins anew.
Result<void> note_unable(Connection& db, const std::vector<UnableNote>& notes);
// The ones last told of first, that touch [from, to]; at most `limit`.
Result<std::vector<UnableNote>> unable_notes(Connection& db, UtcSecond from, UtcSecond to,
                                             std::int64_t limit);

}  // namespace klarsyn::probes
