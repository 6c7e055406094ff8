// What agents deliver: a numbered batch of measurements as JSON. A batch that comes again is known;
// what cannot be read in it is told by its place and the rest is kept.
#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "modules/probes/delivered.h"
#include "modules/probes/intake/mapping.h"
#include "modules/probes/intake/readings.h"
#include "modules/probes/intake/unable.h"
#include "store/database.h"

namespace klarsyn::probes {

struct AgentFault {
    std::size_t result = 0;  // 0-based
    std::string field, key;  // text key
};

struct AgentBatch {
    std::string agent, epoch;  // the machine; the life of its local store
    std::int64_t number = 0;   // of the batch, from 1 on
    std::vector<KeptMeasurement> measurements;
    std::vector<AgentFault> faults;
    std::string digest;  // of what it holds, as sent
    std::vector<ProbeReading> readings;
    std::vector<UnableNote> unable;   // what it could not measure
    std::int64_t dropped = 0;         // measurements that its full store had to give up, in all
    std::string model, bios_date, serial;  // of the machine; may be empty
};

// invalid_input with the field where the batch itself cannot be read. `latest`: what lies later is
// at fault.
Result<AgentBatch> read_batch(std::string_view body, UtcSecond latest);

// What is known of an agent's deliveries.
struct AgentState {
    Delivered batches;
    std::int64_t missed = 0;
    // The numbers around the batch's that were passed over, first and last; none where it came, or is
    // higher than the last one.
    std::optional<std::pair<std::int64_t, std::int64_t>> gap;
};
Result<AgentState> agent_state(Connection& db, const AgentBatch& batch);
// In a write transaction; the batch is new: higher than the last one, or in a gap.
Result<void> note_batch(Connection& db, const AgentBatch& batch, const AgentState& before,
                        UtcSecond now);

struct AgentRow {
    std::string agent;
    std::int64_t last = 0, missed = 0, dropped = 0;
    UtcSecond seen_at = 0;
    std::string model, bios_date;
    std::string account;  // which delivers under its name
};
// The ones that have been silent longest first; at most `limit`.
Result<std::vector<AgentRow>> agent_rows(Connection& db, std::int64_t limit);

}  // namespace klarsyn::probes
