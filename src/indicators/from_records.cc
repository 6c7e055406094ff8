#include "indicators/from_records.h"

#include <algorithm>
#include <unordered_map>

#include "indicators/series_pass.h"

namespace klarsyn {
namespace {

std::string dim_columns(const BoundQuestion& question) {
    std::string columns;
    for (const auto& dim : question.dims()) columns += ", i." + quote_identifier(dim);
    return columns;
}

void place_dims(const BoundQuestion& question, const Rows& rows, int first, GroupKey& key) {
    for (std::size_t i = 0; i < question.groups.size(); ++i) {
        if (!question.groups[i].bucket) key[i] = rows.i64(first++);
    }
}

Params period_params(const BoundQuestion& question, Period period) {
    Params params;
    params.emplace_back(":from", Value(std::int64_t{period.from}));
    params.emplace_back(":to", Value(std::int64_t{period.to}));
    params.emplace_back(":as_of", Value(question.as_of));
    return params;
}

// What is added up per group: counted records, numerator, denominator, records that lack something.
std::string sums_of(const BoundQuestion& question) {
    const bool may_lack = may_be_null(*question.select.column("num"));
    const std::string count = may_lack ? "COUNT(i.num)" : "COUNT(*)";
    std::string den = "CAST(NULL AS BIGINT)";
    if (question.indicator->has_den) {
        den = may_lack ? "SUM(CASE WHEN i.num IS NOT NULL THEN i.den END)" : "SUM(i.den)";
    }
    return count + ", SUM(i.num), " + den + ", COUNT(*) - " + count;
}

Components read_sums(const Rows& rows) {
    Components part;
    part.n = rows.i64(0);
    part.num = rows.i64(1);
    part.den = rows.i64(2);
    part.gap = rows.i64(3);
    return part;
}

// Additive components, grouped by the database.
Result<void> add_sums(Connection& db, const Catalogue& catalogue, const BoundQuestion& question,
                      Period period, Groups& groups) {
    const bool by_day = question.by_calendar();
    const std::string dims = dim_columns(question);
    Params params = period_params(question, period);
    std::vector<std::string> names;
    std::string group_by = by_day ? "i.day" + dims : (dims.empty() ? "" : dims.substr(2));
    std::string sql = shadow_clause(catalogue, db.dialect(), question.indicator->sql) +
                      "SELECT " + sums_of(question) + ", MIN(i.num), MAX(i.num)" + (by_day ? ", i.day" : "") + dims + " FROM (" +
                      question.indicator->sql + ") AS i WHERE 1 = 1" +
                      filter_clause(question, params, names);
    if (!group_by.empty()) sql += " GROUP BY " + group_by;
    KL_TRY(auto rows, db.query(sql, params));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        Components part = read_sums(*rows);
        if (part.n == 0 && part.gap == 0) continue;
        part.min = rows->i64(4);
        part.max = rows->i64(5);
        GroupKey key{};
        if (by_day) key = calendar_key(question, static_cast<Day>(rows->i64(6)));
        place_dims(question, *rows, by_day ? 7 : 6, key);
        groups[key].merge(part);
    }
    return {};
}

// Value counts for percentiles and distinct.
Result<void> add_values(Connection& db, const Catalogue& catalogue, const BoundQuestion& question,
                        Period period, Groups& groups) {
    const bool by_day = question.by_calendar();
    const std::string dims = dim_columns(question);
    Params params = period_params(question, period);
    std::vector<std::string> names;
    const std::string columns = std::string("i.num") + (by_day ? ", i.day" : "") + dims;
    const std::string sql = shadow_clause(catalogue, db.dialect(), question.indicator->sql) +
                            "SELECT COUNT(*), " + columns + " FROM (" + question.indicator->sql +
                            ") AS i WHERE 1 = 1" +
                            filter_clause(question, params, names) + " GROUP BY " + columns;
    KL_TRY(auto rows, db.query(sql, params));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        GroupKey key{};
        if (by_day) key = calendar_key(question, static_cast<Day>(rows->i64(2)));
        place_dims(question, *rows, by_day ? 3 : 2, key);
        Components& target = groups[key];
        if (rows->is_null(1)) {
            target.gap += rows->i64(0);
            continue;
        }
        target.n += rows->i64(0);
        target.values.add(rows->i64(1), rows->i64(0));
    }
    return {};
}

struct BalanceDay {
    Day day = 0;
    GroupKey key{};
};

std::vector<BalanceDay> ordered_days(const BoundQuestion& question) {
    std::vector<BalanceDay> days;
    for (const auto& [key, day] : balance_days(question)) days.push_back({day, key});
    std::sort(days.begin(), days.end(),
              [](const BalanceDay& a, const BalanceDay& b) { return a.day < b.day; });
    return days;
}

