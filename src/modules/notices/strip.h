// Ninety days of one system, a colour a day: by the worst that was said of it, and grey where
// nothing was measured and nothing was said. Pure apart from `load_strips`, which reads.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "modules/notices/board.h"
#include "web/context.h"

namespace klarsyn::notices {

inline constexpr int kStripDays = 90;

// Worst last. unmeasured: nobody knows.
enum class DayState { unmeasured, works, planned, unstable, down };
std::string_view day_state_word(DayState state);  // "unmeasured", "works", ...

// What probes counted on a day; none where they counted nothing, not even a failure.
struct DayMeasured {
    std::int64_t measured = 0, failed = 0;
};
using Measured = std::map<std::pair<std::string, Day>, DayMeasured>;  // by system and day

struct StripDay {
    Day day = 0;
    DayState state = DayState::unmeasured;
    std::vector<std::string> notices;  // numbers of the messages that held that day
    std::optional<DayMeasured> measured;
};
struct Strip {
    std::string system;
    std::vector<StripDay> days;  // oldest first, the last is today
    std::int64_t count(DayState state) const;
};

// `all`: every message that held in these days.
Strip strip_of(std::string_view system, const std::vector<Notice>& all, const Measured& measured,
               UtcSecond now);

// Measurements by system and day, through the figures of the module that measures; empty where
// there is none. `context` has tools.
Result<Measured> load_measured(Context& context, Period days);
Period strip_period(UtcSecond now);
// The messages that held in the days of a strip, newest first.
Result<std::vector<Notice>> load_strip_notices(Connection& db, UtcSecond now);

// The strip as a picture for eyes, hidden from readers, who have the words beside it: every day
// leads to its line on the system's page.
std::string strip_svg(const Context& context, const Strip& strip);
// "90 dage: 2 med afbrydelse, 1 ustabil ..." in words.
std::string strip_words(const Context& context, const Strip& strip);
// What the colours mean.
std::string strip_legend(const Context& context);
// The page of a system.
std::string system_href(std::string_view system);

}  // namespace klarsyn::notices
