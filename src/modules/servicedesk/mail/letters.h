// Who is told when a case changes: the caller by letter (receipt, public reply, solved, reopened),
// other systems by webhook. Written in the transaction of the change; letters about what may still
// be undone wait until it no longer can, and are dropped with it.
#pragma once

#include "modules/servicedesk/desk/entry.h"

namespace klarsyn::servicedesk {

Result<void> queue_letters(WriteTurn& turn, const DeskRules& rules, const CaseTouch& touch);
// Whether a letter with a link would go to the caller: the desk has mail, its pages have an address
// of their own, and the caller has one.
Result<bool> letter_with_link_reaches(WriteTurn& turn, const CaseState& state);
Result<void> queue_webhooks(WriteTurn& turn, const DeskRules& rules, const CaseTouch& touch);

}  // namespace klarsyn::servicedesk
