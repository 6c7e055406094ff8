#include "indicators/answer.h"

#include <algorithm>
#include <set>

#include "store/journal.h"

namespace klarsyn {
namespace {

__extension__ typedef __int128 Wide;  // counts times scales cannot overflow it

// Every bucket tuple of the period with the days it spans.
std::map<GroupKey, Period> bucket_periods(const BoundQuestion& question) {
    std::map<GroupKey, Period> periods;
    if (!question.by_calendar()) {
        periods[GroupKey{}] = question.period;
        return periods;
    }
    for (Day day = question.period.from; day <= question.period.to;) {
        const Day last = last_day_of_key(question, day);
        periods[calendar_key(question, day)] = Period{day, last};
        day = last + 1;
    }
    return periods;
}

GroupKey dims_of(const BoundQuestion& question, GroupKey key) {
    for (std::size_t i = 0; i < question.groups.size(); ++i) {
        if (question.groups[i].bucket) key[i] = 0;
    }
    return key;
}

GroupKey joined(const BoundQuestion& question, const GroupKey& dims, const GroupKey& buckets) {
    GroupKey key{};
    for (std::size_t i = 0; i < question.groups.size(); ++i) {
        key[i] = question.groups[i].bucket ? buckets[i] : dims[i];
    }
    return key;
}

void compute_value(const Indicator& indicator, const Components& part, FigureRow& row) {
    row.records = part.n;
    switch (indicator.aggregate) {
        case Aggregate::count:
        case Aggregate::balance:
            row.num = part.n;
            row.value = static_cast<double>(part.n);
            return;
        case Aggregate::sum:
            row.num = part.num;
            row.value = static_cast<double>(part.num);
            return;
        case Aggregate::mean:
        case Aggregate::ratio:
            row.num = part.num;
            row.den = part.den;
            if (part.den != 0) {
                row.value = static_cast<double>(part.num) / static_cast<double>(part.den);
            }
            return;
        case Aggregate::min:
        case Aggregate::max:
            if (part.n == 0) return;
            row.num = indicator.aggregate == Aggregate::min ? part.min : part.max;
            row.value = static_cast<double>(*row.num);
            return;
        case Aggregate::distinct:
            row.num = static_cast<std::int64_t>(part.values.size());
            row.value = static_cast<double>(*row.num);
            return;
        case Aggregate::percentile:
            row.num = nearest_rank(part.values, indicator.percentile);
            if (row.num) row.value = static_cast<double>(*row.num);
            return;
    }
}

void judge(const Indicator& indicator, FigureRow& row) {
    for (const auto& target : indicator.targets) {
        if (target.from <= row.period.from) {
            row.target = static_cast<double>(target.bound.value) /
                         static_cast<double>(target.bound.scale);
        }
    }
    if (!row.value || !indicator.green) return;
    const std::int64_t den = row.den.value_or(1);
    if (meets(*indicator.green, *row.num, den)) row.status = "green";
    else if (indicator.yellow && meets(*indicator.yellow, *row.num, den)) row.status = "yellow";
    else row.status = "red";
}

Result<std::vector<std::pair<std::string, DimValue>>> label_key(const BoundQuestion& question,
                                                                 Names& names, const GroupKey& key) {
    std::vector<std::pair<std::string, DimValue>> labels;
    for (std::size_t i = 0; i < question.groups.size(); ++i) {
        const auto& group = question.groups[i];
        if (group.bucket) {
            labels.emplace_back(group.word, bucket_label(*group.bucket, static_cast<Day>(key[i])));
        } else if (group.kind == DimKind::number) {
            labels.emplace_back(group.word, key[i]);
        } else {
            KL_TRY(auto text, names.text(key[i]));
            labels.emplace_back(group.word, std::move(text));
        }
    }
    return labels;
}

struct KeyedRow {
    GroupKey buckets{};  // orders calendar groups by time
    FigureRow row;
};

bool row_before(const BoundQuestion& question, const KeyedRow& a, const KeyedRow& b) {
    for (std::size_t i = 0; i < question.groups.size(); ++i) {
        if (question.groups[i].bucket) {
            if (a.buckets[i] != b.buckets[i]) return a.buckets[i] < b.buckets[i];
        } else if (a.row.key[i].second != b.row.key[i].second) {
            return a.row.key[i].second < b.row.key[i].second;
        }
    }
    return false;
}

}  // namespace

bool meets(const Bound& bound, std::int64_t num, std::int64_t den) {
    const auto left = static_cast<Wide>(num) * bound.scale;
    const auto right = static_cast<Wide>(bound.value) * den;
    switch (bound.op) {
        case Bound::Op::less: return left < right;
        case Bound::Op::less_equal: return left <= right;
        case Bound::Op::greater: return left > right;
        case Bound::Op::greater_equal: return left >= right;
    }
    return false;
}

std::optional<std::int64_t> nearest_rank(const ValueCounts& values, int percent) {
    std::int64_t n = 0;
    for (const auto& [value, count] : values) n += count;
    if (n == 0) return std::nullopt;
    const std::int64_t position = (percent * n + 99) / 100;
    std::int64_t seen = 0;
    for (const auto& [value, count] : values) {
        seen += count;
        if (seen >= position) return value;
    }
    return std::nullopt;
}

Result<std::vector<FigureRow>> make_rows(Connection& db, const BoundQuestion& question,
                                         const Coverage& coverage, const Groups& groups) {
    const auto periods = bucket_periods(question);
    std::set<GroupKey> combinations;
    if (question.dims().empty()) combinations.insert(GroupKey{});
    for (const auto& [key, part] : groups) combinations.insert(dims_of(question, key));

    std::map<GroupKey, std::pair<int, std::vector<Day>>> covered;
    for (const auto& [buckets, period] : periods) {
        covered[buckets] = {coverage.days_covered(period), coverage.gap(period)};
    }
    Names names(db);
    std::vector<KeyedRow> rows;
    rows.reserve(combinations.size() * periods.size());
    static const Components kNothing;
    for (const auto& combination : combinations) {
        for (const auto& [buckets, period] : periods) {
            const GroupKey key = joined(question, combination, buckets);
            const auto found = groups.find(key);
            const Components& part = found == groups.end() ? kNothing : found->second;
            KeyedRow keyed;
            keyed.buckets = buckets;
            keyed.row.period = period;
            std::tie(keyed.row.days_covered, keyed.row.gap) = covered[buckets];
            const bool withheld = question.indicator->status == IndicatorStatus::withheld;
            if (!withheld && (keyed.row.days_covered > 0 || part.n > 0)) {
                compute_value(*question.indicator, part, keyed.row);
            }
            judge(*question.indicator, keyed.row);
            KL_TRY(keyed.row.key, label_key(question, names, key));
            rows.push_back(std::move(keyed));
        }
    }
    std::sort(rows.begin(), rows.end(), [&](const KeyedRow& a, const KeyedRow& b) {
        return row_before(question, a, b);
    });
    std::vector<FigureRow> result;
    result.reserve(rows.size());
    for (auto& keyed : rows) result.push_back(std::move(keyed.row));
    return result;
}

}  // namespace klarsyn
