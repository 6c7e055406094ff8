// Who is affected when something fails, asked across modules: one module answers (modules.cc names
// it), others show it. Values only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "store/database.h"

namespace klarsyn {

struct Affected {
    std::string thing;     // as the relation writes it
    int steps = 1;         // 1: affected at once
    std::string through;   // what it needs and that is affected
    std::string relation;  // by which relation it needs it
};

// Everything that is affected when `of` fails on the day, as known now; nearest first.
using AffectedLookup = Result<std::vector<Affected>> (*)(Connection& db, std::string_view of,
                                                         Day day);

}  // namespace klarsyn
