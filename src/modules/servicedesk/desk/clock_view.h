// Why a case's targets are kept or not, as the API and the pages tell it: every stretch of time with
// its class and the rule that says so. Seconds are of the case's own clock.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "modules/servicedesk/desk/answers.h"
#include "modules/servicedesk/sla.h"

namespace klarsyn::servicedesk {

enum class TargetState { open, kept, breached, lacking };
std::string_view target_state_name(TargetState state);  // "open", ...

struct CaseTarget {
    TargetKind target = TargetKind::resolution;
    TargetState state = TargetState::open;
    std::int64_t limit_s = 0;  // 0 without a target
    std::int64_t rule = 0;     // its place in the file from 1; 0 without a target
    Lack lack = Lack::nothing;
    std::optional<UtcSecond> due_at, breached_at, fulfilled_at;
    std::int64_t running_s = 0, outside_s = 0, paused_s = 0, resolved_s = 0;  // until now
    std::vector<Stretch> stretches;
};

struct CaseClock {
    bool joined = false;        // merged into another case: it has no targets of its own
    bool exact = true;          // false: the source of an imported case knows more than it tells
    UtcSecond until = 0;        // now
    UtcSecond rules_from = 0;   // of the rules that held when it was opened; 0: from the beginning
    std::vector<CaseTarget> targets;
};

// The clock of a case as it stands at `now`: by its records, or by the facts of an imported one.
Result<CaseClock> clock_of(Context& context, const ReadCase& read, UtcSecond now);
// Whether any target is broken; an answered one counts for its answer.
bool is_over(const CaseClock& clock);

boost::json::object clock_json(const Context& context, const ReadCase& read,
                               const CaseClock& clock);

// In the reader's language.
std::string stretch_text(const Context& context, const Stretch& stretch);
std::string rule_text(const Context& context, const CaseClock& clock, const CaseTarget& target);

// page_clock.cc
Result<Response> get_case_clock(const Request& request, Context& context);
Result<Response> get_clock_page(const Request& request, Context& context);
// A row for each target with what was used and what is left; empty for a joined case.
std::string targets_html(const Context& context, std::string_view number, const CaseClock& clock);

}  // namespace klarsyn::servicedesk
