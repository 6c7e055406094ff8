#include "modules/servicedesk/sla_rules.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/text.h"
#include "modules/servicedesk/settings_toml.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::array<std::string_view, kTargets> kTargetNames{"first_response", "resolution"};
constexpr std::array<std::string_view, kWaits> kWaitNames{
    "awaiting_user",     "awaiting_vendor", "awaiting_problem", "awaiting_change",
    "awaiting_approval", "planned",         "unspecified"};

std::optional<Wait> wait_named(std::string_view name) {
    const auto found = std::find(kWaitNames.begin(), kWaitNames.end(), name);
    if (found == kWaitNames.end()) return std::nullopt;
    return static_cast<Wait>(found - kWaitNames.begin());
}

// What a rule's targets have in common.
struct Defaults {
    std::string calendar;
    WaitSet pauses = 0;
};

// "30 min", "2 h", "90 s": a whole number and a unit.
std::optional<std::int64_t> duration_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number <= 0 || number > 1'000'000) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    if (text == "s") return number;
    if (text == "min") return number * 60;
    if (text == "h") return number * 3600;
    return std::nullopt;
}

Result<std::int64_t> read_limit(const SettingsToml& file, const toml::node& node,
                                std::string_view field) {
    KL_TRY(const std::string text, file.text(node, field));
    if (const auto seconds = duration_of(text)) return *seconds;
    return file.fault(node, field, "servicedesk.settings.not_a_duration", {{"value", text}});
}

Result<WaitSet> read_pauses(const SettingsToml& file, const toml::node& node) {
    KL_TRY(const auto names, file.texts(node, "pauses"));
    WaitSet set = 0;
    for (const std::string& name : names) {
        const auto wait = wait_named(name);
        if (!wait) {
            return file.fault(node, "pauses", "servicedesk.settings.not_a_wait", {{"value", name}});
        }
        set |= 1U << static_cast<unsigned>(*wait);
    }
    return set;
}

Result<TargetRule> read_target(const SettingsToml& file, const toml::node& node,
                               std::string_view field, const Defaults& defaults) {
    TargetRule target;
    target.calendar_name = defaults.calendar;
    target.pauses = defaults.pauses;
    const toml::table* table = node.as_table();
    if (table) {
        KL_CHECK(file.only_keys(*table, {"limit", "calendar", "pauses"}));
        const toml::node* limit = table->get("limit");
        if (!limit) return file.missing(node, "limit");
        KL_TRY(target.limit_s, read_limit(file, *limit, "limit"));
        if (const toml::node* calendar = table->get("calendar")) {
            KL_TRY(target.calendar_name, file.text(*calendar, "calendar"));
        }
        if (const toml::node* pauses = table->get("pauses")) {
            KL_TRY(target.pauses, read_pauses(file, *pauses));
        }
    } else {
        KL_TRY(target.limit_s, read_limit(file, node, field));
    }
    if (target.calendar_name.empty()) return file.missing(node, "calendar");
    return target;
}

Result<unsigned> read_priorities(const SettingsToml& file, const toml::node& node) {
    unsigned set = 0;
    const toml::array* list = node.as_array();
    const std::size_t count = list ? list->size() : 1;
    for (std::size_t i = 0; i < count; ++i) {
        KL_TRY(const std::int64_t value,
               file.integer(list ? *list->get(i) : node, "priority", 1, kPriorities));
        set |= 1U << static_cast<unsigned>(value);
    }
    return set;
}

Result<std::vector<std::string>> read_folded(const SettingsToml& file, const toml::table& table,
                                             std::string_view field) {
    const toml::node* node = table.get(field);
    if (!node) return std::vector<std::string>{};
    KL_TRY(auto texts, file.texts(*node, field));
    for (std::string& text : texts) text = fold(text);
    return texts;
}

Result<SlaRule> read_rule(const SettingsToml& file, const toml::table& table, WaitSet pauses) {
    KL_CHECK(file.only_keys(table, {"priority", "type", "system", "calendar", "pauses",
                                    "first_response", "resolution"}));
    SlaRule rule;
    rule.line = table.source().begin.line;
    Defaults defaults{{}, pauses};
    if (const toml::node* node = table.get("priority")) {
        KL_TRY(rule.priorities, read_priorities(file, *node));
    }
    if (const toml::node* node = table.get("calendar")) {
        KL_TRY(defaults.calendar, file.text(*node, "calendar"));
    }
    if (const toml::node* node = table.get("pauses")) {
        KL_TRY(defaults.pauses, read_pauses(file, *node));
    }
    KL_TRY(rule.types, read_folded(file, table, "type"));
    KL_TRY(rule.systems, read_folded(file, table, "system"));
    for (std::size_t t = 0; t < kTargets; ++t) {
        const toml::node* node = table.get(kTargetNames[t]);
        if (!node) continue;
        KL_TRY(rule.targets[t], read_target(file, *node, kTargetNames[t], defaults));
    }
    if (!rule.targets[0] && !rule.targets[1]) return file.missing(table, "resolution");
    return rule;
}

