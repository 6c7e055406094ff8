// One message as HTML.
#include <fmt/format.h>

#include "modules/notices/answers.h"
#include "web/moment.h"

namespace klarsyn::notices {
namespace {

std::string words_html(const Context& context, std::string_view tag, const Words& words) {
    if (words.da.empty()) return "";
    return fmt::format("<{0} lang=\"{1}\">{2}</{0}>", tag,
                       language_code(words.shown(context.language)),
                       escape_html(words.in(context.language)));
}

std::string fact(const Context& context, std::string_view key, const std::string& html) {
    if (html.empty()) return "";
    return fmt::format("<dt>{}</dt><dd>{}</dd>",
                       escape_html(context.text("notices." + std::string(key))), html);
}

// A promise that was not kept is said aloud.
std::string next_html(const Context& context, const Notice& notice, UtcSecond now) {
    if (!notice.next_at || !notice.open()) return "";
    std::string html = moment_html(context.language, *notice.next_at, now);
    if (*notice.next_at < now)
        html += " <strong>" + escape_html(context.text("notices.overdue")) + "</strong>";
    return html;
}

std::string updates_html(const Context& context, const Notice& notice, UtcSecond now) {
    if (notice.updates.empty()) return "";
    std::string items;
    for (auto update = notice.updates.rbegin(); update != notice.updates.rend(); ++update)
        items += fmt::format("<li>{} {}{}</li>", moment_html(context.language, update->at, now),
                             update->kind == "cleared"
                                 ? "<b>" + escape_html(context.text("notices.all_clear")) + "</b> "
                                 : "",
                             words_html(context, "span", update->text));
    return "<ol>" + items + "</ol>";
}

std::string role_names(const Context& context, const Notice& notice) {
    std::string names;
    for (const std::string& role : notice.roles)
        names += (names.empty() ? "" : ", ") + context.text("notices.role." + role);
    return names;
}

}  // namespace

std::string_view state_word(SystemState state, MeasuredToday measured) {
    const bool unknown = state == SystemState::works && measured == MeasuredToday::no;
    return unknown ? "unmeasured" : state_word(state);
}

std::string state_html(const Context& context, SystemState state, MeasuredToday measured) {
    if (state_word(state, measured) == "unmeasured")
        return fmt::format(
            "<span class=\"k-state k-state-unmeasured\"><svg class=\"k-status\""
            " viewBox=\"0 0 12 12\" width=\"12\" height=\"12\" fill=\"none\" stroke=\"currentColor\""
            " stroke-width=\"2\" aria-hidden=\"true\"><circle cx=\"6\" cy=\"6\" r=\"4\"/></svg> {}</span>",
            escape_html(context.text("notices.state.unmeasured")));
    static constexpr std::string_view kShapes[] = {
        "<circle cx=\"6\" cy=\"6\" r=\"5\"/>", "<path d=\"M6 0 12 6 6 12 0 6z\"/>",
        "<path d=\"M6 1 11.5 11H.5z\"/>", "<path d=\"M1 1h10v10H1z\"/>"};
    static constexpr std::string_view kColours[] = {"green", "planned", "yellow", "red"};
    const auto at = static_cast<std::size_t>(state);
    return fmt::format(
        "<span class=\"k-state k-state-{}\"><svg class=\"k-status\""
        " viewBox=\"0 0 12 12\" width=\"12\" height=\"12\" fill=\"currentColor\""
        " aria-hidden=\"true\">{}</svg> {}</span>",
        kColours[at], kShapes[at],
        escape_html(context.text("notices.state." + std::string(state_word(state)))));
}

std::string notice_html(const Context& context, const Board& board, const Notice& notice,
                        Heading heading) {
    // On its own page the title stands above it already.
    const std::string title =
        heading == Heading::h1 ? ""
                               : fmt::format("<h3 lang=\"{}\"><a href=\"/notices/{}\">{}</a></h3>",
                                             language_code(notice.title.shown(context.language)),
                                             escape_html(notice.number),
                                             escape_html(notice.title.in(context.language)));
    std::string facts =
        fact(context, "where", escape_html(board.place_names(notice, context.language)));
    if (!notice.system.empty())
        facts += fact(context, "system",
                      escape_html(system_title(board, notice.system, context.language)));
    facts += fact(context, notice.upcoming(board.now) ? "starts" : "since",
                  moment_html(context.language, notice.starts_at, board.now));
    if (notice.ends_at)
        facts += fact(context, "ends", moment_html(context.language, *notice.ends_at, board.now));
    if (!notice.roles.empty()) facts += fact(context, "for", escape_html(role_names(context, notice)));
    facts += fact(context, "advice", words_html(context, "span", notice.advice));
    facts += fact(context, "next", next_html(context, notice, board.now));
    if (notice.cleared_at)
        facts +=
            fact(context, "over", moment_html(context.language, *notice.cleared_at, board.now));
    const std::string kind = context.text("notices.kind." + notice.kind);
    const bool bad = notice.disturbs(board.now);
    return fmt::format(
        "<article class=\"k-message{}\">{}<p class=\"k-hint\">{}</p>{}<dl>{}</dl>{}</article>",
        bad ? " k-" + notice.severity : "", title, escape_html(kind),
        words_html(context, "p", notice.text), facts, updates_html(context, notice, board.now));
}

}  // namespace klarsyn::notices