// Spans that touch the asked days, grouped so that equal ones come once.
Result<void> add_spans(Connection& db, const Catalogue& catalogue, const BoundQuestion& question,
                       Groups& groups) {
    const auto days = ordered_days(question);
    if (days.empty()) return {};
    const bool aged = question.indicator->of_balance;
    const std::string dims = dim_columns(question);
    Params params;
    params.emplace_back(":as_of", Value(question.as_of));
    params.emplace_back(":first", Value(std::int64_t{days.front().day}));
    params.emplace_back(":last", Value(std::int64_t{days.back().day}));
    std::vector<std::string> names;
    const std::string columns =
        std::string("i.from_day, i.to_day") + (aged ? ", i.num" : "") + dims;
    const std::string sql = shadow_clause(catalogue, db.dialect(), question.indicator->sql) +
                            "SELECT COUNT(*), " + columns + " FROM (" + question.indicator->sql +
                            ") AS i WHERE i.from_day <= :last AND (i.to_day IS NULL OR i.to_day > "
                            ":first)" +
                            filter_clause(question, params, names) + " GROUP BY " + columns;
    KL_TRY(auto rows, db.query(sql, params));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        const std::int64_t count = rows->i64(0);
        const auto from = static_cast<Day>(rows->i64(1));
        const bool open = rows->is_null(2);
        const auto to = static_cast<Day>(rows->i64(2));
        auto at = std::lower_bound(days.begin(), days.end(), from,
                                   [](const BalanceDay& d, Day day) { return d.day < day; });
        for (; at != days.end() && (open || at->day < to); ++at) {
            GroupKey key = at->key;
            place_dims(question, *rows, aged ? 4 : 3, key);
            Components& target = groups[key];
            if (aged && rows->is_null(3)) {
                target.gap += count;
                continue;
            }
            target.n += count;
            if (aged) target.values.add(balance_instant(at->day) - rows->i64(3), count);
        }
    }
    return {};
}

// The last reading of each thing at the end of every bucket.
Result<void> add_latest(Connection& db, const Catalogue& catalogue, const BoundQuestion& question,
                        Groups& groups) {
    const std::string dims = dim_columns(question);
    for (const auto& [day, bucket] : ordered_days(question)) {
        Params params = {{":as_of", Value(question.as_of)}, {":to", Value(std::int64_t{day})}};
        std::vector<std::string> names;
        std::string sql = shadow_clause(catalogue, db.dialect(), question.indicator->sql) +
                          "SELECT " + sums_of(question) + dims + " FROM " +
                          latest_relation(question) + filter_clause(question, params, names);
        if (!dims.empty()) sql += " GROUP BY " + dims.substr(2);
        KL_TRY(auto rows, db.query(sql, params));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            const Components part = read_sums(*rows);
            if (part.n == 0 && part.gap == 0) continue;
            GroupKey key = bucket;
            place_dims(question, *rows, 4, key);
            groups[key].merge(part);
        }
    }
    return {};
}

bool passes(const std::vector<BoundFilter>& filters, const std::vector<std::string>& dims,
            const auto& value_of) {
    return std::all_of(filters.begin(), filters.end(), [&](const BoundFilter& filter) {
        const auto place = std::find(dims.begin(), dims.end(), filter.dim) - dims.begin();
        const std::int64_t value = value_of(static_cast<std::size_t>(place));
        return std::find(filter.values.begin(), filter.values.end(), value) != filter.values.end();
    });
}

// Where each of the question's dimensions stands among the indicator's.
std::vector<std::size_t> dim_places(const BoundQuestion& question) {
    const auto& dims = question.indicator->dims;
    std::vector<std::size_t> places;
    for (const auto& group : question.groups) {
        places.push_back(static_cast<std::size_t>(
            std::find(dims.begin(), dims.end(), group.word) - dims.begin()));
    }
    return places;
}

Result<std::vector<ModelRow>> model_rows(Connection& db, const Catalogue& catalogue,
                                         const BoundQuestion& question, const Model& model,
                                         Period period) {
    BoundQuestion apart = question;  // what is reckoned for itself need not be read with the others
    std::erase_if(apart.filters, [&](const BoundFilter& f) { return f.dim != model.apart; });
    std::string columns;
    for (const auto& dim : question.indicator->dims) columns += ", i." + quote_identifier(dim);
    for (const auto& column : model.columns) columns += ", i." + quote_identifier(column);
    const std::size_t width = question.indicator->dims.size() + model.columns.size();
    Params params = period_params(question, period);
    std::vector<std::string> names;
    const std::string sql = shadow_clause(catalogue, db.dialect(), question.indicator->sql) +
                            "SELECT " + columns.substr(2) + " FROM (" + question.indicator->sql +
                            ") AS i WHERE 1 = 1" + filter_clause(apart, params, names);
    KL_TRY(auto rows, db.query(sql, params));
    std::vector<ModelRow> found;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return found;
        ModelRow& row = found.emplace_back();
        for (std::size_t i = 0; i < width; ++i) {
            const int column = static_cast<int>(i);
            row[i] = rows->is_null(column) ? kModelNull : rows->i64(column);
        }
    }
}

