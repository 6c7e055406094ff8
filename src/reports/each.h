// Tables that repeat their rows for each value of dimensions (`each = ["system", "action"]`), so
// that a section need not list the region's systems, hospitals or actions. One build of a document.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "indicators/catalogue.h"
#include "reports/build.h"
#include "reports/plan.h"

namespace klarsyn {

// The rows of `spec`, repeated for each combination of values that any of them has in `span`, in
// the order of the values, then once for all. Without `each` they are as they stand; without a
// value only those for all are left, so that the table says that nothing was measured.
// invalid_input names file, line and field for a figure without one of the dimensions.
Result<std::vector<SeriesSpec>> rows_of(const TableSpec& spec, const std::string& file, Period span,
                                        const Catalogue& catalogue, const FigureSource& source);

// Repeated rows are asked for together: one question for all values, not one for each.
class EachAnswers {
public:
    // What `source` says of the row by bucket, as if the row had been asked alone.
    Result<FigureAnswer> of(const SeriesSpec& row, Period span, Bucket bucket,
                            const FigureSource& source);

private:
    std::map<std::string, FigureAnswer> answers_;  // by question
};

// The lines of a table `by` a dimension: the values named in the section, then those that the
// answers (one per row) have besides, then all of them together. With `order` they stand by the
// first row's value instead, those without one last, and `top` keeps the first so many.
std::vector<BucketColumn> value_columns(const TableSpec& spec, Period period,
                                        const std::vector<FigureAnswer>& answers);

}  // namespace klarsyn
