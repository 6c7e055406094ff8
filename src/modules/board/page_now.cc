// /now: the live board, and with ?wall=1 the same for a screen on a wall. Whole without script,
// which then asks for the page again every half minute.
#include <fmt/format.h>

#include "modules/board/board.h"
#include "web/moment.h"
#include "web/page.h"

namespace klarsyn::board {
namespace {

constexpr std::string_view kHead =
    "<noscript><meta http-equiv=\"refresh\" content=\"30\"></noscript>"
    "<script src=\"/assets/now.js\" defer></script>";

}  // namespace

Result<Response> get_now_page(const Request& request, Context& context) {
    KL_TRY(const auto state, board_state(context));
    const bool wall = request.find("wall").value_or("") == "1";
    const auto say = [&](std::string_view key, const TextArgs& args = {}) {
        return escape_html(context.text("board." + std::string(key), args));
    };
    std::string parts;
    for (const Part& part : state->parts) parts += part_html(part);
    const std::string alarms = alarms_html(context, *state);
    const std::string title = context.text("board.title");
    const std::string main = fmt::format(
        "<div class=\"{}\" id=\"now\" data-seq=\"{}\" data-live=\"{}\" data-lost=\"{}\""
        " data-old=\"{}\"><header class=\"k-now-head\"><h1>{}</h1>"
        "<p class=\"k-age\" id=\"now-made\">{}</p>{}</header>"
        "<div id=\"now-stale\" class=\"k-shout\" role=\"alert\"></div>"
        "<div id=\"now-alarms\" class=\"k-shout\" role=\"status\">{}</div>"
        "<div class=\"k-now\">{}</div></div>",
        wall ? "k-wall" : "k-board", state->seq, say("live"), say("lost"), say("old"),
        escape_html(title),
        say("made", {{"when", moment_text(context.language, state->at, state->at)}}),
        wall ? "" : "<p>" + link("/now?wall=1", context.text("board.wall")) + "</p>", alarms,
        parts);
    PageHead head{title, Menu::now, 200, request.target};
    head.extra = kHead;
    if (wall) head.frame = PageHead::Frame::none;
    return html_page(context, head, main);
}

}  // namespace klarsyn::board
