#include "reports/each.h"

#include <algorithm>
#include <map>
#include <set>

#include "reports/markdown.h"

namespace klarsyn {

namespace {

using Values = std::vector<DimValue>;

Result<void> check_dims(const TableSpec& spec, const SeriesSpec& row, const Indicator& found,
                        const std::string& file) {
    for (const std::string& dim : spec.each) {
        if (std::find(found.dims.begin(), found.dims.end(), dim) != found.dims.end()) continue;
        return section_error(file, row.line, "report.error.dim_unknown",
                             {{"figure", row.figure}, {"dim", dim}}, "each");
    }
    return {};
}

__extension__ typedef __int128 Wide;  // counts times counts cannot overflow it

LocalText title_of(const std::string& dim, const DimValue& value) {
    const std::string word = dim_text(value);
    if (word == "unknown") return local_text("report.value.unknown");
    if (dim == "hour") return local_text("report.value.hour", {{"hour", word}});
    return {word, word};
}

// "EPM3, login"; with several rows for each value also the row's own title.
LocalText joined(LocalText first, const LocalText& rest) {
    if (rest.empty()) return first;
    return {first.da + ", " + rest.da, first.en + ", " + rest.en};
}

SeriesSpec repeated(const TableSpec& spec, const SeriesSpec& row, const Values& values,
                    const LocalText& own_title) {
    SeriesSpec one = row;
    one.bare = true;
    one.subject = {};
    LocalText title;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::string& dim = spec.each[i];
        std::erase_if(one.where, [&](const DimFilter& filter) { return filter.dim == dim; });
        one.where.push_back({dim, dim_text(values[i])});
        one.each.push_back(one.where.back());
        const LocalText word = title_of(dim, values[i]);
        title = title.empty() ? word : joined(title, word);
    }
    one.title = joined(title, own_title);
    return one;
}

// The first row's figures by value.
std::map<std::string, const FigureRow*> first_row(const std::vector<FigureAnswer>& answers) {
    std::map<std::string, const FigureRow*> rows;
    if (answers.empty()) return rows;
    for (const FigureRow& line : answers.front().rows)
        if (!line.key.empty() && line.num) rows.emplace(dim_text(line.key.front().second), &line);
    return rows;
}

// Whether a is below b, exactly.
bool below(const FigureRow& a, const FigureRow& b) {
    return static_cast<Wide>(*a.num) * b.den.value_or(1) <
           static_cast<Wide>(*b.num) * a.den.value_or(1);
}

void put_in_order(const TableSpec& spec, const std::vector<FigureAnswer>& answers,
                  std::vector<BucketColumn>& columns) {
    const auto rows = first_row(answers);
    const auto row_of = [&](const BucketColumn& column) -> const FigureRow* {
        const auto found = rows.find(column.value);
        return found == rows.end() || !found->second->value ? nullptr : found->second;
    };
    std::stable_sort(columns.begin(), columns.end(),
                     [&](const BucketColumn& a, const BucketColumn& b) {
                         const FigureRow *one = row_of(a), *other = row_of(b);
                         if (!one || !other) return one && !other;
                         return spec.order == TableSpec::Order::lowest_first ? below(*one, *other)
                                                                             : below(*other, *one);
                     });
    const auto top = static_cast<std::size_t>(spec.top);
    if (spec.top > 0 && columns.size() > top)
        columns.erase(columns.begin() + spec.top, columns.end());
}

// The question that answers all repetitions of a row at once.
FigureQuestion whole_question(const SeriesSpec& row, Period span, Bucket bucket) {
    FigureQuestion question{row.figure, span, {}, row.where, std::nullopt};
    for (const DimFilter& one : row.each) {
        question.by.push_back(one.dim);
        std::erase_if(question.where, [&](const DimFilter& f) { return f.dim == one.dim; });
    }
    question.by.emplace_back(bucket_name(bucket));
    return question;
}

bool is_of(const FigureRow& line, const std::vector<DimFilter>& each) {
    if (line.key.size() != each.size() + 1) return false;
    for (std::size_t i = 0; i < each.size(); ++i)
        if (dim_text(line.key[i].second) != each[i].value) return false;
    return true;
}

}  // namespace

Result<FigureAnswer> EachAnswers::of(const SeriesSpec& row, Period span, Bucket bucket,
                                     const FigureSource& source) {
    const FigureQuestion question = whole_question(row, span, bucket);
    std::string key = figure_key(question);
    for (const std::string& dim : question.by) key += "&by=" + dim;
    auto known = answers_.find(key);
    if (known == answers_.end()) {
        KL_TRY(FigureAnswer answer, source(question));
        known = answers_.emplace(std::move(key), std::move(answer)).first;
    }
    FigureAnswer own;
    own.id = row.figure;
    own.as_of = known->second.as_of;
    own.period = span;
    for (const FigureRow& line : known->second.rows) {
        if (!is_of(line, row.each)) continue;
        FigureRow& mine = own.rows.emplace_back(line);
        mine.key.erase(mine.key.begin(), mine.key.end() - 1);
    }
    return own;
}

std::vector<BucketColumn> value_columns(const TableSpec& spec, Period period,
                                        const std::vector<FigureAnswer>& answers) {
    std::set<DimValue> met;
    for (const FigureAnswer& answer : answers)
        for (const FigureRow& line : answer.rows)
            if (!line.key.empty()) met.insert(line.key.front().second);
    std::vector<BucketColumn> columns;
    for (const auto& [value, title] : spec.values) columns.push_back({period, title, {}, value});
    for (const DimValue& one : met) {
        const std::string value = dim_text(one);
        const bool known = std::any_of(spec.values.begin(), spec.values.end(),
                                       [&](const auto& named) { return named.first == value; });
        if (!known) columns.push_back({period, title_of(spec.by, one), {}, value});
    }
    if (spec.order != TableSpec::Order::by_value) put_in_order(spec, answers, columns);
    columns.push_back({period, local_text("report.value.all"), {}, {}});
    return columns;
}

Result<std::vector<SeriesSpec>> rows_of(const TableSpec& spec, const std::string& file, Period span,
                                        const Catalogue& catalogue, const FigureSource& source) {
    if (spec.each.empty()) return spec.series;
    std::set<Values> met;
    std::vector<LocalText> own_titles;
    for (const SeriesSpec& row : spec.series) {
        const Indicator* found = catalogue.find(row.figure);
        own_titles.emplace_back();
        if (!found) continue;  // whoever asks for it says so
        KL_CHECK(check_dims(spec, row, *found, file));
        if (spec.series.size() > 1) {
            own_titles.back() =
                row.title.empty() ? LocalText{found->title_da, found->title_en} : row.title;
        }
        if (found->status != IndicatorStatus::published) continue;
        KL_TRY(const FigureAnswer answer,
               source({row.figure, span, spec.each, row.where, std::nullopt}));
        for (const FigureRow& line : answer.rows) {
            Values values;
            for (const auto& [dim, value] : line.key) values.push_back(value);
            if (values.size() == spec.each.size()) met.insert(std::move(values));
        }
    }
    std::vector<SeriesSpec> rows;
    for (const Values& values : met)
        for (std::size_t i = 0; i < spec.series.size(); ++i)
            rows.push_back(repeated(spec, spec.series[i], values, own_titles[i]));
    for (std::size_t i = 0; i < spec.series.size(); ++i) {
        SeriesSpec& all = rows.emplace_back(spec.series[i]);
        all.title = joined(local_text("report.value.all"), own_titles[i]);
        all.bare = !met.empty();
    }
    return rows;
}

}  // namespace klarsyn
