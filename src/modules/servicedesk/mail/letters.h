// Who is told when a case changes: the caller by letter (receipt, public reply, solved, reopened),
// other systems by webhook. Written in the transaction of the change; letters about what may still
// be undone wait until it no longer can, and are dropped with it.
#pragma once

#include "modules/servicedesk/desk/entry.h"

namespace klarsyn::servicedesk {

Result<void> queue_letters(WriteTurn& turn, const DeskRules& rules, const CaseTouch& touch);
Result<void> queue_webhooks(WriteTurn& turn, const DeskRules& rules, const CaseTouch& touch);

}  // namespace klarsyn::servicedesk
