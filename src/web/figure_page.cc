// /f/{edition}/{figure}: what the number is, how it was made, how it went before, where it is from.
#include <fmt/format.h>

#include "ingest/batch_list.h"
#include "web/figure_view.h"
#include "web/handlers.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn {
namespace {

struct View {
    const Indicator& indicator;
    std::string edition;
    FigureQuestion question;
    ReportFigure figure;
};

std::string row(std::string_view term, const std::string& html) {
    return fmt::format("<dt>{}</dt><dd>{}</dd>", escape_html(term), html);
}

std::string lead_html(const Context& context, const View& view) {
    const Language language = context.language;
    const std::string filters = filters_text(context, view.question);
    const std::string target = target_text(view.indicator, view.figure, language);
    std::string out = fmt::format(
        "<p class=\"k-lead\">{}: <strong class=\"k-value\">{}</strong> {}</p>",
        escape_html(format_period(view.question.period, language) +
                    (filters.empty() ? "" : " (" + filters + ")")),
        escape_html(print_figure(view.figure, language)),
        status_html(view.figure.status, language));
    if (!target.empty())
        out += "<p>" + escape_html(context.text("web.target_line", {{"target", target}})) + "</p>";
    return out;
}

std::string gap_html(const Context& context, const View& view) {
    const ReportFigure& figure = view.figure;
    std::string out;
    if (!figure.gap.empty()) {
        std::string days;
        for (std::size_t i = 0; i < figure.gap.size() && i < 10; ++i)
            days += (i > 0 ? ", " : "") + format_date(figure.gap[i], context.language);
        if (figure.gap.size() > 10) days += " …";
        out += context.text("web.figure.gap", {{"count", std::to_string(figure.gap.size())},
                                               {"days", days}});
    } else if (figure.days_covered < figure.question.period.days()) {
        out += context.text("web.figure.not_covered",
                            {{"covered", std::to_string(figure.days_covered)},
                             {"days", std::to_string(figure.question.period.days())}});
    }
    return out.empty() ? ""
                       : "<div class=\"k-alert k-alert-warning\"><p>" + escape_html(out) +
                             "</p></div>";
}

// What the figure leaves out because it lacks something, with the way to it.
std::string left_out_html(const Context& context, const View& view) {
    if (view.figure.gap_records == 0) return "";
    const std::string words = context.text(
        "web.figure.left_out", {{"count", format_integer(view.figure.gap_records, context.language)}});
    FigureQuestion lacking = view.question;
    lacking.gap = true;
    const std::string open =
        context.may(Permission::records)
            ? " " + link(records_href(view.edition, lacking), context.text("web.figure.open_left_out"))
            : "";
    return "<div class=\"k-alert k-alert-warning\" id=\"gap-records\"><p>" + escape_html(words) + open +
           "</p></div>";
}

std::string part_text(const Context& context, const std::optional<std::int64_t>& part) {
    return part ? format_integer(*part, context.language) : context.text("web.figure.no_part");
}

std::string facts_html(const Context& context, const View& view) {
    const Language language = context.language;
    const ReportFigure& figure = view.figure;
    std::string out = "<dl class=\"k-facts\">";
    out += row(context.text("web.figure.definition"),
               escape_html(figure_definition(view.indicator, language)));
    out += row(context.text("web.figure.formula"),
               escape_html(figure_formula(view.indicator, language)));
    out += row(context.text("web.figure.numerator"), escape_html(part_text(context, figure.num)));
    out += row(context.text("web.figure.denominator"), escape_html(part_text(context, figure.den)));
    if (figure.behind) {
        const Indicator& indicator = view.indicator;
        out += row(context.text(indicator.module + ".behind." + indicator.least_of),
                   escape_html(context.text(
                       "web.figure.behind",
                       {{"count", format_integer(*figure.behind, language)},
                        {"least", std::to_string(indicator.least)}})));
    }
    const std::string target = target_text(view.indicator, figure, language);
    out += row(context.text("web.figure.target"),
               escape_html(target.empty() ? context.text("web.figure.no_target") : target));
    out += row(context.text("web.figure.status"),
               figure.status.empty() ? escape_html(context.text("web.figure.no_status"))
                                     : status_html(figure.status, language));
    if (is_measured_share(view.indicator)) {
        ReportFigure share = figure;
        if (share.value) share.interval = share_interval(view.indicator, share.num, share.den);
        const std::string interval = print_interval(share, language);
        if (!interval.empty())
            out += row(context.text("web.figure.interval"), escape_html(interval));
    }
    const std::string bands = bands_text(view.indicator, language);
    if (!bands.empty()) out += row(context.text("web.figure.thresholds"), escape_html(bands));
    out += row(context.text("web.figure.gaps"),
               escape_html(figure.gap.empty()
                               ? context.text("web.figure.no_gap")
                               : context.text("web.figure.gap_days",
                                              {{"count", std::to_string(figure.gap.size())}})));
    out += row(context.text("web.figure.as_of"), escape_html(std::to_string(figure.as_of)));
    out += row(context.text("web.figure.owner"), escape_html(view.indicator.owner));
    out += row(context.text("web.figure.id"),
               fmt::format("<code>{}</code> <code>{}</code>", escape_html(view.indicator.id),
                           escape_html(view.indicator.definition)));
    return out + "</dl>";
}

// Old measurements judged by another limit, on request: nothing is stored.
std::string assume_html(const Context& context, const View& view) {
    if (view.edition != kCurrentEdition) return "";
    std::string out;
    for (const std::string& fact : assumable_facts(view.indicator)) {
        FigureQuestion plain = view.question;
        std::string value;
        for (const auto& [name, assumed] : plain.assume)
            if (name == fact) value = std::to_string(assumed);
        std::erase_if(plain.assume, [&](const auto& one) { return one.first == fact; });
        std::string hidden;
        for (const auto& [name, kept] : question_query(plain))
            hidden += fmt::format("<input type=\"hidden\" name=\"{}\" value=\"{}\">",
                                  escape_html(name), escape_html(kept));
        out += fmt::format(
            "<form class=\"k-form\" method=\"get\" action=\"/f/{0}/{1}\">{2}"
            "<label for=\"assume_{3}\">{4}</label><input id=\"assume_{3}\" name=\"assume_{3}\" "
            "type=\"number\" min=\"0\" inputmode=\"numeric\" value=\"{5}\">"
            "<button class=\"k-button\">{6}</button></form>",
            url_encode(view.edition), url_encode(view.indicator.id), hidden, fact,
            escape_html(context.text(view.indicator.module + ".assume." + fact)), value,
            escape_html(context.text("web.figure.assume")));
    }
    return out;
}

// "Opdel efter: kø, time, ugedag": every way to split the same figure.
std::string splits_html(const Context& context, const View& view) {
    std::string links;
    std::vector<std::string> words = view.indicator.dims;
    for (const char* bucket : {"day", "week", "month"}) words.emplace_back(bucket);
    for (const std::string& word : words) {
        FigureQuestion split = view.question;
        split.by = {word};
        links += fmt::format(
            "<li>{}</li>", link(figure_href(view.edition, split),
                                dim_title(context.site.catalogue, word, context.language)));
    }
    return fmt::format("<nav class=\"k-splits\" aria-labelledby=\"splits\"><h2 id=\"splits\">{}</h2>"
                       "<ul>{}</ul></nav>",
                       escape_html(context.text("web.figure.split_by")), links);
}

Result<ReportFigure> ask(Context& context, const Indicator& indicator,
                         const FigureQuestion& question) {
    FigureQuestion plain = question;
    plain.by.clear();
    KL_TRY(const FigureAnswer answer, context.figures().evaluate(plain));
    if (answer.rows.empty()) return figure_without_row(indicator, plain);
    return figure_of_row(indicator, plain, answer, answer.rows.front());
}

// The figure that is never left out beside this one; null where there is none.
const Indicator* beside(const Context& context, const Indicator& indicator) {
    return indicator.beside.empty() ? nullptr : context.site.catalogue.find(indicator.beside);
}

Result<std::string> beside_value(Context& context, const View& view, FigureQuestion question) {
    const Indicator* other = beside(context, view.indicator);
    question.id = other->id;
    KL_TRY(const ReportFigure figure, ask(context, *other, question));
    return link(figure_href(view.edition, figure.question), print_figure(figure, context.language));
}

Result<std::string> beside_html(Context& context, const View& view) {
    const Indicator* other = beside(context, view.indicator);
    if (other == nullptr) return std::string();
    KL_TRY(const std::string value, beside_value(context, view, view.question));
    return fmt::format("<p class=\"k-lead\">{}: <strong class=\"k-value\">{}</strong></p>",
                       escape_html(figure_title(*other, context.language)), value);
}

Result<std::string> split_row(Context& context, const View& view, const ReportFigure& figure,
                              const FigureRow& row_of) {
    std::string cells, also;
    if (beside(context, view.indicator) != nullptr) {
        KL_TRY(const std::string value, beside_value(context, view, figure.question));
        also = "<td class=\"k-number\">" + value + "</td>";
    }
    for (const auto& [dim, value] : row_of.key)
        cells += fmt::format("<th scope=\"row\">{}</th>",
                             escape_html(dim_value_text(dim, dim_text(value), context.language)));
    return fmt::format(
        "<tr>{}<td class=\"k-number\">{}</td>{}<td>{}</td><td class=\"k-number\">{}</td></tr>",
        cells,
        link(figure_href(view.edition, figure.question), print_figure(figure, context.language)),
        also, status_html(figure.status, context.language),
        link(records_href(view.edition, figure.question),
             format_integer(figure.records, context.language)));
}

Result<std::string> split_html(Context& context, const View& view) {
    if (view.question.by.empty()) return std::string();
    KL_TRY(const FigureAnswer answer, context.figures().evaluate(view.question));
    std::string head, rows;
    for (const std::string& word : view.question.by)
        head += fmt::format("<th scope=\"col\">{}</th>",
                            escape_html(dim_title(context.site.catalogue, word, context.language)));
    for (const FigureRow& split : answer.rows) {
        KL_TRY(const std::string row,
               split_row(context, view,
                         figure_of_row(view.indicator, view.question, answer, split), split));
        rows += row;
    }
    std::string also;
    if (const Indicator* other = beside(context, view.indicator))
        also = fmt::format("<th scope=\"col\" class=\"k-number\">{}</th>",
                           escape_html(figure_title(*other, context.language)));
    return fmt::format(
        "<div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"split-table\" tabindex=\"0\">"
        "<table class=\"k-table\"><caption id=\"split-table\">{}</caption><thead><tr>{}"
        "<th scope=\"col\" class=\"k-number\">{}</th>{}<th scope=\"col\">{}</th>"
        "<th scope=\"col\" class=\"k-number\">{}</th></tr></thead><tbody>{}</tbody></table></div>",
        escape_html(context.text("web.figure.split_table",
                                 {{"period", format_period(view.question.period,
                                                           context.language)}})),
        head, escape_html(context.text("web.figure.value")), also,
        escape_html(context.text("web.figure.status")),
        escape_html(context.text("web.figure.records")), rows);
}

std::string batch_row(const Context& context, const BatchInfo& batch, std::int64_t records) {
    std::string files;
    for (std::size_t i = 0; i < batch.files.size() && i < 3; ++i)
        files += (i > 0 ? ", " : "") + batch.files[i].name;
    if (batch.files.size() > 3)
        files += context.text("web.batch.more_files",
                              {{"count", std::to_string(batch.files.size() - 3)}});
    return fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td>"
        "<td class=\"k-number\">{}</td></tr>",
        link("/batches/" + batch_id(batch.seq), batch_id(batch.seq)), escape_html(batch.source),
        escape_html(files), escape_html(format_timestamp(batch.at, context.language)),
        format_integer(records, context.language));
}

