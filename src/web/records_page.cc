// /f/{edition}/{figure}/records: the records that a figure counts, fifty at a time.
#include <fmt/format.h>

#include "indicators/catalogue.h"
#include "web/figure_view.h"
#include "web/handlers.h"
#include "web/page.h"
#include "web/question.h"
#include "web/records_csv.h"

namespace klarsyn {
namespace {

constexpr std::int64_t kPageRecords = 50;
constexpr std::int64_t kPagesMax = 100'000'000;

std::string column_title(const Context& context, std::string_view module,
                         const std::string& column) {
    const std::string key = fmt::format("{}.column.{}", module, column);
    return has_text(context.language, key) ? context.text(key) : column;
}

std::string field_html(const Context& context, const RecordField& field) {
    if (const auto* number = std::get_if<std::int64_t>(&field.value))
        return fmt::format("<td class=\"k-number\">{}</td>", *number);
    const auto* word = std::get_if<std::string>(&field.value);
    if (word == nullptr)
        return fmt::format("<td><span class=\"k-none\" title=\"{0}\">–</span></td>",
                           escape_html(context.text("web.records.none")));
    const auto utc = parse_iso_utc(*word);
    if (utc && word->size() == 20)
        return fmt::format("<td class=\"k-nowrap\">{}</td>",
                           escape_html(format_timestamp(*utc, context.language)));
    return "<td>" + escape_html(*word) + "</td>";
}

// Where the columns stand that name a case; none where the records have no cases.
struct CaseColumns {
    std::optional<std::size_t> number, source;
};

CaseColumns case_columns(const Context& context, const RecordPage& page) {
    CaseColumns found;
    if (!context.may(Permission::cases)) return found;
    for (std::size_t c = 0; c < page.columns.size(); ++c) {
        if (page.columns[c] == "case_no") found.number = c;
        if (page.columns[c] == "source") found.source = c;
    }
    return found;
}

// The case's own page. The desk's cases have their number alone, others their source before it.
std::string case_html(const RecordItem& item, const CaseColumns& columns) {
    const auto* number = std::get_if<std::string>(&item.fields[*columns.number].value);
    const auto* source = std::get_if<std::string>(&item.fields[*columns.source].value);
    if (number == nullptr || source == nullptr) return "";
    const std::string whole = *source == "klarsyn" ? *number : *source + ":" + *number;
    return "<td class=\"k-nowrap\">" + link("/cases/" + url_encode(whole), *number) + "</td>";
}

bool holds_numbers(const RecordPage& page, std::size_t column) {
    for (const RecordItem& item : page.items)
        if (std::holds_alternative<std::int64_t>(item.fields[column].value)) return true;
    return false;
}

std::string table_html(const Context& context, const RecordPage& page, const Indicator& indicator,
                       const std::string& caption) {
    std::string head = fmt::format("<th scope=\"col\">{}</th><th scope=\"col\">{}</th>",
                                   escape_html(context.text("web.records.ref")),
                                   escape_html(context.text("web.records.day")));
    for (std::size_t c = 0; c < page.columns.size(); ++c)
        head += fmt::format("<th scope=\"col\"{}>{}</th>",
                            holds_numbers(page, c) ? " class=\"k-number\"" : "",
                            escape_html(column_title(context, indicator.module, page.columns[c])));
    head += fmt::format("<th scope=\"col\">{}</th>", escape_html(context.text("web.batch.batch")));
    std::string rows;
    const CaseColumns cases = case_columns(context, page);
    for (const RecordItem& item : page.items) {
        rows += fmt::format("<tr><th scope=\"row\" class=\"k-ref\">{}</th><td class=\"k-nowrap\">{}</td>",
                            escape_html(item.ref), format_date(item.day, context.language));
        for (std::size_t c = 0; c < item.fields.size(); ++c) {
            std::string cell;
            if (cases.source && cases.number == c) cell = case_html(item, cases);
            rows += cell.empty() ? field_html(context, item.fields[c]) : cell;
        }
        const std::string batch = "B" + std::to_string(item.seq);
        rows += "<td>" + link("/batches/" + batch, batch) + "</td></tr>";
    }
    return fmt::format(
        "<div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"records-table\""
        " tabindex=\"0\"><table class=\"k-table k-dense\"><caption id=\"records-table\">{}</caption>"
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
        escape_html(caption), head, rows);
}

std::string page_href(std::string_view edition, const FigureQuestion& question, std::int64_t page) {
    const std::string base = records_href(edition, question);
    const char* joint = base.find('?') == std::string::npos ? "?" : "&";
    return base + joint + "page=" + std::to_string(page);
}

std::string pager_html(const Context& context, std::string_view edition,
                       const FigureQuestion& question, std::int64_t page, std::int64_t pages,
                       std::string_view label) {
    if (pages <= 1) return "";
    std::string items;
    const auto item = [&](std::int64_t to, std::string_view key, std::string_view relation) {
        items += fmt::format("<li><a rel=\"{}\" href=\"{}\">{}</a></li>", relation,
                             escape_html(page_href(edition, question, to)),
                             escape_html(context.text(key)));
    };
    if (page > 1) item(1, "web.records.first", "first");
    if (page > 1) item(page - 1, "web.records.previous", "prev");
    items += fmt::format(
        "<li aria-current=\"page\">{}</li>",
        escape_html(context.text("web.records.page",
                                 {{"page", format_integer(page, context.language)},
                                  {"pages", format_integer(pages, context.language)}})));
    if (page < pages) item(page + 1, "web.records.next", "next");
    if (page < pages) item(pages, "web.records.last", "last");
    return fmt::format("<nav class=\"k-pager\" aria-label=\"{}\"><ul>{}</ul></nav>",
                       escape_html(context.text(label)), items);
}

std::string exports_html(const Context& context, const FigureQuestion& question) {
    const auto address = [&](std::string_view format, std::string_view dialect) {
        FigureQuestion plain = question;
        plain.by.clear();
        Pairs query = question_query(plain);
        query.emplace_back("format", format);
        if (!dialect.empty()) query.emplace_back("dialect", dialect);
        return "/api/v1/figures/" + url_encode(plain.id) + "/records" + build_query(query);
    };
    return fmt::format("<p class=\"k-actions\">{} {} {}</p>",
                       link(address("csv", ""), context.text("web.records.csv")),
                       link(address("csv", "excel-da"), context.text("web.records.csv_excel")),
                       link(address("json", ""), context.text("web.records.json")));
}

FigureQuestion counted_of(FigureQuestion question) {
    question.gap = false;
    return question;
}

// The figure counts them all the same: only the list is the reader's own.
std::string hidden_html(const Context& context, std::int64_t hidden) {
    if (hidden == 0) return "";
    return fmt::format("<p id=\"hidden\" data-count=\"{}\">{}</p>", hidden,
                       escape_html(context.text("web.records.hidden",
                                                {{"count", format_integer(hidden, context.language)}})));
}

}  // namespace

Result<Response> get_records_page(const Request& request, Context& context) {
    const std::string id(request.param("figure"));
    const std::string edition(request.param("edition"));
    const Indicator* indicator = context.site.catalogue.find(id);
    if (indicator == nullptr)
        return make_error(ErrorCode::not_found, "web.no_such_figure", {{"figure", id}});
    KL_TRY(FigureQuestion question, read_page_question(request, context, id));
    question.by.clear();
    KL_TRY(question.as_of, pinned(context, question));  // pages and exports show the same records
    KL_TRY(const std::int64_t page_number, read_number(request, "page", 1, 1, kPagesMax));
    KL_TRY(const RecordPage page,
           context.figures().records(question, (page_number - 1) * kPageRecords, kPageRecords));
    const std::int64_t pages = (page.total + kPageRecords - 1) / kPageRecords;
    if (page_number > std::max<std::int64_t>(1, pages))
        return make_error(ErrorCode::not_found, "web.records.no_such_page",
                          {{"pages", std::to_string(pages)}});

    const std::string title = context.text(question.gap ? "web.records.title_gap" : "web.records.title",
                                           {{"figure", figure_title(*indicator, context.language)}});
    const std::string filters = filters_text(context, question);
    const TextArgs counted = {
        {"count", format_integer(page.total, context.language)},
        {"period", format_period(question.period, context.language)}};
    const std::string pager =
        pager_html(context, edition, question, page_number, pages, "web.records.pager");
    const std::string main = fmt::format(
        "<nav class=\"k-crumbs\" aria-label=\"{}\"><ol><li>{}</li><li>{}</li></ol></nav><h1>{}</h1>"
        "<p class=\"k-lead\"><span id=\"count\" data-count=\"{}\">{}</span>{}</p>{}{}{}{}{}",
        escape_html(context.text("web.crumbs")),
        link(figure_href(edition, counted_of(question)), figure_title(*indicator, context.language)),
        escape_html(context.text("web.figure.records")), escape_html(title), page.total,
        escape_html(context.text("web.records.lead", counted)),
        filters.empty() ? "" : " (" + escape_html(filters) + ")", hidden_html(context, page.hidden),
        exports_html(context, question), pager,
        page.items.empty() ? "" : table_html(context, page, *indicator,
                                             context.text("web.records.caption", counted)),
        std::ssize(page.items) < kPageRecords
            ? ""
            : pager_html(context, edition, question, page_number, pages,
                         "web.records.pager_below"));
    return html_page(context, {title, Menu::figures, 200, request.target}, main);
}

}  // namespace klarsyn
