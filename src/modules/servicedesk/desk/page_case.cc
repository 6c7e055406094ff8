// /cases/{number}: a case as a complete page, with its whole history. Nothing can be changed here;
// that is done on the desk.
#include <fmt/format.h>

#include "modules/servicedesk/desk/case_words.h"
#include "modules/servicedesk/desk/clock_view.h"
#include "modules/servicedesk/desk/imported_case.h"
#include "web/page.h"

namespace klarsyn::servicedesk {
namespace {

std::string said(const Context& context, std::string_view key, const TextArgs& args = {}) {
    return escape_html(context.text("servicedesk.case." + std::string(key), args));
}

std::string moment(const Context& context, UtcSecond at) {
    return escape_html(format_timestamp(at, context.language));
}

std::string_view state_colour(const CaseItem& item) {
    if (item.breached) return "red";
    return item.state == "on_hold" ? "yellow" : "green";
}

std::string shown_name(const ReadCase& read, const std::string& account) {
    const auto known = read.names.find(account);
    return known == read.names.end() ? account : known->second;
}

// What happens next, in one sentence.
std::string next_step(const Context& context, const ReadCase& read) {
    const CaseItem& item = read.item;
    if (!item.merged_into.empty())
        return said(context, "next_merged") + " " + case_ref(item.merged_into) + ".";
    if (item.state == "closed") return said(context, "next_closed");
    if (item.state == "resolved") return said(context, "next_resolved");
    if (item.state == "on_hold") {
        const std::string reason = word_of(context, "hold", item.hold_reason);
        return item.wake_at ? said(context, "next_hold_until",
                                   {{"reason", reason},
                                    {"time", format_timestamp(*item.wake_at, context.language)}})
                            : said(context, "next_hold", {{"reason", reason}});
    }
    if (!item.assignee.empty())
        return said(context, "next_assigned", {{"who", shown_name(read, item.assignee)}});
    if (!item.group.empty()) return said(context, "next_group", {{"group", item.group}});
    return said(context, "next_nobody");
}

class Facts {
public:
    explicit Facts(const Context& context) : context_(context) {}
    void html(std::string_view key, const std::string& value) {
        if (!value.empty()) rows_ += "<dt>" + said(context_, key) + "</dt><dd>" + value + "</dd>";
    }
    void text(std::string_view key, std::string_view value) { html(key, escape_html(value)); }
    std::string list() const { return "<dl class=\"k-facts\">" + rows_ + "</dl>"; }

private:
    const Context& context_;
    std::string rows_;
};

std::string joined(std::initializer_list<std::string_view> texts) {
    std::string all;
    for (const std::string_view text : texts)
        if (!text.empty()) all += (all.empty() ? "" : ", ") + std::string(text);
    return all;
}

std::string refs(const std::vector<std::string>& numbers) {
    std::string html;
    for (const std::string& number : numbers) html += (html.empty() ? "" : ", ") + case_ref(number);
    return html;
}

std::string priority_text(const Context& context, const CaseItem& item, const CaseState& state) {
    if (item.priority == 0) return "";
    std::string text = word_of(context, "priority", std::to_string(item.priority));
    if (item.impact > 0 && item.urgency > 0)
        text += ": " +
                context.text("servicedesk.case.rated", {{"impact", std::to_string(item.impact)},
                                                        {"urgency", std::to_string(item.urgency)}});
    return state.priority_reason.empty() ? text : text + ". " + state.priority_reason;
}

std::string links_html(const Context& context, const CaseState& state) {
    std::string html;
    for (const CaseLink& one : state.links)
        html += fmt::format("{}{} ({})", html.empty() ? "" : ", ", case_ref(one.to),
                            escape_html(word_of(context, "relation", one.relation)));
    return html;
}

std::string affected_html(const Context& context, const CaseState& state) {
    std::string html;
    for (const AffectedPerson& one : state.affected)
        html += (html.empty() ? "" : ", ") + escape_html(one.person);
    return html.empty()
               ? html
               : said(context, "affected_count",
                      {{"n", format_integer(static_cast<std::int64_t>(state.affected.size()),
                                            context.language)}}) +
                     " " + html;
}

std::string facts_html(const Context& context, const ReadCase& read) {
    const CaseItem& item = read.item;
    const CaseState& state = read.state;
    Facts facts(context);
    facts.text("type", word_of(context, "type", item.type));
    facts.text("priority", priority_text(context, item, state));
    facts.text("system", item.system);
    facts.text("place", joined({item.org, state.place}));
    facts.text("equipment", state.equipment);
    facts.text("caller", joined({item.caller_name, item.caller_account, item.caller_phone,
                                 item.caller_mail}));
    facts.text("contact", word_of(context, "contact", item.contact));
    facts.text("category", item.category);
    facts.text("group", item.level > 0 ? context.text("servicedesk.case.group_level",
                                                      {{"group", item.group},
                                                       {"level", std::to_string(item.level)}})
                                       : item.group);
    facts.text("assignee", shown_name(read, item.assignee));
    facts.html("affected", affected_html(context, state));
    facts.html("links", links_html(context, state));
    facts.html("parent", case_ref(item.parent));
    facts.html("major", case_ref(item.major));
    facts.html("problem", case_ref(item.problem));
    facts.html("change", case_ref(item.change));
    facts.html("children", refs(read.children));
    facts.text("call", item.call);
    facts.text("opened", format_timestamp(item.opened_at, context.language));
    if (item.source != "klarsyn") facts.text("source", item.source);
    return facts.list();
}

// A case moves between groups and levels: where it stood, and for how long.
struct Stay {
    std::string group;
    std::int64_t level = 0;
    UtcSecond from = 0;
    std::optional<UtcSecond> to;
};

std::vector<Stay> stays_of(const ReadCase& read) {
    std::vector<Stay> stays;
    CaseState state;
    for (const Record& record : read.records) {
        apply(state, record);
        if (record.undone) continue;
        const bool moves = record.kind == "opened" || record.kind == "moved";
        const bool ends = record.kind == "resolved" || record.kind == "closed";
        if ((moves || ends) && !stays.empty() && !stays.back().to) stays.back().to = record.at;
        if (moves || record.kind == "reopened")
            stays.push_back({state.group, state.level, record.at, std::nullopt});
    }
    return stays;
}

std::string stays_html(const Context& context, const ReadCase& read) {
    const std::vector<Stay> stays = stays_of(read);
    if (stays.size() < 2) return "";
    std::string rows;
    for (const Stay& stay : stays) {
        const UtcSecond end = stay.to.value_or(context.site.clock.now());
        rows += fmt::format(
            "<tr><th scope=\"row\">{}</th><td class=\"k-number\">{}</td>"
            "<td class=\"k-nowrap\">{}</td><td class=\"k-nowrap\">{}</td>"
            "<td class=\"k-number\">{}</td></tr>",
            escape_html(stay.group), stay.level > 0 ? std::to_string(stay.level) : "–",
            moment(context, stay.from), stay.to ? moment(context, *stay.to) : said(context, "now"),
            format_duration(std::max<UtcSecond>(0, end - stay.from)));
    }
    const auto head = [&](std::string_view key, std::string_view classes = "") {
        return fmt::format("<th scope=\"col\"{}>{}</th>", classes, said(context, key));
    };
    constexpr std::string_view kNumber = " class=\"k-number\"";
    return fmt::format(
        "<h2 id=\"way\">{}</h2><div class=\"k-table-frame\" role=\"region\""
        " aria-labelledby=\"way\" tabindex=\"0\"><table class=\"k-table\"><thead><tr>"
        "{}{}{}{}{}</tr></thead><tbody>{}</tbody></table></div>",
        said(context, "way"), head("group"), head("level", kNumber), head("from"), head("to"),
        head("time", kNumber), rows);
}

std::string history_html(const Context& context, const ReadCase& read) {
    std::string items;
    for (const Record& record : read.records) {
        const std::string who = record.actor == "system" ? context.text("servicedesk.case.by_rule")
                                                         : shown_name(read, record.actor);
        const bool internal = body_text(record.body, "visibility") == "internal";
        items += fmt::format(
            "<li id=\"e{}\"{}><p class=\"k-event-head\"><time datetime=\"{}\">{}</time> {}</p>"
            "<div>{}{}</div></li>",
            record.n, internal ? " class=\"k-internal\"" : "", iso_utc(record.at),
            moment(context, record.at), escape_html(who),
            record.undone ? "<p class=\"k-none\">" + said(context, "undone") + "</p>" : "",
            record_html(context, record, read.names));
    }
    return "<h2>" + said(context, "history") + "</h2><ol class=\"k-events\">" + items + "</ol>";
}

std::string attachments_html(const Context& context, const ReadCase& read) {
    if (read.state.attachments.empty()) return "";
    std::string items;
    for (const CaseAttachment& one : read.state.attachments)
        items +=
            fmt::format("<li><a href=\"/api/v1/cases/{}/attachments/{}\">{}</a> ({}, {})</li>",
                        url_encode(read.item.number), url_encode(one.id), escape_html(one.name),
                        said(context, "bytes", {{"n", format_integer(one.size, context.language)}}),
                        escape_html(word_of(context, "visibility", one.visibility)));
    return "<h2>" + said(context, "attachments") + "</h2><ul>" + items + "</ul>";
}

std::string text_html(const Context& context, const CaseState& state) {
    std::string html;
    if (!state.text.empty())
        html += "<h2>" + said(context, "text") + "</h2><p>" + lines_html(state.text) + "</p>";
    if (!state.resolution.empty() && !state.unsolved())
        html += "<h2>" + said(context, "resolution") + "</h2><p>" + lines_html(state.resolution) +
                "</p>";
    return html;
}

// What users were told about this case and has not been called off. Forgotten where the case is
// over: said loudly then.
Result<std::string> told_html(Context& context, const CaseItem& item) {
    const bool english = context.language == Language::en;
    KL_TRY(const auto rows,
           context.db().query("SELECT number, title_da, title_en FROM core_notice"
                              " WHERE case_number = :number AND state = 'open' ORDER BY num",
                              {{":number", item.number}}));
    std::string items;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        const std::string number(rows->text(0));
        const std::string_view title =
            english && !rows->text(2).empty() ? rows->text(2) : rows->text(1);
        items += (items.empty() ? "" : ", ") +
                 link("/notices/" + number, number + " " + std::string(title));
    }
    if (items.empty()) return items;
    const bool over = item.state == "resolved" || item.state == "closed";
    return fmt::format("<p class=\"{}\">{} {}</p>", over ? "k-age k-stale" : "k-actions",
                       said(context, over ? "told_over" : "told"), items);
}

// What can be done from here: the desk has the rest.
std::string actions_html(const Context& context, const CaseItem& item) {
    if (item.source != "klarsyn" || !context.may(Permission::case_work)) return "";
    std::string html =
        link("/desk?case=" + url_encode(item.number), context.text("servicedesk.case.on_desk"));
    const bool solved = item.state == "resolved" || item.state == "closed";
    if (context.may(Permission::manage) && !solved)
        html += " " +
                link("/notices" +
                         build_query(
                             {{"case", item.number}, {"system", item.system}, {"org", item.org}}) +
                         "#new",
                     context.text("servicedesk.case.tell_users"));
    if (context.may(Permission::manage) && item.open && item.major.empty())
        html += " " + link("/majors?case=" + url_encode(item.number),
                           context.text("servicedesk.case.declare_major"));
    return "<p class=\"k-actions\">" + html + "</p>";
}

}  // namespace

