#include "indicators/known_by.h"

#include <algorithm>

#include "store/journal.h"

namespace klarsyn {
namespace {

bool has_column(const FactTable& table, std::string_view name) {
    return std::find(table.columns.begin(), table.columns.end(), name) != table.columns.end();
}

// The row's own dimension values, as filters.
Result<std::vector<BoundFilter>> filters_of(Connection& db, const BoundQuestion& question,
                                            const FigureRow& row) {
    std::vector<BoundFilter> filters = question.filters;
    Names names(db);
    for (std::size_t i = 0; i < question.groups.size(); ++i) {
        if (question.groups[i].bucket) continue;
        const DimValue& value = row.key[i].second;
        if (const auto* number = std::get_if<std::int64_t>(&value)) {
            filters.push_back({question.groups[i].word, {*number}});
            continue;
        }
        KL_TRY(const auto id, names.find(std::get<std::string>(value)));
        filters.push_back({question.groups[i].word, {id.value_or(0)}});
    }
    return filters;
}

Result<bool> is_known(Connection& db, const Catalogue& catalogue, const FactTable& spans,
                      BoundQuestion question, Period period) {
    std::erase_if(question.filters,
                  [&](const BoundFilter& filter) { return !has_column(spans, filter.dim); });
    Params params = {{":as_of", Value(question.as_of)},
                     {":from", Value(std::int64_t{period.from})},
                     {":to", Value(std::int64_t{period.to})}};
    std::vector<std::string> names;
    const std::string query = "SELECT 1 FROM " + spans.name;
    const std::string sql = shadow_clause(catalogue, db.dialect(), query) + query +
                            " AS i WHERE i.from_day <= :to AND (i.to_day IS NULL OR i.to_day >= "
                            ":from)" +
                            filter_clause(question, params, names) + " LIMIT 1";
    KL_TRY(auto rows, db.query(sql, params));
    return rows->next();
}

}  // namespace

Result<void> empty_unknown(Connection& db, const Catalogue& catalogue,
                           const BoundQuestion& question, std::vector<FigureRow>& rows) {
    if (question.indicator->known_by.empty()) return {};
    const FactTable* spans = catalogue.table(question.indicator->known_by);
    KL_ASSERT(spans != nullptr);
    for (FigureRow& row : rows) {
        if (!row.value || row.records > 0) continue;
        BoundQuestion asked = question;
        KL_TRY(asked.filters, filters_of(db, question, row));
        KL_TRY(const bool known, is_known(db, catalogue, *spans, std::move(asked), row.period));
        if (known) continue;
        row.value.reset();
        row.num.reset();
        row.den.reset();
        row.status.clear();
    }
    return {};
}

}  // namespace klarsyn
