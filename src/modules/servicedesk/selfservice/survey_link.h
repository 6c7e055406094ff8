// The survey for those who have no account: the letter about a solution carries a link that only
// this installation can make. It is about that one solution: after a reopening it opens nothing.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "ingest/turn.h"
#include "modules/servicedesk/desk/case_state.h"
#include "modules/servicedesk/desk/record.h"
#include "web/routes.h"

namespace klarsyn::servicedesk {

// A case and its record "resolved".
struct SurveyLink {
    std::string number;
    std::int64_t n = 0;
};

// "k12-7-mflk...": keyed with the journal's key, pure.
std::string survey_token(const std::string& journal_key, const SurveyLink& link);
// What the record keeps of a token: readers have no key.
std::string survey_mark(std::string_view token);

// Marks a solution that is about to be recorded as `n`: whether anybody is asked (`asked`), and by
// which link in the letter about it (`link`). It stands in the record: the caller may be erased
// later, the figure must not change with it.
Result<void> mark_asked(WriteTurn& turn, const CaseState& state, std::int64_t n,
                        boost::json::object& body);

// The record of the solution that stands now, null for none.
const Record* standing_solution(std::span<const Record> records);

// GET shows the question and changes nothing: mail programs look at links before people do. POST
// takes one answer; a second one changes nothing. 404 for a link that is not genuine.
Result<Response> get_survey_page(const Request& request, Context& context);
Result<Response> post_survey_form(const Request& request, Context& context);

}  // namespace klarsyn::servicedesk
