// From judgements to episodes: when a rule fires for a group, when it is told, when it clears.
// Pure: the same input gives the same acts. An episode is one (rule, group) from firing to clear;
// many at a time become one storm, an episode with the others as its members.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "modules/alerts/judge.h"

namespace klarsyn::alerts {

// Why an episode that burns is not told.
enum class Held { none, dependency, window, waiting };
std::string_view held_name(Held held);
std::optional<Held> held_named(std::string_view word);

struct Episode {
    std::int64_t number = 0;
    std::string rule;      // of a storm: empty
    Group group;           // of a storm: what its members have in common
    std::string storm_of;  // of a storm: "rule=svartid", "system=EPM3" or "all"; else empty
    UtcSecond fired_at = 0;
    std::optional<UtcSecond> cleared_at;
    Held held = Held::none;
    std::string held_by;  // the rule it depends on, or the window's end
    std::optional<UtcSecond> told_at;
    std::string case_number;
    std::int64_t storm = 0;    // the storm that it belongs to; 0: none
    std::int64_t members = 0;  // of a storm: all that ever joined
    std::int64_t noted = 0;    // of a storm: members when the case was told last
    UtcSecond noted_at = 0;
    UtcSecond joined_at = 0;  // of a storm: when the last one joined
    bool flapping = false;    // fired often lately: it clears late
    bool in_window = false;   // told before, and now in a window
    bool untouched = false;   // cleared, and nobody had worked on the case

    bool burning() const { return !cleared_at; }
    friend bool operator==(const Episode&, const Episode&) = default;
    bool is_storm() const { return !storm_of.empty(); }
};

using Watched = std::pair<std::string, Group>;  // rule, group

// What is remembered of a (rule, group) from one evaluation to the next.
struct Watch {
    Level level = Level::unknown;
    int bad = 0, good = 0;  // one after the other, up to what matters
    UtcSecond since = 0;    // that the level is so
    friend bool operator==(const Watch&, const Watch&) = default;
};

struct Act {
    enum class Kind { fire, hold, tell, storm, join, grow, note, flap, clear } kind = Kind::fire;
    std::int64_t episode = 0;
    std::int64_t storm = 0;           // join: to which
    std::string takes_case;           // storm: of the member whose case it takes over
    std::vector<std::string> merges;  // storm: cases of members that become one with it
    std::string note;                 // note: "window_began", "window_over"
    const Judged* judged = nullptr;   // the picture, where there is one
};

struct EngineState {
    std::map<Watched, Watch> watches;
    std::map<std::int64_t, Episode> episodes;  // that burn, or were told or cleared within the hour
    std::int64_t next_number = 1;
};

struct EngineInput {
    const AlertRules& rules;
    const std::vector<Judged>& judged;  // of this evaluation; external ones, too
    const std::vector<PlannedWindow>& windows;
    UtcSecond now = 0;
    bool all = true;  // `judged` has everything: what is not in it is unknown; else it stays
};

inline constexpr UtcSecond kStorm_s = 60;
inline constexpr UtcSecond kStormJoins_s = 300;  // after the last one joined, it takes no more
inline constexpr UtcSecond kFlap_s = 3600;
inline constexpr int kFlapFires = 3;
inline constexpr int kFlapFactor = 4;  // times clear_after
inline constexpr UtcSecond kGrow_s = 600;
inline constexpr UtcSecond kForgotten_s = 24 * 3600;

// Moves the state on and says what happened, in order.
std::vector<Act> step(EngineState& state, const EngineInput& input);

// Since when measurements count for a group, given what it depends on (JudgeInput).
FreshFrom fresh_after(const EngineState& state, UtcSecond now);

}  // namespace klarsyn::alerts
