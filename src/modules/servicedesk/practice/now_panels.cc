// What the service desk shows on the live board: major incidents, open cases, today's changes.
#include <fmt/format.h>

#include "indicators/figures.h"
#include "modules/servicedesk/practice/object.h"
#include "web/moment.h"
#include "web/now.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn::servicedesk {

std::vector<NowPanel> now_panels();

namespace {

constexpr std::size_t kShown = 6;

std::string say(const Context& context, std::string_view key, const TextArgs& args = {}) {
    return escape_html(context.text("servicedesk.now." + std::string(key), args));
}

// Titles are for who may see cases; others are told how many there are.
std::size_t shown_of(const Context& context, std::size_t all) {
    return context.may(Permission::cases) ? std::min(kShown, all) : 0;
}

std::string big(std::string_view href, const std::string& shown) {
    return "<p class=\"k-big\">" + link(href, shown) + "</p>";
}

std::string more_html(const Context& context, std::size_t all, std::string_view href) {
    if (all <= kShown) return "";
    const std::string count =
        format_integer(static_cast<std::int64_t>(all - kShown), context.language);
    return "<p>" + link(href, context.text("servicedesk.now.more", {{"count", count}})) + "</p>";
}

std::string joined(const std::vector<std::string>& names) {
    std::string all;
    for (const std::string& one : names) all += (all.empty() ? "" : ", ") + one;
    return all;
}

Result<NowPart> critical(Context& context, UtcSecond now) {
    ObjectQuery query;
    query.kind = "major";
    query.open = true;
    KL_TRY(const ObjectPage page, list_objects(context.db(), query, context.scope));
    NowPart part;
    part.wrong = !page.items.empty();
    const auto count = static_cast<std::int64_t>(page.items.size());
    part.html = big("/majors", format_integer(count, context.language));
    if (page.items.empty()) {
        part.html += "<p>" + say(context, "no_critical") + "</p>";
        return part;
    }
    std::string items;
    for (std::size_t i = 0; i < shown_of(context, page.items.size()); ++i) {
        const ObjectRow& row = page.items[i];
        items += fmt::format(
            "<li>{} {} <span>{} {}</span></li>", link("/majors/" + row.number, row.number),
            escape_html(row.title), escape_html(joined(row.systems)),
            moment_html(context.language, row.starts_at.value_or(row.opened_at), now));
    }
    if (!items.empty())
        part.html += "<ul>" + items + "</ul>" + more_html(context, page.items.size(), "/majors");
    return part;
}

// A figure of today that opens its records; a dash where nobody knows it.
Result<std::string> today(Context& context, const std::string& id, UtcSecond now) {
    const Day day = Zone::copenhagen().to_local(now).day;
    FigureQuestion question;
    question.id = id;
    question.period = {day, day};
    KL_TRY(const FigureAnswer answer, context.figures().evaluate(question));
    if (answer.rows.empty() || !answer.rows.front().value || !answer.rows.front().num)
        return std::string("–");
    return link(records_href(kCurrentEdition, question),
                format_integer(*answer.rows.front().num, context.language));
}

Result<NowPart> open_cases(Context& context, UtcSecond now) {
    KL_TRY(const std::string open, today(context, "servicedesk.backlog", now));
    KL_TRY(const std::string created, today(context, "servicedesk.created", now));
    KL_TRY(const std::string resolved, today(context, "servicedesk.resolved", now));
    NowPart part;
    part.html = fmt::format(
        "<p class=\"k-big\">{}</p><dl><dt>{}</dt><dd>{}</dd><dt>{}</dt><dd>{}</dd></dl>", open,
        say(context, "created_today"), created, say(context, "resolved_today"), resolved);
    return part;
}

Result<NowPart> changes(Context& context, UtcSecond now) {
    const Day day = Zone::copenhagen().to_local(now).day;
    ObjectQuery query;
    query.kind = "change";
    query.overlaps_from = Zone::copenhagen().to_utc({day, 0}).utc;
    query.overlaps_to = Zone::copenhagen().to_utc({day + 1, 0}).utc;
    KL_TRY(ObjectPage page, list_objects(context.db(), query, context.scope));
    std::erase_if(page.items, [](const ObjectRow& row) {
        return !row.starts_at || row.state == "cancelled" || row.state == "rejected";
    });
    std::stable_sort(page.items.begin(), page.items.end(),
                     [](const auto& a, const auto& b) { return a.starts_at < b.starts_at; });
    NowPart part;
    part.html = big("/changes",
                    format_integer(static_cast<std::int64_t>(page.items.size()), context.language));
    std::string items;
    for (std::size_t i = 0; i < shown_of(context, page.items.size()); ++i) {
        const ObjectRow& row = page.items[i];
        items += fmt::format("<li>{} {} <span>{} {}</span></li>",
                             link("/changes/" + row.number, row.number), escape_html(row.title),
                             escape_html(joined(row.systems)),
                             moment_html(context.language, *row.starts_at, now));
    }
    part.html +=
        items.empty() ? "<p>" + say(context, "no_changes") + "</p>" : "<ul>" + items + "</ul>";
    part.html += more_html(context, page.items.size(), "/changes");
    return part;
}

}  // namespace

std::vector<NowPanel> now_panels() {
    return {{"critical", "servicedesk.now.critical", critical},
            {"cases", "servicedesk.now.open_cases", open_cases},
            {"changes", "servicedesk.now.changes", changes}};
}

}  // namespace klarsyn::servicedesk
