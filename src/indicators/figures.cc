#include "indicators/figures.h"

#include "indicators/answer.h"
#include "indicators/cells.h"
#include "indicators/from_records.h"
#include "indicators/known_by.h"

namespace klarsyn {

std::string dim_text(const DimValue& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    return std::get<std::string>(value);
}

Result<FigureAnswer> Figures::evaluate(const FigureQuestion& question) {
    KL_TRY(const auto bound, bind_question(db_, catalogue_, question));
    Groups groups;
    bool from_cells = false;
    if (source_ == Source::cells_and_records) {
        KL_TRY(from_cells, add_from_cells(db_, catalogue_, bound, groups));
    }
    if (!from_cells) {
        groups.clear();
        if (!model_rows_) model_rows_ = std::make_shared<ModelRows>();
        KL_CHECK(add_from_records(db_, catalogue_, bound, bound.period, groups, model_rows_.get()));
    }
    KL_TRY(const auto* coverage, coverage_of(*bound.indicator, bound.as_of));
    FigureAnswer answer;
    answer.id = question.id;
    answer.definition = bound.indicator->definition;
    answer.as_of = bound.as_of;
    answer.unit = bound.indicator->unit;
    answer.period = question.period;
    KL_TRY(answer.rows, make_rows(db_, bound, *coverage, groups));
    KL_CHECK(empty_unknown(db_, catalogue_, bound, answer.rows));
    return answer;
}

Result<const Coverage*> Figures::coverage_of(const Indicator& indicator, std::int64_t as_of) {
    const TableFeeds* feeds = feeds_of(catalogue_, indicator);
    std::string key = indicator.module;
    if (feeds != nullptr) {
        key += feeds->live ? "\n1" : "\n0";
        for (const auto& format : feeds->formats) key += "\n" + format;
    }
    auto& cached = coverage_[key];
    if (!cached.coverage || cached.as_of != as_of) {
        KL_TRY(auto coverage, load_coverage(db_, indicator.module, as_of, feeds));
        cached.coverage = std::make_shared<const Coverage>(std::move(coverage));
        cached.as_of = as_of;
    }
    return cached.coverage.get();
}

}  // namespace klarsyn
