// Cases as JSON: the API's one shape, for lists, pages and the event stream. Unknown is null, times
// are RFC 3339 in UTC, texts are plain. Pure.
#pragma once

#include <boost/json/object.hpp>

#include <map>
#include <string>

#include "modules/servicedesk/desk/case_state.h"
#include "modules/servicedesk/desk/lists.h"

namespace klarsyn::servicedesk {

// Who reads: an agent sees internal notes, the caller does not.
enum class Reader { agent, caller };

boost::json::object attachment_json(const CaseAttachment& file);
boost::json::object item_json(const CaseItem& item);
struct CaseDetails {
    const CaseState& state;
    const CaseItem& item;
    std::span<const Record> records;
    std::vector<std::string> children;
    std::optional<UtcSecond> undo_until;
    // Account to the name that people know it by; an account that is gone keeps its own.
    std::map<std::string, std::string> names;
};
boost::json::object case_json(const CaseDetails& details, Reader reader);
// The case as it stood at a version: the item's fields that records decide, and the text.
boost::json::object base_json(const CaseState& state);

// Whether the caller reads of this record, and what of it.
bool shown_to_caller(const Record& record);
boost::json::object caller_body(const Record& record);

boost::json::value time_json(const std::optional<UtcSecond>& time);
boost::json::value text_json(const std::string& text);  // null for an empty one

}  // namespace klarsyn::servicedesk
