#include "modules/probes/slots.h"

#include <algorithm>
#include <tuple>

namespace klarsyn::probes {
namespace {

// What is left of `span` where none of `blockers` holds.
std::vector<Span> without(const Span& span, std::vector<Span> blockers) {
    std::vector<Span> left;
    UtcSecond at = span.from;
    for (const Span& blocker : united(std::move(blockers))) {
        if (blocker.to <= at) continue;
        if (blocker.from >= span.to) break;
        if (blocker.from > at) left.push_back({at, blocker.from});
        at = blocker.to;
    }
    if (at < span.to) left.push_back({at, span.to});
    return left;
}

// The span that holds `at`, or null.
const Span* holding(std::span<const Span> spans, UtcSecond at) {
    const auto after =
        std::upper_bound(spans.begin(), spans.end(), at,
                         [](UtcSecond moment, const Span& span) { return moment < span.from; });
    if (after == spans.begin()) return nullptr;
    const Span& before = *std::prev(after);
    return before.holds(at) ? &before : nullptr;
}

}  // namespace

std::vector<Plan> plans_of(std::vector<ScheduleRule> rules) {
    std::sort(rules.begin(), rules.end(), [](const ScheduleRule& a, const ScheduleRule& b) {
        return std::tie(a.span.from, a.source) < std::tie(b.span.from, b.source);
    });
    std::vector<Plan> plans;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        std::vector<Span> later;
        for (std::size_t j = i + 1; j < rules.size(); ++j) later.push_back(rules[j].span);
        Plan plan{rules[i].span.from, rules[i].span.to, rules[i].every_s,
                  without(rules[i].span, std::move(later)), rules[i].source};
        if (!plan.pieces.empty()) plans.push_back(std::move(plan));
    }
    return plans;
}

Span expected_span(const Plan& plan, const Known& known) {
    const std::int64_t every = plan.every_s;
    const auto slot_begin = [&](UtcSecond at) { return at - (at - plan.anchor) % every; };
    const bool over = plan.stated_to <= known.until;
    Span expected{plan.anchor, plan.anchor};
    if (known.measured) {
        const UtcSecond earliest = known.measured->from - kBesideMeasured_s;
        if (plan.anchor < earliest) expected.from = slot_begin(known.measured->from);
        expected.to = known.measured->to;
        if (over) expected.to = std::min(plan.stated_to, expected.to + kBesideMeasured_s);
    } else if (over) {
        expected.to = plan.stated_to;
        if (expected.to - kBesideMeasured_s > plan.anchor)
            expected.from = slot_begin(expected.to - kBesideMeasured_s);
    }
    if (expected.to <= expected.from || known.until <= expected.from)
        return {expected.from, expected.from};
    // The slot that `to` falls into counts where it is over.
    expected.to = std::min(slot_begin(expected.to - 1) + every, slot_begin(known.until));
    return {expected.from, std::max(expected.from, expected.to)};
}

std::vector<MissingRun> missing_runs(const Plan& plan, const Span& expected,
                                     std::span<const UtcSecond> starts, const Span& day) {
    std::vector<MissingRun> runs;
    const std::int64_t every = plan.every_s;
    const UtcSecond from = std::max(day.from, expected.from);
    const UtcSecond to = std::min(day.to, expected.to);
    std::int64_t k = std::max<std::int64_t>(0, (from - plan.anchor + every - 1) / every);
    auto next = std::lower_bound(starts.begin(), starts.end(), plan.anchor + k * every);
    bool running = false;
    for (;; ++k) {
        const UtcSecond begin = plan.anchor + k * every;
        const UtcSecond end = begin + every;
        if (begin >= to) return runs;
        while (next != starts.end() && *next < begin) ++next;
        const bool measured = next != starts.end() && *next < end;
        const Span* piece = holding(plan.pieces, begin);
        const bool missing = !measured && piece && end <= piece->to;
        if (missing && running)
            ++runs.back().slots;
        else if (missing)
            runs.push_back({begin, 1});
        running = missing;
    }
}

}  // namespace klarsyn::probes
