// The stretches of a clock as a page shows them: a case that stays open for years has thousands, of
// which few say anything. Where there are many they are folded by week, or by month where they
// last longer than a year. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modules/servicedesk/sla.h"

namespace klarsyn::servicedesk {

struct ClockFold {
    std::string key;                 // "2016-W14", "2016-04"; a period as parse_period reads it
    std::size_t begin = 0, end = 0;  // of the stretches
    std::int64_t running_s = 0, outside_s = 0, paused_s = 0, resolved_s = 0;
    bool open = false;  // its stretches are shown one by one
};

inline constexpr std::size_t kFoldedFrom = 60;  // stretches; fewer are all shown
inline constexpr std::string_view kAllOpen = "all";

// In order, without gap; a stretch belongs where it begins. Open: the one of `asked` (or all), the
// one in which the target broke, and those that are not longer open than folded.
std::vector<ClockFold> fold_stretches(std::span<const Stretch> stretches,
                                      std::optional<UtcSecond> breached_at, std::string_view asked);

}  // namespace klarsyn::servicedesk
