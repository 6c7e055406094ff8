// Times as systems and people write them in files. Pure; thread-safe. An unreadable time is an empty
// answer; so is a year before 1970 or after 2099.
#pragma once

#include <optional>
#include <string_view>

#include "core/time.h"

namespace klarsyn {

struct WrittenTime {
    UtcSecond at = 0;
    Day day = 0;             // the date as written, in whichever zone
    bool ambiguous = false;  // the local time occurs twice (autumn); the first one was taken
    bool skipped = false;    // the local time does not exist (spring); it was moved on
};

// Without spaces, tabs and line ends around it.
std::string_view trimmed_text(std::string_view text);

// Day first with '-', '.' or '/' ("29-02-2016 01:16", "29.02.2016 kl. 01.16"), or ISO 8601 with a
// space or T and perhaps seconds, Z or an offset. A date alone is its midnight. Without an offset
// the time is local in `zone`.
std::optional<WrittenTime> parse_written_time(std::string_view text, const Zone& zone);

// The same by a stated pattern of yyyy, mm, dd, HH, MM, SS and other characters as they stand:
// "mm/dd/yyyy HH:MM". Where the pattern names no time of day it is midnight.
std::optional<WrittenTime> parse_written_time(std::string_view text, std::string_view pattern,
                                              const Zone& zone);
// Whether a pattern names year, month and day once each, and the times at most once.
bool valid_time_pattern(std::string_view pattern);

}  // namespace klarsyn
