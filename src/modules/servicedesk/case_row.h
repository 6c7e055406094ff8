// The row that an imported case has in servicedesk_case, among the desk's own cases: lists, search and
// case pages show it, and nothing can be done to it. It follows from the case's facts and from what
// its source calls it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/format.h"
#include "modules/servicedesk/case_texts.h"
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

// Under which number a case is kept, and what its source says of it.
struct ImportedAs {
    std::string_view source, case_no;
    CaseTexts texts;
};
void write_case_row(const CaseHistory& history, const ImportedAs& as, const ServiceRules& rules,
                    int table, FactSink& sink);

// What an imported case is found by, as its row has it.
struct ImportedWords {
    std::string_view title, text, system, org, category, group, caller;
    bool open = false;
};
inline constexpr std::string_view kCaseKind = "case";  // of its document
// Without ref and org.
SearchDocument imported_document(std::string_view number, const ImportedWords& words);

}  // namespace klarsyn::servicedesk
