// What follows from measurements and rules together: slots without a measurement are counted again
// where measurements, schedules or what is covered changed, within the transaction that changed
// them, or, where measurements arrive all the time, soon after it. So the order of imports does not
// matter. One writer.
#pragma once

#include <set>
#include <vector>

#include "ingest/fact_writer.h"
#include "ingest/import.h"
#include "modules/probes/rules.h"
#include "store/store.h"

namespace klarsyn::probes {

// Format::settle of every format of the module.
Result<void> settle(Connection& db, std::int64_t seq, FactWriter& writer);

// For measurements that arrive while the server runs: settle is to look at these days.
Result<void> note_due(Connection& db, const std::set<Day>& days);
// From the first to the last measurement of each source, and what its imports say they cover.
Result<std::vector<Span>> covered_spans(Connection& db);
std::vector<Day> days_of(const std::vector<Span>& spans);  // Copenhagen days that they touch

// How many rows of missing slots do not follow from measurements and schedules.
Result<std::int64_t> count_missing_faults(Store& store);
// Module::derive_live: what stands as facts from before becomes measurements.
Result<std::int64_t> derive_measurements(Store& store, const Clock& clock,
                                         const DeriveReason& reason);

}  // namespace klarsyn::probes
