// Drill-down into measurements. Internal to indicators.
#pragma once

#include <functional>
#include <string>

#include "indicators/question.h"

namespace klarsyn {

// As Figures' functions of the same names; the question is bound without `by`.
Result<RecordPage> series_records(Connection& db, const BoundQuestion& question,
                                  std::int64_t offset, std::int64_t limit);
Result<void> each_series_record(Connection& db, const BoundQuestion& question,
                                const std::function<Result<void>(const RecordItem&)>& sink);
// SHA-256 over the refs, sorted, a line each.
Result<std::string> series_refs_hash(Connection& db, const BoundQuestion& question);
Result<std::vector<BatchShare>> series_batches(Connection& db, const BoundQuestion& question);

}  // namespace klarsyn
