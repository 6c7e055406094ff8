#include "modules/servicedesk/desk/imported_case.h"

#include <fmt/format.h>

#include "modules/servicedesk/case_facts.h"
#include "modules/servicedesk/case_row.h"
#include "modules/servicedesk/desk/case_words.h"
#include "modules/servicedesk/desk/lists.h"
#include "web/page.h"

namespace klarsyn::servicedesk {
namespace {

std::string said(const Context& context, std::string_view key, const TextArgs& args = {}) {
    return escape_html(context.text("servicedesk.case." + std::string(key), args));
}

// Names stand as ids; 0 is unknown.
std::string name_of(std::string_view column) {
    return fmt::format("(SELECT text FROM core_name WHERE id = e.{} AND id <> 0)", column);
}

Result<void> load_events(Connection& db, const Params& values, ImportedCase& found) {
    std::string columns;
    for (const std::string_view column :
         {"level", "org", "grp", "category", "type", "priority", "contact", "system", "was"})
        columns += ", " + name_of(column);
    KL_TRY(const auto rows,
           db.query("SELECT e.kind, e.at, e.opened_at, e.seq" + columns +
                        " FROM servicedesk_event e WHERE e.group_key = :group_key"
                        " AND e.retracted_seq IS NULL AND e.case_no = :case_no"
                        " AND e.source = (SELECT MIN(id) FROM core_name WHERE text = :source)"
                        " ORDER BY e.at, e.id",
                    values));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return {};
        ImportedEvent event;
        event.kind = rows->text(0);
        event.at = rows->i64(1);
        found.opened_at = rows->i64(2);
        event.batch = rows->i64(3);
        int column = 4;
        for (std::string* text : {&event.level, &event.org, &event.group, &event.category,
                                  &event.type, &event.priority, &event.contact, &event.system,
                                  &event.was})
            *text = rows->text(column++);
        found.events.push_back(std::move(event));
    }
}

std::optional<std::int64_t> optional_i64(const Rows& rows, int column) {
    if (rows.is_null(column)) return std::nullopt;
    return rows.i64(column);
}

Result<void> load_targets(Connection& db, const Params& values, ImportedCase& found) {
    KL_TRY(const auto rows,
           db.query("SELECT " + name_of("target") +
                        ", e.kept, e.at, e.limit_s, e.running_s, e.paused_s"
                        " FROM servicedesk_target e WHERE e.group_key = :group_key"
                        " AND e.retracted_seq IS NULL AND e.case_no = :case_no"
                        " AND e.clock IN (1, 3, 5, 7) ORDER BY e.target, e.id",
                    values));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return {};
        ImportedTarget target;
        target.target = rows->text(0);
        if (!rows->is_null(1)) target.kept = rows->i64(1) != 0;
        target.at = rows->i64(2);
        target.limit_s = optional_i64(*rows, 3);
        target.running_s = optional_i64(*rows, 4);
        target.paused_s = optional_i64(*rows, 5);
        found.targets.push_back(std::move(target));
    }
}

// What the case's row has beside the facts.
Result<void> load_texts(Connection& db, ImportedCase& found) {
    KL_TRY(const auto rows, db.query("SELECT title, text, caller_name FROM servicedesk_case"
                                     " WHERE number = :number",
                                     {{":number", found.number}}));
    KL_TRY(const bool known, rows->next());
    if (!known) return {};
    found.title = rows->text(0);
    found.text = rows->text(1);
    found.caller = rows->text(2);
    return {};
}

std::string duration_cell(const std::optional<std::int64_t>& seconds) {
    return "<td class=\"k-number\">" + (seconds ? format_duration(*seconds) : "–") + "</td>";
}

std::string targets_table(const Context& context, const ImportedCase& found) {
    if (found.targets.empty()) return "";
    std::string rows;
    for (const ImportedTarget& target : found.targets) {
        const std::string key = "servicedesk.target." + target.target;
        const std::string outcome =
            !target.kept ? "<span class=\"k-none\">" +
                               escape_html(context.text("servicedesk.clock.lacking")) + "</span>"
                         : mark_html(*target.kept ? "green" : "red",
                                     context.text(*target.kept ? "servicedesk.clock.kept"
                                                               : "servicedesk.clock.breached"));
        rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td>{}{}{}<td>{}</td></tr>",
                            escape_html(has_text(context.language, key) ? context.text(key)
                                                                        : target.target),
                            outcome, duration_cell(target.running_s), duration_cell(target.paused_s),
                            duration_cell(target.limit_s),
                            escape_html(format_timestamp(target.at, context.language)));
    }
    const auto head = [&](std::string_view key, std::string_view classes = "") {
        return fmt::format("<th scope=\"col\"{}>{}</th>", classes,
                           escape_html(context.text("servicedesk.clock." + std::string(key))));
    };
    constexpr std::string_view kNumber = " class=\"k-number\"";
    return fmt::format("<h2 id=\"clock\">{}</h2><div class=\"k-table-frame\" role=\"region\""
                       " aria-labelledby=\"clock\" tabindex=\"0\"><table class=\"k-table\"><thead><tr>"
                       "{}{}{}{}{}{}</tr></thead><tbody>{}</tbody></table></div><p>{}</p>",
                       said(context, "clock"), head("target"), head("state"), head("used", kNumber),
                       head("paused", kNumber), head("limit", kNumber), head("counted"), rows,
                       link("/cases/" + url_encode(found.number) + "/clock",
                            context.text("servicedesk.clock.why_link")));
}

