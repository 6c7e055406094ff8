#include "modules/probes/intake/mapping.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "ingest/toml_reader.h"
#include "modules/probes/rows.h"
#include "protocols/remote_write.h"

namespace klarsyn::probes {
namespace {

constexpr std::array<std::string_view, 8> kKeys{"name", "where", "system", "action",
                                                "site", "seat",  "unit",   "success"};
constexpr std::size_t kMetricBytesMax = 200;

// A name cut to a length that lists can show.
std::string shown_name(std::string_view name) {
    std::size_t size = std::min(name.size(), kMetricBytesMax);
    while (size > 0 && size < name.size() &&
           (static_cast<unsigned char>(name[size]) & 0xc0U) == 0x80U)
        --size;
    return std::string(name.substr(0, size));
}

std::string label_names(const Labels& labels) {
    std::string names;
    for (const auto& [name, value] : labels) {
        if (name == "__name__") continue;
        if (names.size() + name.size() > kMetricBytesMax) break;
        names += (names.empty() ? "" : ", ") + name;
    }
    return names;
}

// Success metrics by name, labels and time.
std::string success_key(std::string_view metric, const Labels& labels, std::int64_t at_ms) {
    return series_text(metric, labels) + ' ' + std::to_string(at_ms);
}

Labels without_name(const Labels& labels) {
    Labels rest = labels;
    std::erase_if(rest, [](const auto& label) { return label.first == "__name__"; });
    return rest;
}

}  // namespace

const std::string_view kUsualMapping = R"(
[[metric]]
name = "probe_duration_seconds"
where = {seat = ""}
system = "{system}"
action = "{action}"
site = "{site}"
unit = "s"
success = "probe_success"

[[metric]]
name = "probe_duration_seconds"
system = "{system}"
action = "{action}"
site = "{site}"
seat = "{seat}"
unit = "s"
success = "probe_success"

[[metric]]
name = "probe.duration"
where = {seat = ""}
system = "{system}"
action = "{action}"
site = "{site}"
success = "probe.success"

[[metric]]
name = "probe.duration"
system = "{system}"
action = "{action}"
site = "{site}"
seat = "{seat}"
success = "probe.success"
)";

void leave(UnmappedCounts& unmapped, std::string_view name, const Labels& labels,
           std::string_view why) {
    UnmappedCount& count = unmapped[{shown_name(name), std::string(why)}];
    if (count.samples++ == 0) count.labels = label_names(labels);
}

