// Erasing a person from messages to users.
#pragma once

#include "ingest/erasure.h"

namespace klarsyn::notices {

// Rewrites every record that names the person, with its digest, and the message as it stands. In an
// entry that was begun.
Result<void> erase_in_notices(WriteTurn& turn, const ErasureOrder& order, ErasureReport& report);

}  // namespace klarsyn::notices
