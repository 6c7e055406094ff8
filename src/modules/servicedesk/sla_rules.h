// The rules of targets: how soon a case is to be answered and solved, in which opening hours, and
// which waits stop the clock. Read from sla.toml; immutable; thread-safe. That no rule fits a case
// is no error: the case has no target.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "modules/servicedesk/business_hours.h"
#include "modules/servicedesk/priority.h"

namespace klarsyn::servicedesk {

enum class TargetKind { first_response, resolution };
constexpr std::size_t kTargets = 2;
std::string_view target_name(TargetKind target);  // "first_response", "resolution"

enum class Wait {
    awaiting_user,
    awaiting_vendor,
    awaiting_problem,
    awaiting_change,
    awaiting_approval,
    planned,
    unspecified,
};
constexpr std::size_t kWaits = 7;
std::string_view wait_name(Wait wait);  // "awaiting_user"
using WaitSet = unsigned;               // bits by Wait

struct TargetRule {
    std::int64_t limit_s = 0;
    const Calendar* calendar = nullptr;
    WaitSet pauses = 0;
    std::string calendar_name;
    std::int64_t rule = 0;  // the how-manieth of the file, from 1
};

struct SlaRule {
    unsigned priorities = 0;           // bits 1..4; none: any, also an unknown one
    std::vector<std::string> types;    // folded; none: any
    std::vector<std::string> systems;  // folded; none: any
    std::array<std::optional<TargetRule>, kTargets> targets;
    long long line = 0;
};

struct SlaFile {
    std::vector<SlaRule> rules;
    std::map<std::string, Wait, std::less<>> waits;  // by folded text
    bool by_type = false;                            // some rule names a type
    bool by_system = false;

    // Why a case waits, by its hold reason or by what its source calls the state.
    Wait wait_of(std::string_view text) const;
};

// invalid_input with file, line and field: broken TOML, unknown fields or waits, limits that are
// none, a rule without a target or calendar. Calendars are named, not looked up.
Result<SlaFile> parse_sla(std::string_view toml, std::string_view file);

// What holds of cases opened from `from` on: one version of each file, put together.
struct RuleVersion {
    UtcSecond from = 0;
    std::shared_ptr<const PriorityRules> priority;
    std::shared_ptr<const BusinessHours> hours;
    SlaFile sla;  // its calendars are those of `hours`

    // The rule for a target of a case with these values; null where there is none.
    const TargetRule* find(TargetKind target, std::string_view priority_text, std::string_view type,
                           std::string_view system) const;
};

// Puts a version together. invalid_input with the file and line of the rule for a calendar that the
// hours lack.
Result<RuleVersion> make_rules(UtcSecond from, std::shared_ptr<const PriorityRules> priority,
                               std::shared_ptr<const BusinessHours> hours, SlaFile sla,
                               std::string_view sla_file);

}  // namespace klarsyn::servicedesk