Result<std::string> sources_html(Context& context, const View& view) {
    if (!context.may(Permission::batches)) return std::string();
    KL_TRY(const auto shares, context.figures().batches(view.question));
    std::string rows;
    for (const BatchShare& share : shares) {
        const auto batch = find_batch(context.db(), batch_id(share.seq));
        if (batch) rows += batch_row(context, *batch, share.records);
    }
    const std::string title = escape_html(context.text("web.figure.sources"));
    if (rows.empty())
        return fmt::format("<section><h2>{}</h2><p>{}</p></section>", title,
                           escape_html(context.text("web.figure.no_sources")));
    return fmt::format(
        "<section><h2>{}</h2><div class=\"k-table-frame\" role=\"region\""
        " aria-labelledby=\"sources-table\" tabindex=\"0\"><table class=\"k-table\">"
        "<caption id=\"sources-table\">{}</caption><thead><tr><th scope=\"col\">{}</th>"
        "<th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th>"
        "<th scope=\"col\" class=\"k-number\">{}</th></tr></thead><tbody>{}</tbody></table></div>"
        "</section>",
        title, escape_html(context.text("web.figure.sources_table")),
        escape_html(context.text("web.batch.batch")), escape_html(context.text("web.batch.source")),
        escape_html(context.text("web.batch.files")), escape_html(context.text("web.batch.at")),
        escape_html(context.text("web.figure.records")), rows);
}

