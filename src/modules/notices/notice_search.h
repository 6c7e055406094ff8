// What a message is found by: its title and text in both languages, what was told since, its system
// and places. A document is written in the transaction of the record that changes it. Messages are
// everybody's.
#pragma once

#include <cstdint>

#include "ingest/turn.h"
#include "modules/notices/notice.h"
#include "store/store.h"

namespace klarsyn::notices {

Result<void> index_notice(WriteTurn& turn, const Notice& notice);

// How many documents differ from what the messages say; reads only.
Result<std::int64_t> count_search_faults(Store& store);
// Writes all documents into an index that was reset, in a transaction of its own. Returns how many.
Result<std::int64_t> rebuild_search(Store& store);

}  // namespace klarsyn::notices
