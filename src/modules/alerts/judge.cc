#include "modules/alerts/judge.h"

#include <algorithm>
#include <map>

namespace klarsyn::alerts {
namespace {

constexpr std::int64_t kPoints = 20;
constexpr Day kOutlookOld_days = 7;  // older readings tell nothing of today
constexpr std::int64_t kDay_s = 86'400;

bool fits(const AlertRule& rule, const Group& full) {
    const auto same = [](const std::string& wanted, const std::string& has) {
        return wanted.empty() || wanted == has;
    };
    return same(rule.where.system, full.system) && same(rule.where.action, full.action) &&
           same(rule.where.site, full.site) && same(rule.where.seat, full.seat) &&
           same(rule.where.place, full.place);
}

Group full_group(const MeasuredSeries& series) {
    return {series.system, series.action, series.site, series.seat, "", ""};
}

bool touches(const PlannedWindow& window, const Group& full) {
    return (window.system.empty() || window.system == full.system) &&
           (window.site.empty() || window.site == full.site);
}

bool holds(const PlannedWindow& window, UtcSecond at) {
    return window.from <= at && at < window.to;
}

struct Bucket {
    std::vector<const MeasuredSeries*> series;
    std::vector<const Measured*> measured;
};

// Whether a measurement tells anything of the group now.
bool counts(const JudgeInput& input, const Group& group, const Group& full, UtcSecond at) {
    for (const PlannedWindow& window : input.measured.windows) {
        if (!touches(window, full) || !holds(window, at)) continue;
        if (!holds(window, input.now) || !covers(window, group)) return false;
    }
    return true;
}

std::map<Group, Bucket> buckets_of(const AlertRule& rule, const JudgeInput& input,
                                   const FreshFrom& fresh_from) {
    std::map<Group, Bucket> buckets;
    for (const MeasuredSeries& series : input.measured.series) {
        const Group full = full_group(series);
        if (!fits(rule, full)) continue;
        const Group group = group_of(rule, full);
        Bucket& bucket = buckets[group];
        bucket.series.push_back(&series);
        if (rule.kind == RuleKind::gap) continue;
        const UtcSecond from = std::max(input.now - rule.over_s, fresh_from(rule, group));
        for (const Measured& one : series.measured)
            if (one.at > from && one.at <= input.now && counts(input, group, full, one.at))
                bucket.measured.push_back(&one);
    }
    return buckets;
}

// Where in the picture a moment lies.
std::int64_t point_of(const AlertRule& rule, UtcSecond now, UtcSecond at) {
    const std::int64_t width = std::max<std::int64_t>(1, rule.over_s / kPoints);
    return now - (now - at) / width * width;
}

void judge_share(const AlertRule& rule, const JudgeInput& input, const Bucket& bucket,
                 Judged& judged) {
    const bool limit = rule.measure == "within_limit";
    std::map<UtcSecond, Point> points;
    for (const Measured* one : bucket.measured) {
        if (limit && one->met == Measured::Met::unknown) continue;
        const bool met =
            limit ? one->met == Measured::Met::yes : one->outcome == Measured::Outcome::ok;
        Point& point = points[point_of(rule, input.now, one->at)];
        point.num += met ? 1 : 0;
        ++point.den;
        judged.num += met ? 1 : 0;
        ++judged.den;
    }
    for (auto& [at, point] : points) {
        point.at = at;
        judged.points.push_back(point);
    }
    if (judged.den < rule.at_least) return;
    const std::int64_t share = judged.num * 100 * kPercent;
    judged.level = share < rule.fires * judged.den     ? Level::bad
                   : share >= rule.clears * judged.den ? Level::well
                                                       : Level::between;
}

// Nearest rank.
std::int64_t percentile_of(std::vector<std::int64_t>& values, std::int64_t percentile) {
    std::sort(values.begin(), values.end());
    const auto count = static_cast<std::int64_t>(values.size());
    const std::int64_t rank = std::max<std::int64_t>(1, (percentile * count + 99) / 100);
    return values[static_cast<std::size_t>(rank - 1)];
}

void judge_latency(const AlertRule& rule, const JudgeInput& input, const Bucket& bucket,
                   Judged& judged) {
    std::vector<std::int64_t> all;
    std::map<UtcSecond, std::vector<std::int64_t>> steps;
    for (const Measured* one : bucket.measured) {
        if (one->ms < 0) continue;
        all.push_back(one->ms);
        steps[point_of(rule, input.now, one->at)].push_back(one->ms);
    }
    for (auto& [at, values] : steps)
        judged.points.push_back({at, percentile_of(values, rule.percentile), 1});
    judged.den = static_cast<std::int64_t>(all.size());
    if (all.empty() || judged.den < rule.at_least) return;
    judged.num = percentile_of(all, rule.percentile);
    judged.level = judged.num > rule.fires     ? Level::bad
                   : judged.num <= rule.clears ? Level::well
                                               : Level::between;
}

// A group is silent when each of its series is: a finer grouping finds a single one. What was
// silent in an announced window counts as silent from its end on, but that alone clears nothing.
void judge_gap(const AlertRule& rule, const JudgeInput& input, const Bucket& bucket,
               Judged& judged) {
    std::int64_t shortest = -1, shortest_outside = -1;
    const auto shorter = [](std::int64_t known, std::int64_t other) {
        return known < 0 ? other : std::min(known, other);
    };
    for (const MeasuredSeries* series : bucket.series) {
        UtcSecond last = series->scheduled_from;
        if (!series->measured.empty()) last = std::max(last, series->measured.back().at);
        UtcSecond outside = last;
        for (const PlannedWindow& window : input.measured.windows)
            if (touches(window, full_group(*series)) && window.to <= input.now)
                outside = std::max(outside, window.to);
        shortest = shorter(shortest, std::max<std::int64_t>(0, input.now - last));
        shortest_outside =
            shorter(shortest_outside, std::max<std::int64_t>(0, input.now - outside));
    }
    if (shortest < 0) return;
    judged.num = shortest;
    judged.den = static_cast<std::int64_t>(bucket.series.size());
    judged.level = shortest <= rule.fires          ? Level::well
                   : shortest_outside > rule.fires ? Level::bad
                                                   : Level::between;
}

Judged start(const AlertRule& rule, const Group& group) {
    Judged judged;
    judged.rule = &rule;
    judged.group = group;
    return judged;
}

std::vector<Judged> judge_outlook(const AlertRule& rule, const JudgeInput& input) {
    const Day today = Zone::copenhagen().to_local(input.now).day;
    std::map<Group, Judged> found;
    for (const CapacityOutlook& one : input.outlook) {
        Group full;
        full.place = one.place;
        if (!fits(rule, full) || (!rule.reading.empty() && rule.reading != one.kind)) continue;
        // Power and storage of one place are different things.
        Group group = group_of(rule, full);
        group.key = one.kind;
        Judged judged = start(rule, group);
        judged.den = 1;
        // A day that has come since the last reading is reached, as far as anybody knows.
        judged.num = one.reached    ? 0
                     : one.expected ? std::max<std::int64_t>(0, *one.expected - today)
                                    : -1;
        if (one.last >= today - kOutlookOld_days) {
            const bool crosses = judged.num >= 0;
            judged.level = crosses && judged.num <= rule.fires    ? Level::bad
                           : crosses && judged.num <= rule.clears ? Level::between
                                                                  : Level::well;
        }
        const auto [known, fresh] = found.emplace(group, judged);
        if (!fresh && judged.level > known->second.level) known->second = judged;
    }
    std::vector<Judged> list;
    for (auto& [group, judged] : found) list.push_back(std::move(judged));
    return list;
}

std::vector<Judged> judge_readings(const AlertRule& rule, const JudgeInput& input) {
    std::map<Group, Judged> found;
    for (const StoredReading& one : input.readings) {
        const Group full{one.system, "", one.site, one.seat, "", ""};
        if (one.kind != rule.reading || !fits(rule, full)) continue;
        const Group group = group_of(rule, full);
        const auto [known, fresh] = found.emplace(group, start(rule, group));
        Judged& judged = known->second;
        if (!fresh && judged.num <= one.value) continue;  // the lowest of the group counts
        judged.num = one.value;
        judged.den = 1;
        const bool old = one.at < input.now - 2 * kDay_s;
        judged.level = old                        ? Level::unknown
                       : one.value < rule.fires   ? Level::bad
                       : one.value >= rule.clears ? Level::well
                                                  : Level::between;
    }
    std::vector<Judged> list;
    for (auto& [group, judged] : found) list.push_back(std::move(judged));
    return list;
}

}  // namespace

std::string_view level_name(Level level) {
    constexpr std::string_view kNames[] = {"unknown", "well", "between", "bad"};
    return kNames[static_cast<std::size_t>(level)];
}

bool covers(const PlannedWindow& window, const Group& group) {
    return (window.system.empty() || window.system == group.system) &&
           (window.site.empty() || window.site == group.site) && group.place.empty();
}

Group group_of(const AlertRule& rule, const Group& full) {
    Group group;
    for (const std::string& dim : rule.by) group.*group_field(dim) = full.*group_field(dim);
    return group;
}

bool explains(const Group& parent, const Group& child) {
    for (const char* dim : {"system", "action", "site", "seat", "place"}) {
        const std::string& named = parent.*group_field(dim);
        if (!named.empty() && named != child.*group_field(dim)) return false;
    }
    return true;
}

std::vector<Judged> judge(const AlertRule& rule, const JudgeInput& input,
                          const FreshFrom& fresh_from) {
    if (rule.kind == RuleKind::external) return {};
    if (rule.kind == RuleKind::forecast) return judge_outlook(rule, input);
    if (rule.kind == RuleKind::expiry) return judge_readings(rule, input);
    std::vector<Judged> list;
    for (const auto& [group, bucket] : buckets_of(rule, input, fresh_from)) {
        Judged judged = start(rule, group);
        // What is not complete is not judged: a share of a part would be a guess.
        if (input.measured.too_many)
            judged.level = Level::unknown;
        else if (rule.kind == RuleKind::share)
            judge_share(rule, input, bucket, judged);
        else if (rule.kind == RuleKind::latency)
            judge_latency(rule, input, bucket, judged);
        else
            judge_gap(rule, input, bucket, judged);
        list.push_back(std::move(judged));
    }
    return list;
}

}  // namespace klarsyn::alerts