std::string actions_html(const Context& context, const View& view) {
    const TextArgs count = {{"count", format_integer(view.figure.records, context.language)}};
    const std::string api = "/api/v1/figures/" + url_encode(view.question.id) +
                            build_query(question_query(view.question));
    std::string out = "<p class=\"k-actions\">";
    if (context.may(Permission::records))
        out += fmt::format("<a class=\"k-button\" id=\"records\" href=\"{}\">{}</a> ",
                           escape_html(records_href(view.edition, view.question)),
                           escape_html(context.text("web.figure.open_records", count)));
    out += fmt::format("<a href=\"{}\">{}</a>", escape_html(api),
                       escape_html(context.text("web.figure.as_json")));
    return out + "</p>";
}

std::string crumbs_html(const Context& context, const View& view) {
    const std::string first =
        view.edition == kCurrentEdition
            ? link("/figures", context.text("web.menu.figures"))
            : link("/reports/" + url_encode(view.edition), view.edition);
    return fmt::format("<nav class=\"k-crumbs\" aria-label=\"{}\"><ol><li>{}</li><li>{}</li></ol></nav>",
                       escape_html(context.text("web.crumbs")), first,
                       escape_html(figure_title(view.indicator, context.language)));
}

std::string caveat_html(const Context& context, const Indicator& indicator) {
    const std::string caveat = figure_caveat(indicator, context.language);
    if (caveat.empty()) return "";
    return "<div class=\"k-alert k-alert-warning\"><p>" + escape_html(caveat) + "</p></div>";
}

