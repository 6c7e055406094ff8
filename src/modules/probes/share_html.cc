#include "modules/probes/share_html.h"

#include <fmt/format.h>

#include "web/figure_view.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn::probes {
namespace {

__extension__ typedef __int128 Wide;  // counts times counts cannot overflow it

FigureQuestion question_of(std::string_view id, Period period, std::vector<DimFilter> where) {
    FigureQuestion question;
    question.id = "probes." + std::string(id);
    question.period = period;
    question.where = std::move(where);
    return question;
}

}  // namespace

Result<Answer> ask(Context& context, std::string_view figure, Period period,
                   std::vector<std::string> by, std::vector<DimFilter> where) {
    FigureQuestion question = question_of(figure, period, std::move(where));
    question.by = std::move(by);
    KL_TRY(FigureAnswer answer, context.figures().evaluate(question));
    Answer rows;
    for (FigureRow& row : answer.rows) {
        std::vector<std::string> key;
        for (const auto& [dim, value] : row.key) key.push_back(dim_text(value));
        rows.emplace(std::move(key), std::move(row));
    }
    return rows;
}

Share share_of(const FigureRow& row) {
    return {row.num.value_or(0), row.den.value_or(0), row.gap_records, row.status, row.interval};
}

bool worse(const Share& a, const Share& b) {
    if ((a.den == 0) != (b.den == 0)) return b.den == 0;
    return static_cast<Wide>(a.num) * b.den < static_cast<Wide>(b.num) * a.den;
}

std::string ShareHtml::say(std::string_view key, const TextArgs& args) const {
    return escape_html(context_.text("probes.page." + std::string(key), args));
}

std::string ShareHtml::count(std::int64_t value) const {
    return format_integer(value, context_.language);
}

std::string ShareHtml::dash() const { return "–"; }

std::string ShareHtml::figure(std::string_view id, const std::string& shown,
                              std::vector<DimFilter> where) const {
    return link(figure_href(kCurrentEdition, question_of(id, period_, std::move(where))), shown);
}

std::string ShareHtml::records(std::string_view id, const std::string& shown,
                               std::vector<DimFilter> where) const {
    return link(records_href(kCurrentEdition, question_of(id, period_, std::move(where))), shown);
}

std::string ShareHtml::interval(const Share& share) const {
    if (!share.interval) return {};
    return format_interval(share.interval->between, context_.language);
}

std::string ShareHtml::share(std::string_view id, const Share& share,
                             const std::vector<DimFilter>& where) const {
    if (!share.interval) return dash();
    const std::string shown = format_share(share.num, share.den, 1, context_.language);
    std::string html = figure(id, shown, where) + " " +
                       status_html(share.status, context_.language) +
                       "<br><span class=\"k-source\">" +
                       records(id, say("of", {{"count", count(share.den)}}), where) + "<br>" +
                       escape_html(interval(share));
    if (!share.interval->certain) html += "<br>" + say("uncertain");
    return html + "</span>";
}

std::string ShareHtml::number(std::string_view id, const FigureRow* row,
                              std::vector<DimFilter> where) const {
    if (!row || !row->num || !row->value) return dash();
    return records(id, count(*row->num), std::move(where));
}

std::string ShareHtml::ms(std::string_view id, const FigureRow* row,
                          std::vector<DimFilter> where) const {
    if (!row || !row->num || !row->value) return dash();
    return figure(id, count(*row->num) + "\u00a0ms", std::move(where));
}

std::string ShareHtml::cell(const std::string& html) const {
    return "<td class=\"k-number\">" + html + "</td>";
}

std::string ShareHtml::head(const std::vector<std::string>& escaped) const {
    std::string cells;
    for (const std::string& text : escaped) {
        cells += fmt::format("<th scope=\"col\"{}>{}</th>",
                             cells.empty() ? "" : " class=\"k-number\"", text);
    }
    return "<thead><tr>" + cells + "</tr></thead>";
}

std::string ShareHtml::table(std::string_view id, const std::string& caption,
                             const std::string& head_html, const std::string& rows) const {
    return fmt::format(
        "<div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"{0}\" tabindex=\"0\">"
        "<table class=\"k-table\"><caption id=\"{0}\">{1}</caption>{2}<tbody>{3}</tbody></table>"
        "</div>",
        id, caption, head_html, rows);
}

std::string ShareHtml::period_form(std::string_view path,
                                   const std::vector<DimFilter>& kept) const {
    std::string hidden;
    Pairs query;
    for (const DimFilter& filter : kept) {
        hidden += fmt::format("<input type=\"hidden\" name=\"{}\" value=\"{}\">",
                              escape_html(filter.dim), escape_html(filter.value));
        query.emplace_back(filter.dim, filter.value);
    }
    const auto neighbour = [&](Period period) {
        Pairs asked = query;
        asked.emplace_back("period", period_label(period));
        return link(std::string(path) + build_query(asked),
                    format_period(period, context_.language));
    };
    std::string neighbours;
    if (bucket_of(Bucket::month, period_.from) == period_) {
        neighbours = "<p class=\"k-actions\">" +
                     neighbour(bucket_of(Bucket::month, period_.from - 1)) + " · " +
                     neighbour(bucket_of(Bucket::month, period_.to + 1)) + "</p>";
    }
    return fmt::format(
        "<form class=\"k-form\" method=\"get\" action=\"{}\">{}<label for=\"period\">{}</label>"
        "<input id=\"period\" name=\"period\" value=\"{}\" type=\"text\" required>"
        "<button class=\"k-button\" type=\"submit\">{}</button></form>{}",
        path, hidden, say("period"), escape_html(period_label(period_)), say("show"), neighbours);
}

}  // namespace klarsyn::probes
