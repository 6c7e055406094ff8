// Erasing a person on the desk: records keep what figures need, texts and callers lose the person.
#pragma once

#include "ingest/erasure.h"
#include "store/store.h"

namespace klarsyn::servicedesk {

// Rewrites every record that holds the person: of cases that they reported all of the caller, of
// others the phrases; with the projection and the search documents of these cases. Files on their
// own cases and hidden CPR numbers go. In an entry that was begun.
Result<void> erase_on_desk(WriteTurn& turn, const ErasureOrder& order, ErasureReport& report);

// How many records do not fit the digests in the journal, counting what erasures rewrote; for
// klarsyn verify.
Result<std::int64_t> count_record_faults(Store& store);

}  // namespace klarsyn::servicedesk
