// The clock of an imported case, told from its facts: every stretch of time with its class and the
// rule that says so, under the rules of the moment at which the case was opened.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/servicedesk/sla.h"
#include "store/database.h"

namespace klarsyn::servicedesk {

// One row of an imported case's events, as the clock needs it.
struct ClockEvent {
    std::string kind;
    UtcSecond at = 0;
    std::string priority, type, system, was;
};

// What its facts say of a target: where it counts without pauses.
struct ClockFact {
    std::string target;  // "resolution"
    std::optional<bool> kept;
    UtcSecond at = 0;
    std::optional<std::int64_t> elapsed_s;  // to the fulfilment
    std::string lacks;
};

// The marks of an imported case from its events and targets. Pure; puts the events in the clock's
// order, and the marks point into them.
struct ToldMarks {
    UtcSecond opened_at = 0;
    std::vector<SlaMark> marks;
    bool tells_replies = false;
    bool joined = false;
    SlaInput input() const { return {opened_at, marks, tells_replies, false, joined}; }
};
ToldMarks marks_of(UtcSecond opened_at, std::vector<ClockEvent>& events,
                   const std::vector<ClockFact>& facts);

struct ImportedClock {
    std::vector<TargetClock> targets;  // none for a case that was joined into another one
    bool joined = false;
    // False where the facts know more than they tell (a reopening without a count, another type
    // without an event): the stretches are then not all of the truth, the facts are.
    bool exact = true;
};
// Of a case that stands in the facts; no error for another, which has no stretches.
Result<ImportedClock> imported_clock(Connection& db, const RuleVersion& rules,
                                     std::string_view source, std::string_view case_no,
                                     UtcSecond opened_at, UtcSecond now);

}  // namespace klarsyn::servicedesk
