// Builds a report's document: plan + period + figures -> Document. Asks one question per table row
// (by its bucket), not one per cell. Pure but for the figure source; one thread per call.
#pragma once

#include <functional>

#include "indicators/catalogue.h"
#include "indicators/figures.h"
#include "reports/document.h"
#include "reports/plan.h"

namespace klarsyn {

// Answers a question; usually Figures::evaluate on a connection that holds one snapshot.
using FigureSource = std::function<Result<FigureAnswer>(const FigureQuestion&)>;
inline FigureSource figure_source(Figures& figures) {
    return [&figures](const FigureQuestion& question) { return figures.evaluate(question); };
}

// Errors: invalid_input for a section that names an unknown figure or dimension (with file and
// line), and whatever the source returns. A withheld indicator, a gap or an uncovered period is no
// error: the document says so in place of the value.
Result<Document> build_document(const ReportLibrary& library, const ReportPlan& plan, Period period,
                                const Catalogue& catalogue, const FigureSource& source);

// The buckets of a table: `last` of them that end with the period's, or those of the period. A week
// belongs to the period that its Thursday lies in, so weeks are always whole.
std::vector<Period> table_buckets(Bucket bucket, int last, Period period);

}  // namespace klarsyn
