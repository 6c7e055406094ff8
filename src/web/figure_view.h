// Figures as people see them: value, status as shape, word and colour, history. Shared by pages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "indicators/catalogue.h"
#include "indicators/figures.h"
#include "reports/document.h"
#include "web/context.h"

namespace klarsyn {

std::string figure_title(const Indicator& indicator, Language language);
std::string figure_definition(const Indicator& indicator, Language language);
std::string figure_formula(const Indicator& indicator, Language language);
std::string figure_caveat(const Indicator& indicator, Language language);
std::string dim_title(const Catalogue& catalogue, std::string_view dim, Language language);
// A dimension's value in words: weekday 1 is Monday, "unknown" is said in the reader's language.
std::string dim_value_text(std::string_view dim, const std::string& value, Language language);
// "Kø: servicedesk. Time: 8": the question's filters in words; empty without any.
std::string filters_text(const Context& context, const FigureQuestion& question);

// The figure of one row: `question` with the row's own period and dimensions.
ReportFigure figure_of_row(const Indicator& indicator, const FigureQuestion& question,
                           const FigureAnswer& answer, const FigureRow& row);
// A figure of which there is no row at all.
ReportFigure figure_without_row(const Indicator& indicator, const FigureQuestion& question);

// An SVG shape and the word beside it; empty for no status.
std::string status_html(std::string_view status, Language language);
// "mindst 75,0 %"; empty for no target.
std::string target_text(const Indicator& indicator, const ReportFigure& figure, Language language);
// "grøn: mindst 75,0 %; gul: mindst 60,0 %; ellers rød"; empty without thresholds.
std::string bands_text(const Indicator& indicator, Language language);

// The periods around the question's: the months before it for a month, the parts of a longer one.
struct History {
    Bucket bucket = Bucket::month;
    std::vector<Period> buckets;
};
History history_of(Period period);
// A chart and the table of the same figures, each linking to its own page.
Result<std::string> history_html(Context& context, const Indicator& indicator,
                                 const FigureQuestion& question, std::string_view edition);

}  // namespace klarsyn
