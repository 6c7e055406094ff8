// The rules' own beat: judges what was measured, moves the episodes on, and acts. Judging reads
// with a connection of its own; what follows is one turn of the writer.
#pragma once

#include "modules/alerts/episodes.h"
#include "web/background.h"
#include "web/measured.h"

namespace klarsyn::alerts {

// Set once by modules.cc, before any thread begins. What is null is not asked.
void set_measurements(const MeasurementSource& given);
const MeasurementSource& measurements();

// The rules in force.
Result<AlertRules> rules_at(Connection& db, UtcSecond at);

// Measurements with from < at <= to, and the windows that touch the time: the one place where the
// alerts read what was measured.
Result<MeasuredNow> recent_measurements(Connection& db, UtcSecond from, UtcSecond to);

struct Clockwork {
    UtcSecond evaluated_at = 0;
    bool too_many = false;
    std::int64_t received = 0, followed = 0;
};
Result<Clockwork> read_clockwork(Connection& db);

// What the rules say now of everything but other monitors' alerts.
struct Evaluation {
    std::vector<Judged> judged;  // of `rules` given
    std::vector<PlannedWindow> windows;
    bool too_many = false;
};
Result<Evaluation> evaluate(Connection& db, const AlertRules& rules, UtcSecond now);

// One beat in a turn: with an evaluation of all rules, or of other monitors' alerts alone (null).
Result<void> follow(WriteTurn& turn, const AlertRules& rules, const Evaluation* evaluation,
                    const std::string& public_url);

Background alert_beat();

}  // namespace klarsyn::alerts
