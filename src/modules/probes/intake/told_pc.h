// What agents say of the machines that they measure on, kept as a row where it changed (table
// probes_pc): figures by PC model and age read it as it was known then (pcs.h).
#pragma once

#include <string>
#include <vector>

#include "modules/probes/intake/agents.h"
#include "store/database.h"
#include "store/journal.h"

namespace klarsyn::probes {

// A seat of a batch of which something new is said.
struct NewlyTold {
    std::string site, seat;
    UtcSecond from = 0;   // the first of the batch's measurements there
    bool shared = false;  // another machine measured there meanwhile: nobody knows which it is
};

// Where the batch says something else than is known, by seat; mostly nowhere. An agent that comes
// back to a seat after another one shares it; from then on no more is told of the seat.
Result<std::vector<NewlyTold>> newly_told(Connection& db, Names& names, const std::string& source,
                                          const AgentBatch& batch);

// In a write transaction, under the entry that brought the batch.
Result<void> keep_told(Connection& db, Names& names, std::int64_t seq, const std::string& source,
                       const AgentBatch& batch, const std::vector<NewlyTold>& told);

}  // namespace klarsyn::probes