// A withheld figure has no value to show, only what it is and why it is withheld.
Response withheld_page(const Request& request, const Context& context, const View& view) {
    const std::string title = figure_title(view.indicator, context.language);
    const std::string main =
        crumbs_html(context, view) + "<h1>" + escape_html(title) + "</h1><p class=\"k-lead\">" +
        escape_html(context.text("web.figure.withheld")) + "</p>" +
        caveat_html(context, view.indicator) + "<p>" +
        escape_html(figure_definition(view.indicator, context.language)) + "</p>";
    return html_page(context, {title, Menu::figures, 200, request.target}, main);
}

}  // namespace

Result<Response> get_figure_page(const Request& request, Context& context) {
    const std::string id(request.param("figure"));
    const Indicator* indicator = context.site.catalogue.find(id);
    if (indicator == nullptr)
        return make_error(ErrorCode::not_found, "web.no_such_figure", {{"figure", id}});
    KL_TRY(const FigureQuestion question, read_page_question(request, context, id));
    View view{*indicator, std::string(request.param("edition")), question,
              figure_without_row(*indicator, question)};
    if (indicator->status == IndicatorStatus::withheld)
        return withheld_page(request, context, view);
    KL_TRY(view.figure, ask(context, *indicator, question));
    KL_TRY(const std::string also, beside_html(context, view));
    KL_TRY(const std::string split, split_html(context, view));
    KL_TRY(const std::string history, history_html(context, *indicator, question, view.edition));
    KL_TRY(const std::string sources, sources_html(context, view));
    const std::string title = figure_title(*indicator, context.language);
    const std::string main =
        crumbs_html(context, view) + "<h1>" + escape_html(title) + "</h1>" +
        lead_html(context, view) + also + gap_html(context, view) + left_out_html(context, view) +
        caveat_html(context, *indicator) +
        actions_html(context, view) + facts_html(context, view) +
        assume_html(context, view) + split + history +
        splits_html(context, view) + sources + "<p class=\"k-source\">" +
        escape_html(context.text("web.figure.source_line",
                                 {{"as_of", std::to_string(view.figure.as_of)},
                                  {"definition", view.figure.definition}})) +
        "</p>";
    return html_page(context, {title, Menu::figures, 200, request.target}, main);
}

}  // namespace klarsyn
