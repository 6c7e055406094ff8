#include "indicators/question.h"

#include <algorithm>
#include <charconv>

#include "indicators/series_program.h"
#include "store/journal.h"

namespace klarsyn {
namespace {

Error question_error(ErrorCode code, std::string key, std::string field, std::string value) {
    Error error = make_error(code, std::move(key), {{"value", std::move(value)}});
    error.field = std::move(field);
    return error;
}

bool has_dim(const Indicator& indicator, std::string_view dim) {
    return std::find(indicator.dims.begin(), indicator.dims.end(), dim) != indicator.dims.end();
}

DimKind kind_of(const Catalogue& catalogue, std::string_view dim) {
    const Dim* known = catalogue.dim(dim);
    return known ? known->kind : DimKind::name;
}

Result<std::vector<BoundGroup>> bind_groups(const Catalogue& catalogue, const Indicator& indicator,
                                            const std::vector<std::string>& by) {
    if (by.size() > kGroupsMax) {
        return question_error(ErrorCode::invalid_input, "indicators.by_too_many", "by",
                              std::to_string(kGroupsMax));
    }
    std::vector<BoundGroup> groups;
    for (const auto& word : by) {
        for (const auto& earlier : groups) {
            if (earlier.word == word) {
                return question_error(ErrorCode::invalid_input, "indicators.by_twice", "by", word);
            }
        }
        BoundGroup group;
        group.word = word;
        if (has_dim(indicator, word)) {
            group.kind = kind_of(catalogue, word);
        } else if (const auto bucket = parse_bucket(word); bucket.ok()) {
            group.bucket = bucket.value();
        } else {
            return question_error(ErrorCode::invalid_input, "indicators.by_unknown", "by", word);
        }
        groups.push_back(std::move(group));
    }
    return groups;
}

// The id or number behind a text; none where no record can have it.
Result<std::optional<std::int64_t>> dim_value(Names& names, DimKind kind, const DimFilter& filter) {
    if (kind == DimKind::name) {
        if (filter.value == "unknown") return std::optional<std::int64_t>(0);
        return names.find(filter.value);
    }
    std::int64_t number = 0;
    const char* end = filter.value.data() + filter.value.size();
    const auto parsed = std::from_chars(filter.value.data(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end) {
        return question_error(ErrorCode::invalid_input, "indicators.where_number", filter.dim,
                              filter.value);
    }
    return std::optional(number);
}

Result<std::vector<BoundFilter>> bind_filters(Connection& db, const Catalogue& catalogue,
                                              const Indicator& indicator,
                                              const std::vector<DimFilter>& where) {
    std::vector<BoundFilter> filters;
    Names names(db);
    for (const auto& filter : where) {
        if (!has_dim(indicator, filter.dim)) {
            return question_error(ErrorCode::invalid_input, "indicators.where_unknown", "where",
                                  filter.dim);
        }
        auto found = std::find_if(filters.begin(), filters.end(),
                                  [&](const BoundFilter& f) { return f.dim == filter.dim; });
        if (found == filters.end()) {
            filters.push_back({filter.dim, {}});
            found = filters.end() - 1;
        }
        KL_TRY(const auto value, dim_value(names, kind_of(catalogue, filter.dim), filter));
        if (value && std::find(found->values.begin(), found->values.end(), *value) ==
                         found->values.end()) {
            found->values.push_back(*value);
        }
    }
    return filters;
}

// Only what was not stored can be assumed.
Result<void> bind_assumed(const FigureQuestion& question, BoundQuestion& bound) {
    for (const auto& [name, value] : question.assume) {
        const auto* program = bound.indicator->series.get();
        const auto place = program ? program->fact(name) : std::nullopt;
        if (!place || program->is_rare(name)) {
            return question_error(ErrorCode::invalid_input, "indicators.assume_unknown", "assume", name);
        }
        bound.assumed.emplace_back(*place, value);
    }
    return {};
}

}  // namespace

std::vector<std::string> BoundQuestion::dims() const {
    std::vector<std::string> result;
    for (const auto& group : groups) {
        if (!group.bucket) result.push_back(group.word);
    }
    return result;
}

bool BoundQuestion::by_calendar() const {
    return std::any_of(groups.begin(), groups.end(),
                       [](const BoundGroup& group) { return group.bucket.has_value(); });
}

Result<BoundQuestion> bind_question(Connection& db, const Catalogue& catalogue,
                                    const FigureQuestion& question) {
    BoundQuestion bound;
    bound.indicator = catalogue.find(question.id);
    if (!bound.indicator) {
        return question_error(ErrorCode::not_found, "indicators.unknown", "figure", question.id);
    }
    bound.table = catalogue.table(bound.indicator->table);
    KL_ASSERT(bound.table != nullptr);
    if (!bound.indicator->series) bound.select = parse_select(bound.indicator->sql).value();
    bound.period = question.period;
    KL_TRY(bound.groups, bind_groups(catalogue, *bound.indicator, question.by));
    KL_TRY(bound.filters, bind_filters(db, catalogue, *bound.indicator, question.where));
    KL_TRY(const auto head, head_seq(db));
    bound.as_of = question.as_of ? std::min(*question.as_of, head) : head;
    bound.now = bound.as_of == head;
    bound.gap = question.gap;
    KL_CHECK(bind_assumed(question, bound));
    // A table without organisations has nothing to hide.
    const auto& columns = bound.table->columns;
    if (std::find(columns.begin(), columns.end(), "org") != columns.end()) bound.orgs = question.orgs;
    return bound;
}

void ValueCounts::settle() {
    if (settled_) return;
    std::sort(entries_.begin(), entries_.end());
    std::size_t kept = 0;
    for (std::size_t i = 1; i < entries_.size(); ++i) {
        if (entries_[i].first == entries_[kept].first) entries_[kept].second += entries_[i].second;
        else entries_[++kept] = entries_[i];
    }
    entries_.resize(kept + 1);
    settled_ = true;
}

void ValueCounts::merge(const ValueCounts& other, int sign) {
    KL_ASSERT(settled_ && other.settled_);
    if (other.empty()) return;
    if (empty() && sign > 0) {
        entries_ = other.entries_;
        return;
    }
    std::vector<Entry> merged;
    merged.reserve(entries_.size() + other.entries_.size());
    auto a = entries_.begin();
    for (auto [value, count] : other.entries_) {
        count *= sign;
        for (; a != entries_.end() && a->first < value; ++a) merged.push_back(*a);
        if (a != entries_.end() && a->first == value) count += (a++)->second;
        if (count != 0) merged.emplace_back(value, count);
    }
    merged.insert(merged.end(), a, entries_.end());
    entries_ = std::move(merged);
}

void ValueCounts::mirror(std::int64_t instant) {
    KL_ASSERT(settled_);
    for (auto& [value, count] : entries_) value = instant - value;
    std::reverse(entries_.begin(), entries_.end());
}

void Components::merge(const Components& other) {
    gap += other.gap;
    if (other.n == 0) return;
    min = n == 0 ? other.min : std::min(min, other.min);
    max = n == 0 ? other.max : std::max(max, other.max);
    n += other.n;
    num += other.num;
    den += other.den;
    values.merge(other.values);
    things.merge(other.things);
}

void Components::merge(Components&& other) {
    if (n == 0 && values.empty()) {
        const std::int64_t both = gap + other.gap;
        if (other.n != 0) *this = std::move(other);
        gap = both;
        return;
    }
    merge(static_cast<const Components&>(other));
}

GroupKey calendar_key(const BoundQuestion& question, Day day) {
    GroupKey key{};
    for (std::size_t i = 0; i < question.groups.size(); ++i) {
        const auto& bucket = question.groups[i].bucket;
        if (bucket) key[i] = bucket_of(*bucket, day).from;
    }
    return key;
}

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

Day last_day_of_key(const BoundQuestion& question, Day day) {
    Day last = question.period.to;
    for (const auto& group : question.groups) {
        if (group.bucket) last = std::min(last, bucket_of(*group.bucket, day).to);
    }
    return last;
}

// The constants are our own, not input: the planner sees the class and the bound.
std::string span_arm(int cls, Day day) {
    const bool open = cls < 0;
    const std::int64_t earliest =
        open || cls == kSpanClassesMax ? -4'000'000 : day - (std::int64_t{1} << cls) + 1;
    return "cls = " + std::to_string(cls) + " AND from_day BETWEEN " + std::to_string(earliest) +
           " AND :day" + (open ? "" : " AND to_day > :day");
}

std::string quote_identifier(std::string_view name) { return "\"" + std::string(name) + "\""; }

bool may_be_null(std::string_view expression) {
    return expression.find_first_not_of("-0123456789") != std::string_view::npos;
}

std::string counted_clause(const BoundQuestion& question) {
    const std::string* num = question.select.column("num");
    if (num == nullptr || !may_be_null(*num)) return question.gap ? "1 = 0" : "1 = 1";
    return question.gap ? "i.num IS NULL" : "i.num IS NOT NULL";
}

std::string filter_clause(const BoundQuestion& question, Params& params,
                          std::vector<std::string>& names) {
    std::size_t count = 0;
    for (const auto& filter : question.filters) count += filter.values.size();
    names.reserve(names.size() + count);  // params keep views of these names
    std::string clause;
    for (std::size_t f = 0; f < question.filters.size(); ++f) {
        const auto& filter = question.filters[f];
        if (filter.values.empty()) {
            clause += " AND 1 = 0";
            continue;
        }
        clause += " AND i." + quote_identifier(filter.dim) + " IN (";
        for (std::size_t v = 0; v < filter.values.size(); ++v) {
            names.push_back(":w" + std::to_string(f) + "_" + std::to_string(v));
            clause += (v ? ", " : "") + names.back();
            params.emplace_back(names.back(), Value(filter.values[v]));
        }
        clause += ")";
    }
    return clause;
}

}  // namespace klarsyn
