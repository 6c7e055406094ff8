// Days that lack a feed: which of them somebody answered for. Acceptance changes no figure; it lets
// a report with that gap be published, with the note printed.
#pragma once

#include <string>
#include <vector>

#include "core/time.h"
#include "store/store.h"

namespace klarsyn {

struct GapNote {
    std::string source;
    Day day = 0;
    std::string note;
};

// Accepts the missing days of `source` in the period. not_found: none of them is missing. Returns
// how many were accepted; days accepted already are no error.
Result<std::int64_t> accept_gap(Store& store, const Clock& clock, const std::string& source,
                                Period period, const std::string& why, const std::string& actor);

// Accepted days of a module's feeds in the period, ordered by day.
Result<std::vector<GapNote>> accepted_gaps(Connection& db, std::string_view module, Period period);

}  // namespace klarsyn
