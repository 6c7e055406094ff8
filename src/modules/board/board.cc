#include "modules/board/board.h"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <algorithm>

#include "store/journal.h"
#include "web/moment.h"
#include "web/shared_pages.h"

namespace klarsyn::board {
namespace {

std::vector<NowPanel>& panels() {
    static std::vector<NowPanel> kept;
    return kept;
}

// One that fails must not take the others with it.
Part make_part(Context& context, const NowPanel& panel, UtcSecond now) {
    Part part;
    part.id = panel.id;
    part.title = escape_html(context.text(panel.title));
    auto made = panel.make(context, now);
    if (!made.ok()) {
        part.alarm =
            escape_html(context.text("board.unknown", {{"part", context.text(panel.title)}}));
        part.html = "<p class=\"k-big k-none\">–</p>";
        return part;
    }
    part.html = std::move(made->html);
    part.alarm = std::move(made->alarm);
    part.wrong = made->wrong;
    return part;
}

const Part* find_part(const State* state, const std::string& id) {
    if (state == nullptr) return nullptr;
    const auto found = std::find_if(state->parts.begin(), state->parts.end(),
                                    [&](const Part& part) { return part.id == id; });
    return found == state->parts.end() ? nullptr : &*found;
}

}  // namespace

void set_panels(std::vector<NowPanel> given) { panels() = std::move(given); }

Result<std::shared_ptr<const State>> board_state(Context& context) {
    const UtcSecond now = context.site.clock.now();
    KL_TRY(const std::int64_t head, head_seq(context.db()));
    const bool cases = context.may(Permission::cases);
    const std::string name = board_kind(context.language, cases ? BoardOf::cases : BoardOf::figures,
                                        context.account.org);
    SharedPages* pages = context.services.pages;
    if (pages != nullptr) {
        const auto kept = std::static_pointer_cast<const State>(pages->find(name));
        if (kept && kept->seq == head && kept->at / 60 == now / 60) return kept;
    }
    auto made = std::make_shared<State>();
    made->seq = head;
    made->at = now;
    for (const NowPanel& panel : panels()) made->parts.push_back(make_part(context, panel, now));
    if (pages != nullptr) pages->put(name, made);
    return std::shared_ptr<const State>(made);
}

std::string part_html(const Part& part) {
    return fmt::format("<section id=\"now-{}\" class=\"k-part{}\"><h2>{}</h2>{}</section>", part.id,
                       part.wrong ? " k-wrong" : "", part.title, part.html);
}

std::string alarms_html(const Context&, const State& state) {
    std::string items;
    for (const Part& part : state.parts)
        if (!part.alarm.empty()) items += "<p>" + part.alarm + "</p>";
    return items;
}

std::string change_json(const Context& context, const State* before, const State& now) {
    std::string parts;
    for (const Part& part : now.parts) {
        const Part* was = find_part(before, part.id);
        if (was != nullptr && *was == part) continue;
        parts += fmt::format("{}{{\"id\":\"now-{}\",\"wrong\":{},\"tree\":{}}}",
                             parts.empty() ? "" : ",", part.id, part.wrong,
                             tree_json("<h2>" + part.title + "</h2>" + part.html));
    }
    const std::string made =
        context.text("board.made", {{"when", moment_text(context.language, now.at, now.at)}});
    return fmt::format("{{\"seq\":{},\"from\":{},\"made\":{},\"alarms\":{},\"parts\":[{}]}}",
                       now.seq, before == nullptr ? -1 : before->seq,
                       boost::json::serialize(boost::json::value(made)),
                       tree_json(alarms_html(context, now)), parts);
}

}  // namespace klarsyn::board
