// Planned work as users see it: an approved change with a time stands as a message of planned work
// for each of its systems, without anybody typing it. The messages belong to another module
// (web/notice_writing.h); each names its change.
#pragma once

#include <string>
#include <string_view>

#include "ingest/turn.h"

namespace klarsyn::servicedesk {

// After a command on the change, once its own entry is written: messages are published, moved with
// the change's time, systems and places, and cleared when it is over or no longer approved. Nothing
// where they say the right thing already. Each writes a journal entry of its own.
Result<void> follow_change(WriteTurn& turn, const std::string& actor, std::string_view number);

}  // namespace klarsyn::servicedesk
