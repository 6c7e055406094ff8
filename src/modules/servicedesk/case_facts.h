// Cases as facts: the tables that both case formats write, and the writing of one case.
#pragma once

#include <string_view>
#include <vector>

#include "ingest/format.h"
#include "modules/servicedesk/case_row.h"
#include "modules/servicedesk/servicedesk.h"

namespace klarsyn::servicedesk {

std::vector<FactTableSpec> case_tables();  // servicedesk_event, _stay, _target, _hop

// Source keys are "source/case/kind/time", with ".2" and so on for equal ones, and
// "source/case/from-day" for stays, "source/case/target" and "source/case/from" for targets and
// hops: a row that comes late changes only what it explains.
void write_case(const CaseHistory& history, std::string_view source, std::string_view case_no,
                FactSink& sink);

// The same and the case's row among the desk's cases: what derive of an import format writes.
struct CaseRules;
std::vector<FactTableSpec> import_tables();  // case_tables and servicedesk_case
void write_imported_case(const CaseHistory& history, const CaseRules& rules,
                         const ImportedAs& as, FactSink& sink);

// The group of all rows of one case of one source.
std::int64_t case_group(std::string_view source, std::string_view case_no);

}  // namespace klarsyn::servicedesk
