#include "modules/alerts/rules.h"

#include <algorithm>
#include <array>
#include <set>

#include "core/embedded.h"

namespace klarsyn::alerts {
namespace {

constexpr std::array<std::string_view, 6> kKinds{"share",  "latency",  "gap",
                                                 "expiry", "forecast", "external"};
constexpr std::array<std::pair<std::string_view, GroupField>, 5> kDims{{{"system", &Group::system},
                                                                        {"action", &Group::action},
                                                                        {"site", &Group::site},
                                                                        {"seat", &Group::seat},
                                                                        {"place", &Group::place}}};

void append_escaped(std::string& text, std::string_view value) {
    for (const char c : value) {
        if (c == '%')
            text += "%25";
        else if (c == ';')
            text += "%3B";
        else
            text += c;
    }
}

}  // namespace

std::string_view kind_name(RuleKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

GroupField group_field(std::string_view dim) {
    for (const auto& [name, field] : kDims)
        if (name == dim) return field;
    return nullptr;
}

std::string Group::text() const {
    std::string all;
    const auto add = [&](std::string_view name, const std::string& value) {
        if (value.empty()) return;
        if (!all.empty()) all += ';';
        all += name;
        all += '=';
        append_escaped(all, value);
    };
    for (const auto& [name, field] : kDims) add(name, this->*field);
    add("key", key);
    return all;
}

const AlertRule* AlertRules::find(std::string_view name) const {
    for (const AlertRule& rule : rules)
        if (rule.name == name) return &rule;
    return nullptr;
}

std::int64_t AlertRules::reach_s() const {
    std::int64_t reach = 0;
    for (const AlertRule& rule : rules) {
        if (rule.kind == RuleKind::share || rule.kind == RuleKind::latency)
            reach = std::max(reach, rule.over_s);
        if (rule.kind == RuleKind::gap) reach = std::max(reach, rule.fires + kGapKnown_s);
    }
    return reach;
}

std::string_view default_alert_rules() {
    const auto files = embedded_files("modules/alerts/settings/alert_rules.toml");
    return files.empty() ? std::string_view() : files.front().text;
}

}  // namespace klarsyn::alerts
