// The history on a figure's page: chart and table of the same figures.
#include <fmt/format.h>

#include "reports/chart.h"
#include "web/figure_view.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn {
namespace {

LocalText in_both(std::string da, std::string en) { return {std::move(da), std::move(en)}; }

BucketColumn column_of(Bucket bucket, Period period) {
    BucketColumn column;
    column.period = period;
    const Date date = date_of(period.from);
    const std::string year = std::to_string(date.year);
    if (bucket == Bucket::month) {
        column.title = in_both(format_month_short(date.month, Language::da),
                               format_month_short(date.month, Language::en));
        column.group = in_both(year, year);
    } else if (bucket == Bucket::week) {
        const IsoWeek week = iso_week_of(period.from);
        const std::string of = std::to_string(week.year);
        column.title = local_text("web.week", {{"week", std::to_string(week.week)}});
        column.group = in_both(of, of);
    } else if (bucket == Bucket::day) {
        const std::string day = fmt::format("{}/{}", date.day, date.month);
        column.title = in_both(day, day);
        column.group = in_both(year, year);
    } else {
        column.title = in_both(format_period(period, Language::da),
                               format_period(period, Language::en));
    }
    return column;
}

Document history_document(const Indicator& indicator, const FigureQuestion& question,
                          std::string_view edition, const History& history,
                          const FigureAnswer& answer) {
    Document document;
    document.edition = edition == kCurrentEdition ? "" : std::string(edition);
    document.as_of = answer.as_of;
    for (const Period& bucket : history.buckets) {
        FigureQuestion own = question;
        own.period = bucket;
        const FigureRow* found = nullptr;
        for (const FigureRow& row : answer.rows)
            if (row.period.from == bucket.from) found = &row;
        document.figures.push_back(found != nullptr ? figure_of_row(indicator, own, answer, *found)
                                                    : figure_without_row(indicator, own));
    }
    return document;
}

std::string chart_html(const Context& context, const Indicator& indicator,
                       const Document& document, const History& history) {
    Chart chart;
    chart.id = "history";
    chart.table = "history-table";
    chart.bucket = history.bucket;
    chart.title = in_both(indicator.title_da, indicator.title_en);
    chart.form = Chart::Form::line;
    Series series;
    series.title = chart.title;
    series.figure = indicator.id;
    for (std::size_t i = 0; i < history.buckets.size(); ++i) {
        chart.buckets.push_back(column_of(history.bucket, history.buckets[i]));
        series.figures.push_back(static_cast<int>(i));
    }
    const ReportFigure& last = document.figures.back();
    if (last.target) {
        chart.target = last.target;
        chart.target_title =
            in_both(text(Language::da, "web.target_line",
                         {{"target", target_text(indicator, last, Language::da)}}),
                    text(Language::en, "web.target_line",
                         {{"target", target_text(indicator, last, Language::en)}}));
    }
    chart.series.push_back(std::move(series));
    return "<div class=\"k-chart-frame\" tabindex=\"0\">" + render_chart(document, chart, context.language) +
           "</div>";
}

// The figure that is never left out beside this one, period by period.
struct Beside {
    std::string title;  // empty where there is none
    Document document;
    std::string head() const {
        return title.empty() ? ""
                             : "<th scope=\"col\" class=\"k-number\">" + escape_html(title) + "</th>";
    }
    std::string cell(const Context& context, std::string_view edition, std::size_t at) const {
        if (title.empty()) return "";
        const ReportFigure& figure = document.figures[at];
        return "<td class=\"k-number\">" +
               link(figure_href(edition, figure.question), print_figure(figure, context.language)) +
               "</td>";
    }
};

std::string table_html(const Context& context, const Document& document, const Beside& beside,
                       std::string_view edition, const std::string& caption) {
    std::string rows;
    for (std::size_t i = 0; i < document.figures.size(); ++i) {
        const ReportFigure& figure = document.figures[i];
        const std::string printed = print_figure(figure, context.language);
        const std::string mark = figure.state == FigureState::incomplete
                                     ? " " + escape_html(context.text("web.figure.incomplete"))
                                     : "";
        rows += fmt::format(
            "<tr><th scope=\"row\">{}</th><td class=\"k-number\">{}{}</td>{}<td>{}</td>"
            "<td class=\"k-number\">{}</td></tr>",
            escape_html(format_period(figure.question.period, context.language)),
            link(figure_href(edition, figure.question), printed), mark,
            beside.cell(context, edition, i), status_html(figure.status, context.language),
            link(records_href(edition, figure.question),
                 format_integer(figure.records, context.language)));
    }
    return fmt::format(
        "<div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"history-table\""
        " tabindex=\"0\"><table class=\"k-table\"><caption id=\"history-table\">{}</caption>"
        "<thead><tr><th scope=\"col\">{}</th><th scope=\"col\" class=\"k-number\">{}</th>{}"
        "<th scope=\"col\">{}</th><th scope=\"col\" class=\"k-number\">{}</th></tr></thead>"
        "<tbody>{}</tbody></table></div>",
        escape_html(caption), escape_html(context.text("web.figure.period")),
        escape_html(context.text("web.figure.value")), beside.head(),
        escape_html(context.text("web.figure.status")),
        escape_html(context.text("web.figure.records")), rows);
}

}  // namespace

Result<std::string> history_html(Context& context, const Indicator& indicator,
                                 const FigureQuestion& question, std::string_view edition) {
    const History history = history_of(question.period);
    FigureQuestion asked = question;
    asked.by = {std::string(bucket_name(history.bucket))};
    asked.period = {history.buckets.front().from, history.buckets.back().to};
    KL_TRY(const FigureAnswer answer, context.figures().evaluate(asked));
    const Document document = history_document(indicator, question, edition, history, answer);
    Beside beside;
    if (const Indicator* other = context.site.catalogue.find(indicator.beside)) {
        FigureQuestion own = question;
        asked.id = own.id = other->id;
        KL_TRY(const FigureAnswer also, context.figures().evaluate(asked));
        beside = {figure_title(*other, context.language),
                  history_document(*other, own, edition, history, also)};
    }
    return fmt::format("<section aria-labelledby=\"history\"><h2 id=\"history\">{}</h2>{}{}</section>",
                       escape_html(context.text("web.figure.history")),
                       chart_html(context, indicator, document, history),
                       table_html(context, document, beside, edition,
                                  context.text("web.figure.history_table",
                                               {{"title", figure_title(indicator, context.language)}})));
}

}  // namespace klarsyn
