// Slots without a measurement, as facts.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "ingest/fact_writer.h"
#include "modules/probes/rule_store.h"

namespace klarsyn::probes {

struct Expectation {
    std::map<SeriesIds, std::vector<Plan>> plans;
    Known known;
    std::shared_ptr<const Rules> rules;  // for the kind of an action
};

// Writes the missing runs of slots that begin on these days; what stood there and does not follow
// goes.
Result<void> derive_missing(Connection& db, const Expectation& expected, const std::set<Day>& days,
                            FactWriter& writer);

}  // namespace klarsyn::probes