constexpr std::size_t kModelRowsKept = 24;

// What is asked for again within one object of Figures is read once.
Result<std::shared_ptr<const std::vector<ModelRow>>> known_rows(
    Connection& db, const Catalogue& catalogue, const BoundQuestion& question, const Model& model,
    Period period, ModelRows* known) {
    std::string asked = question.indicator->sql + "\n" + std::to_string(question.as_of) + " " +
                        std::to_string(period.from) + " " + std::to_string(period.to);
    for (const auto& filter : question.filters) {
        if (filter.dim != model.apart) continue;
        for (const auto value : filter.values) asked += " " + std::to_string(value);
        asked += ";";
    }
    if (known != nullptr) {
        for (const auto& kept : known->kept)
            if (kept.question == asked) return kept.rows;
    }
    KL_TRY(auto rows, model_rows(db, catalogue, question, model, period));
    auto shared = std::make_shared<const std::vector<ModelRow>>(std::move(rows));
    if (known == nullptr) return shared;
    known->kept.resize(kModelRowsKept);
    known->kept[known->next++ % kModelRowsKept] = {std::move(asked), shared};
    return shared;
}

// The records are handed to the model bucket by bucket; what it says of them is added up.
Result<void> add_modelled(Connection& db, const Catalogue& catalogue,
                          const BoundQuestion& question, Groups& groups, ModelRows* known) {
    const Indicator& indicator = *question.indicator;
    const Model* model = catalogue.model(indicator.model);
    KL_ASSERT(model != nullptr);
    const auto places = dim_places(question);
    const auto target = [&](const GroupKey& bucket, const auto& value_of) -> Components& {
        GroupKey key = bucket;
        for (std::size_t i = 0; i < places.size(); ++i) {
            if (!question.groups[i].bucket) key[i] = value_of(places[i]);
        }
        return groups[key];
    };
    for (const auto& [bucket, period] : bucket_periods(question)) {
        KL_TRY(const auto rows, known_rows(db, catalogue, question, *model, period, known));
        for (const ModelRow& row : *rows) {
            const auto value_of = [&](std::size_t i) { return row[i] == kModelNull ? 0 : row[i]; };
            if (passes(question.filters, indicator.dims, value_of)) ++target(bucket, value_of).n;
        }
        for (const ModelPart& part : model->reckon(*rows, period)) {
            const auto value_of = [&](std::size_t i) { return part.dims[i]; };
            if (!passes(question.filters, indicator.dims, value_of)) continue;
            Components& sum = target(bucket, value_of);
            sum.unknown = sum.unknown || !part.num;
            sum.num += part.num.value_or(0);
            sum.max = std::max(sum.max, part.num.value_or(0));
        }
    }
    return {};
}

}  // namespace

std::string latest_relation(const BoundQuestion& question) {
    return "(SELECT i.*, ROW_NUMBER() OVER (PARTITION BY i.thing ORDER BY i.at DESC, i.ref DESC) AS "
           "reading_rank FROM (" +
           question.indicator->sql + ") AS i WHERE i.day <= :to) AS i WHERE i.reading_rank = 1";
}

UtcSecond balance_instant(Day day) { return day_end(day); }

std::map<GroupKey, Day> balance_days(const BoundQuestion& question) {
    std::map<GroupKey, Day> days;
    if (!question.by_calendar()) {
        days[GroupKey{}] = question.period.to;
        return days;
    }
    for (Day day = question.period.from; day <= question.period.to;) {
        const Day last = last_day_of_key(question, day);
        days[calendar_key(question, day)] = last;
        day = last + 1;
    }
    return days;
}

Result<void> add_from_records(Connection& db, const Catalogue& catalogue,
                              const BoundQuestion& question, Period period, Groups& groups,
                              ModelRows* known) {
    const auto& indicator = *question.indicator;
    if (indicator.series) return add_from_series(db, question, period, groups);
    if (!indicator.model.empty()) return add_modelled(db, catalogue, question, groups, known);
    if (indicator.aggregate == Aggregate::balance || indicator.of_balance) {
        KL_CHECK(add_spans(db, catalogue, question, groups));
    } else if (indicator.aggregate == Aggregate::latest) {
        return add_latest(db, catalogue, question, groups);
    } else if (indicator.aggregate == Aggregate::percentile ||
               indicator.aggregate == Aggregate::distinct) {
        KL_CHECK(add_values(db, catalogue, question, period, groups));
    } else {
        return add_sums(db, catalogue, question, period, groups);
    }
    for (auto& [key, part] : groups) part.values.settle();
    return {};
}

}  // namespace klarsyn
