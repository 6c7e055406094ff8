// Which organisation an account may see, and which one a text means. Reads core_org, which every
// module may read. Connections belong to the calling thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "store/database.h"

namespace klarsyn {

// The organisations whose things an account sees: all of them, or some codes. What belongs to no
// organisation is everybody's.
struct OrgScope {
    bool all = true;
    std::vector<std::string> codes;  // sorted; meaningful unless `all`
    bool sees(std::string_view org) const;
};

// `org` and all below it on that day; all for an empty `org`. An unknown code sees itself alone.
Result<OrgScope> org_scope(Connection& db, std::string_view org, Day day);

// The code that a spelling stands for on that day; the text itself where none is known: no error.
Result<std::string> resolve_org(Connection& db, std::string_view text, Day day);

// "(org = '' OR org IN (:scope0, ...))" for a column, and its parameters; "1 = 1" for all.
struct ScopeSql {
    std::string condition;
    std::vector<std::pair<std::string, Value>> params;
};
ScopeSql scope_sql(const OrgScope& scope, std::string_view column);

}  // namespace klarsyn
