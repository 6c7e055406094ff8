// /status, a system's own page and the JSON. The content is made once per change and per minute,
// because it speaks of times, for all threads; who is not logged in gets it in prepared bytes.
#include "modules/notices/status.h"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include "core/hash.h"
#include "modules/notices/answers.h"
#include "modules/notices/strip.h"
#include "web/compress.h"
#include "web/events.h"
#include "web/moment.h"
#include "web/page.h"
#include "web/problem.h"
#include "web/question.h"
#include "web/shared_pages.h"

namespace klarsyn::notices {
namespace {

namespace json = boost::json;

constexpr std::string_view kContent = "notices.status";
constexpr std::string_view kMeasuredName = "notices.measured";
constexpr UtcSecond kMeasuredSeconds = 300;  // so long the counts of probes are taken as they are
constexpr UtcSecond kReadySeconds = 90;
constexpr std::string_view kScript = "<script src=\"/assets/status.js\" defer></script>";

struct KeptMeasured {
    UtcSecond at = 0;
    Period days;
    Measured measured;
};

// What one thread made is every thread's, where the server shares.
template <typename T>
std::shared_ptr<const T> kept(Context& context, std::string_view name) {
    if (context.services.pages != nullptr)
        return std::static_pointer_cast<const T>(context.services.pages->find(name));
    const auto found = context.memory().parsed.find(name);
    return found == context.memory().parsed.end()
               ? nullptr
               : std::static_pointer_cast<const T>(found->second);
}

void keep(Context& context, std::string_view name, std::shared_ptr<const void> value) {
    if (context.services.pages != nullptr)
        context.services.pages->put(std::string(name), std::move(value));
    else
        context.memory().parsed[std::string(name)] = std::move(value);
}

Result<std::shared_ptr<const KeptMeasured>> measured_days(Context& context, UtcSecond now) {
    const Period days = strip_period(now);
    const auto old = kept<KeptMeasured>(context, kMeasuredName);
    if (old && old->days == days && now - old->at < kMeasuredSeconds && now >= old->at) return old;
    auto made = std::make_shared<KeptMeasured>();
    made->at = now;
    made->days = days;
    KL_TRY(made->measured, load_measured(context, days));
    keep(context, kMeasuredName, made);
    return std::shared_ptr<const KeptMeasured>(made);
}

std::string say(const Context& context, std::string_view key, const TextArgs& args = {}) {
    return escape_html(context.text("notices." + std::string(key), args));
}

std::string section(const Context& context, const Board& board, std::string_view key,
                    const std::vector<Notice>& list) {
    if (list.empty()) return "";
    std::string html = fmt::format("<section><h2>{}</h2>", say(context, key));
    for (const Notice& notice : list) html += notice_html(context, board, notice, Heading::h2);
    return html + "</section>";
}

MeasuredToday measured_today(const Strip& strip) {
    const auto& counted = strip.days.back().measured;
    return counted && counted->measured > 0 ? MeasuredToday::yes : MeasuredToday::no;
}

std::string systems_html(const Context& context, const Board& board,
                         const std::vector<MeasuredToday>& measured,
                         const std::vector<Strip>& strips) {
    std::string rows;
    for (std::size_t i = 0; i < board.systems.size(); ++i) {
        const SystemName& system = board.systems[i];
        rows += fmt::format(
            "<tr><th scope=\"row\" lang=\"{}\">{}</th><td>{}</td></tr>"
            "<tr class=\"k-strip-row\"><td colspan=\"2\">{}<p>{}</p></td></tr>",
            language_code(system.shown(context.language)),
            link(system_href(system.id), system.in(context.language)),
            state_html(context, board.state_of(system.id), measured[i]),
            strip_svg(context, strips[i]),
            escape_html(strip_words(context, strips[i])));
    }
    return fmt::format(
        "<section><h2>{0}</h2>{4}<table class=\"k-table k-systems\"><caption class=\"k-hidden\">"
        "{0}</caption><thead><tr><th scope=\"col\">{1}</th><th scope=\"col\">{2}</th>"
        "</tr></thead><tbody>{3}</tbody></table></section>",
        say(context, "systems"), say(context, "system"), say(context, "state.title"), rows,
        strip_legend(context));
}

std::string age_html(const Context& context, UtcSecond now) {
    return fmt::format(
        "<p class=\"k-age\" data-live=\"{}\" data-stale=\"{}\">{}</p>", say(context, "live"),
        say(context, "stale"),
        say(context, "shown_at", {{"when", moment_text(context.language, now, now)}}));
}

std::string channels_html(const Context& context) {
    return fmt::format(
        "<section><h2>{}</h2><p class=\"k-actions\">{} · {} · {}</p></section>",
        say(context, "channels"), link("/my/messages", context.text("notices.by_mail")),
        link("/status.atom", context.text("notices.feed")), link("/status.rss", "RSS"));
}

std::string main_html(const Context& context, const StatusContent& content,
                      const std::vector<Strip>& strips) {
    const Board& board = content.board;
    bool disturbed = false;
    for (const Notice& notice : board.current)
        disturbed = disturbed || notice.kind == "disturbance";
    const auto worst =
        disturbed
            ? (board.current.front().severity == "down" ? SystemState::down : SystemState::unstable)
            : SystemState::works;
    return fmt::format("<h1>{}</h1><p class=\"k-sentence k-{}\">{}</p>",
                       say(context, "status_title"), state_word(worst),
                       escape_html(sentence(board, context.language))) +
           age_html(context, board.now) + section(context, board, "now", board.current) +
           fmt::format(
               "<p class=\"k-actions\"><a class=\"k-button\" href=\"/report-problem\">{}</a></p>",
               say(context, "report")) +
           section(context, board, "upcoming", board.upcoming) +
           section(context, board, "cleared", board.cleared) +
           systems_html(context, board, content.measured, strips) + channels_html(context);
}

Result<std::shared_ptr<const StatusContent>> make_content(Context& context, UtcSecond now) {
    auto made = std::make_shared<StatusContent>();
    KL_TRY(made->board, make_board(context.db(), now));
    made->version = made->board.version;
    made->minute = now / 60;
    KL_TRY(const auto notices, load_strip_notices(context.db(), now));
    KL_TRY(const auto measured, measured_days(context, now));
    std::vector<Strip> strips;
    for (const SystemName& system : made->board.systems) {
        strips.push_back(strip_of(system.id, notices, measured->measured, now));
        made->measured.push_back(measured_today(strips.back()));
    }
    const Language asked = context.language;
    for (const Language language : {Language::da, Language::en}) {
        context.language = language;
        made->main[static_cast<int>(language)] = main_html(context, *made, strips);
    }
    context.language = asked;
    return std::shared_ptr<const StatusContent>(made);
}

std::string tag_of(std::string_view body) {
    return fmt::format("\"{}\"", sha256_hex(body).substr(0, 24));
}

Response status_page(Context& context, const StatusContent& content, const std::string& here) {
    PageHead head{context.text("notices.status_title"), Menu::status, 200, here};
    head.extra = kScript;
    Response response = html_page(context, head, content.main[static_cast<int>(context.language)]);
    response.etag = tag_of(response.body);
    return response;
}

// ---- The keeper of prepared bytes

Result<void> prepare(Context& context, std::int64_t generation) {
    KL_TRY(const auto content, status_content(context));
    for (const Language language : {Language::da, Language::en}) {
        context.language = language;
        const Response page = status_page(context, *content, "/status");
        auto ready = std::make_shared<SharedPages::Ready>();
        ready->target = "/status";
        ready->type = page.type;
        ready->etag = page.etag;
        ready->body = page.body;
        ready->packed = gzip(page.body, 6);
        ready->until = content->board.now + kReadySeconds;
        context.services.pages->prepare(language, std::move(ready), generation);
    }
    return {};
}

void keep_status(BackgroundTools& tools) {
    if (tools.services.pages == nullptr) return;
    auto opened = tools.open();
    if (!opened.ok()) return;  // tried again soon
    WorkerTools own = opened.take();
    Context context{.site = tools.site, .services = tools.services, .tools = &own};
    std::int64_t seen = 0, version = -1;
    UtcSecond minute = -1;
    while (!tools.stopping()) {
        const auto now_version = notices_version(*own.db);
        if (!now_version.ok()) return;
        const UtcSecond now_minute = tools.site.clock.now() / 60;
        if (*now_version != version || now_minute != minute) {
            const std::int64_t generation = tools.services.pages->generation();
            if (!own.db->begin_read().ok()) return;
            const auto done = prepare(context, generation);
            own.db->rollback();
            if (!done.ok()) return;
            version = *now_version;
            minute = now_minute;
        }
        tools.services.events.await(seen, std::chrono::milliseconds(500));
    }
}

// ---- A system's own page

std::string measured_cells(const Context& context, const Strip& strip, const StripDay& day) {
    if (!day.measured)
        return fmt::format("<td class=\"k-number\">{0}</td><td class=\"k-number\">{0}</td>",
                           say(context, "day.none"));
    std::string cells;
    for (const bool failed : {false, true}) {
        FigureQuestion question;
        question.id = failed ? "probes.failed" : "probes.measured";
        question.period = {day.day, day.day};
        question.where = {{"system", strip.system}};
        cells +=
            fmt::format("<td class=\"k-number\">{}</td>",
                        link(records_href(kCurrentEdition, question),
                             format_integer(failed ? day.measured->failed : day.measured->measured,
                                            context.language)));
    }
    return cells;
}

std::string days_html(const Context& context, const Strip& strip) {
    std::string rows;
    for (auto day = strip.days.rbegin(); day != strip.days.rend(); ++day) {
        std::string notices;
        for (const std::string& number : day->notices)
            notices += (notices.empty() ? "" : ", ") + link("/notices/" + number, number);
        rows +=
            fmt::format("<tr id=\"d{}\"><th scope=\"row\">{}</th><td>{}</td><td>{}</td>{}</tr>",
                        iso_date(day->day), escape_html(format_date(day->day, context.language)),
                        say(context, "day." + std::string(day_state_word(day->state))), notices,
                        measured_cells(context, strip, *day));
    }
    return fmt::format(
        "<div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"days\" tabindex=\"0\">"
        "<table class=\"k-table\"><caption id=\"days\">{}</caption><thead><tr>"
        "<th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th>"
        "<th scope=\"col\" class=\"k-number\">{}</th><th scope=\"col\" class=\"k-number\">{}</th>"
        "</tr></thead><tbody>{}</tbody></table></div>",
        say(context, "day.caption"), say(context, "day.day"), say(context, "state.title"),
        say(context, "title_short"), say(context, "day.measured"), say(context, "day.failed"),
        rows);
}

json::object status_json(const StatusContent& content, Language language) {
    const Board& board = content.board;
    json::array systems, current, upcoming, cleared;
    for (std::size_t i = 0; i < board.systems.size(); ++i) {
        const SystemName& system = board.systems[i];
        systems.push_back(
            {{"id", system.id},
             {"title", system.in(language)},
             {"state", state_word(board.state_of(system.id), content.measured[i])}});
    }
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

}  // namespace

Result<std::shared_ptr<const StatusContent>> status_content(Context& context) {
    const UtcSecond now = context.site.clock.now();
    KL_TRY(const std::int64_t version, notices_version(context.db()));
    const auto old = kept<StatusContent>(context, kContent);
    if (old && old->version == version && old->minute == now / 60) return old;
    KL_TRY(const auto made, make_content(context, now));
    keep(context, kContent, made);
    return made;
}

Background status_keeper() { return {"notices.status", 1, keep_status}; }

Result<Response> get_status_page(const Request& request, Context& context) {
    KL_TRY(const auto content, status_content(context));
    return status_page(context, *content, request.target);
}

Result<Response> get_status_json(const Request&, Context& context) {
    KL_TRY(const auto content, status_content(context));
    Response response;
    response.type = "application/json";
    response.body = json::serialize(status_json(*content, context.language)) + "\n";
    response.etag = tag_of(response.body);
    return response;
}

Result<Response> get_system_page(const Request& request, Context& context) {
    const std::string id(request.param("system"));
    KL_TRY(const auto content, status_content(context));
    const Board& board = content->board;
    KL_TRY(const auto notices, load_strip_notices(context.db(), board.now));
    const bool known = std::any_of(board.systems.begin(), board.systems.end(),
                                   [&](const SystemName& one) { return one.id == id; }) ||
                       std::any_of(notices.begin(), notices.end(),
                                   [&](const Notice& one) { return one.system == id; });
    if (!known) return web_error(404);
    KL_TRY(const auto measured, measured_days(context, board.now));
    const Strip strip = strip_of(id, notices, measured->measured, board.now);
    const std::string title = system_title(board, id, context.language);
    std::string main = fmt::format("<h1>{}</h1><p>{}</p>", escape_html(title),
                                   state_html(context, board.state_of(id), measured_today(strip))) +
                       age_html(context, board.now);
    std::vector<Notice> here = board.current;
    std::erase_if(here, [&](const Notice& notice) { return notice.system != id; });
    main += section(context, board, "now", here);
    const std::string query = build_query({{"system", id}});
    main += strip_legend(context) + strip_svg(context, strip) +
            fmt::format("<p>{}</p>", escape_html(strip_words(context, strip))) +
            days_html(context, strip) +
            fmt::format("<p class=\"k-actions\">{} · {} · {}</p>",
                        link("/my/messages" + query, context.text("notices.by_mail")),
                        link("/status.atom" + query, context.text("notices.feed")),
                        link("/status", context.text("notices.to_status")));
    PageHead head{title, Menu::status, 200, request.target};
    head.extra = kScript;
    Response response = html_page(context, head, main);
    response.etag = tag_of(response.body);
    return response;
}

}  // namespace klarsyn::notices
