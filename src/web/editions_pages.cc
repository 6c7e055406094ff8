// / and /reports/{edition}: what was published, as it was published, with corrections around it.
#include <fmt/format.h>

#include <algorithm>

#include "reports/build.h"
#include "reports/editions.h"
#include "web/handlers.h"
#include "web/page.h"

namespace klarsyn {
namespace {

std::string edition_row(const Context& context, const Edition& edition) {
    return fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"k-number\">{}</td><td>{}</td>"
        "<td class=\"k-number\">{}</td></tr>",
        link("/reports/" + url_encode(edition.id), edition.title.in(context.language)),
        escape_html(format_period(edition.period, context.language)), edition.number,
        escape_html(format_timestamp(edition.published_at, context.language)),
        format_integer(edition.figures, context.language));
}

std::string editions_table(const Context& context, const std::vector<Edition>& editions) {
    std::string rows;
    for (const Edition& edition : editions) rows += edition_row(context, edition);
    return fmt::format(
        "<div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"editions\" tabindex=\"0\">"
        "<table class=\"k-table\"><caption id=\"editions\">{}</caption><thead><tr>"
        "<th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\" class=\"k-number\">{}"
        "</th><th scope=\"col\">{}</th><th scope=\"col\" class=\"k-number\">{}</th></tr></thead>"
        "<tbody>{}</tbody></table></div>",
        escape_html(context.text("web.editions.caption")),
        escape_html(context.text("web.editions.report")),
        escape_html(context.text("web.figure.period")),
        escape_html(context.text("web.editions.number")),
        escape_html(context.text("web.editions.published")),
        escape_html(context.text("web.editions.figures")), rows);
}

std::string downloads_html(const Context& context, const Edition& edition) {
    struct Download {
        std::string_view suffix, key;
    };
    static constexpr Download kDownloads[] = {{".pdf", "web.editions.pdf"},
                                              {".xlsx", "web.editions.xlsx"},
                                              {".csv", "web.editions.csv"},
                                              {".csv?dialect=excel-da", "web.editions.csv_excel"},
                                              {".json", "web.editions.json"},
                                              {".html", "web.editions.html"}};
    const bool pdf = std::find(edition.notes.begin(), edition.notes.end(), "report.note.no_pdf") ==
                     edition.notes.end();
    std::string items;
    for (const Download& download : kDownloads)
        if (pdf || download.suffix != ".pdf")
            items += fmt::format("<li>{}</li>",
                                 link(fmt::format("/api/v1/editions/{}{}", url_encode(edition.id),
                                                  download.suffix),
                                      context.text(download.key)));
    return fmt::format("<nav class=\"k-downloads\" aria-label=\"{}\"><ul>{}</ul></nav>",
                       escape_html(context.text("web.editions.downloads")), items);
}

}  // namespace

Result<Response> get_home(const Request& request, Context& context) {
    if (!context.may(Permission::reports)) return redirect("/status");
    KL_TRY(std::vector<Edition> editions, list_editions(context.db()));
    std::reverse(editions.begin(), editions.end());  // the newest first
    const std::string title = context.text("web.editions.title");
    std::string main = "<h1>" + escape_html(title) + "</h1>";
    if (editions.empty()) {
        main += "<p class=\"k-lead\">" + escape_html(context.text("web.editions.none")) + "</p>";
    } else {
        const Edition& newest = editions.front();
        main += fmt::format(
            "<p class=\"k-lead\">{} {}</p>{}", escape_html(context.text("web.editions.newest")),
            link("/reports/" + url_encode(newest.id), newest.title.in(context.language)),
            editions_table(context, editions));
    }
    return html_page(context, {title, Menu::reports, 200, request.target}, main);
}

Result<Response> get_report(const Request& request, Context& context) {
    KL_TRY(const Edition edition, find_edition(context.db(), request.param("edition")));
    KL_TRY(const std::string body,
           edition_file(context.db(), edition, "fragment", context.language));
    KL_TRY(const auto corrections,
           restatements(context.db(), edition, context.site.library, context.site.catalogue,
                        figure_source(context.figures())));
    const std::string main = fmt::format(
        "<nav class=\"k-crumbs\" aria-label=\"{}\"><ol><li>{}</li><li>{}</li></ol></nav>{}{}{}",
        escape_html(context.text("web.crumbs")), link("/", context.text("web.menu.reports")),
        escape_html(edition.id), downloads_html(context, edition),
        render_restatements(edition, corrections, context.language), body);
    return html_page(context, {edition.title.in(context.language), Menu::reports, 200,
                               request.target},
                     main);
}

}  // namespace klarsyn
