// What else follows when a case changes: how it is found, who is told. One list, in order; each effect writes in the
// transaction of its cause, or announces what is told after the commit.
#pragma once

#include "modules/servicedesk/desk/entry.h"

namespace klarsyn::servicedesk {

Result<void> object_effects(WriteTurn& turn, std::string_view number,
                            std::span<const Record> records);
Result<void> case_effects(WriteTurn& turn, const DeskRules& rules, const CaseTouch& touch);

}  // namespace klarsyn::servicedesk
