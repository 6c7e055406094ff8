// Reading bodies of commands into the bodies of records. For the commands of this folder.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "modules/servicedesk/practice/commands.h"

namespace klarsyn::servicedesk {

inline constexpr std::size_t kTitleCharacters = 200;
inline constexpr std::size_t kWordCharacters = 120;
inline constexpr std::size_t kReasonCharacters = 2'000;
inline constexpr std::size_t kTextCharacters = 20'000;
inline constexpr std::size_t kListMax = 50;

using Need = JsonBody::Need;

JsonBody::TextRule word_rule(Need need = Need::optional);
JsonBody::TextRule reason_rule(Need need = Need::optional);
JsonBody::TextRule text_rule(Need need = Need::optional);

// Takes texts that were sent, also empty ones, into `fields`.
void take_body_texts(JsonBody& body, boost::json::object& fields,
                     std::initializer_list<std::string_view> names, JsonBody::TextRule rule);
// Systems by name.
void take_systems(JsonBody& body, boost::json::object& fields);
// Places by code or any known spelling; each once.
Result<void> take_places(PracticeWork& work, JsonBody& body, boost::json::object& fields);
// The organisation that the object belongs to: empty is everybody's.
Result<void> take_owner(PracticeWork& work, JsonBody& body, boost::json::object& fields);
// A time that is not in the future.
std::optional<UtcSecond> past_time(PracticeWork& work, JsonBody& body, std::string_view name);

// The case that the body names in `name`: a fault where there is none that the person may see.
Result<const CaseState*> named_case(PracticeWork& work, JsonBody& body, std::string_view name,
                                    Need need);

// Only what differs from what stands, with what it was; empty where nothing does.
boost::json::object changes_of(boost::json::object fields, const boost::json::object& standing);

boost::json::array json_list(const std::vector<std::string>& list);

// A refusal that names the object.
Error object_conflict(std::string_view number, std::string_view key);

}  // namespace klarsyn::servicedesk
