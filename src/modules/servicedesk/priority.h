// Priority from impact and urgency by a table in a file, and which priority a text of a source
// names. Pure; thread-safe. A text that names none is no error: such a case has no target.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace klarsyn::servicedesk {

constexpr int kPriorities = 4;    // 1 (highest) to 4
constexpr int kImpactLevels = 3;  // of impact and urgency: 1 (highest) to 3

struct PriorityRules {
    std::array<std::array<int, kImpactLevels>, kImpactLevels> table{};  // [impact-1][urgency-1]
    std::map<std::string, int, std::less<>> names;                      // by folded text

    // Both from 1 to 3; a value outside is taken as the nearest.
    int of(int impact, int urgency) const;
    // 1..4 for "1", "P1", "1 - Critical" and the names of the file.
    std::optional<int> find(std::string_view text) const;
};

// invalid_input with file, line and field for broken TOML, an unknown key, a row that has not three
// places, a value outside 1..4, or a name that stands for two priorities.
Result<PriorityRules> parse_priority(std::string_view toml, std::string_view file);

// The rules that the binary carries (settings/priority.toml).
const PriorityRules& default_priority();

}  // namespace klarsyn::servicedesk
