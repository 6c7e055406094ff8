// Parts that these pages are put together from: facts, tables, links, the timeline.
#include <fmt/format.h>

#include "modules/servicedesk/practice/fields.h"
#include "modules/servicedesk/practice/object.h"
#include "modules/servicedesk/practice/page_forms.h"

namespace klarsyn::servicedesk {

std::string paragraph(std::string_view text, std::string_view kind) {
    if (kind.empty()) return fmt::format("<p>{}</p>", escape_html(text));
    return fmt::format("<p class=\"{}\">{}</p>", kind, escape_html(text));
}

std::string heading(int level, std::string_view text) {
    return fmt::format("<h{0}>{1}</h{0}>", level, escape_html(text));
}

std::string when_html(UtcSecond at, Language language) {
    return fmt::format("<time datetime=\"{}\">{}</time>", iso_utc(at),
                       escape_html(format_timestamp(at, language)));
}

std::string when_html(const std::optional<UtcSecond>& at, Language language) {
    return at ? when_html(*at, language) : std::string();
}

std::string facts_html(const Context& context, std::span<const Fact> facts) {
    std::string items;
    for (const Fact& fact : facts)
        if (!fact.html.empty())
            items += fmt::format(
                "<dt>{}</dt><dd>{}</dd>",
                escape_html(context.text("servicedesk.practice.field." + std::string(fact.key))),
                fact.html);
    return items.empty() ? "" : "<dl class=\"k-facts\">" + items + "</dl>";
}

std::string table_html(const TableSpec& spec, const std::string& rows) {
    std::string heads;
    for (const std::string& head : spec.heads)
        heads += fmt::format("<th scope=\"col\">{}</th>", escape_html(head));
    return fmt::format(
        "<div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"{0}\""
        " tabindex=\"0\"><table class=\"k-table\"><caption id=\"{0}\">{1}</caption>"
        "<thead><tr>{2}</tr></thead><tbody>{3}</tbody></table></div>",
        spec.id, escape_html(spec.caption), heads, rows);
}

std::string object_link(std::string_view number) {
    if (number.empty()) return "";
    const ObjectKind* kind = object_kind(number);
    const std::string href = kind == nullptr
                                 ? "/cases/" + url_encode(number)
                                 : fmt::format("/{}s/{}", kind->word, url_encode(number));
    return link(href, number);
}

std::string object_links(const std::vector<std::string>& numbers) {
    std::string html;
    for (const std::string& number : numbers)
        html += (html.empty() ? "" : ", ") + object_link(number);
    return html;
}

std::string named_word(const Context& context, std::string_view group, std::string_view word) {
    const std::string key = fmt::format("servicedesk.practice.word.{}_{}", group, word);
    return has_text(context.language, key) ? context.text(key) : std::string(word);
}

namespace {

// The words of a record worth reading in a timeline, in this order.
std::string told(const Context& context, const Record& record) {
    static constexpr std::string_view kWords[] = {"law", "step", "result", "decision", "audience"};
    static constexpr std::string_view kTexts[] = {"text", "reason", "resolution",    "workaround",
                                                  "note", "cause",  "what_happened", "reference"};
    std::string html;
    for (const std::string_view name : kWords)
        if (const std::string word = body_text(record.body, name); !word.empty())
            html += (html.empty() ? "" : " · ") + escape_html(named_word(context, name, word));
    if (record.kind == "duty")
        html += " · " + escape_html(context.text(body_flag(record.body, "applies")
                                                     ? "servicedesk.practice.page.applies"
                                                     : "servicedesk.practice.page.applies_not"));
    if (const std::string number = body_text(record.body, "case"); !number.empty())
        html += (html.empty() ? "" : " · ") + object_link(number);
    for (const std::string_view name : kTexts)
        if (const std::string text = body_text(record.body, name);
            !text.empty() && record.kind != "declared" && record.kind != "requested" &&
            record.kind != "opened")
            html += fmt::format("<p>{}</p>", escape_html(text));
    return html;
}

}  // namespace

std::string timeline_html(const Context& context, std::span<const Record> records,
                          std::string_view group) {
    std::string items;
    for (auto record = records.rbegin(); record != records.rend(); ++record) {
        const std::string words = told(context, *record);
        items += fmt::format(
            "<li><time datetime=\"{}\">{}</time> <b>{}</b> {}{}</li>", iso_utc(record->at),
            escape_html(format_timestamp(record->at, context.language)), escape_html(record->actor),
            escape_html(
                context.text(fmt::format("servicedesk.practice.event.{}_{}", group, record->kind))),
            words.empty() ? "" : ": " + words);
    }
    return fmt::format("<ol class=\"k-timeline\">{}</ol>", items);
}

}  // namespace klarsyn::servicedesk
