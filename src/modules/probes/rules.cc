#include "modules/probes/rules.h"

#include <algorithm>
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

Judgement SeriesRules::judge(UtcSecond at, Outcome outcome, std::optional<std::int64_t> ms) const {
    Judgement judgement;
    judgement.net = !omitted_at(at);
    const LimitRule* rule = limit_at(at);
    if (!rule) return judgement;
    judgement.kind = rule->kind;
    judgement.limit_ms = rule->limit_ms;
    judgement.met = outcome == Outcome::ok && ms && *ms <= rule->limit_ms;
    return judgement;
}

void Rules::add_limit(std::string_view system, std::string_view action, LimitRule rule) {
    limits_[{std::string(system), std::string(action)}].push_back(std::move(rule));
}

void Rules::add_window(std::string_view system, std::string_view site, const WindowRule& rule) {
    if (!rule.announced || *rule.announced >= rule.span.from) return;
    omitted_[{std::string(system), std::string(site)}].push_back(rule.span);
}

void Rules::seal() {
    for (auto& [key, rules] : limits_) {
        std::sort(rules.begin(), rules.end(), [](const LimitRule& a, const LimitRule& b) {
            return std::tie(a.span.from, a.source) < std::tie(b.span.from, b.source);
        });
    }
}

SeriesRules Rules::of(std::string_view system, std::string_view action,
                      std::string_view site) const {
    const auto found = limits_.find({std::string(system), std::string(action)});
    std::vector<Span> omitted;
    for (const std::string_view of_system : {system, std::string_view()}) {
        for (const std::string_view of_site : {site, std::string_view()}) {
            const auto windows = omitted_.find({std::string(of_system), std::string(of_site)});
            if (windows == omitted_.end()) continue;
            omitted.insert(omitted.end(), windows->second.begin(), windows->second.end());
        }
    }
    return {found == limits_.end() ? nullptr : &found->second, united(std::move(omitted))};
}

}  // namespace klarsyn::probes
