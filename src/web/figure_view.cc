#include "web/figure_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace klarsyn {
namespace {

Print print_of(const Indicator& indicator) {
    if (indicator.unit == "seconds") return Print::duration;
    if (indicator.unit == "fraction") return Print::share;
    return indicator.divides() ? Print::decimal : Print::integer;
}

FigureState state_of(const Indicator& indicator, const FigureRow& row) {
    if (indicator.status == IndicatorStatus::under_review) return FigureState::under_review;
    if (row.too_few) return FigureState::too_few;
    if (!row.value) return FigureState::missing;
    if (!row.gap.empty() || row.days_covered < row.period.days()) return FigureState::incomplete;
    return FigureState::present;
}

std::string_view shape_of(std::string_view status) {
    if (status == "green") return "<circle cx=\"6\" cy=\"6\" r=\"5\"/>";
    if (status == "yellow") return "<path d=\"M6 1l5 10h-10z\"/>";
    return "<path d=\"M1 1h10v10h-10z\"/>";
}

const DatedTarget* target_on(const Indicator& indicator, Day day) {
    const DatedTarget* found = nullptr;
    for (const DatedTarget& target : indicator.targets)
        if (target.from <= day && (found == nullptr || found->from <= target.from)) found = &target;
    return found;
}

bool is_bucket(std::string_view word) { return parse_bucket(word).ok(); }

}  // namespace

std::string figure_title(const Indicator& indicator, Language language) {
    return language == Language::da ? indicator.title_da : indicator.title_en;
}

std::string figure_definition(const Indicator& indicator, Language language) {
    return language == Language::da ? indicator.definition_da : indicator.definition_en;
}

std::string figure_formula(const Indicator& indicator, Language language) {
    return language == Language::da ? indicator.formula_da : indicator.formula;
}

std::string figure_caveat(const Indicator& indicator, Language language) {
    return language == Language::da ? indicator.caveat_da : indicator.caveat_en;
}

std::string dim_title(const Catalogue& catalogue, std::string_view dim, Language language) {
    const std::string key = fmt::format("web.bucket.{}", dim);
    if (is_bucket(dim)) return text(language, key);
    const Dim* found = catalogue.dim(dim);
    if (found == nullptr) return std::string(dim);
    return language == Language::da ? found->title_da : found->title_en;
}

namespace {

// "33": the day's quarter hour from 8:15.
std::string quarter_hour_text(const std::string& value, Language language) {
    int quarter = -1;
    std::from_chars(value.data(), value.data() + value.size(), quarter);
    if (quarter < 0) return value;
    return text(language, "web.quarter_hour",
                {{"hour", std::to_string(quarter / 4)},
                 {"minute", fmt::format("{:02}", quarter % 4 * 15)}});
}

}  // namespace

std::string dim_value_text(std::string_view dim, const std::string& value, Language language) {
    if (value == "unknown") return text(language, "web.unknown");
    if (dim == "weekday" && value.size() == 1 && value[0] >= '1' && value[0] <= '7')
        return text(language, "web.weekday." + value);
    if (dim == "hour") return text(language, "web.hour", {{"hour", value}});
    if (dim == "quarter_hour") return quarter_hour_text(value, language);
    if (is_bucket(dim))
        if (const auto period = parse_period(value)) return format_period(*period, language);
    return value;
}

std::string filters_text(const Context& context, const FigureQuestion& question) {
    std::string out;
    for (const DimFilter& filter : question.where)
        out += fmt::format("{}{}: {}", out.empty() ? "" : "; ",
                           dim_title(context.site.catalogue, filter.dim, context.language),
                           dim_value_text(filter.dim, filter.value, context.language));
    const std::string module = question.id.substr(0, question.id.find('.'));
    for (const auto& [fact, value] : question.assume)
        out += (out.empty() ? "" : "; ") +
               context.text(module + ".assumed." + fact,
                            {{"value", format_integer(value, context.language)}});
    return out;
}

