// Messages that probes see pass while they pass: delivered in numbered batches of hl7-log lines,
// kept as events (who sent what to whom, and when) and derived into the same rows as a log's.
// Events of one account are one source.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/import.h"
#include "ingest/turn.h"
#include "modules/probes/delivered.h"
#include "modules/probes/flow/flow.h"

namespace klarsyn::probes {

struct FlowFault {
    std::size_t event = 0;   // 0-based
    std::string field, key;  // text key
};

struct FlowBatch {
    std::string agent, epoch;  // the machine; the life of its local store
    std::int64_t number = 0;   // of the batch, from 1 on
    std::int64_t dropped = 0;  // events that its full store had to give up, in all
    std::vector<FlowEvent> events;
    std::vector<FlowFault> faults;
    std::string digest;  // of what it holds, as sent
};

// invalid_input with the field where the batch itself cannot be read; what cannot be read in it is
// a fault, and the rest is kept. `latest`: what lies later is at fault.
Result<FlowBatch> read_flow_batch(std::string_view body, UtcSecond latest);

// What came of the store that the batch is from.
Result<Delivered> flow_feed_state(Connection& db, const FlowBatch& batch);

// In an entry of its own. conflict (probes.intake.source_taken): the account's name is a source of
// files.
Result<void> keep_flow(WriteTurn& turn, const std::string& source, const FlowBatch& batch);

const Format& live_flow_format();  // there are no files to scan

// Module::derive_live and ModuleCheck: every message again.
Result<std::int64_t> derive_live_flow(Store& store, const Clock& clock, const DeriveReason& reason);
Result<std::int64_t> count_flow_faults(Store& store);

}  // namespace klarsyn::probes
