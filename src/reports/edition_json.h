// Editions as JSON, the same for `klarsyn editions --json` and the web API. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/text.h"
#include "reports/editions.h"

namespace klarsyn {

// {"edition":"operations_status-2013-04-1","plan":...,"title":{...},"period":{...},"number":1,...}
std::string edition_json(const Edition& edition);
std::string editions_json(const std::vector<Edition>& editions);  // {"editions":[...]}
// {"blocked_by":[{"code":"gap","detail":"..."}]}
std::string blockers_json(const std::vector<Blocker>& blockers, Language language);

}  // namespace klarsyn
