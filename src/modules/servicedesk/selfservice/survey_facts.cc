#include "modules/servicedesk/selfservice/survey_facts.h"

#include <algorithm>

#include "modules/servicedesk/desk/case_state.h"
#include "modules/servicedesk/desk/rules.h"
#include "modules/servicedesk/target_facts.h"

namespace klarsyn::servicedesk {
namespace {

// The last solution that was not taken back tells whether anybody was asked.
bool asked_by(std::span<const Record> records) {
    const auto last = std::find_if(records.rbegin(), records.rend(), [](const Record& record) {
        return record.kind == "resolved" && !record.undone;
    });
    if (last == records.rend()) return false;
    const auto* asked = last->body.if_contains("asked");
    return asked != nullptr && asked->is_bool() && asked->as_bool();
}

bool is_solved(const CaseState& state) {
    const bool solved = state.status == CaseStatus::resolved ||
                        (state.status == CaseStatus::closed && state.close_reason == "solved");
    return solved && state.resolved_at.has_value();
}

}  // namespace

FactTableSpec survey_table() {
    return {"servicedesk_survey",
            {"day", "at", "score", "level", "org", "grp", "category", "type", "priority", "contact",
             "system", "case_no", "source"},
            {"day"},
            {"case_no"}};
}

void write_survey(std::span<const Record> records, const CaseHistory& history,
                  std::string_view number, int table, FactSink& sink) {
    if (history.joined || !asked_by(records)) return;
    const CaseState state = replay(number, records);
    if (!is_solved(state)) return;
    const UtcSecond at = *state.resolved_at;
    sink.begin(table, std::string(kOwnSource) + "/" + std::string(number) + "/survey");
    sink.i64(Zone::copenhagen().to_local(at).day);
    sink.i64(at);
    if (state.survey)
        sink.i64(state.survey->score);
    else
        sink.null();
    write_dims(history.dims_at(at), sink);
    sink.text(number);
    sink.i64(sink.name(kOwnSource));
    sink.end();
}

}  // namespace klarsyn::servicedesk
