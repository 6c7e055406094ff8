// What major incidents and changes are decided by, read from the settings criticality, freeze and
// changes: written criteria, windows in which nothing may be changed, risks and approvals. Kept by
// each thread until a setting changes. Immutable; thread-safe.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "ingest/turn.h"

namespace klarsyn::servicedesk {

struct TwoTexts {
    std::string da, en;
    const std::string& in(Language language) const { return language == Language::da ? da : en; }
};

struct CriticalityLevel {
    std::string id;
    TwoTexts title;
};
struct Criterion {
    std::string id, level;
    TwoTexts text;
};
struct CriticalityRules {
    std::vector<CriticalityLevel> levels;  // the most serious first
    std::vector<Criterion> criteria;

    const Criterion* find(std::string_view id) const;
    const CriticalityLevel* level(std::string_view id) const;
    // The most serious level among criteria that are known.
    std::string level_of(const std::vector<std::string>& ids) const;
};

// A window as the file has it. A bound is a day (of a year, or of every year) and a second of it.
struct FreezeBound {
    int year = 0;  // 0: every year
    int month = 1, day = 1;
    int second = 0;
};
struct FreezeWindow {
    std::string id;
    TwoTexts title;
    FreezeBound from, to;              // `to` is the first moment after
    std::vector<std::string> systems;  // empty: all
};
// One that a stretch of time touches.
struct Freeze {
    std::string id;
    TwoTexts title;
    UtcSecond from = 0, to = 0;
};
struct FreezeRules {
    std::vector<FreezeWindow> windows;
    // Those that [from, to) touches for a change of these systems (none: whatever the system).
    std::vector<Freeze> touching(UtcSecond from, UtcSecond to,
                                 const std::vector<std::string>& systems) const;
};

struct ChangeRules {
    std::array<std::array<std::string, 3>, 3> risk;
    std::int64_t small_minutes_max = 0;
    std::vector<std::string> small_not_systems;
    std::int64_t board_approvals = 1, emergency_approvals = 1;
    std::vector<std::string> members;

    const std::string& risk_of(std::int64_t impact, std::int64_t likelihood) const;
};

struct PracticeRules {
    CriticalityRules criticality;
    FreezeRules freeze;
    ChangeRules changes;
    std::int64_t settings_seq = 0;
    UtcSecond holds_until = 0;  // the next version of one of them begins then; 0: none known
};

// invalid_input with file, line and field.
Result<CriticalityRules> parse_criticality(std::string_view toml, std::string_view file);
Result<FreezeRules> parse_freeze(std::string_view toml, std::string_view file);
Result<ChangeRules> parse_changes(std::string_view toml, std::string_view file);

// Those in force at `now`.
Result<std::shared_ptr<const PracticeRules>> practice_rules(Connection& db, ThreadMemory& memory,
                                                            UtcSecond now);
// The text of a setting that is in force, or the one that the binary carries.
Result<std::string> setting_text(Connection& db, std::string_view name, UtcSecond now);

}  // namespace klarsyn::servicedesk
