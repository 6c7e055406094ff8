// What GLPI writes for states, priorities, types and request sources, in English, French and Danish
// and as the numbers of its database, and what it means here. Pure; thread-safe.
#pragma once

#include <optional>
#include <string_view>

namespace klarsyn::servicedesk {

// "New", "Active", "Pending", "Resolved" or "Closed"; nothing for a word that GLPI does not write.
std::optional<std::string_view> glpi_state(std::string_view text);

// "1" to "4", 1 the most urgent: major and very high are 1, high 2, medium 3, low and very low 4.
// A word that GLPI does not write is kept as it stands.
std::string_view glpi_priority(std::string_view text);

std::string_view glpi_type(std::string_view text);     // "incident", "request", or as it stands
std::string_view glpi_contact(std::string_view text);  // "phone", "mail", ..., or as it stands

}  // namespace klarsyn::servicedesk
