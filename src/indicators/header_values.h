// The values that stand in the header of an indicator file. Pure; none for a text that is no such
// value. Internal to indicators.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indicators/catalogue.h"

namespace klarsyn {

std::string_view trim(std::string_view text);
// ">= 75 %"
std::optional<Bound> parse_bound(std::string_view text);
// ">= 75 % from 2013-05-01"
std::optional<DatedTarget> parse_target(std::string_view text);
// "queue, hour, weekday"
std::vector<std::string> parse_words(std::string_view text);

}  // namespace klarsyn
