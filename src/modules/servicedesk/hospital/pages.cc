#include "modules/servicedesk/hospital/pages.h"

#include <fmt/format.h>

#include <algorithm>

#include "indicators/figures.h"
#include "reports/document.h"
#include "web/figure_view.h"
#include "web/moment.h"
#include "web/page.h"
#include "web/question.h"
#include "web/systems.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::size_t kCausesMax = 10;
constexpr const char* kFigures[] = {
    "servicedesk.created",      "servicedesk.resolved",
    "servicedesk.backlog",      "servicedesk.reopened",
    "servicedesk.sla_kept",     "servicedesk.first_response_median",
    "servicedesk.survey_score", "servicedesk.survey_response_share"};

struct Hospital {
    std::string code, name;
    std::vector<std::string> codes;  // its own and those of its parts
};

std::string words(const Context& context, std::string_view key, const TextArgs& args = {}) {
    return escape_html(context.text("servicedesk.hospital." + std::string(key), args));
}

Result<std::vector<Hospital>> hospitals(Connection& db, Day day) {
    KL_TRY(const auto rows,
           db.query("SELECT DISTINCT code, name FROM core_org WHERE kind = 'hospital'"
                    " AND retracted_seq IS NULL AND valid_from <= :day"
                    " AND (valid_to IS NULL OR valid_to >= :day) ORDER BY code",
                    {{":day", std::int64_t{day}}}));
    std::vector<Hospital> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        list.push_back({std::string(rows->text(0)), std::string(rows->text(1)), {}});
    }
    std::stable_sort(list.begin(), list.end(),
                     [](const Hospital& a, const Hospital& b) { return a.name < b.name; });
    return list;
}

Result<Hospital> find_hospital(Connection& db, std::string_view code, Day day) {
    KL_TRY(const auto list, hospitals(db, day));
    for (const Hospital& one : list) {
        if (one.code != code) continue;
        Hospital found = one;
        KL_TRY(const OrgScope scope, org_scope(db, code, day));
        found.codes = scope.codes;
        return found;
    }
    return make_error(ErrorCode::not_found, "servicedesk.hospital.none",
                      {{"code", std::string(code)}});
}

FigureQuestion question_of(const Hospital& hospital, const std::string& id, Period period) {
    FigureQuestion question;
    question.id = id;
    question.period = period;
    for (const std::string& code : hospital.codes) question.where.push_back({"org", code});
    return question;
}

// ---- Messages

std::string notice_html(const Context& context, const StandingNotice& notice, UtcSecond now) {
    const Language language = context.language;
    const bool bad = notice.kind == "disturbance";
    std::string facts = fmt::format("<dt>{}</dt><dd>{}</dd>", words(context, "since"),
                                    moment_html(language, notice.starts_at, now));
    if (notice.next_at)
        facts += fmt::format("<dt>{}</dt><dd>{}</dd>", words(context, "next_message"),
                             moment_html(language, *notice.next_at, now));
    return fmt::format(
        "<article class=\"k-message{}\"><h3 lang=\"{}\"><a href=\"/notices/{}\">{}</a>"
        "</h3><dl>{}</dl></article>",
        bad ? " k-" + notice.severity : "", language_code(notice.title.shown(language)),
        escape_html(notice.number), escape_html(notice.title.in(language)), facts);
}

std::int64_t disturbances(const std::vector<StandingNotice>& notices) {
    return std::count_if(notices.begin(), notices.end(),
                         [](const auto& one) { return one.kind == "disturbance"; });
}

std::string sentence(const Context& context, const std::vector<StandingNotice>& notices) {
    const std::int64_t count = disturbances(notices);
    return words(context,
                 count == 0   ? "well"
                 : count == 1 ? "single"
                              : "many",
                 {{"count", std::to_string(count)}});
}

std::string sentence_class(const std::vector<StandingNotice>& notices) {
    std::string worst = "works";
    for (const StandingNotice& one : notices) {
        if (one.kind != "disturbance" || worst == "down") continue;
        worst = one.severity;
    }
    return worst;
}

// ---- Figures

Result<ReportFigure> evaluate(Context& context, const Indicator& indicator,
                              const FigureQuestion& question) {
    KL_TRY(const FigureAnswer answer, context.figures().evaluate(question));
    if (answer.rows.empty()) return figure_without_row(indicator, question);
    return figure_of_row(indicator, question, answer, answer.rows.front());
}

std::string value_cells(const Context& context, const ReportFigure& figure) {
    const FigureQuestion& question = figure.question;
    return fmt::format(
        "<td class=\"k-number\">{}</td><td class=\"k-number\">{}</td>",
        link(figure_href(kCurrentEdition, question), print_figure(figure, context.language)),
        link(records_href(kCurrentEdition, question),
             format_integer(figure.records, context.language)));
}

Result<std::string> figures_html(Context& context, const Hospital& hospital, Period period) {
    std::string rows;
    for (const char* id : kFigures) {
        const Indicator* indicator = context.site.catalogue.find(id);
        if (indicator == nullptr || indicator->status == IndicatorStatus::withheld) continue;
        KL_TRY(const ReportFigure figure,
               evaluate(context, *indicator, question_of(hospital, id, period)));
        rows += fmt::format("<tr><th scope=\"row\">{}</th>{}</tr>",
                            escape_html(figure_title(*indicator, context.language)),
                            value_cells(context, figure));
    }
    return fmt::format(
        "<section><h2>{0}</h2><div class=\"k-table-frame\"><table class=\"k-table\">"
        "<caption class=\"k-hidden\">{0}</caption><thead><tr><th scope=\"col\">{1}</th>"
        "<th scope=\"col\" class=\"k-number\">{2}</th><th scope=\"col\" class=\"k-number\">{3}</th>"
        "</tr></thead><tbody>{4}</tbody></table></div></section>",
        words(context, "cases", {{"period", format_period(period, context.language)}}),
        words(context, "figure"), words(context, "value"), words(context, "records"), rows);
}

