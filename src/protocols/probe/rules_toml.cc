#include "protocols/probe/rules_toml.h"

#include <boost/json.hpp>

#include <algorithm>

namespace klarsyn {
namespace {

constexpr std::int64_t kLimitMost_ms = 1'800'000;

boost::json::value json_of_node(const toml::node& node) {
    if (const auto* table = node.as_table()) return json_of_toml(*table);
    if (const auto* list = node.as_array()) {
        boost::json::array array;
        for (const auto& one : *list) array.push_back(json_of_node(one));
        return array;
    }
    if (const auto text = node.value_exact<std::string>()) return boost::json::value(*text);
    if (const auto number = node.value_exact<std::int64_t>()) return *number;
    if (const auto flag = node.value_exact<bool>()) return *flag;
    if (const auto fraction = node.value_exact<double>()) return *fraction;
    return nullptr;
}

}  // namespace

boost::json::object json_of_toml(const toml::table& table) {
    boost::json::object object;
    for (const auto& [name, node] : table) object[std::string_view(name)] = json_of_node(node);
    return object;
}

Result<toml::table> read_toml(std::string_view text, std::string_view file) {
    try {
        return toml::parse(text, file);
    } catch (const toml::parse_error& failed) {
        Error error = make_error(ErrorCode::invalid_input, "probe.file.unreadable",
                                 {{"reason", std::string(failed.description())}});
        error.file = file;
        error.line = failed.source().begin.line;
        return error;
    }
}

Error toml_fault(std::string_view file, const toml::node* at, std::string_view field,
                 std::string_view key) {
    Error error = make_error(ErrorCode::invalid_input, std::string(key));
    error.file = file;
    error.line = at != nullptr ? at->source().begin.line : 0;
    error.field = field;
    return error;
}

Result<void> only_fields(const toml::table& table, std::span<const std::string_view> known,
                         std::string_view file) {
    for (const auto& [name, node] : table)
        if (std::find(known.begin(), known.end(), std::string_view(name)) == known.end())
            return toml_fault(file, &node, std::string_view(name), "checks.field.unknown");
    return {};
}

Result<std::string> toml_text(const toml::table& table, std::string_view field,
                              std::string_view file, bool needed) {
    const toml::node* node = table.get(field);
    if (node == nullptr && !needed) return std::string();
    const auto text = node != nullptr ? node->value_exact<std::string>() : std::nullopt;
    if (!text || text->size() > 200 || (needed && text->empty()))
        return toml_fault(file, node != nullptr ? node : &table, field, "probe.file.text");
    return *text;
}

Result<std::vector<std::string>> toml_texts(const toml::table& table, std::string_view field,
                                            std::string_view file) {
    std::vector<std::string> list;
    const toml::node* node = table.get(field);
    if (node == nullptr) return list;
    const toml::array* array = node->as_array();
    if (array == nullptr) return toml_fault(file, node, field, "checks.field.texts");
    for (const auto& one : *array) {
        const auto text = one.value_exact<std::string>();
        if (!text) return toml_fault(file, &one, field, "checks.field.texts");
        list.push_back(*text);
    }
    return list;
}

Result<CheckRule> read_check_rule(const toml::table& table, std::string_view file,
                                  std::span<const CheckProtocol> protocols,
                                  std::span<const std::string_view> more) {
    std::vector<std::string_view> known = {"system",  "action",   "protocol",
                                           "secrets", "settings", "time_limit_ms"};
    known.insert(known.end(), more.begin(), more.end());
    KL_CHECK(only_fields(table, known, file));
    CheckRule rule;
    KL_TRY(rule.system, toml_text(table, "system", file, true));
    KL_TRY(rule.action, toml_text(table, "action", file, true));
    KL_TRY(rule.protocol, toml_text(table, "protocol", file, true));
    KL_TRY(rule.secrets, toml_texts(table, "secrets", file));
    if (const toml::node* node = table.get("time_limit_ms"); node != nullptr) {
        rule.time_limit_ms = node->value_exact<std::int64_t>().value_or(0);
        if (rule.time_limit_ms < 1 || rule.time_limit_ms > kLimitMost_ms)
            return toml_fault(file, node, "time_limit_ms", "probe.file.time_limit");
    }
    if (const toml::node* node = table.get("settings"); node != nullptr) {
        if (node->as_table() == nullptr)
            return toml_fault(file, node, "settings", "checks.field.table");
        rule.settings = json_of_toml(*node->as_table());
    }
    const auto protocol =
        std::find_if(protocols.begin(), protocols.end(),
                     [&](const CheckProtocol& one) { return one.name == rule.protocol; });
    if (protocol == protocols.end())
        return toml_fault(file, table.get("protocol"), "protocol", "probe.file.protocol");
    if (const auto done = protocol->complete(rule.settings); !done.ok()) {
        Error error = done.error();
        error.file = file;
        error.line = table.source().begin.line;
        error.field = "settings." + error.field;
        return error;
    }
    return rule;
}

}  // namespace klarsyn
