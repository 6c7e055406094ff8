#include "modules/servicedesk/desk/case_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "modules/servicedesk/practice/object.h"
#include "web/page.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;
using WordsByCode = std::map<std::string, std::string>;

std::string said(const Context& context, std::string_view key, const TextArgs& args = {}) {
    return escape_html(context.text("servicedesk.event." + std::string(key), args));
}

std::string paragraph(std::string_view text) {
    return text.empty() ? std::string() : "<p>" + lines_html(text) + "</p>";
}

std::string shown(const WordsByCode& names, const std::string& account) {
    const auto known = names.find(account);
    return known == names.end() ? account : known->second;
}

std::string value_text(const json::value& value) {
    if (value.is_string()) return std::string(value.as_string());
    if (value.is_int64()) return std::to_string(value.as_int64());
    if (!value.is_object()) return "";
    std::string texts;  // a caller
    for (const auto& [name, one] : value.as_object())
        if (one.is_string()) texts += (texts.empty() ? "" : ", ") + std::string(one.as_string());
    return texts;
}

// "Prioritet: 3 → 2", a line for each field.
std::string changed_html(const Context& context, const json::object& body) {
    const json::value* was = body.if_contains("was");
    std::string lines;
    for (const auto& [name, value] : body) {
        if (name == "was" || name == "priority_reason") continue;
        const std::string key = "servicedesk.field." + std::string(name);
        const std::string title =
            has_text(context.language, key) ? context.text(key) : std::string(name);
        std::string before;
        if (was != nullptr && was->is_object())
            if (const json::value* old = was->as_object().if_contains(name))
                before = value_text(*old);
        const std::string group(name);
        lines += "<li>" +
                 said(context, before.empty() ? "field" : "field_was",
                      {{"field", title},
                       {"was", word_of(context, group, before)},
                       {"now", word_of(context, group, value_text(value))}}) +
                 "</li>";
    }
    return "<ul>" + lines + "</ul>" + paragraph(body_text(body, "priority_reason"));
}

std::string opened(const Context& context, const Record& record, const WordsByCode&) {
    return said(context, "opened",
                {{"contact", word_of(context, "contact", body_text(record.body, "contact"))}});
}

std::string assigned(const Context& context, const Record& record, const WordsByCode& names) {
    const std::string who = body_text(record.body, "assignee");
    return who.empty() ? said(context, "unassigned")
                       : said(context, "assigned", {{"who", shown(names, who)}});
}

std::string moved(const Context& context, const Record& record, const WordsByCode&) {
    const std::int64_t level = body_number(record.body, "level");
    return said(context, level > 0 ? "moved_level" : "moved",
                {{"group", body_text(record.body, "group")}, {"level", std::to_string(level)}}) +
           paragraph(body_text(record.body, "reason"));
}

std::string held(const Context& context, const Record& record, const WordsByCode&) {
    const std::string reason = word_of(context, "hold", body_text(record.body, "reason"));
    const std::int64_t until = body_number(record.body, "until");
    return said(context, until > 0 ? "held_until" : "held",
                {{"reason", reason}, {"time", format_timestamp(until, context.language)}}) +
           paragraph(body_text(record.body, "note"));
}

std::string by_whom(const json::object& body, std::string_view word) {
    if (body.contains("by_clock")) return std::string(word) + "_by_clock";
    return std::string(word) + (body.contains("by_reply") ? "_by_reply" : "");
}

std::string resumed(const Context& context, const Record& record, const WordsByCode&) {
    return said(context, by_whom(record.body, "resumed")) +
           paragraph(body_text(record.body, "note"));
}

std::string resolved(const Context& context, const Record& record, const WordsByCode&) {
    return said(context, "resolved") + paragraph(body_text(record.body, "resolution"));
}

std::string reopened(const Context& context, const Record& record, const WordsByCode&) {
    return said(context, by_whom(record.body, "reopened")) +
           paragraph(body_text(record.body, "reason"));
}

std::string closed(const Context& context, const Record& record, const WordsByCode&) {
    const std::string into = body_text(record.body, "into");
    if (!into.empty()) return said(context, "merged") + " " + case_ref(into);
    return said(context, by_whom(record.body, "closed"),
                {{"reason", word_of(context, "closing", body_text(record.body, "reason"))}}) +
           paragraph(body_text(record.body, "note"));
}

std::string commented(const Context& context, const Record& record, const WordsByCode&) {
    const bool open = body_text(record.body, "visibility") == "public";
    const std::string_view word = record.body.contains("from_caller") ? "from_user"
                                  : open                              ? "reply"
                                                                      : "note";
    return said(context, word) + paragraph(body_text(record.body, "text"));
}

std::string attached(const Context& context, const Record& record, const WordsByCode&) {
    return said(context, "attached",
                {{"name", body_text(record.body, "name")},
                 {"to", word_of(context, "visibility", body_text(record.body, "visibility"))}});
}

std::string affected(const Context& context, const Record& record, const WordsByCode&) {
    return said(context, "affected", {{"who", body_text(record.body, "person")}});
}

std::string linked(const Context& context, const Record& record, const WordsByCode&) {
    const std::string relation = word_of(context, "relation", body_text(record.body, "relation"));
    return said(context, record.kind == "linked" ? "linked" : "unlinked") + " " +
           case_ref(body_text(record.body, "to")) +
           (relation.empty() ? "" : " (" + escape_html(relation) + ")");
}

