// The row that an imported case has in servicedesk_case, among the desk's own cases: lists, search and
// case pages show it, and nothing can be done to it. It follows from the case's facts alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/format.h"
#include "modules/servicedesk/service_rules.h"
#include "modules/servicedesk/servicedesk.h"

namespace klarsyn::servicedesk {

// The source of the desk's own cases.
inline constexpr std::string_view kOwnSource = "klarsyn";

// "SOURCE:number", as an imported case is known everywhere; own cases keep their number.
std::string case_number(std::string_view source, std::string_view case_no);

// servicedesk_case as a projection of an import format.
FactTableSpec case_row_table();
// The columns after num and number.
const std::vector<std::string>& case_row_columns();

// How a case stands at the end of what is known of it.
struct CaseNow {
    std::string_view state;  // active, on_hold, resolved, closed: no facts tell new from active
    std::string_view waits;  // on_hold: the source's word for it
    const Dims* dims = nullptr;
    UtcSecond updated_at = 0;
    std::optional<UtcSecond> resolved_at, closed_at;  // where it still is
    std::int64_t reopened = 0;
};
CaseNow case_now(const CaseHistory& history);

void write_case_row(const CaseHistory& history, std::string_view source, std::string_view case_no,
                    const ServiceRules& rules, int table, FactSink& sink);

}  // namespace klarsyn::servicedesk
