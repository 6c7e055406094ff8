// /status, its feed and its JSON. The page's content is made once per change (and per minute,
// because it speaks of times) and language by each thread, and served from memory after that.
#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "core/hash.h"
#include "modules/notices/answers.h"
#include "web/moment.h"
#include "web/page.h"

namespace klarsyn::notices {
namespace {

namespace json = boost::json;

struct Rendered {
    std::int64_t version = -1;
    UtcSecond minute = 0;
    Board board;
    std::string main[2];  // by language
};

std::string section(const Context& context, const Board& board, std::string_view key,
                    const std::vector<Notice>& list) {
    if (list.empty()) return "";
    std::string html = fmt::format("<section><h2>{}</h2>",
                                   escape_html(context.text("notices." + std::string(key))));
    for (const Notice& notice : list) html += notice_html(context, board, notice, Heading::h2);
    return html + "</section>";
}

std::string systems_html(const Context& context, const Board& board) {
    std::string rows;
    for (const SystemName& system : board.systems) {
        rows += fmt::format("<tr><th scope=\"row\" lang=\"{}\">{}</th><td>{}</td></tr>",
                            language_code(system.shown(context.language)),
                            escape_html(system.in(context.language)),
                            state_html(context, board.state_of(system.id)));
    }
    return fmt::format(
        "<section><h2>{0}</h2><table class=\"k-table\"><caption class=\"k-hidden\">"
        "{0}</caption><thead><tr><th scope=\"col\">{1}</th><th scope=\"col\">{2}</th>"
        "</tr></thead><tbody>{3}</tbody></table></section>",
        escape_html(context.text("notices.systems")), escape_html(context.text("notices.system")),
        escape_html(context.text("notices.state.title")), rows);
}

std::string main_html(const Context& context, const Board& board) {
    bool disturbed = false;
    for (const Notice& notice : board.current)
        disturbed = disturbed || notice.kind == "disturbance";
    const auto worst =
        disturbed
            ? (board.current.front().severity == "down" ? SystemState::down : SystemState::unstable)
            : SystemState::works;
    std::string main =
        fmt::format("<h1>{}</h1><p class=\"k-sentence k-{}\">{}</p>",
                    escape_html(context.text("notices.status_title")), state_word(worst),
                    escape_html(sentence(board, context.language)));
    main += fmt::format(
        "<p class=\"k-age\" data-live=\"{}\" data-stale=\"{}\">{}</p>",
        escape_html(context.text("notices.live")), escape_html(context.text("notices.stale")),
        escape_html(context.text("notices.shown_at",
                                 {{"when", moment_text(context.language, board.now, board.now)}})));
    main += section(context, board, "now", board.current);
    main += fmt::format(
        "<p class=\"k-actions\"><a class=\"k-button\" href=\"/report-problem\">{}</a></p>",
        escape_html(context.text("notices.report")));
    main += systems_html(context, board);
    main += section(context, board, "upcoming", board.upcoming);
    main += section(context, board, "cleared", board.cleared);
    main += fmt::format("<p>{}</p>", link("/status.atom", context.text("notices.feed")));
    return main;
}

// What the calling thread keeps; rendered anew where it no longer holds.
Result<std::shared_ptr<const Rendered>> rendered(Context& context) {
    const UtcSecond now = context.site.clock.now();
    const std::string name = "notices.status";
    KL_TRY(const std::int64_t version, notices_version(context.db()));
    auto& kept = context.memory().parsed[name];
    if (kept) {
        auto old = std::static_pointer_cast<const Rendered>(kept);
        if (old->version == version && old->minute == now / 60) return old;
    }
    auto made = std::make_shared<Rendered>();
    made->version = version;
    made->minute = now / 60;
    KL_TRY(made->board, make_board(context.db(), now));
    const Language asked = context.language;
    for (const Language language : {Language::da, Language::en}) {
        context.language = language;
        made->main[static_cast<int>(language)] = main_html(context, made->board);
    }
    context.language = asked;
    kept = made;
    return std::shared_ptr<const Rendered>(made);
}

std::string tag_of(std::string_view body) {
    return fmt::format("\"{}\"", sha256_hex(body).substr(0, 24));
}

std::string feed_entry(const Context& context, const Board& board, const Notice& notice) {
    const Words& words = notice.updates.empty() ? notice.text : notice.updates.back().text;
    const std::string state = notice.open() ? "" : context.text("notices.cleared_prefix") + " ";
    return fmt::format(
        "<entry><id>urn:klarsyn:notice:{0}</id><title>{1}{2}</title><updated>{3}</updated>"
        "<published>{4}</published><link href=\"{5}/notices/{0}\"/><category term=\"{6}\"/>"
        "<summary>{7}</summary></entry>",
        escape_html(notice.number), escape_html(state),
        escape_html(notice.title.in(context.language)), iso_utc(notice.updated_at),
        iso_utc(notice.created_at), escape_html(context.site.public_url),
        escape_html(notice.system.empty() ? notice.kind : notice.system),
        escape_html(words.in(context.language) + " (" +
                    board.place_names(notice, context.language) + ")"));
}

}  // namespace

json::object status_json(const Board& board, Language language) {
    json::array systems, current, upcoming, cleared;
    for (const SystemName& system : board.systems)
        systems.push_back({{"id", system.id},
                           {"title", system.in(language)},
                           {"state", state_word(board.state_of(system.id))}});
    for (const Notice& notice : board.current) current.push_back(notice_json(notice));
    for (const Notice& notice : board.upcoming) upcoming.push_back(notice_json(notice));
    for (const Notice& notice : board.cleared) cleared.push_back(notice_json(notice));
    bool disturbed = false;
    for (const Notice& notice : board.current)
        disturbed = disturbed || notice.kind == "disturbance";
    return {{"sentence", sentence(board, language)}, {"disturbed", disturbed},
            {"current", std::move(current)},         {"upcoming", std::move(upcoming)},
            {"cleared", std::move(cleared)},         {"systems", std::move(systems)},
            {"now", iso_utc(board.now / 60 * 60)}};
}

Result<Response> get_status_page(const Request& request, Context& context) {
    KL_TRY(const auto page, rendered(context));
    PageHead head{context.text("notices.status_title"), Menu::status, 200, request.target};
    head.extra = "<script src=\"/assets/status.js\" defer></script>";
    Response response = html_page(context, head, page->main[static_cast<int>(context.language)]);
    response.etag = tag_of(response.body);
    return response;
}

Result<Response> get_status_json(const Request&, Context& context) {
    KL_TRY(const auto page, rendered(context));
    Response response;
    response.type = "application/json";
    response.body = json::serialize(status_json(page->board, context.language)) + "\n";
    response.etag = tag_of(response.body);
    return response;
}

Result<Response> get_status_feed(const Request&, Context& context) {
    KL_TRY(const auto page, rendered(context));
    const Board& board = page->board;
    UtcSecond updated = 0;
    std::string entries;
    for (const auto* list : {&board.current, &board.upcoming, &board.cleared}) {
        for (const Notice& notice : *list) {
            updated = std::max(updated, notice.updated_at);
            entries += feed_entry(context, board, notice);
        }
    }
    Response response;
    response.type = "application/atom+xml; charset=utf-8";
    response.body = fmt::format(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\""
        " xml:lang=\"{0}\"><id>urn:klarsyn:status</id><title>{1}</title><updated>{2}</updated>"
        "<author><name>Klarsyn</name></author><link rel=\"self\" href=\"{3}/status.atom\"/>"
        "<link href=\"{3}/status\"/>{4}</feed>\n",
        language_code(context.language), escape_html(context.text("notices.feed_title")),
        iso_utc(updated == 0 ? board.now / 86400 * 86400 : updated),
        escape_html(context.site.public_url), entries);
    response.etag = tag_of(response.body);
    return response;
}

}  // namespace klarsyn::notices
