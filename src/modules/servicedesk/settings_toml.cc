#include "modules/servicedesk/settings_toml.h"

#include <algorithm>
#include <utility>

namespace klarsyn::servicedesk {

Result<SettingsToml> SettingsToml::parse(std::string_view text, std::string_view file) {
    SettingsToml result;
    result.file_ = std::string(file);
    try {
        result.root_ = toml::parse(text);
    } catch (const toml::parse_error& broken) {  // the parser knows no other way to say so
        Error error = make_error(ErrorCode::invalid_input, "servicedesk.settings.unreadable",
                                 {{"reason", std::string(broken.description())}});
        error.file = std::string(file);
        error.line = broken.source().begin.line;
        return error;
    }
    return result;
}

Error SettingsToml::fault(const toml::node& node, std::string_view field, std::string key,
                          std::vector<std::pair<std::string, std::string>> args) const {
    Error error = make_error(ErrorCode::invalid_input, std::move(key), std::move(args));
    error.file = file_;
    error.line = node.source().begin.line;
    error.field = std::string(field);
    return error;
}

Error SettingsToml::missing(const toml::node& where, std::string_view field) const {
    return fault(where, field, "servicedesk.settings.missing");
}

Result<void> SettingsToml::only_keys(const toml::table& table,
                                     std::initializer_list<std::string_view> known) const {
    for (const auto& [key, node] : table) {
        if (std::find(known.begin(), known.end(), key.str()) == known.end())
            return fault(node, key.str(), "servicedesk.settings.unknown");
    }
    return {};
}

Result<const toml::table*> SettingsToml::table(const toml::table& parent,
                                               std::string_view key) const {
    const toml::node* node = parent.get(key);
    if (!node) return missing(parent, key);
    if (const toml::table* found = node->as_table()) return found;
    return fault(*node, key, "servicedesk.settings.not_a_table");
}

Result<std::string> SettingsToml::text(const toml::node& node, std::string_view field) const {
    if (auto value = node.value_exact<std::string>(); value && !value->empty()) return *value;
    return fault(node, field, "servicedesk.settings.not_a_text");
}

Result<std::int64_t> SettingsToml::integer(const toml::node& node, std::string_view field,
                                           std::int64_t min, std::int64_t max) const {
    const auto value = node.value_exact<std::int64_t>();
    if (value && *value >= min && *value <= max) return *value;
    return fault(node, field, "servicedesk.settings.not_a_number",
                 {{"min", std::to_string(min)}, {"max", std::to_string(max)}});
}

Result<std::vector<std::string>> SettingsToml::texts(const toml::node& node,
                                                     std::string_view field) const {
    std::vector<std::string> list;
    const toml::array* array = node.as_array();
    if (!array) {
        KL_TRY(list.emplace_back(), text(node, field));
        return list;
    }
    for (const toml::node& item : *array) {
        KL_TRY(list.emplace_back(), text(item, field));
    }
    return list;
}

}  // namespace klarsyn::servicedesk
