// The setting alert_rules: TOML to rules.
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "ingest/toml_reader.h"
#include "modules/alerts/rules.h"

namespace klarsyn::alerts {
namespace {

constexpr std::int64_t kDay_s = 86'400;
constexpr std::size_t kRulesMax = 500;
constexpr std::size_t kNameBytesMax = 60;

struct Severity {
    std::int64_t impact = 2, urgency = 2;
};

bool plain_name(std::string_view name) {
    return !name.empty() && name.size() <= kNameBytesMax &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) {
               return c >= 0x80 || std::isalnum(c) != 0 || c == '_' || c == '-';
           });
}

using Keys = std::vector<std::string_view>;

// What every rule has, and what only some kinds have.
Keys keys(std::initializer_list<std::string_view> own) {
    Keys all{"name",        "kind",  "title",    "severity", "fire_after",
             "clear_after", "group", "category", "depends"};
    all.insert(all.end(), own);
    return all;
}
Keys measured_keys(std::initializer_list<std::string_view> own) {
    Keys all = keys({"by", "system", "action", "site", "seat"});
    all.insert(all.end(), own);
    return all;
}

class Reader : private TomlReader {
public:
    explicit Reader(std::string_view file) : TomlReader(file, "alerts.rules") {}

    Result<AlertRules> read(std::string_view text) {
        KL_TRY(const toml::table root, parse(text));
        KL_CHECK(only(root, Keys{"every", "wait", "storm", "storm_all", "severity", "rule"}));
        KL_TRY(rules_.every_s, seconds(root, "every", 60, 1, kDay_s));
        KL_TRY(rules_.wait_s, seconds(root, "wait", 10, 0, 600));
        KL_TRY(rules_.storm, number(root, "storm", 5, 1, 100'000));
        KL_TRY(rules_.storm_all, number(root, "storm_all", 20, 1, 100'000));
        KL_CHECK(read_severities(root));
        KL_CHECK(read_rules(root));
        KL_CHECK(check_dependencies());
        return std::move(rules_);
    }

private:
    Result<std::string> word(const toml::table& table, std::string_view key,
                             std::initializer_list<std::string_view> words) const {
        KL_TRY(std::string value, text(table, key, false));
        if (value.empty() && table.get(key) == nullptr) return std::string(*words.begin());
        if (std::find(words.begin(), words.end(), value) != words.end()) return value;
        std::string all;
        for (const auto one : words) all += (all.empty() ? "" : ", ") + std::string(one);
        return fault(*table.get(key), key, "word", {{"words", all}});
    }

    Result<std::int64_t> number(const toml::table& table, std::string_view key,
                                std::int64_t otherwise, std::int64_t min, std::int64_t max) const {
        const toml::node* node = table.get(key);
        if (node == nullptr) return otherwise;
        const auto value = node->value_exact<std::int64_t>();
        if (!value || *value < min || *value > max)
            return fault(*node, key, "number",
                         {{"min", std::to_string(min)}, {"max", std::to_string(max)}});
        return *value;
    }

    // "90s", "10m", "24h", "30d".
    Result<std::int64_t> seconds(const toml::table& table, std::string_view key,
                                 std::int64_t otherwise, std::int64_t min, std::int64_t max) const {
        const toml::node* node = table.get(key);
        if (node == nullptr) return otherwise;
        const auto value = node->value_exact<std::string>();
        std::int64_t found = -1;
        if (value && value->size() >= 2 && value->size() <= 7) {
            const std::string_view digits(value->data(), value->size() - 1);
            const bool all = std::all_of(digits.begin(), digits.end(),
                                         [](char c) { return c >= '0' && c <= '9'; });
            const std::size_t unit = std::string_view("smhd").find(value->back());
            constexpr std::int64_t kUnits[] = {1, 60, 3600, kDay_s};
            if (all && unit != std::string_view::npos)
                found = std::stoll(std::string(digits)) * kUnits[unit];
        }
        if (found < min || found > max) return fault(*node, key, "duration");
        return found;
    }

    // A share in percent with at most two decimals, in hundredths.
    Result<std::int64_t> percent(const toml::table& table, std::string_view key,
                                 std::int64_t otherwise) const {
        const toml::node* node = table.get(key);
        if (node == nullptr) {
            if (otherwise < 0) return fault(table, key, "missing");
            return otherwise;
        }
        const auto value = node->is_number() ? node->value<double>() : std::nullopt;
        const double hundredths = value ? *value * kPercent : -1;
        if (!value || !(hundredths >= 0 && hundredths <= 10'000) ||
            std::abs(hundredths - std::round(hundredths)) > 1e-6)
            return fault(*node, key, "percent");
        return static_cast<std::int64_t>(std::llround(hundredths));
    }

    Result<void> read_severities(const toml::table& root) {
        severities_ = {{"critical", {1, 1}}, {"high", {1, 2}}, {"medium", {2, 2}}, {"low", {3, 3}}};
        const toml::node* node = root.get("severity");
        if (node == nullptr) return {};
        if (!node->is_table()) return fault(*node, "severity", "no_table");
        for (const auto& [name, item] : *node->as_table()) {
            if (!item.is_table()) return fault(item, name.str(), "no_table");
            const toml::table& table = *item.as_table();
            KL_CHECK(only(table, Keys{"impact", "urgency"}));
            Severity severity;
            KL_TRY(severity.impact, number(table, "impact", 2, 1, 3));
            KL_TRY(severity.urgency, number(table, "urgency", 2, 1, 3));
            severities_[std::string(name.str())] = severity;
        }
        return {};
    }

    Result<void> read_rules(const toml::table& root) {
        const toml::node* node = root.get("rule");
        if (node == nullptr) return {};
        if (!node->is_array()) return fault(*node, "rule", "no_table");
        for (const toml::node& item : *node->as_array()) {
            if (!item.is_table()) return fault(item, "rule", "no_table");
            KL_TRY(AlertRule rule, read_rule(*item.as_table()));
            if (rules_.find(rule.name) != nullptr)
                return fault(*item.as_table()->get("name"), "name", "twice", {{"name", rule.name}});
            rules_.rules.push_back(std::move(rule));
            if (rules_.rules.size() > kRulesMax) return fault(item, "rule", "too_many");
        }
        return {};
    }

    Result<AlertRule> read_rule(const toml::table& table) const {
        AlertRule rule;
        rule.line = table.source().begin.line;
        KL_TRY(rule.name, text(table, "name", true));
        if (!plain_name(rule.name)) return fault(*table.get("name"), "name", "name");
        KL_TRY(const std::string kind, text(table, "kind", true));
        bool known = false;
        std::string all;
        for (const RuleKind one : {RuleKind::share, RuleKind::latency, RuleKind::gap,
                                   RuleKind::expiry, RuleKind::forecast, RuleKind::external}) {
            all += (all.empty() ? "" : ", ") + std::string(kind_name(one));
            if (kind_name(one) != kind) continue;
            rule.kind = one;
            known = true;
        }
        if (!known) return fault(*table.get("kind"), "kind", "word", {{"words", all}});
        KL_CHECK(read_common(table, rule));
        KL_CHECK(read_condition(table, rule));
        return rule;
    }

    Result<void> read_common(const toml::table& table, AlertRule& rule) const {
        if (const toml::node* title = table.get("title"); title != nullptr) {
            if (!title->is_table()) return fault(*title, "title", "no_table");
            KL_CHECK(only(*title->as_table(), Keys{"da", "en"}));
            KL_TRY(rule.title.da, text(*title->as_table(), "da", true));
            KL_TRY(rule.title.en, text(*title->as_table(), "en", false));
        } else {
            rule.title.da = rule.name;
        }
        const bool external = rule.kind == RuleKind::external;
        KL_TRY(const std::int64_t fire, number(table, "fire_after", external ? 1 : 2, 1, 100));
        KL_TRY(const std::int64_t clear, number(table, "clear_after", external ? 1 : 3, 1, 100));
        rule.fire_after = static_cast<int>(fire);
        rule.clear_after = static_cast<int>(clear);
        KL_TRY(rule.group, text(table, "group", false));
        KL_TRY(rule.category, text(table, "category", false));
        KL_TRY(rule.depends, texts(table, "depends"));
        const std::string severity =
            table.get("severity") == nullptr ? "medium" : table["severity"].value_or("");
        const auto found = severities_.find(severity);
        if (found == severities_.end()) {
            std::string all;
            for (const auto& [name, one] : severities_) all += (all.empty() ? "" : ", ") + name;
            return fault(*table.get("severity"), "severity", "word", {{"words", all}});
        }
        rule.impact = found->second.impact;
        rule.urgency = found->second.urgency;
        return read_groups(table, rule);
    }

    Result<std::vector<std::string>> texts(const toml::table& table, std::string_view key) const {
        std::vector<std::string> list;
        const toml::node* node = table.get(key);
        if (node == nullptr) return list;
        if (const auto one = node->value_exact<std::string>()) return std::vector{*one};
        if (!node->is_array()) return fault(*node, key, "no_text");
        for (const toml::node& item : *node->as_array()) {
            const auto one = item.value_exact<std::string>();
            if (!one) return fault(item, key, "no_text");
            list.push_back(*one);
        }
        return list;
    }

    Result<void> read_groups(const toml::table& table, AlertRule& rule) const {
        const bool capacity = rule.kind == RuleKind::forecast;
        KL_TRY(rule.by, texts(table, "by"));
        if (table.get("by") == nullptr)
            rule.by = capacity ? std::vector<std::string>{"place"}
                               : std::vector<std::string>{"system", "site"};
        for (const std::string& dim : rule.by) {
            const bool fits = group_field(dim) != nullptr && (dim == "place") == capacity;
            if (!fits)
                return fault(*table.get("by"), "by", "word",
                             {{"words", capacity ? "place" : "system, action, site, seat"}});
        }
        for (const char* dim : {"system", "action", "site", "seat", "place"}) {
            if (rule.kind == RuleKind::external || (std::string_view(dim) == "place") != capacity)
                continue;
            KL_TRY(rule.where.*group_field(dim), text(table, dim, false));
        }
        return {};
    }

    Result<void> read_condition(const toml::table& table, AlertRule& rule) const {
        switch (rule.kind) {
            case RuleKind::share: return read_share(table, rule);
            case RuleKind::latency: return read_latency(table, rule);
            case RuleKind::gap: {
                KL_CHECK(only(table, measured_keys({"for"})));
                if (table.get("for") == nullptr) return fault(table, "for", "missing");
                KL_TRY(rule.fires, seconds(table, "for", 0, 1, kReachMax_s));
                rule.clears = rule.fires;
                return {};
            }
            case RuleKind::expiry: {
                KL_CHECK(only(table, measured_keys({"reading", "below", "clear"})));
                KL_TRY(rule.reading, text(table, "reading", true));
                if (table.get("below") == nullptr) return fault(table, "below", "missing");
                KL_TRY(rule.fires, number(table, "below", 0, -1'000'000'000, 1'000'000'000));
                KL_TRY(rule.clears,
                       number(table, "clear", rule.fires, -1'000'000'000, 1'000'000'000));
                if (rule.clears < rule.fires) return fault(*table.get("clear"), "clear", "clear");
                return {};
            }
            case RuleKind::forecast: {
                KL_CHECK(
                    only(table, keys({"by", "place", "reading", "within_days", "clear_days"})));
                KL_TRY(rule.reading, word(table, "reading", {"", "power", "storage"}));
                if (table.get("within_days") == nullptr)
                    return fault(table, "within_days", "missing");
                KL_TRY(rule.fires, number(table, "within_days", 0, 1, 3650));
                KL_TRY(rule.clears, number(table, "clear_days", rule.fires, 1, 3650));
                if (rule.clears < rule.fires)
                    return fault(*table.get("clear_days"), "clear_days", "clear");
                return {};
            }
            case RuleKind::external: return read_external(table, rule);
        }
        return {};
    }

    Result<void> read_over(const toml::table& table, AlertRule& rule) const {
        KL_TRY(rule.over_s, seconds(table, "over", 600, 1, kReachMax_s));
        KL_TRY(rule.at_least, number(table, "at_least", 5, 1, 1'000'000));
        return {};
    }

    Result<void> read_share(const toml::table& table, AlertRule& rule) const {
        KL_CHECK(only(table, measured_keys({"over", "at_least", "measure", "below", "clear"})));
        KL_CHECK(read_over(table, rule));
        KL_TRY(rule.measure, word(table, "measure", {"within_limit", "available"}));
        KL_TRY(rule.fires, percent(table, "below", -1));
        KL_TRY(rule.clears, percent(table, "clear", rule.fires));
        if (rule.clears < rule.fires) return fault(*table.get("clear"), "clear", "clear");
        return {};
    }

    Result<void> read_latency(const toml::table& table, AlertRule& rule) const {
        KL_CHECK(
            only(table, measured_keys({"over", "at_least", "percentile", "above_ms", "clear_ms"})));
        KL_CHECK(read_over(table, rule));
        KL_TRY(rule.percentile, number(table, "percentile", 50, 1, 99));
        if (table.get("above_ms") == nullptr) return fault(table, "above_ms", "missing");
        KL_TRY(rule.fires, number(table, "above_ms", 0, 0, 86'400'000));
        KL_TRY(rule.clears, number(table, "clear_ms", rule.fires, 0, 86'400'000));
        if (rule.clears > rule.fires) return fault(*table.get("clear_ms"), "clear_ms", "clear_ms");
        return {};
    }

    Result<void> read_external(const toml::table& table, AlertRule& rule) const {
        KL_CHECK(only(table, keys({"labels", "match"})));
        rule.by.clear();
        for (const char* field : {"labels", "match"}) {
            const toml::node* node = table.get(field);
            if (node == nullptr) continue;
            if (!node->is_table()) return fault(*node, field, "no_table");
            const bool dims = std::string_view(field) == "labels";
            for (const auto& [name, item] : *node->as_table()) {
                const auto value = item.value_exact<std::string>();
                if (!value || value->empty()) return fault(item, name.str(), "no_text");
                if (dims && (name.str() == "place" || group_field(name.str()) == nullptr))
                    return fault(item, name.str(), "word",
                                 {{"words", "system, action, site, seat"}});
                (dims ? rule.labels : rule.matching)[std::string(name.str())] = *value;
            }
        }
        return {};
    }

    // Sorted so that each stands behind what it depends on.
    Result<void> check_dependencies() {
        std::vector<AlertRule> sorted;
        std::set<std::string> done;
        const auto fault_at = [&](const AlertRule& rule, std::string_view what, TextArgs args) {
            Error error = make_error(ErrorCode::invalid_input, "alerts.rules." + std::string(what),
                                     std::move(args));
            error.file = file();
            error.line = rule.line;
            error.field = "depends";
            return error;
        };
        for (const AlertRule& rule : rules_.rules)
            for (const std::string& name : rule.depends)
                if (rules_.find(name) == nullptr)
                    return fault_at(rule, "no_rule", {{"name", name}});
        while (sorted.size() < rules_.rules.size()) {
            const std::size_t before = sorted.size();
            for (const AlertRule& rule : rules_.rules) {
                const bool ready = !done.contains(rule.name) &&
                                   std::all_of(rule.depends.begin(), rule.depends.end(),
                                               [&](const auto& n) { return done.contains(n); });
                if (!ready) continue;
                done.insert(rule.name);
                sorted.push_back(rule);
            }
            if (sorted.size() > before) continue;
            for (const AlertRule& rule : rules_.rules)
                if (!done.contains(rule.name))
                    return fault_at(rule, "circle", {{"name", rule.name}});
        }
        rules_.rules = std::move(sorted);
        return {};
    }

    AlertRules rules_;
    std::map<std::string, Severity> severities_;
};

}  // namespace

Result<AlertRules> parse_alert_rules(std::string_view text, std::string_view file) {
    return Reader(file).read(text);
}

}  // namespace klarsyn::alerts
