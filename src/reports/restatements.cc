#include <map>

#include "reports/edition_rows.h"
#include "reports/editions.h"

namespace klarsyn {

namespace {

// Why a figure changed, as far as its counts tell: more records, fewer, or others.
std::string reason_key(const ReportFigure& then, const ReportFigure& now, bool same_print) {
    if (then.definition != now.definition) return "definition";
    const std::int64_t more = now.records - then.records;
    if (more == 1) return "late_one";
    if (more > 1) return "late";
    if (more == -1) return "gone_one";
    if (more < -1) return "gone";
    return same_print ? "rounded" : "corrected";
}

std::string sentence(const ReportFigure& then, const ReportFigure& now, Language language) {
    const std::string before = print_figure(then, language), after = print_figure(now, language);
    const std::int64_t more = now.records - then.records;
    return text(language, "report.restated." + reason_key(then, now, before == after),
                {{"then", before},
                 {"now", after},
                 {"count", format_integer(more < 0 ? -more : more, language)}});
}

// Today's answer to a frozen question that today's plan no longer asks.
Result<ReportFigure> ask(const ReportFigure& then, const FigureSource& source,
                         const Catalogue& catalogue) {
    ReportFigure now = then;
    now.value.reset();
    now.num.reset();
    now.den.reset();
    now.records = 0;
    now.state = FigureState::missing;
    if (!catalogue.find(then.question.id)) return now;
    KL_TRY(const FigureAnswer answer, source(then.question));
    now.definition = answer.definition;
    now.as_of = answer.as_of;
    if (answer.rows.empty()) return now;
    const FigureRow& row = answer.rows.front();
    now.value = row.value;
    now.num = row.num;
    now.den = row.den;
    now.records = row.records;
    if (row.too_few) now.state = FigureState::too_few;
    if (row.value) now.state = FigureState::present;
    return now;
}

}  // namespace

Result<std::vector<Restatement>> restatements(Connection& db, const Edition& edition,
                                              const ReportLibrary& library,
                                              const Catalogue& catalogue,
                                              const FigureSource& source) {
    KL_TRY(const auto frozen, edition_figures(db, edition));
    KL_TRY(const auto titles, stored_titles(db, edition));
    std::map<std::string, ReportFigure> today;
    if (const auto plan = library.plan(edition.plan); plan.ok()) {
        KL_TRY(Document document,
               build_document(library, **plan, edition.period, catalogue, source));
        for (ReportFigure& figure : document.figures)
            today.emplace(figure_key(figure.question), std::move(figure));
    }
    std::vector<Restatement> list;
    for (std::size_t i = 0; i < frozen.size(); ++i) {
        const ReportFigure& then = frozen[i];
        const auto found = today.find(figure_key(then.question));
        ReportFigure now;
        if (found != today.end()) {
            now = found->second;
        } else {
            KL_TRY(now, ask(then, source, catalogue));
        }
        if (then.num == now.num && then.den == now.den) continue;
        Restatement item;
        item.row = titles[i];
        item.text = {sentence(then, now, Language::da), sentence(then, now, Language::en)};
        item.then = then;
        item.now = std::move(now);
        list.push_back(std::move(item));
    }
    return list;
}

std::string render_restatements(const Edition& edition, const std::vector<Restatement>& list,
                                Language language) {
    if (list.empty()) return {};
    std::string html =
        "<section class=\"k-restatements\" aria-labelledby=\"restatements-title\">\n"
        "<h2 id=\"restatements-title\">";
    html += escape_html(text(language, "report.restated.title")) + "</h2>\n<p>";
    html += escape_html(text(language, "report.restated.lead")) + "</p>\n<ul>\n";
    for (const Restatement& item : list) {
        const std::string row =
            text(language, "report.restated.row",
                 {{"row", item.row.in(language)},
                  {"period", format_period(item.then.question.period, language)}});
        html += "<li><a href=\"" + escape_html(figure_path(edition.id, item.then.question)) +
                "\">" + escape_html(row) + "</a>: <a href=\"" +
                escape_html(figure_path({}, item.now.question)) + "\">" +
                escape_html(item.text.in(language)) + "</a></li>\n";
    }
    return html + "</ul>\n</section>\n";
}

}  // namespace klarsyn
