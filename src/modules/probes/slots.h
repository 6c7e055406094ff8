// Scheduled slots and those without a measurement. Pure; thread-safe. UTC seconds throughout, so
// that a slot lasts as long in the nights when clocks change.
#pragma once

#include <cstdint>
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
    std::int64_t every_s = 60;
    std::vector<Span> pieces;
    std::string source;
};
std::vector<Plan> plans_of(std::vector<ScheduleRule> rules);

struct MissingRun {
    UtcSecond first = 0;  // where the first slot begins
    std::int64_t slots = 0;
    friend bool operator==(const MissingRun&, const MissingRun&) = default;
};

// The runs of slots that begin within `day` ([from, to)), lie wholly inside a piece of the plan and
// a covered span, and in which none of `starts` (ascending) falls.
std::vector<MissingRun> missing_runs(const Plan& plan, std::span<const Span> covered,
                                     std::span<const UtcSecond> starts, const Span& day);

}  // namespace klarsyn::probes
