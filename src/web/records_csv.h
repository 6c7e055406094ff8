// All records of a question as CSV, sent piece by piece. Each piece is a page of its own at the
// same journal entry: the journal only grows, so the pages fit together without a long snapshot.
#pragma once

#include <optional>

#include "indicators/figures.h"
#include "web/context.h"
#include "web/http.h"

namespace klarsyn {

// By ?format=csv or, without it, by an Accept that prefers text/csv.
bool wants_csv(const Request& request);
// The question's as_of, or the journal's head now.
Result<std::optional<std::int64_t>> pinned(Context& context, const FigureQuestion& question);
// ?dialect=excel-da for a Danish spreadsheet.
Result<Response> records_csv(const Request& request, Context& context, FigureQuestion question);

}  // namespace klarsyn