Result<void> read_waits(const SettingsToml& file, const toml::table& table, SlaFile& sla) {
    for (const auto& [key, node] : table) {
        const auto wait = wait_named(key.str());
        if (!wait) return file.fault(node, key.str(), "servicedesk.settings.unknown");
        KL_TRY(const auto names, file.texts(node, key.str()));
        for (const std::string& name : names) {
            if (sla.waits.emplace(fold(name), *wait).second) continue;
            return file.fault(node, key.str(), "servicedesk.settings.twice", {{"name", name}});
        }
    }
    return {};
}

bool fits(const std::vector<std::string>& wanted, const std::string& folded) {
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), folded) != wanted.end();
}

}  // namespace

std::string_view target_name(TargetKind target) {
    return kTargetNames[static_cast<std::size_t>(target)];
}

std::string_view wait_name(Wait wait) { return kWaitNames[static_cast<std::size_t>(wait)]; }

Wait SlaFile::wait_of(std::string_view text) const {
    if (const auto wait = wait_named(text)) return *wait;
    const auto found = waits.find(fold(text));
    return found == waits.end() ? Wait::unspecified : found->second;
}

Result<SlaFile> parse_sla(std::string_view toml, std::string_view file_name) {
    KL_TRY(const SettingsToml file, SettingsToml::parse(toml, file_name));
    KL_CHECK(file.only_keys(file.root(), {"pauses", "waits", "rule"}));
    SlaFile sla;
    WaitSet pauses = 0;
    if (const toml::node* node = file.root().get("pauses")) {
        KL_TRY(pauses, read_pauses(file, *node));
    }
    if (file.root().contains("waits")) {
        KL_TRY(const toml::table* waits, file.table(file.root(), "waits"));
        KL_CHECK(read_waits(file, *waits, sla));
    }
    const toml::node* rules = file.root().get("rule");
    if (!rules) return file.missing(file.root(), "rule");
    if (!rules->is_array_of_tables())
        return file.fault(*rules, "rule", "servicedesk.settings.not_a_table");
    for (const toml::node& node : *rules->as_array()) {
        KL_TRY(SlaRule rule, read_rule(file, *node.as_table(), pauses));
        sla.by_type = sla.by_type || !rule.types.empty();
        sla.by_system = sla.by_system || !rule.systems.empty();
        for (auto& target : rule.targets) {
            if (target) target->rule = static_cast<std::int64_t>(sla.rules.size()) + 1;
        }
        sla.rules.push_back(std::move(rule));
    }
    return sla;
}

const TargetRule* RuleVersion::find(TargetKind target, std::string_view priority_text,
                                    std::string_view type, std::string_view system) const {
    const auto number = priority->find(priority_text);
    const unsigned bit = number ? 1U << static_cast<unsigned>(*number) : 0U;
    const std::string type_folded = sla.by_type ? fold(type) : std::string();
    const std::string system_folded = sla.by_system ? fold(system) : std::string();
    for (const SlaRule& rule : sla.rules) {
        if (rule.priorities != 0 && (rule.priorities & bit) == 0) continue;
        if (!fits(rule.types, type_folded) || !fits(rule.systems, system_folded)) continue;
        const auto& found = rule.targets[static_cast<std::size_t>(target)];
        if (found) return &*found;
    }
    return nullptr;
}

Result<RuleVersion> make_rules(UtcSecond from, std::shared_ptr<const PriorityRules> priority,
                               std::shared_ptr<const BusinessHours> hours, SlaFile sla,
                               std::string_view sla_file) {
    for (SlaRule& rule : sla.rules) {
        for (auto& target : rule.targets) {
            if (!target) continue;
            const auto found = hours->find(target->calendar_name);
            if (found != hours->end()) {
                target->calendar = &found->second;
                continue;
            }
            Error error = make_error(ErrorCode::invalid_input, "servicedesk.settings.no_calendar",
                                     {{"name", target->calendar_name}});
            error.file = std::string(sla_file);
            error.line = rule.line;
            error.field = "calendar";
            return error;
        }
    }
    RuleVersion version;
    version.from = from;
    version.priority = std::move(priority);
    version.hours = std::move(hours);
    version.sla = std::move(sla);
    return version;
}

}  // namespace klarsyn::servicedesk
