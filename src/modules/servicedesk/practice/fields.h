// Reading the bodies of records into states: plain fields by name. For the replays of this folder.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/servicedesk/desk/record.h"

namespace klarsyn::servicedesk {

template <typename State>
struct TextMember {
    std::string_view name;
    std::string State::*member;
};
template <typename State, std::size_t N>
void take_texts(State& state, const boost::json::object& body,
                const TextMember<State> (&fields)[N]) {
    for (const auto& field : fields)
        if (body.contains(field.name)) state.*field.member = body_text(body, field.name);
}

inline std::vector<std::string> body_list(const boost::json::object& body, std::string_view name) {
    std::vector<std::string> list;
    const boost::json::value* value = body.if_contains(name);
    if (value == nullptr || !value->is_array()) return list;
    for (const boost::json::value& item : value->as_array())
        if (item.is_string()) list.emplace_back(item.as_string());
    return list;
}
template <typename State>
struct ListMember {
    std::string_view name;
    std::vector<std::string> State::*member;
};
template <typename State, std::size_t N>
void take_lists(State& state, const boost::json::object& body,
                const ListMember<State> (&fields)[N]) {
    for (const auto& field : fields)
        if (body.contains(field.name)) state.*field.member = body_list(body, field.name);
}

inline std::optional<UtcSecond> body_time(const boost::json::object& body, std::string_view name) {
    const boost::json::value* value = body.if_contains(name);
    if (value == nullptr || !value->is_int64()) return std::nullopt;
    return value->as_int64();
}

inline bool body_flag(const boost::json::object& body, std::string_view name) {
    const boost::json::value* value = body.if_contains(name);
    return value != nullptr && value->is_bool() && value->as_bool();
}

inline bool in_list(const std::vector<std::string>& list, std::string_view item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace klarsyn::servicedesk
