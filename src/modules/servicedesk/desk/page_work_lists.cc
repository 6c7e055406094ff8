// /workload/cases and /workload/moves: what a number on /workload counts, case by case.
#include <fmt/format.h>

#include "modules/servicedesk/desk/answers.h"
#include "modules/servicedesk/desk/case_words.h"
#include "modules/servicedesk/desk/work_html.h"
#include "web/page.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::int64_t kRowsMost = 500;

std::string crumbs(const Context& context) {
    return "<p class=\"k-source\">" + link("/workload", context.text("servicedesk.work.title")) +
           "</p>";
}

std::string moment(const Context& context, UtcSecond at) {
    return "<td class=\"k-nowrap\">" + escape_html(format_timestamp(at, context.language)) +
           "</td>";
}

std::string case_row(const Context& context, const CaseItem& item, UtcSecond now) {
    const std::string due =
        item.due_at ? format_timestamp(*item.due_at, context.language) : std::string("–");
    return fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td>{}"
        "<td class=\"k-number\">{}</td><td class=\"k-nowrap\">{}</td></tr>",
        case_ref(item.number), escape_html(item.title), escape_html(item.group),
        escape_html(item.assignee), escape_html(word_of(context, "state", item.state)),
        moment(context, item.opened_at), escape_html(span_words(context, now - item.opened_at)),
        item.breached ? mark_html("red", due) : escape_html(due));
}

std::string told(const Context& context, std::int64_t shown, std::int64_t all) {
    const TextArgs args = {{"n", format_integer(all, context.language)},
                           {"shown", format_integer(shown, context.language)}};
    return "<p>" +
           work_said(context,
                     shown < all ? "list_cut"
                     : all == 1  ? "list_one"
                                 : "list",
                     args) +
           "</p>";
}

}  // namespace

Result<Response> get_work_cases_page(const Request& request, Context& context) {
    KL_TRY(const WorkFilter filter, read_work_filter(request));
    KL_TRY(const CaseViewer viewer, case_viewer(context));
    KL_TRY(const std::int64_t all, count_work(context.db(), filter, viewer));
    KL_TRY(const auto items, list_work(context.db(), filter, viewer, kRowsMost));
    std::string rows;
    for (const CaseItem& item : items) rows += case_row(context, item, viewer.now);
    const std::string words = work_words(context, filter);
    std::string main = crumbs(context) + "<h1>" + work_said(context, "cases_title") + "</h1>";
    if (!words.empty()) main += "<p class=\"k-lead\">" + escape_html(words) + ".</p>";
    main += told(context, static_cast<std::int64_t>(items.size()), all);
    if (!items.empty())
        main += work_table(
            context, "cases", {},
            work_head(context, {"number", "about", "group", "person", "state", "opened"}, 6) +
                work_head(context, {"age_head"}, 0) + work_head(context, {"due"}),
            rows);
    return html_page(
        context, {context.text("servicedesk.work.cases_title"), Menu::team, 200, request.target},
        main);
}

Result<Response> get_work_moves_page(const Request& request, Context& context) {
    KL_TRY(const Period period, read_work_period(request, context));
    KL_TRY(const CaseViewer viewer, case_viewer(context));
    const auto given = [&](std::string_view name) -> std::optional<std::string> {
        const auto value = request.find(name);
        return value ? std::optional<std::string>(*value) : std::nullopt;
    };
    KL_TRY(const auto moves, read_moves(context.db(), period, viewer, given("from"), given("to")));
    std::string rows;
    std::int64_t shown = 0;
    for (auto move = moves.rbegin(); move != moves.rend() && shown < kRowsMost; ++move, ++shown)
        rows += fmt::format(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td>{}<td "
            "class=\"k-number\">{}</td></tr>",
            case_ref(move->number), escape_html(move->from), escape_html(move->to),
            moment(context, move->at),
            move->stood_s ? escape_html(span_words(context, *move->stood_s)) : std::string("–"));
    std::string main = crumbs(context) + "<h1>" + work_said(context, "moves_title") + "</h1>" +
                       "<p class=\"k-lead\">" +
                       escape_html(format_period(period, context.language)) + ".</p>" +
                       told(context, shown, static_cast<std::int64_t>(moves.size()));
    if (!moves.empty())
        main += work_table(context, "moved", {},
                           work_head(context, {"number", "from", "to", "moved_at"}, 4) +
                               work_head(context, {"stood"}, 0),
                           rows);
    return html_page(
        context, {context.text("servicedesk.work.moves_title"), Menu::team, 200, request.target},
        main);
}

}  // namespace klarsyn::servicedesk
