// How systems' actions are checked, as people write it: [[check]] tables of a TOML file, on the
// server (setting probe_checks) and in a machine's own file. For files that know toml++.
#pragma once

#include <toml++/toml.h>

#include <span>
#include <string_view>

#include "protocols/probe/plan.h"

namespace klarsyn {

// invalid_input with the file and the line: no TOML at all.
Result<toml::table> read_toml(std::string_view text, std::string_view file);
// Tables, lists, texts, whole numbers, true and false; others become their text.
boost::json::object json_of_toml(const toml::table& table);

Error toml_fault(std::string_view file, const toml::node* at, std::string_view field,
                 std::string_view key);
// Fields beside those named are a fault.
Result<void> only_fields(const toml::table& table, std::span<const std::string_view> known,
                         std::string_view file);
// Missing gives an empty text; needed ones must not be empty.
Result<std::string> toml_text(const toml::table& table, std::string_view field,
                              std::string_view file, bool needed);
Result<std::vector<std::string>> toml_texts(const toml::table& table, std::string_view field,
                                            std::string_view file);

// One [[check]]; its settings are tried against their protocol. `more`: fields that the caller
// reads.
Result<CheckRule> read_check_rule(const toml::table& table, std::string_view file,
                                  std::span<const CheckProtocol> protocols,
                                  std::span<const std::string_view> more);

}  // namespace klarsyn
