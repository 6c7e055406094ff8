// Erasing a person from the mail of the desk.
#pragma once

#include <set>
#include <string>

#include "ingest/erasure.h"

namespace klarsyn::servicedesk {

// Letters that arrived: of those that came from the person, speak of them or belong to `own` (their
// cases) only the digest stays, by which the same letter is known again; also of those that were
// kept, enciphered. Letters about their own cases that left or wait to leave go. In an entry that
// was begun.
Result<void> erase_letters(WriteTurn& turn, const ErasureOrder& order,
                           const std::set<std::string>& own, ErasureReport& report);

}  // namespace klarsyn::servicedesk
