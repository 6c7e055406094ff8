// Records: what was done to a thing on the desk (a case, a problem, a change, a major incident), in
// order. Append-only; everything that is shown or counted follows from them. Plain values.
#pragma once

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "store/database.h"

namespace klarsyn::servicedesk {

struct Record {
    std::int64_t n = 0;      // 1, 2, ... of its object: the object's version after it
    UtcSecond at = 0;
    std::string actor;       // account name; "system" for what the desk does by rule
    std::string kind;        // "opened", "moved", ... (docs/guides/desk.md)
    boost::json::object body;
    std::int64_t seq = 0;    // of the journal
    bool undone = false;     // taken back: shown, never counted
};

// All records of an object, oldest first; empty for an unknown one.
Result<std::vector<Record>> load_records(Connection& db, std::string_view object);

// Texts of a body; empty where absent or null.
std::string body_text(const boost::json::object& body, std::string_view name);
std::int64_t body_number(const boost::json::object& body, std::string_view name,
                         std::int64_t otherwise = 0);

}  // namespace klarsyn::servicedesk