Result<std::string> causes_html(Context& context, const Hospital& hospital, Period period,
                                const std::string& dim) {
    const std::string id = "servicedesk.created";
    const Indicator* indicator = context.site.catalogue.find(id);
    FigureQuestion question = question_of(hospital, id, period);
    question.by = {dim};
    KL_TRY(FigureAnswer answer, context.figures().evaluate(question));
    std::stable_sort(answer.rows.begin(), answer.rows.end(),
                     [](const FigureRow& a, const FigureRow& b) { return a.num > b.num; });
    if (answer.rows.size() > kCausesMax) answer.rows.resize(kCausesMax);
    std::string rows;
    for (const FigureRow& row : answer.rows) {
        const std::string name = dim_text(row.key.front().second);
        rows += fmt::format("<tr><th scope=\"row\">{}</th>{}</tr>",
                            escape_html(dim_value_text(dim, name, context.language)),
                            value_cells(context, figure_of_row(*indicator, question, answer, row)));
    }
    if (rows.empty()) return std::string();
    return fmt::format(
        "<section><h2>{0}</h2><div class=\"k-table-frame\"><table class=\"k-table\">"
        "<caption class=\"k-hidden\">{0}</caption><thead><tr><th scope=\"col\">{1}</th>"
        "<th scope=\"col\" class=\"k-number\">{2}</th><th scope=\"col\" class=\"k-number\">{3}</th>"
        "</tr></thead><tbody>{4}</tbody></table></div></section>",
        words(context, "top_" + dim),
        escape_html(dim_title(context.site.catalogue, dim, context.language)),
        words(context, "created"), words(context, "records"), rows);
}

std::string crumbs_html(const Context& context) {
    return fmt::format("<nav class=\"k-crumbs\" aria-label=\"{}\"><ol><li>{}</li></ol></nav>",
                       escape_html(context.text("web.crumbs")),
                       link("/hospitals", context.text("servicedesk.hospital.title")));
}

}  // namespace

Result<Response> get_hospitals_page(const Request& request, Context& context) {
    const UtcSecond now = context.site.clock.now();
    KL_TRY(const auto list, hospitals(context.db(), Zone::copenhagen().to_local(now).day));
    std::string rows;
    for (const Hospital& one : list) {
        KL_TRY(const auto notices, standing_notices(context.db(), one.code, now));
        rows += fmt::format("<li><a href=\"/hospitals/{}\">{}</a><p>{}</p></li>",
                            escape_html(url_encode(one.code)), escape_html(one.name),
                            sentence(context, notices));
    }
    const std::string title = context.text("servicedesk.hospital.title");
    const std::string main =
        fmt::format("<h1>{}</h1>{}", escape_html(title),
                    rows.empty() ? fmt::format("<p>{}</p>", words(context, "no_hospitals"))
                                 : fmt::format("<ul class=\"k-cases\">{}</ul>", rows));
    return html_page(context, {title, Menu::hospitals, 200, request.target}, main);
}

Result<Response> get_hospital_page(const Request& request, Context& context) {
    const UtcSecond now = context.site.clock.now();
    KL_TRY(const Hospital hospital, find_hospital(context.db(), request.param("hospital"),
                                                  Zone::copenhagen().to_local(now).day));
    KL_TRY(const FigureQuestion asked, read_page_question(request, context, "servicedesk.created"));
    KL_TRY(auto notices, standing_notices(context.db(), hospital.code, now));
    std::stable_partition(notices.begin(), notices.end(),
                          [](const StandingNotice& one) { return one.kind == "disturbance"; });
    std::string main =
        crumbs_html(context) + fmt::format("<h1>{}</h1>", escape_html(hospital.name));
    main += fmt::format("<p class=\"k-sentence k-{}\">{}</p>", sentence_class(notices),
                        sentence(context, notices));
    main += fmt::format("<p class=\"k-age\" data-live=\"{}\" data-stale=\"{}\">{}</p>",
                        words(context, "live"), words(context, "stale"),
                        words(context, "shown_at",
                              {{"when", moment_text(context.language, now, now)}}));
    if (!notices.empty()) main += fmt::format("<h2>{}</h2>", words(context, "messages"));
    for (const StandingNotice& notice : notices) main += notice_html(context, notice, now);
    KL_TRY(const std::string figures, figures_html(context, hospital, asked.period));
    main += figures;
    for (const char* dim : {"category", "system"}) {
        KL_TRY(const std::string causes, causes_html(context, hospital, asked.period, dim));
        main += causes;
    }
    main += fmt::format("<p class=\"k-source\">{}</p>", words(context, "what"));
    return html_page(context,
                     {hospital.name, Menu::hospitals, 200, request.target,
                      "<script src=\"/assets/status.js\" defer></script>"},
                     main);
}

}  // namespace klarsyn::servicedesk
