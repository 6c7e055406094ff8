// Where a figure cannot be known: a share of missing measurements without a schedule is unknown,
// not 0. Reads the spans of Indicator::known_by as of the question. Internal to indicators.
#pragma once

#include "indicators/question.h"

namespace klarsyn {

// Takes the value from rows that count nothing where no span of the indicator's `known_by` touches
// the row's period, within the question's filters and the row's own dimensions as far as the spans
// have them. No change for indicators without `known_by`.
Result<void> empty_unknown(Connection& db, const Catalogue& catalogue,
                           const BoundQuestion& question, std::vector<FigureRow>& rows);

}  // namespace klarsyn
