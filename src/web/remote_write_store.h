// Remote-write requests that wait, in the store: what was measured and not yet delivered survives
// the server. They are numbered in the order in which they go out; the least number that is still
// there is where it goes on. No journal entry: nothing about the region changes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "store/database.h"

namespace klarsyn {

struct WaitingRequest {
    std::int64_t number = 0;
    UtcSecond at = 0;  // when its samples were measured
    std::int64_t samples = 0;
    std::string body;  // packed
};

// Oldest first.
Result<std::vector<WaitingRequest>> waiting_requests(Connection& db);
// In a write transaction.
Result<void> keep_requests(Connection& db, const std::vector<WaitingRequest>& requests);
Result<void> forget_requests(Connection& db, std::int64_t up_to);

}  // namespace klarsyn
