// What the desk does by the clock: notes that a limit has passed, brings back cases whose wake-up time
// has come, and closes what was solved long enough ago. Each is a record like any other, by "system".
#pragma once

#include "modules/servicedesk/desk/entry.h"
#include "web/background.h"

namespace klarsyn::servicedesk {

inline constexpr UtcSecond kCloseAfterSeconds = 7 * 86400;  // solved and nobody objected

// Does what is due at the turn's time, at most `max` cases; how many there were.
Result<std::int64_t> run_desk_clock(WriteTurn& turn, std::int64_t max);

Background desk_clock();

}  // namespace klarsyn::servicedesk
