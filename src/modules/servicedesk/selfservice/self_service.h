// What people who are no agents do: report a problem, say that a known disturbance hits them too,
// follow their own cases, answer the survey. The pages and the API work through these.
//
// Errors: not_found for cases that are not the account's own; conflict where the case's state does
// not allow it; invalid_input where the body has faults (JsonBody::faults tells them). CPR numbers
// in what is written are masked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "modules/servicedesk/desk/answers.h"
#include "web/json_body.h"
#include "web/routes.h"
#include "web/systems.h"

namespace klarsyn::servicedesk {

// Either a case was opened (or the same one a moment ago: `number` is its), or disturbances are
// known that the person has not yet answered to, and nothing was written.
struct Reported {
    std::string number;
    std::vector<StandingNotice> known;
};
// {what, system, affected: me|ward|more, seen: [numbers of messages that are about something
// else]}. `system` is a name, or "-" for none of them.
Result<Reported> report_problem(Context& context, JsonBody& body);

// Adds the account to those affected by a known disturbance; a second time changes nothing.
// not_found when no such disturbance stands. Opens the case that gathers them where there is none.
Result<void> say_me_too(Context& context, std::string_view notice);

struct AffectedBy {
    std::string notice;
    Words title;
    bool open = false;  // the disturbance stands
    UtcSecond at = 0;   // when the account said so
};
// Newest first.
Result<std::vector<AffectedBy>> affected_by(Connection& db, const std::string& account);
Result<std::int64_t> count_affected(Connection& db, std::string_view notice);

// The account's own case, whatever organisation it belongs to.
Result<ReadCase> read_own_case(Context& context, std::string_view number);
// Newest first; 200 at most.
Result<std::vector<CaseItem>> own_cases(Context& context);

// reply {text} | survey {score: 1..5, text} | close {}: a solved case is solved, any other is not
// wanted any more.
Result<void> run_own_command(Context& context, std::string_view number, std::string_view verb,
                             JsonBody& body);

// {score: 1..5, text}, whoever of the case's callers gives it.
Result<void> answer_survey(DeskEntry& entry, const CaseState& state, JsonBody& body);

inline constexpr UtcSecond kSurveySeconds = 30 * 86400;
// Whether the caller may answer the survey now: the case is solved, not long ago.
bool survey_open(const CaseState& state, UtcSecond now);

// What a caller sees of their case: state, next step and what happened.
boost::json::object own_item_json(const Context& context, const CaseItem& item);
boost::json::object own_case_json(const Context& context, const ReadCase& read);

// "Vi arbejder på sagen", and what comes next with its time, as sentences.
std::string own_state_text(const Context& context, const CaseItem& item);
std::string next_step_text(const Context& context, const CaseItem& item);

// page_report.cc, page_my.cc, routes_my.cc
Result<Response> get_report_page(const Request& request, Context& context);
Result<Response> post_report_form(const Request& request, Context& context);
Result<Response> get_my_page(const Request& request, Context& context);
Result<Response> get_my_case_page(const Request& request, Context& context);
Result<Response> post_my_case_form(const Request& request, Context& context);
Result<Response> get_my_cases(const Request& request, Context& context);
Result<Response> post_my_case(const Request& request, Context& context);
Result<Response> get_my_case(const Request& request, Context& context);
Result<Response> post_my_case_verb(const Request& request, Context& context);
Result<Response> post_me_too(const Request& request, Context& context);

std::vector<Route> self_service_routes();

}  // namespace klarsyn::servicedesk
