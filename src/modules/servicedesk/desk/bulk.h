// The same change to many cases: what it would do to each, then the change as one journal entry,
// which can be taken back for a minute.
#pragma once

#include "web/context.h"
#include "web/http.h"

namespace klarsyn::servicedesk {

inline constexpr std::size_t kBulkMax = 1'000;

Result<Response> post_bulk(const Request& request, Context& context);
Result<Response> post_bulk_undo(const Request& request, Context& context);

}  // namespace klarsyn::servicedesk
