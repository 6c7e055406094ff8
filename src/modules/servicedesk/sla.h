// The clock of targets as a pure replay: what happened to a case, under the rules of the moment at
// which it was opened, always gives the same seconds. No I/O, no "now" but the one that is given.
//
// Every second from the opening on is of one class: running, outside opening hours, paused, or
// resolved (also closed). Only running counts. A target is kept while no more than its limit has
// run; a breach stays a breach. After a change of priority, type or system the seconds already run
// stay, and the new target and calendar apply.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"
#include "modules/servicedesk/sla_rules.h"

namespace klarsyn::servicedesk {

enum class MarkKind : std::uint8_t {
    values,  // priority, type and system from now on; the first mark of a case
    held,    // `text`: why it waits
    resumed,
    replied,  // a person's public reply
    resolved,
    reopened,  // withdraws the resolution
    closed,
};

struct SlaMark {
    UtcSecond at = 0;
    MarkKind kind = MarkKind::values;
    std::string_view text;
    std::string_view priority, type, system;  // of values
};

struct SlaInput {
    UtcSecond opened_at = 0;
    std::span<const SlaMark> marks;  // by time; those of one second in the order they happened
    bool tells_replies = false;      // else a first response is not known
    bool in_call = false;            // opened during its call: answered at once
    bool joined = false;             // merged into another case: no targets
};

enum class Outcome : std::uint8_t { open, kept, breached, lacking };
enum class Lack : std::uint8_t { nothing, target, reply, resolution };
std::string_view lack_name(Lack lack);  // "", "target", "reply", "resolution"

// When and how a target counts. An open one does not count yet.
struct TargetCount {
    Outcome outcome = Outcome::open;
    UtcSecond at = 0;  // of the breach, else of the last fulfilment; lacking: when the case ended
    std::int64_t limit_s = 0;  // in force at that moment; 0 without a target
    std::int64_t rule = 0;     // that set it: its place in the file from 1; 0 without a target
    friend bool operator==(const TargetCount&, const TargetCount&) = default;
};

struct TargetResult {
    TargetKind target = TargetKind::resolution;
    TargetCount net;    // running seconds alone
    TargetCount gross;  // running and paused seconds
    Lack lack = Lack::nothing;
    UtcSecond ended_at = 0;                 // when the case ended, where it lacks something
    std::optional<UtcSecond> fulfilled_at;  // the last fulfilment
    std::int64_t running_s = 0;             // until then, or until the last mark
    std::int64_t paused_s = 0;
    std::optional<UtcSecond> due_at;  // when the limit is (or was) used up; none while nothing runs
};

// A joined case has open targets for ever. A breach that will come if nothing happens is told with
// its time, which may lie in the future: nothing but the case's events decides it.
std::array<TargetResult, kTargets> replay(const SlaInput& input, const RuleVersion& rules);

// The first limit of an unfulfilled target that is used up at `now` or later.
std::optional<UtcSecond> next_due(std::span<const TargetResult> results, UtcSecond now);

enum class StretchClass : std::uint8_t { running, outside, paused, resolved };
std::string_view stretch_name(StretchClass stretch);  // "running", ...

struct Stretch {
    UtcSecond from = 0;
    UtcSecond to = 0;
    StretchClass stretch = StretchClass::running;
    std::string rule;  // text key, "servicedesk.sla.running"
    std::vector<std::pair<std::string, std::string>> args;
};

struct TargetClock {
    TargetResult result;
    // From the opening to `until` or to the fulfilment that ends the target, without gap or
    // overlap.
    std::vector<Stretch> stretches;
};

// Why a case is breached or not: every stretch of time with its class and the rule that says so.
// Empty for a joined case.
std::vector<TargetClock> explain(const SlaInput& input, const RuleVersion& rules, UtcSecond until);

}  // namespace klarsyn::servicedesk