ReportFigure figure_without_row(const Indicator& indicator, const FigureQuestion& question) {
    ReportFigure figure;
    figure.question = question;
    figure.question.by.clear();
    figure.unit = indicator.unit;
    figure.print = print_of(indicator);
    figure.state = FigureState::missing;
    return figure;
}

ReportFigure figure_of_row(const Indicator& indicator, const FigureQuestion& question,
                           const FigureAnswer& answer, const FigureRow& row) {
    ReportFigure figure = figure_without_row(indicator, question);
    figure.question.period = row.period;
    for (const auto& [dim, value] : row.key)
        if (!is_bucket(dim)) figure.question.where.push_back({dim, dim_text(value)});
    figure.state = state_of(indicator, row);
    figure.value = row.value;
    figure.num = row.num;
    figure.den = row.den;
    figure.records = row.records;
    figure.status = row.status;
    figure.target = row.target;
    figure.gap = row.gap;
    figure.days_covered = row.days_covered;
    figure.gap_records = row.gap_records;
    figure.behind = row.behind;
    figure.definition = answer.definition;
    figure.as_of = answer.as_of;
    return figure;
}

std::string status_html(std::string_view status, Language language) {
    if (status.empty()) return "";
    return fmt::format(
        "<span class=\"k-state k-state-{0}\"><svg class=\"k-status k-status-{0}\""
        " viewBox=\"0 0 12 12\" width=\"12\" height=\"12\" fill=\"currentColor\""
        " aria-hidden=\"true\">{1}</svg> {2}</span>",
        status, shape_of(status), escape_html(text(language, fmt::format("web.status.{}", status))));
}

std::string bound_text(const Indicator& indicator, const Bound& limit, Language language) {
    ReportFigure figure = figure_without_row(indicator, {});
    figure.state = FigureState::present;
    figure.value = static_cast<double>(limit.value) / static_cast<double>(limit.scale);
    figure.num = limit.value;
    figure.den = limit.scale;
    static constexpr std::string_view kOps[] = {"less", "less_equal", "greater", "greater_equal"};
    return text(language, fmt::format("web.target.{}", kOps[static_cast<int>(limit.op)]),
                {{"value", print_figure(figure, language)}});
}

std::string target_text(const Indicator& indicator, const ReportFigure& figure, Language language) {
    if (!figure.target) return "";
    const DatedTarget* target = target_on(indicator, figure.question.period.to);
    return target == nullptr ? "" : bound_text(indicator, target->bound, language);
}

std::string bands_text(const Indicator& indicator, Language language) {
    if (!indicator.green || !indicator.yellow) return "";
    return text(language, "web.figure.bands",
                {{"green", bound_text(indicator, *indicator.green, language)},
                 {"yellow", bound_text(indicator, *indicator.yellow, language)}});
}

History history_of(Period period) {
    History history;
    struct Choice {
        Bucket bucket;
        int count;
    };
    static constexpr Choice kChoices[] = {{Bucket::day, 28},    {Bucket::week, 26},
                                          {Bucket::month, 13},  {Bucket::quarter, 8},
                                          {Bucket::year, 10}};
    for (const auto& [bucket, count] : kChoices) {
        if (bucket_of(bucket, period.from) != period) continue;
        history.bucket = bucket;
        history.buckets.push_back(period);
        while (static_cast<int>(history.buckets.size()) < count)
            history.buckets.push_back(bucket_of(bucket, history.buckets.back().from - 1));
        std::reverse(history.buckets.begin(), history.buckets.end());
        return history;
    }
    history.bucket = period.days() <= 31    ? Bucket::day
                     : period.days() <= 100 ? Bucket::week
                     : period.days() <= 1100 ? Bucket::month
                                             : Bucket::year;
    for (Day day = period.from; day <= period.to;) {
        const Period whole = bucket_of(history.bucket, day);
        history.buckets.push_back({std::max(whole.from, period.from), std::min(whole.to, period.to)});
        day = whole.to + 1;
    }
    return history;
}

}  // namespace klarsyn
