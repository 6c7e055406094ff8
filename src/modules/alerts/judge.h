// What the rules say of the measurements at a moment. Pure: only what is given is looked at.
//
// Measurements within a maintenance window that was announced count only while the window lasts,
// and only for groups that lie wholly in it; what was measured before something a group depends on
// had cleared says nothing of the group itself.
#pragma once

#include <functional>
#include <vector>

#include "modules/alerts/rules.h"
#include "web/measured.h"

namespace klarsyn::alerts {

// unknown: too little is known, grey. between: neither bad enough to fire nor well enough to clear.
enum class Level { unknown, well, between, bad };
std::string_view level_name(Level level);

// One step of the picture: counts of measurements, or a value.
struct Point {
    UtcSecond at = 0;
    std::int64_t num = 0, den = 0;  // met of measured; for latency num = milliseconds, den = 1
};

struct Judged {
    const AlertRule* rule = nullptr;
    Group group;
    Level level = Level::unknown;
    // share: met of measured. latency: milliseconds of so many measurements. gap: seconds of
    // silence, series. expiry: the reading. forecast: days (-1: not within ten years), 1.
    std::int64_t num = 0, den = 0;
    std::vector<Point> points;
};

// Before which moment measurements say nothing of a group; 0: all of them do.
using FreshFrom = std::function<UtcSecond(const AlertRule& rule, const Group& group)>;

struct JudgeInput {
    const MeasuredNow& measured;
    const std::vector<CapacityOutlook>& outlook;
    const std::vector<StoredReading>& readings;
    UtcSecond now = 0;
};

// Whether the window holds for everything that the group is.
bool covers(const PlannedWindow& window, const Group& group);
// The group of a rule; empty dimensions where the rule does not group by them.
Group group_of(const AlertRule& rule, const Group& full);
// Whether what burns for `parent` explains `child`: whatever the parent names, the child has too.
bool explains(const Group& parent, const Group& child);

// One for each group that the measurements know, sorted by group. Nothing for external rules.
std::vector<Judged> judge(const AlertRule& rule, const JudgeInput& input,
                          const FreshFrom& fresh_from);

}  // namespace klarsyn::alerts
