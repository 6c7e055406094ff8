// A new case about something that users have been told of: it is joined to the message, and its
// caller is told what is known.
#pragma once

#include <string>
#include <vector>

#include "modules/servicedesk/desk/entry.h"

namespace klarsyn::servicedesk {

// After the case was opened in this entry. Joins it to every message of a disturbance or of planned
// work on its system that holds now at its place: a "linked" record (relation "notice"), a row of
// core_notice_case, and words to a caller who reads them. `apart`: messages that it is not about.
Result<void> join_notices(DeskEntry& entry, const std::string& number,
                          const std::vector<std::string>& apart);

}  // namespace klarsyn::servicedesk
