// Which organisation somebody means who types one, and what they may have meant. Reads core_org.
// Connections belong to the calling thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "store/database.h"
#include "web/json_body.h"

namespace klarsyn {

struct OrgMatch {
    std::string code;    // the text itself where none is known
    bool known = false;  // also where no organisation is known at all: nothing to compare
    std::vector<std::string>
        near;  // of an unknown one, at most three: "HGH (Herlev og Gentofte ...)"
};

Result<OrgMatch> match_org(Connection& db, std::string_view text, Day day);

// The code; a fault of the body, with what may have been meant, where it is unknown. `standing`
// stays valid: what a case had before its organisation was closed. Imports do not ask here: what
// they bring is kept as unknown.
Result<std::string> take_org_code(Connection& db, JsonBody& body, std::string_view field,
                                  std::string_view text, Day day, std::string_view standing = {});

}  // namespace klarsyn