Result<Response> get_case_page(const Request& request, Context& context) {
    const std::string_view number = request.param("number");
    if (number.find(':') != std::string_view::npos) return imported_page(request, context, number);
    KL_TRY(const ReadCase read, read_case(context, number));
    KL_TRY(const CaseClock clock, clock_of(context, read, context.site.clock.now()));
    const CaseItem& item = read.item;
    std::string main = fmt::format(
        "<nav class=\"k-crumbs\" aria-label=\"{}\"><ol><li>{}</li><li>{}</li></ol></nav>"
        "<h1>{}</h1><p class=\"k-lead\">{} {}</p>",
        said(context, "crumbs"), link("/desk", context.text("servicedesk.desk.page.title")),
        escape_html(item.number), escape_html(item.title),
        mark_html(state_colour(item), word_of(context, "state", item.state)),
        next_step(context, read));
    KL_TRY(const std::string told, told_html(context, item));
    main += told + actions_html(context, item);
    main += "<h2 id=\"clock\">" + said(context, "clock") + "</h2>" +
            targets_html(context, item.number, clock) + facts_html(context, read) +
            text_html(context, read.state) + attachments_html(context, read) +
            stays_html(context, read) + history_html(context, read);
    Response response =
        html_page(context, {item.number + " " + item.title, Menu::desk, 200, request.target}, main);
    return response;
}

}  // namespace klarsyn::servicedesk
