// Reading of the settings files (TOML): every fault is invalid_input that names file, line and
// field. For the readers of settings only; pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "core/result.h"

namespace klarsyn::servicedesk {

class SettingsToml {
public:
    static Result<SettingsToml> parse(std::string_view text, std::string_view file);
    const toml::table& root() const { return root_; }

    // `key` is a text key; the node says the line.
    Error fault(const toml::node& node, std::string_view field, std::string key,
                std::vector<std::pair<std::string, std::string>> args = {}) const;
    Error missing(const toml::node& where, std::string_view field) const;

    Result<void> only_keys(const toml::table& table,
                           std::initializer_list<std::string_view> known) const;
    Result<const toml::table*> table(const toml::table& parent, std::string_view key) const;
    Result<std::string> text(const toml::node& node, std::string_view field) const;
    Result<std::int64_t> integer(const toml::node& node, std::string_view field, std::int64_t min,
                                 std::int64_t max) const;
    // A text or a list of texts.
    Result<std::vector<std::string>> texts(const toml::node& node, std::string_view field) const;

private:
    std::string file_;
    toml::table root_;
};

}  // namespace klarsyn::servicedesk
