// Messages to users, written by another module than the one that has them: the room of a major
// incident publishes, updates and clears its own. modules.cc brings the two together, as modules
// know nothing of each other.
//
// Each writes a journal entry of its own in the turn at hand, so none may be begun. Errors:
// not_found; conflict (already cleared); invalid_input where the body has faults
// (JsonBody::faults tells them).
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "ingest/turn.h"
#include "web/json_body.h"

namespace klarsyn {

struct NoticeWriting {
    // The body of POST /api/v1/notices. Returns the number.
    Result<std::string> (*publish)(WriteTurn& turn, const std::string& author, JsonBody& body);
    // The body of PATCH /api/v1/notices/{number}.
    Result<void> (*correct)(WriteTurn& turn, const std::string& author, std::string_view number,
                            JsonBody& body);
    // The body of POST /api/v1/notices/{number}/update.
    Result<void> (*update)(WriteTurn& turn, const std::string& author, std::string_view number,
                           JsonBody& body);
    // The body of POST /api/v1/notices/{number}/clear: all clear.
    Result<void> (*clear)(WriteTurn& turn, const std::string& author, std::string_view number,
                          JsonBody& body);
};

}  // namespace klarsyn
