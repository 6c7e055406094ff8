// Measurements as the store keeps them: blocks per system, action, site, seat and source
// (store/series.h), and what a moment's rules say of them.
#pragma once

#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "indicators/series_source.h"
#include "ingest/fact_writer.h"
#include "modules/probes/probes.h"
#include "modules/probes/rules.h"
#include "store/series.h"

namespace klarsyn::probes {

// The dimensions of a measurement's key, in their order; the last tells whose it is.
enum ResultDim : std::size_t { kSystemDim, kActionDim, kSiteDim, kSeatDim, kSourceDim };
const SeriesTable& result_series();

// The outcome byte: two bits for the outcome, two for TimeFlag.
constexpr int kFlagShift = 2;
constexpr std::uint8_t outcome_bits(Outcome outcome, unsigned flags) {
    return static_cast<std::uint8_t>(static_cast<unsigned>(outcome) | (flags << kFlagShift));
}

// For indicators: fields outcome and flags, facts kind, limit_ms and net (1: not in a window that
// was announced before it began); model and age of the seat's PC (pcs.h), and pc, which tells seats
// apart.
SeriesSource result_source();

// A series by its core_name ids, whatever its source: system, action, site, seat.
using SeriesIds = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>;
// When the standing measurements of some series began, from <= t < to, ascending.
using Starts = std::map<SeriesIds, std::vector<UtcSecond>>;
Result<Starts> starts_between(Connection& db, const std::set<SeriesIds>& wanted, UtcSecond from,
                              UtcSecond to);

// From each source's first to its last measurement, that second included; by core_name id.
Result<std::map<std::int64_t, Span>> measured_spans(Connection& db);

// Facts of databases from before measurements were kept in blocks become measurements within the
// entry, those that nobody can derive from files too. Cheap where there are none.
Result<void> bring_over_facts(Connection& db, std::int64_t seq, FactWriter& writer);

}  // namespace klarsyn::probes
