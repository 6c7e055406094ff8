// What follows from measurements and rules together, brought up to date within the transaction that
// changed either: measurements are judged anew where limits or windows changed, missing slots are
// counted again where measurements, schedules or what is covered changed. So the order of imports
// does not matter. One writer.
#pragma once

#include <set>
#include <vector>

#include "ingest/fact_writer.h"
#include "modules/probes/rules.h"
#include "store/store.h"

namespace klarsyn::probes {

// Format::settle of every format of the module.
Result<void> settle(Connection& db, std::int64_t seq, FactWriter& writer);

// From the first to the last measurement of each source, and what its imports say they cover.
Result<std::vector<Span>> covered_spans(Connection& db);
std::vector<Day> days_of(const std::vector<Span>& spans);  // Copenhagen days that they touch

// Measurements of a day again by the rules that stand; only groups that change are written.
Result<void> judge_day(Connection& db, const Rules& rules, Day day, FactWriter& writer);

// How many rows of missing slots do not follow from measurements and schedules.
Result<std::int64_t> count_missing_faults(Store& store);

}  // namespace klarsyn::probes