std::optional<double> unit_ms(std::string_view unit) {
    constexpr std::array<std::pair<std::string_view, double>, 12> kUnits{{{"s", 1000},
                                                                          {"seconds", 1000},
                                                                          {"sec", 1000},
                                                                          {"ms", 1},
                                                                          {"milliseconds", 1},
                                                                          {"us", 0.001},
                                                                          {"µs", 0.001},
                                                                          {"microseconds", 0.001},
                                                                          {"ns", 0.000001},
                                                                          {"nanoseconds", 0.000001},
                                                                          {"min", 60'000},
                                                                          {"minutes", 60'000}}};
    for (const auto& [name, ms] : kUnits)
        if (name == unit) return ms;
    return std::nullopt;
}

class MappingReader : private TomlReader {
public:
    MappingReader(std::string_view file, ProbeMapping& into)
        : TomlReader(file, "probes.mapping"), into_(into) {}

    Result<void> read(std::string_view text) {
        KL_TRY(const toml::table root, parse(text));
        for (const auto& [key, node] : root) {
            if (key.str() != "metric" || !node.is_array()) return fault(node, key.str(), "unknown");
            for (const toml::node& item : *node.as_array()) {
                if (!item.is_table()) return fault(item, "metric", "no_table");
                KL_TRY(auto rule, read_rule(*item.as_table()));
                into_.rules_.push_back(std::move(rule));
            }
        }
        return {};
    }

private:
    Result<ProbeMapping::Rule> read_rule(const toml::table& table) const {
        KL_CHECK(only(table, kKeys));
        ProbeMapping::Rule rule;
        KL_TRY(rule.metric, text(table, "name", true));
        KL_TRY(rule.unit, text(table, "unit", false));
        if (!rule.unit.empty() && !unit_ms(rule.unit))
            return fault(*table.get("unit"), "unit", "unit");
        KL_TRY(rule.success, text(table, "success", false));
        KL_TRY(rule.system, pieces(table, "system", true));
        KL_TRY(rule.action, pieces(table, "action", true));
        KL_TRY(rule.site, pieces(table, "site", true));
        KL_TRY(rule.seat, pieces(table, "seat", false));
        const toml::node* where = table.get("where");
        if (where == nullptr) return rule;
        if (!where->is_table()) return fault(*where, "where", "no_table");
        for (const auto& [label, node] : *where->as_table()) {
            const auto value = node.value_exact<std::string>();
            if (!value) return fault(node, label.str(), "no_text");
            rule.where.emplace_back(std::string(label.str()), *value);
        }
        std::sort(rule.where.begin(), rule.where.end());
        return rule;
    }

    // "PC {instance}" as a text and the value of a label.
    Result<ProbeMapping::Template> pieces(const toml::table& table, std::string_view key,
                                          bool needed) const {
        KL_TRY(const std::string given, text(table, key, needed));
        ProbeMapping::Template result;
        std::string_view rest = given;
        while (!rest.empty()) {
            const auto open = rest.find('{');
            if (open != 0) result.push_back({std::string(rest.substr(0, open)), false});
            if (open == std::string_view::npos) break;
            const auto close = rest.find('}', open);
            if (close == std::string_view::npos || close == open + 1)
                return fault(*table.get(key), key, "braces");
            result.push_back({std::string(rest.substr(open + 1, close - open - 1)), true});
            rest.remove_prefix(close + 1);
        }
        return result;
    }

    ProbeMapping& into_;
};

Result<ProbeMapping> ProbeMapping::parse(std::string_view text, std::string_view file) {
    ProbeMapping mapping;
    KL_CHECK(MappingReader(file, mapping).read(text));
    return mapping;
}

bool ProbeMapping::Rule::fits(const Labels& labels) const {
    return std::all_of(where.begin(), where.end(), [&](const auto& label) {
        return find_label(labels, label.first) == label.second;
    });
}

const ProbeMapping::Rule* ProbeMapping::rule_of(std::string_view name,
                                               const Labels& labels) const {
    for (const Rule& rule : rules_) {
        if (rule.metric == name && rule.fits(labels)) return &rule;
    }
    return nullptr;
}

std::optional<std::string> ProbeMapping::render(const Template& pieces, const Labels& labels) {
    std::string text;
    for (const Piece& piece : pieces) {
        if (!piece.label) {
            text += piece.text;
            continue;
        }
        const auto value = find_label(labels, piece.text);
        if (value.empty()) return std::nullopt;
        text += value;
    }
    const std::string_view bare = trimmed(text);
    const bool control = std::any_of(bare.begin(), bare.end(),
                                     [](char c) { return static_cast<unsigned char>(c) < ' '; });
    if (control || bare.size() > kNameBytesMax) return std::nullopt;
    return std::string(bare);
}

bool ProbeMapping::helps(std::string_view name) const {
    return std::any_of(rules_.begin(), rules_.end(),
                       [&](const Rule& rule) { return rule.success == name; });
}

bool ProbeMapping::pairs() const {
    return std::any_of(rules_.begin(), rules_.end(),
                       [](const Rule& rule) { return !rule.success.empty(); });
}

// A success of 0 whose duration is not in the same request: senders cut requests where they like.
std::optional<LoneFailure> ProbeMapping::lone_failure(const IntakeSample& sample,
                                                      UtcSecond latest) const {
    const bool failed = !(sample.value > 0) && sample.unusable.empty();
    for (const Rule& rule : rules_) {
        if (!failed || rule.success != sample.name || !rule.fits(sample.labels)) continue;
        KeptMeasurement kept;
        kept.line = sample.line;
        kept.outcome = Outcome::failed;
        kept.says = SeriesRow::Says::outcome;
        kept.at = sample.at_ms >= 0 ? sample.at_ms / 1000 : -1;
        const auto system = render(rule.system, sample.labels);
        const auto action = render(rule.action, sample.labels);
        const auto site = render(rule.site, sample.labels);
        const auto seat = render(rule.seat, sample.labels);
        if (kept.at < 0 || kept.at > latest || !system || !action || !site || !seat ||
            system->empty() || action->empty() || site->empty())
            return std::nullopt;
        kept.system = *system;
        kept.action = *action;
        kept.site = *site;
        kept.seat = *seat;
        return LoneFailure{shown_name(sample.name), std::move(kept)};
    }
    return std::nullopt;
}

ProbeMapping::Verdict ProbeMapping::judge(std::string_view name, const Labels& labels,
                                          std::string_view unit, std::string_view unusable) const {
    Verdict verdict;
    const Rule* rule = rule_of(name, labels);
    if (rule == nullptr) {
        verdict.helper = helps(name);
        verdict.why = "no_rule";
        return verdict;
    }
    verdict.success = rule->success;
    verdict.why = unusable;
    if (!unusable.empty()) return verdict;
    auto system = render(rule->system, labels);
    auto action = render(rule->action, labels);
    auto site = render(rule->site, labels);
    auto seat = render(rule->seat, labels);
    const bool named = system && action && site && seat && !system->empty() && !action->empty() &&
                       !site->empty();
    const auto told = unit_ms(unit);  // by the sample itself
    const auto ms = told ? told : unit_ms(rule->unit);
    if (!named || !ms) {
        verdict.why = named ? "unit" : "label";
        return verdict;
    }
    verdict.unit_ms = *ms;
    verdict.system = std::move(*system);
    verdict.action = std::move(*action);
    verdict.site = std::move(*site);
    verdict.seat = std::move(*seat);
    return verdict;
}

std::string_view ProbeMapping::measure(const Verdict& verdict, double value, std::int64_t at_ms,
                                       UtcSecond latest, KeptMeasurement& kept) {
    kept.at = at_ms >= 0 ? at_ms / 1000 : -1;
    if (kept.at < 0 || kept.at > latest) return "time";
    const double ms = value * verdict.unit_ms;
    const bool measured = ms >= 0 && ms <= static_cast<double>(kMsMax);
    if (!measured && kept.outcome == Outcome::ok) return "value";
    if (measured) kept.ms = std::llround(ms);
    return {};
}

MappedSamples ProbeMapping::map(const std::vector<IntakeSample>& samples, UtcSecond latest) const {
    MappedSamples result;
    struct Success {
        double value = 0;
        bool used = false;  // its duration is here, too
    };
    std::unordered_map<std::string, Success> successes;
    for (const IntakeSample& sample : samples)
        if (helps(sample.name))
            successes[success_key(sample.name, without_name(sample.labels), sample.at_ms)] = {
                sample.value, false};
    for (const IntakeSample& sample : samples) {
        if (is_stale(sample.value)) continue;  // the series ended: no measurement
        ++result.samples;
        Verdict verdict = judge(sample.name, sample.labels, sample.unit, sample.unusable);
        if (verdict.helper) {
            ++result.helpers;
            continue;
        }
        KeptMeasurement kept;
        kept.line = sample.line;
        std::string_view why = verdict.why;
        if (why.empty()) {
            const auto success =
                verdict.success.empty()
                    ? successes.end()
                    : successes.find(success_key(verdict.success,
                                                 without_name(sample.labels), sample.at_ms));
            if (success != successes.end()) {
                if (!(success->second.value > 0)) kept.outcome = Outcome::failed;
                success->second.used = true;
            } else if (!verdict.success.empty()) {
                kept.says = SeriesRow::Says::ms;
            }
            why = measure(verdict, sample.value, sample.at_ms, latest, kept);
        }
        if (!why.empty()) {
            leave(result.unmapped, sample.name, sample.labels, why);
            continue;
        }
        kept.system = std::move(verdict.system);
        kept.action = std::move(verdict.action);
        kept.site = std::move(verdict.site);
        kept.seat = std::move(verdict.seat);
        result.measurements.push_back(std::move(kept));
    }
    for (const IntakeSample& sample : samples) {
        if (!helps(sample.name) || is_stale(sample.value)) continue;
        const auto success = successes.find(
            success_key(sample.name, without_name(sample.labels), sample.at_ms));
        if (success == successes.end() || success->second.used) continue;
        success->second.used = true;
        if (auto failure = lone_failure(sample, latest))
            result.lone_failures.push_back(std::move(*failure));
    }
    return result;
}

}  // namespace klarsyn::probes
