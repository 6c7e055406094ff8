// From merged components to printed rows: values, status, targets, gaps. Pure apart from reading
// names and coverage. Internal to indicators.
#pragma once

#include "indicators/coverage.h"
#include "indicators/question.h"

namespace klarsyn {

// Fills in the rows that had no records (every combination of dimensions seen times every bucket),
// orders them and computes their values.
Result<std::vector<FigureRow>> make_rows(Connection& db, const BoundQuestion& question,
                                         const Coverage& coverage, const Groups& groups);

// Exact: num / den against bound.value / bound.scale, by integers.
bool meets(const Bound& bound, std::int64_t num, std::int64_t den);

// Nearest rank: position ceil(percent * n / 100) of the sorted values.
std::optional<std::int64_t> nearest_rank(const ValueCounts& values, int percent);

}  // namespace klarsyn
