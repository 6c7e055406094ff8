#include "modules/servicedesk/selfservice/survey_facts.h"

#include <algorithm>

#include "modules/servicedesk/desk/case_state.h"
#include "modules/servicedesk/desk/rules.h"
#include "modules/servicedesk/target_facts.h"

namespace klarsyn::servicedesk {
namespace {

bool was_asked(const CaseState& state) {
    const bool solved = state.status == CaseStatus::resolved ||
                        (state.status == CaseStatus::closed && state.close_reason == "solved");
    return solved && state.resolved_at && !state.caller.account.empty();
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
    const bool ever_solved = std::any_of(records.begin(), records.end(), [](const Record& record) {
        return record.kind == "resolved";
    });
    if (!ever_solved || history.joined) return;
    const CaseState state = replay(number, records);
    if (!was_asked(state)) return;
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
