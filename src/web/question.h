// A question in an address: /f/current/telephony.offered?period=2013-04&by=queue&where=queue=x&as_of=7
// and back. Pages and API read it alike, so that they ask the engine the same.
#pragma once

#include <string>
#include <string_view>

#include "indicators/figures.h"
#include "web/context.h"
#include "web/http.h"

namespace klarsyn {

// "current" or an edition's id: an edition's figures are asked as of the edition.
inline constexpr std::string_view kCurrentEdition = "current";

// Errors: invalid_input with the parameter's name in `field`. `period` is required.
Result<FigureQuestion> read_question(const Request& request, Context& context, std::string id);
// The same for a page, where a missing period means the last month with records.
Result<FigureQuestion> read_page_question(const Request& request, Context& context, std::string id);

// The query of a question: {"period","2013-04"}, {"by",...}, {"where",...}, {"as_of",...}, {"gap","1"}.
Pairs question_query(const FigureQuestion& question);
// "/f/{edition}/{id}?..." and the same with /records.
std::string figure_href(std::string_view edition, const FigureQuestion& question);
std::string records_href(std::string_view edition, const FigureQuestion& question);

// A whole number in the query, `fallback` when absent; invalid_input outside the bounds.
Result<std::int64_t> read_number(const Request& request, std::string_view name,
                                 std::int64_t fallback, std::int64_t minimum, std::int64_t maximum);

}  // namespace klarsyn
