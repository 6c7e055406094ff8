// Alert rules: what is watched, when it fires and when it clears, and which case it becomes. Read
// from the setting alert_rules (TOML, docs/operating/alerts.md). Pure; immutable once read.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "web/systems.h"

namespace klarsyn::alerts {

// external: another monitor says so (Alertmanager).
enum class RuleKind { share, latency, gap, expiry, forecast, external };
std::string_view kind_name(RuleKind kind);

// What an alert is about: only the dimensions by which its rule groups, the others are empty.
struct Group {
    std::string system, action, site, seat, place;
    std::string key;  // of the other monitor's group of alerts; empty for our own
    // "site=HER;system=EPM3": stable, the same for equal groups.
    std::string text() const;
    friend auto operator<=>(const Group&, const Group&) = default;
};
// By name; null for an unknown one.
using GroupField = std::string Group::*;
GroupField group_field(std::string_view dim);

inline constexpr std::int64_t kPercent = 100;  // shares are kept as hundredths of a percent

struct AlertRule {
    std::string name;
    RuleKind kind = RuleKind::share;
    Words title;
    Group where;                   // only what has these texts; empty ones: all
    std::string reading;           // expiry: kind of reading; forecast: "power", "storage" or both
    std::vector<std::string> by;   // dimensions of its groups
    std::string measure;           // share: "within_limit" or "available"
    std::int64_t fires = 0;        // share in 1/100 percent, milliseconds, seconds or days
    std::int64_t clears = 0;       // from here on it may clear
    std::int64_t percentile = 50;  // latency: 50 or 95
    std::int64_t over_s = 600;     // the last so many seconds are judged
    std::int64_t at_least = 5;     // fewer measurements: nobody knows
    int fire_after = 2, clear_after = 3;  // evaluations one after the other
    std::int64_t impact = 2, urgency = 2;
    std::string group, category;                  // of the case
    std::vector<std::string> depends;             // rules: what burns there explains this one
    std::map<std::string, std::string> labels;    // external: dimension -> label
    std::map<std::string, std::string> matching;  // external: only alerts with these labels
    long long line = 0;                           // in its file
};

struct AlertRules {
    std::int64_t every_s = 60;  // between evaluations
    std::int64_t wait_s = 10;  // so long alerts of other monitors are gathered before they are told
    std::int64_t storm = 5;    // more groups of a rule or system within a minute: one alert
    std::int64_t storm_all = 20;   // the same whatever they are about
    std::vector<AlertRule> rules;  // each behind those that it depends on

    const AlertRule* find(std::string_view name) const;
    // How far back measurements are needed, at most a day and an hour; 0: none are.
    std::int64_t reach_s() const;
};

inline constexpr std::string_view kRulesSetting = "alert_rules";
inline constexpr std::int64_t kReachMax_s = 24 * 3600;
inline constexpr std::int64_t kGapKnown_s =
    3600;  // so long a silent series without schedule is known

// invalid_input with file, line and field.
Result<AlertRules> parse_alert_rules(std::string_view text, std::string_view file);
// Of the binary.
std::string_view default_alert_rules();

}  // namespace klarsyn::alerts
