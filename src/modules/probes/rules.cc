#include "modules/probes/rules.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace klarsyn::probes {

std::vector<Span> united(std::vector<Span> spans) {
    std::erase_if(spans, [](const Span& span) { return span.from >= span.to; });
    std::sort(spans.begin(), spans.end(),
              [](const Span& a, const Span& b) { return a.from < b.from; });
    std::vector<Span> merged;
    for (const Span& span : spans) {
        if (!merged.empty() && span.from <= merged.back().to)
            merged.back().to = std::max(merged.back().to, span.to);
        else
            merged.push_back(span);
    }
    return merged;
}

const LimitRule* SeriesRules::limit_at(UtcSecond at) const {
    if (!limits_) return nullptr;
    for (auto rule = limits_->rbegin(); rule != limits_->rend(); ++rule) {
        if (rule->span.holds(at)) return &*rule;
    }
    return nullptr;
}

bool SeriesRules::omitted_at(UtcSecond at) const {
    const auto after =
        std::upper_bound(omitted_.begin(), omitted_.end(), at,
                         [](UtcSecond moment, const Span& span) { return moment < span.from; });
    return after != omitted_.begin() && std::prev(after)->holds(at);
}

std::vector<RuleStretch> SeriesRules::stretches(UtcSecond from, UtcSecond to) const {
    std::vector<UtcSecond> edges{to};
    const auto add = [&](const Span& span) {
        for (const UtcSecond edge : {span.from, span.to}) {
            if (edge > from && edge < to) edges.push_back(edge);
        }
    };
    if (limits_) {
        for (const LimitRule& rule : *limits_) add(rule.span);
    }
    for (const Span& span : omitted_) add(span);
    std::sort(edges.begin(), edges.end());
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    std::vector<RuleStretch> found;
    for (const UtcSecond edge : edges) {
        found.push_back({edge, limit_at(from), omitted_at(from)});
        from = edge;
    }
    return found;
}

void Rules::add_limit(std::int64_t system, std::int64_t action, LimitRule rule) {
    limits_[{system, action}].push_back(std::move(rule));
}

void Rules::add_window(std::int64_t system, std::int64_t site, const WindowRule& rule) {
    if (!rule.announced || *rule.announced >= rule.span.from) return;
    omitted_[{system, site}].push_back(rule.span);
}

void Rules::seal() {
    for (auto& [key, rules] : limits_) {
        std::sort(rules.begin(), rules.end(), [](const LimitRule& a, const LimitRule& b) {
            return std::tie(a.span.from, a.source) < std::tie(b.span.from, b.source);
        });
    }
}

SeriesRules Rules::of(std::int64_t system, std::int64_t action, std::int64_t site) const {
    const auto found = limits_.find({system, action});
    std::vector<Span> omitted;
    for (const auto& key : std::set<Pair>{{system, site}, {system, 0}, {0, site}, {0, 0}}) {
        const auto windows = omitted_.find(key);
        if (windows == omitted_.end()) continue;
        omitted.insert(omitted.end(), windows->second.begin(), windows->second.end());
    }
    return {found == limits_.end() ? nullptr : &found->second, united(std::move(omitted))};
}

}  // namespace klarsyn::probes
