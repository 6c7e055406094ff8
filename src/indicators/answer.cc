#include "indicators/answer.h"

#include <algorithm>
#include <set>

#include "store/journal.h"

namespace klarsyn {
namespace {

__extension__ typedef __int128 Wide;  // counts times scales cannot overflow it

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
    row.gap_records = part.gap;
    if (part.unknown) return;
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
        case Aggregate::latest:
            if (part.n == 0 && part.gap == 0 && !indicator.has_den) return;  // nothing was read
            row.num = part.num;
            if (!indicator.has_den) {
                row.value = static_cast<double>(part.num);
                return;
            }
            [[fallthrough]];
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

// Of too few things there is no number; their records stay to be opened.
void hold_back(const Indicator& indicator, const Components& part, FigureRow& row) {
    if (indicator.least == 0) return;
    row.behind = static_cast<std::int64_t>(part.things.size());
    row.too_few = part.n > 0 && *row.behind < indicator.least;
    if (!row.too_few) return;
    row.value.reset();
    row.num.reset();
    row.den.reset();
}

void judge(const Indicator& indicator, FigureRow& row) {
    for (const auto& target : indicator.targets) {
        if (target.from <= row.period.from) {
            row.target = static_cast<double>(target.bound.value) /
                         static_cast<double>(target.bound.scale);
        }
    }
    if (row.value && is_measured_share(indicator))
        row.interval = share_interval(indicator, row.num, row.den);
    if (!row.value || !indicator.green) return;
    const std::int64_t den = row.den.value_or(1);
    if (meets(*indicator.green, *row.num, den)) row.status = "green";
    else if (indicator.yellow && meets(*indicator.yellow, *row.num, den)) row.status = "yellow";
    else row.status = "red";
}

// What every row of one bucket tuple shares.
struct BucketPart {
    GroupKey key{};
    Period period;
    int days_covered = 0;
    std::vector<Day> gap;
    std::vector<DimValue> labels;  // per group; those of dimensions are unused
};

// What every row of one combination of dimension values shares.
struct DimPart {
    GroupKey key{};
    GroupKey rank{};  // place of each value among all values of its dimension
    std::vector<DimValue> labels;
};

std::vector<BucketPart> bucket_parts(const BoundQuestion& question, const Coverage& coverage) {
    std::vector<BucketPart> parts;
    for (const auto& [key, period] : bucket_periods(question)) {
        BucketPart part{key, period, coverage.days_covered(period), coverage.gap(period), {}};
        for (std::size_t i = 0; i < question.groups.size(); ++i) {
            const auto& bucket = question.groups[i].bucket;
            part.labels.push_back(bucket ? DimValue(bucket_label(*bucket, static_cast<Day>(key[i])))
                                         : DimValue());
        }
        parts.push_back(std::move(part));
    }
    return parts;
}

// Orders values as they are printed: numbers by size, texts by code point.
void rank_dims(const BoundQuestion& question, std::vector<DimPart>& parts) {
    for (std::size_t i = 0; i < question.groups.size(); ++i) {
        if (question.groups[i].bucket) continue;
        std::vector<DimValue> values;
        for (const auto& part : parts) values.push_back(part.labels[i]);
        std::sort(values.begin(), values.end());
        for (auto& part : parts) {
            part.rank[i] = std::lower_bound(values.begin(), values.end(), part.labels[i]) - values.begin();
        }
    }
}

Result<std::vector<DimPart>> dim_parts(Connection& db, const BoundQuestion& question,
                                       const Groups& groups) {
    std::set<GroupKey> combinations;
    if (question.dims().empty()) combinations.insert(GroupKey{});
    for (const auto& [key, part] : groups) combinations.insert(dims_of(question, key));
    Names names(db);
    std::vector<DimPart> parts;
    for (const auto& key : combinations) {
        DimPart part{key, {}, {}};
        for (std::size_t i = 0; i < question.groups.size(); ++i) {
            const auto& group = question.groups[i];
            if (group.bucket) {
                part.labels.emplace_back();
            } else if (group.kind == DimKind::number) {
                part.labels.emplace_back(key[i]);
            } else {
                KL_TRY(auto text, names.text(key[i]));
                part.labels.emplace_back(std::move(text));
            }
        }
        parts.push_back(std::move(part));
    }
    rank_dims(question, parts);
    return parts;
}

struct RowPlace {
    GroupKey order{};
    const DimPart* dims = nullptr;
    const BucketPart* bucket = nullptr;
};

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
    const auto buckets = bucket_parts(question, coverage);
    KL_TRY(const auto dims, dim_parts(db, question, groups));
    std::vector<RowPlace> places;
    places.reserve(dims.size() * buckets.size());
    for (const auto& dim : dims) {
        for (const auto& bucket : buckets) {
            places.push_back({joined(question, dim.rank, bucket.key), &dim, &bucket});
        }
    }
    std::sort(places.begin(), places.end(),
              [](const RowPlace& a, const RowPlace& b) { return a.order < b.order; });
    static const Components kNothing;
    std::vector<FigureRow> rows;
    rows.reserve(places.size());
    for (const auto& place : places) {
        const auto found = groups.find(joined(question, place.dims->key, place.bucket->key));
        const Components& part = found == groups.end() ? kNothing : found->second;
        FigureRow& row = rows.emplace_back();
        row.key.reserve(question.groups.size());
        for (std::size_t i = 0; i < question.groups.size(); ++i) {
            const auto& group = question.groups[i];
            row.key.emplace_back(group.word,
                                 group.bucket ? place.bucket->labels[i] : place.dims->labels[i]);
        }
        row.period = place.bucket->period;
        row.days_covered = place.bucket->days_covered;
        row.gap = place.bucket->gap;
        const bool withheld = question.indicator->status == IndicatorStatus::withheld;
        if (!withheld && (row.days_covered > 0 || part.n > 0 || part.gap > 0)) {
            compute_value(*question.indicator, part, row);
            hold_back(*question.indicator, part, row);
        }
        judge(*question.indicator, row);
    }
    return rows;
}

}  // namespace klarsyn
