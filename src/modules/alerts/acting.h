// What follows from the engine's acts: cases are opened, reopened, noted, merged and resolved, and
// records are kept. Writer thread only.
#pragma once

#include <string>

#include "modules/alerts/episodes.h"
#include "web/case_writing.h"

namespace klarsyn::alerts {

// Set once by modules.cc, before any thread begins.
void set_case_writing(const CaseWriting& given);

inline constexpr UtcSecond kSameCase_s = 24 * 3600;  // fires again within: the same case

// Does what the acts say, in order, in the turn at hand. `public_url` begins links in cases; may be
// empty.
Result<void> act_on(WriteTurn& turn, const AlertRules& rules, const EngineState& state,
                    const std::vector<Act>& acts, const std::string& public_url);

}  // namespace klarsyn::alerts
