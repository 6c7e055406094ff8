// What the pages about the desk's workload share: filters in addresses and in words.
#pragma once

#include <string>
#include <string_view>

#include "modules/servicedesk/desk/workload.h"
#include "web/context.h"
#include "web/http.h"

namespace klarsyn::servicedesk {

// A text of [servicedesk.work], escaped.
std::string work_said(const Context& context, std::string_view key, const TextArgs& args = {});
// "under 1 time", "5 timer", "12 dage": rounded down.
std::string span_words(const Context& context, std::int64_t seconds);

// The address of the cases that a number on the page counts, and back. invalid_input (field named)
// for an unknown part or class of age.
std::string work_href(const WorkFilter& filter);
Result<WorkFilter> read_work_filter(const Request& request);
// "Gruppe: Servicedesk. Over fristen": empty for all open cases.
std::string work_words(const Context& context, const WorkFilter& filter);
std::string age_words(const Context& context, std::size_t age);
std::string part_words(const Context& context, WorkPart part);

std::string moves_href(Period period, const std::optional<std::string>& from,
                       const std::optional<std::string>& to);
// The four weeks that end today, or `period` of the request (at most 366 days).
Result<Period> read_work_period(const Request& request, const Context& context);

// A table in its frame. `head` and `rows` are trusted HTML.
std::string work_table(const Context& context, std::string_view id, const TextArgs& args,
                       const std::string& head, const std::string& rows);
// <th>s of [servicedesk.work]; all but the first `texts` are of numbers.
std::string work_head(const Context& context, std::initializer_list<std::string_view> keys,
                      std::size_t texts = 1);

// page_workload.cc, page_work_lists.cc
Result<Response> get_workload_page(const Request& request, Context& context);
Result<Response> get_work_cases_page(const Request& request, Context& context);
Result<Response> get_work_moves_page(const Request& request, Context& context);

}  // namespace klarsyn::servicedesk
