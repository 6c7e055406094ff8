#include "modules/servicedesk/priority.h"

#include <algorithm>

#include "core/embedded.h"
#include "core/text.h"
#include "modules/servicedesk/settings_toml.h"

namespace klarsyn::servicedesk {
namespace {

Result<void> read_table(const SettingsToml& file, PriorityRules& rules) {
    KL_TRY(const toml::table* table, file.table(file.root(), "table"));
    KL_CHECK(file.only_keys(*table, {"impact1", "impact2", "impact3"}));
    for (int impact = 1; impact <= kImpactLevels; ++impact) {
        const std::string key = "impact" + std::to_string(impact);
        const toml::node* node = table->get(key);
        if (!node) return file.missing(*table, key);
        const toml::array* row = node->as_array();
        if (!row || row->size() != kImpactLevels)
            return file.fault(*node, key, "servicedesk.settings.three_numbers");
        for (std::size_t urgency = 0; urgency < kImpactLevels; ++urgency) {
            KL_TRY(const std::int64_t value, file.integer(*row->get(urgency), key, 1, kPriorities));
            rules.table[static_cast<std::size_t>(impact - 1)][urgency] = static_cast<int>(value);
        }
    }
    return {};
}

Result<void> read_names(const SettingsToml& file, PriorityRules& rules) {
    if (!file.root().contains("names")) return {};
    KL_TRY(const toml::table* table, file.table(file.root(), "names"));
    KL_CHECK(file.only_keys(*table, {"p1", "p2", "p3", "p4"}));
    for (int priority = 1; priority <= kPriorities; ++priority) {
        const std::string key = "p" + std::to_string(priority);
        const toml::node* node = table->get(key);
        if (!node) continue;
        KL_TRY(const auto names, file.texts(*node, key));
        for (const std::string& name : names) {
            if (rules.names.emplace(fold(name), priority).second) continue;
            return file.fault(*node, key, "servicedesk.settings.twice", {{"name", name}});
        }
    }
    return {};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

int PriorityRules::of(int impact, int urgency) const {
    const auto place = [](int value) {
        return static_cast<std::size_t>(std::clamp(value, 1, kImpactLevels) - 1);
    };
    return table[place(impact)][place(urgency)];
}

std::optional<int> PriorityRules::find(std::string_view text) const {
    std::string_view number = text;
    if (number.size() > 1 && (number[0] == 'P' || number[0] == 'p') && is_digit(number[1]))
        number.remove_prefix(1);
    if (!number.empty() && is_digit(number[0]) && (number.size() == 1 || !is_digit(number[1]))) {
        const int value = number[0] - '0';
        if (value >= 1 && value <= kPriorities) return value;
        return std::nullopt;
    }
    if (text.empty()) return std::nullopt;
    const auto found = names.find(fold(text));
    if (found == names.end()) return std::nullopt;
    return found->second;
}

Result<PriorityRules> parse_priority(std::string_view toml, std::string_view file_name) {
    KL_TRY(const SettingsToml file, SettingsToml::parse(toml, file_name));
    KL_CHECK(file.only_keys(file.root(), {"table", "names"}));
    PriorityRules rules;
    KL_CHECK(read_table(file, rules));
    KL_CHECK(read_names(file, rules));
    return rules;
}

const PriorityRules& default_priority() {
    static const PriorityRules kRules = [] {
        const auto files = embedded_files("modules/servicedesk/settings/priority.toml");
        KL_ASSERT(files.size() == 1);
        auto rules = parse_priority(files[0].text, files[0].path);
        KL_ASSERT(rules.ok());
        return rules.take();
    }();
    return kRules;
}

}  // namespace klarsyn::servicedesk
