// The projection: one row per case with what lists show. A cache of the records that must always
// agree with them; verify rebuilds and compares.
#pragma once

#include "ingest/import.h"
#include "modules/servicedesk/desk/entry.h"
#include "modules/servicedesk/desk/live_facts.h"
#include "store/store.h"

namespace klarsyn::servicedesk {

Result<void> write_projection(WriteTurn& turn, const LiveCase& live, const CaseTouch& touch);

// The columns after `num` and `number`, in the order of projection_values.
Params projection_values(const CaseState& state, const LiveCase& live);

// Writes facts and projection of every case of the desk's own again, under the rules of now, in one
// journal entry of kind "derive". Returns how many rows of facts came and went.
Result<std::int64_t> derive_desk(Store& store, const Clock& clock, const DeriveReason& reason);

// How many cases of the desk's own differ between projection or facts and their records. Changes
// nothing.
Result<std::int64_t> count_desk_faults(Store& store);

}  // namespace klarsyn::servicedesk
