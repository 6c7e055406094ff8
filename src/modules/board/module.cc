#include "modules/module.h"

#include <fmt/format.h>

#include "modules/board/board.h"
#include "web/moment.h"
#include "web/page.h"
#include "web/systems.h"

namespace klarsyn::board {
namespace {

constexpr std::size_t kShown = 5;

// What users have been told: core_notice is every module's to read.
Result<NowPart> messages(Context& context, UtcSecond now) {
    KL_TRY(const auto standing, standing_notices(context.db(), context.account.org, now));
    NowPart part;
    std::string items;
    for (const StandingNotice& one : standing) part.wrong = part.wrong || one.kind == "disturbance";
    for (std::size_t i = 0; i < std::min(kShown, standing.size()); ++i) {
        const StandingNotice& one = standing[i];
        items += fmt::format("<li>{} <span>{}</span></li>",
                             link("/notices/" + one.number, one.title.in(context.language)),
                             moment_html(context.language, one.starts_at, now));
    }
    part.html = "<p class=\"k-big\">" +
                link("/status",
                     format_integer(static_cast<std::int64_t>(standing.size()), context.language)) +
                "</p>" +
                (items.empty() ? "<p>" + escape_html(context.text("board.no_messages")) + "</p>"
                               : "<ul>" + items + "</ul>");
    return part;
}

}  // namespace

Module module(std::vector<NowPanel> panels) {
    panels.push_back({"messages", "board.messages", messages});
    set_panels(std::move(panels));
    Module result;
    result.name = "board";
    result.background = {board_keeper()};
    result.routes = {
        {"GET", "/now", Permission::figures, Runs::reader, Shape::page, get_now_page},
    };
    return result;
}

}  // namespace klarsyn::board
