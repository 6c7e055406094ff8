// Times as case systems write them. Pure; thread-safe. An unreadable time is an empty answer.
#pragma once

#include <optional>
#include <string_view>

#include "core/time.h"
#include "modules/servicedesk/servicedesk.h"

namespace klarsyn::servicedesk {

// "?" and an empty text stand for a missing value.
bool is_missing(std::string_view text);
std::string_view trimmed(std::string_view text);

// Day first with '-', '.' or '/' ("29-02-2016 01:16", "29.02.2016 kl. 01.16"), or ISO 8601 with a
// space or T and perhaps seconds, Z or an offset. A date alone is its midnight. Without an offset
// the time is local in `zone`; the flags say where it occurs twice or not at all.
std::optional<CaseTime> parse_case_time(std::string_view text, const Zone& zone);

// The same by a stated pattern of yyyy, mm, dd, HH, MM, SS and other characters as they stand:
// "mm/dd/yyyy HH:MM". Where the pattern names no time of day it is midnight.
std::optional<CaseTime> parse_case_time(std::string_view text, std::string_view pattern,
                                        const Zone& zone);
}  // namespace klarsyn::servicedesk
