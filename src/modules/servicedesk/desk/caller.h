// What the desk knows of somebody who calls. Reads the projection and the latest cases' records.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "web/caller.h"

namespace klarsyn::servicedesk {

// The ways in which one Danish number is written, the text itself first; only the text where it has
// fewer than eight digits.
std::vector<std::string> phone_spellings(std::string_view phone);

// What the account of `context` may see of the caller. Nothing known is no error.
Result<CallerAnswer> about_caller(Context& context, const CallerQuestion& question);

}  // namespace klarsyn::servicedesk