std::string undone(const Context& context, const Record& record, const WordsByCode&) {
    return said(context, "undone", {{"n", std::to_string(body_number(record.body, "n"))}});
}

std::string survey(const Context& context, const Record& record, const WordsByCode&) {
    return said(context, "survey", {{"score", std::to_string(body_number(record.body, "score"))}}) +
           paragraph(body_text(record.body, "text"));
}

std::string order_decided(const Context& context, const Record& record, const WordsByCode&) {
    return said(context, record.kind) + paragraph(body_text(record.body, "reason"));
}

std::string step_done(const Context& context, const Record& record, const WordsByCode&) {
    return said(context, "step_done", {{"step", body_text(record.body, "step")}}) +
           paragraph(body_text(record.body, "note"));
}

struct RecordWords {
    std::string_view kind;
    std::string (*html)(const Context& context, const Record& record, const WordsByCode& names);
};
constexpr RecordWords kWords[] = {
    {"opened", opened},
    {"assigned", assigned},
    {"moved", moved},
    {"held", held},
    {"resumed", resumed},
    {"resolved", resolved},
    {"reopened", reopened},
    {"closed", closed},
    {"commented", commented},
    {"attached", attached},
    {"affected", affected},
    {"linked", linked},
    {"unlinked", linked},
    {"undone", undone},
    {"survey", survey},
    {"changed",
     [](const Context& context, const Record& record, const WordsByCode&) {
         return said(context, "changed") + changed_html(context, record.body);
     }},
    {"order_approved", order_decided},
    {"order_rejected", order_decided},
    {"step_done", step_done},
    {"ordered", [](const Context& context, const Record&,
                   const WordsByCode&) { return said(context, "ordered"); }},
    {"breached", [](const Context& context, const Record&,
                    const WordsByCode&) { return said(context, "breached"); }},
    {"revealed",
     [](const Context& context, const Record& record, const WordsByCode&) {
         return said(context, "revealed") + paragraph(body_text(record.body, "reason"));
     }},
};

constexpr std::string_view kShapes[][2] = {
    {"green", "<circle cx=\"6\" cy=\"6\" r=\"5\"/>"},
    {"yellow", "<path d=\"M6 1 11.5 11H.5z\"/>"},
    {"red", "<path d=\"M1 1h10v10H1z\"/>"},
};

}  // namespace

std::string word_of(const Context& context, std::string_view group, std::string_view value) {
    const std::string key = fmt::format("servicedesk.word.{}.{}", group, value);
    return has_text(context.language, key) ? context.text(key) : std::string(value);
}

std::string case_ref(std::string_view number) {
    const bool own =
        number.size() > 1 && number.front() == 'K' &&
        std::all_of(number.begin() + 1, number.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (const ObjectKind* kind = object_kind(number))
        return fmt::format("<a href=\"/{}s/{}\">{}</a>", kind->word, number, number);
    if (!own && number.find(':') == std::string_view::npos) return escape_html(number);
    return fmt::format("<a href=\"/cases/{}\">{}</a>", url_encode(number), escape_html(number));
}

namespace {

// The word at the beginning of the text, where it names a page that monitoring writes of, with or
// without our address before it; empty otherwise. `path`: the page alone, so that no text leads
// elsewhere.
std::string_view own_page(std::string_view text, std::string_view& path) {
    std::size_t end = 0;
    while (end < text.size() && static_cast<unsigned char>(text[end]) > ' ') ++end;
    path = text.substr(0, end);
    for (const std::string_view scheme : {"https://", "http://"}) {
        if (!path.starts_with(scheme)) continue;
        path.remove_prefix(std::min(path.find('/', scheme.size()), path.size()));
        break;
    }
    const bool ours = path.starts_with("/alerts/A") || path.starts_with("/probes/system?");
    return ours ? text.substr(0, end) : std::string_view();
}

}  // namespace

std::string lines_html(std::string_view text) {
    std::string html;
    for (std::size_t at = 0; at < text.size();) {
        std::string_view word, path;
        if (at == 0 || static_cast<unsigned char>(text[at - 1]) <= ' ')
            word = own_page(text.substr(at), path);
        if (word.empty()) {
            html += text[at] == '\n' ? "<br>" : escape_html(text.substr(at, 1));
            ++at;
            continue;
        }
        html += link(path, word);
        at += word.size();
    }
    return html;
}

std::string record_html(const Context& context, const Record& record, const WordsByCode& names) {
    for (const RecordWords& words : kWords)
        if (words.kind == record.kind) return words.html(context, record, names);
    return escape_html(record.kind);
}

std::string mark_html(std::string_view colour, std::string_view word) {
    std::string_view shape;
    for (const auto& [name, path] : kShapes)
        if (name == colour) shape = path;
    return fmt::format(
        "<span class=\"k-state k-state-{0}\"><svg class=\"k-status k-status-{0}\""
        " viewBox=\"0 0 12 12\" width=\"12\" height=\"12\" fill=\"currentColor\""
        " aria-hidden=\"true\">{1}</svg> {2}</span>",
        colour, shape, escape_html(word));
}

}  // namespace klarsyn::servicedesk
