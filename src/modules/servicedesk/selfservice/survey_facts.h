// The survey as facts: one row for each solved case whose caller was asked.
#pragma once

#include <span>
#include <string_view>

#include "ingest/format.h"
#include "modules/servicedesk/desk/record.h"
#include "modules/servicedesk/servicedesk.h"

namespace klarsyn::servicedesk {

FactTableSpec survey_table();

// Nothing for a case that is not solved, that was merged into another one or not wanted any more,
// or whose caller has neither an account to answer with nor got the question by letter.
void write_survey(std::span<const Record> records, const CaseHistory& history,
                  std::string_view number, int table, FactSink& sink);

}  // namespace klarsyn::servicedesk
