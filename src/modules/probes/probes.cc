#include "modules/probes/probes.h"

#include <algorithm>

#include "ingest/fact_text.h"

namespace klarsyn::probes {
namespace {

constexpr std::array<std::string_view, 3> kOutcomes{"ok", "failed", "timeout"};
constexpr std::uint64_t kMissingNumbers = std::uint64_t{1} << 36;
constexpr std::uint64_t kRuleNumbers = std::uint64_t{1} << 37;
constexpr unsigned kRuleBits = 33;

}  // namespace

std::string_view outcome_name(Outcome outcome) {
    return kOutcomes[static_cast<std::size_t>(outcome)];
}

std::optional<Outcome> outcome_named(std::string_view word) {
    const auto found = std::find(kOutcomes.begin(), kOutcomes.end(), word);
    if (found == kOutcomes.end()) return std::nullopt;
    return static_cast<Outcome>(found - kOutcomes.begin());
}

std::string_view flag_names(unsigned flags) {
    if (flags & kAmbiguous) return "ambiguous";
    return flags & kSkipped ? "skipped" : "";
}

std::vector<FactTableSpec> fact_tables() {
    return {{"probes_result",
             {"day", "at", "hour", "weekday", "system", "action", "kind", "site", "seat", "outcome",
              "ms", "limit_ms", "met", "net", "flags", "source"},
             {"day"},
             {"outcome", "flags"}},
            {"probes_missing",
             {"day", "at", "until", "system", "action", "kind", "site", "seat", "slots", "every_s",
              "source"},
             {"day"},
             {}},
            {"probes_action",
             {"system", "action", "kind", "limit_ms", "from_at", "to_at", "from_day", "to_day",
              "source"},
             {},
             {}},
            {"probes_window",
             {"system", "site", "from_at", "to_at", "from_day", "to_day", "announced", "source"},
             {},
             {}},
            {"probes_schedule",
             {"system", "action", "site", "seat", "every_s", "from_at", "to_at", "from_day",
              "to_day", "source"},
             {},
             {}}};
}

std::int64_t missing_group(Day day) {
    return group_key(kMissingNumbers | static_cast<std::uint64_t>(day), "missing");
}

std::int64_t rule_group(Table table, std::string_view source, std::string_view key) {
    std::string exact(source);
    exact += '\n';
    exact += key;
    const std::uint64_t low = hash64(exact) & ((std::uint64_t{1} << kRuleBits) - 1);
    return group_key(kRuleNumbers | (static_cast<std::uint64_t>(table) << kRuleBits) | low, exact);
}

std::string series_key(std::string_view system, std::string_view action, std::string_view site,
                       std::string_view seat) {
    std::string key = joined_key({system, action, site, seat});
    key.pop_back();
    return key;
}

}  // namespace klarsyn::probes