std::string facts_list(const Context& context, const ImportedCase& found) {
    const ImportedEvent& last = found.events.back();
    std::string rows;
    const auto row = [&](std::string_view key, const std::string& text) {
        if (!text.empty())
            rows += "<dt>" + said(context, key) + "</dt><dd>" + escape_html(text) + "</dd>";
    };
    row("source", found.source);
    row("opened", format_timestamp(found.opened_at, context.language));
    row("type", last.type);
    row("priority", last.priority);
    row("system", last.system);
    row("place", last.org);
    row("category", last.category);
    row("caller", found.caller);
    row("contact", last.contact);
    row("group", last.group);
    row("level", last.level);
    return "<dl class=\"k-facts\">" + rows + "</dl>";
}

std::string history_table(const Context& context, const ImportedCase& found) {
    std::string rows;
    for (const ImportedEvent& event : found.events) {
        const std::string batch = "B" + std::to_string(event.batch);
        rows += fmt::format(
            "<tr><td class=\"k-nowrap\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape_html(format_timestamp(event.at, context.language)),
            escape_html(context.text("servicedesk.kind." + event.kind)), escape_html(event.group),
            escape_html(event.level),
            context.may(Permission::batches) ? link("/batches/" + batch, batch) : batch);
    }
    return fmt::format("<h2 id=\"history\">{}</h2><div class=\"k-table-frame\" role=\"region\""
                       " aria-labelledby=\"history\" tabindex=\"0\"><table class=\"k-table\"><thead>"
                       "<tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}"
                       "</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead>"
                       "<tbody>{}</tbody></table></div>",
                       said(context, "history"), said(context, "when"), said(context, "what"),
                       said(context, "group"), said(context, "level"),
                       escape_html(context.text("web.batch.batch")), rows);
}

}  // namespace

Result<std::optional<ImportedCase>> find_imported(Connection& db, std::string_view number) {
    const std::size_t colon = number.find(':');
    if (colon == std::string_view::npos) return std::optional<ImportedCase>();
    ImportedCase found;
    found.number = number;
    found.source = number.substr(0, colon);
    found.case_no = number.substr(colon + 1);
    const Params values = {{":group_key", case_group(found.source, found.case_no)},
                           {":case_no", found.case_no},
                           {":source", found.source}};
    KL_CHECK(load_events(db, values, found));
    if (found.events.empty()) return std::optional<ImportedCase>();
    KL_CHECK(load_targets(db, values, found));
    KL_CHECK(load_texts(db, found));
    return std::optional(std::move(found));
}

Result<std::optional<ImportedSummary>> find_summary(Connection& db, std::string_view number) {
    KL_TRY(const auto rows,
           db.query("SELECT title, text, system, org, category, grp, caller_name, open, state"
                    " FROM servicedesk_case WHERE number = :number",
                    {{":number", std::string(number)}}));
    KL_TRY(const bool known, rows->next());
    if (!known) return std::optional<ImportedSummary>();
    const ImportedWords words{rows->text(0), rows->text(1), rows->text(2), rows->text(3),
                              rows->text(4), rows->text(5), rows->text(6), rows->i64(7) != 0};
    return std::optional(ImportedSummary{std::string(rows->text(0)), std::string(rows->text(8)),
                                         imported_document(number, words).text});
}

Result<Response> imported_page(const Request& request, Context& context, std::string_view number) {
    KL_TRY(const auto item, find_item(context.db(), number, context.scope));
    std::optional<ImportedCase> found;
    if (item) {
        KL_TRY(found, find_imported(context.db(), number));
    }
    if (!found)
        return make_error(ErrorCode::not_found, "servicedesk.desk.no_case",
                          {{"number", std::string(number)}});
    const std::string as = context.text("servicedesk.case.imported", {{"number", found->case_no},
                                                                      {"source", found->source}});
    const std::string title = found->title.empty() ? as : found->title;
    const std::string lead =
        (found->title.empty() ? std::string() : escape_html(as) + ". ") + said(context, "imported_lead");
    std::string text;
    if (!found->text.empty())
        text = "<h2>" + said(context, "text") + "</h2><p>" + lines_html(found->text) + "</p>";
    const std::string main = fmt::format(
        "<nav class=\"k-crumbs\" aria-label=\"{}\"><ol><li>{}</li><li>{}</li></ol></nav><h1>{}</h1>"
        "<p class=\"k-lead\">{}</p>{}{}{}{}",
        said(context, "crumbs"), link("/desk", context.text("servicedesk.desk.page.title")),
        escape_html(found->number), escape_html(title), lead, targets_table(context, *found), text,
        facts_list(context, *found), history_table(context, *found));
    return html_page(context, {title, Menu::desk, 200, request.target}, main);
}

}  // namespace klarsyn::servicedesk
