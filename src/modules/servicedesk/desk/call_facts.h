// The facts of cases that came by phone, for the share solved at the first contact. Beside the case's
// own facts: imports know of no calls.
#pragma once

#include "modules/servicedesk/desk/case_state.h"
#include "modules/servicedesk/servicedesk.h"
#include "ingest/format.h"

namespace klarsyn::servicedesk {

FactTableSpec call_case_table();

// One row for a case that came by phone or names its call; none for a merged one.
void write_call_case(std::span<const Record> records, const CaseHistory& history,
                     std::string_view number, int table, FactSink& sink);

}  // namespace klarsyn::servicedesk
