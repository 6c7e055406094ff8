// Scheduled slots and those without a measurement. Pure; thread-safe. UTC seconds throughout, so
// that a slot lasts as long in the nights when clocks change.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "modules/probes/rules.h"

namespace klarsyn::probes {

constexpr std::int64_t kEveryMax_s = 86'400;  // so that a slot reaches into the next day at most

struct ScheduleRule {
    Span span;  // slot k = [from + k * every_s, from + (k + 1) * every_s)
    std::int64_t every_s = 60;
    std::string source;  // of the file; orders two that begin at the same moment
};

// Where a row of a series' schedule holds: of rows in force the one that began last.
struct Plan {
    UtcSecond anchor = 0;  // where slot 0 begins
    UtcSecond stated_to = std::numeric_limits<UtcSecond>::max();  // where the row ends
    std::int64_t every_s = 60;
    std::vector<Span> pieces;
    std::string source;
};
std::vector<Plan> plans_of(std::vector<ScheduleRule> rules);

// What is known when slots are counted.
struct Known {
    std::optional<Span> measured;  // from the first to the last measurement, that second included
    UtcSecond until = 0;           // by the clock: a slot that ends later is not over
    friend bool operator==(const Known&, const Known&) = default;
};

// How far from everything that was measured a slot may lie: a slip of the pen in a year costs little.
constexpr std::int64_t kBesideMeasured_s = 366 * std::int64_t{86'400};

// Where slots of the plan are expected, from a slot's beginning to a slot's end; nothing: from = to.
// From the plan's beginning up to its end where that is over, else up to the slot in which something
// was measured last; at most kBesideMeasured_s beside what was measured.
Span expected_span(const Plan& plan, const Known& known);

struct MissingRun {
    UtcSecond first = 0;  // where the first slot begins
    std::int64_t slots = 0;
    friend bool operator==(const MissingRun&, const MissingRun&) = default;
};

// The runs of slots that begin within `day` ([from, to)), lie wholly inside a piece of the plan and
// in `expected`, and in which none of `starts` (ascending) falls.
std::vector<MissingRun> missing_runs(const Plan& plan, const Span& expected,
                                     std::span<const UtcSecond> starts, const Span& day);

}  // namespace klarsyn::probes
