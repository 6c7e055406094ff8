// What programs read again and again: /status.atom, /status.rss and the feed of pop-up clients.
// Each can be asked for one system, one place and one role, and is made once per change, minute and
// question by each thread.
#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <charconv>

#include "core/hash.h"
#include "modules/notices/answers.h"
#include "modules/notices/status.h"
#include "web/org_match.h"
#include "web/problem.h"

namespace klarsyn::notices {
namespace {

namespace json = boost::json;

constexpr std::size_t kQuestionsKept = 2'000;

struct Audience {
    std::string system, place, role;  // empty: any; place: a code
};

Result<Audience> audience_of(const Request& request, Context& context) {
    Audience audience;
    audience.system = request.find("system").value_or("");
    audience.role = request.find("role").value_or("");
    const std::string place = request.find("place").value_or("");
    if (place.empty()) return audience;
    const Day today = Zone::copenhagen().to_local(context.site.clock.now()).day;
    KL_TRY(const OrgMatch match, match_org(context.db(), place, today));
    audience.place = match.code;
    return audience;
}

Result<bool> is_for(Connection& db, const Notice& notice, const Audience& audience, Day day) {
    if (!audience.system.empty() && notice.system != audience.system) return false;
    if (!is_for_role(notice, audience.role)) return false;
    return touches_place(db, lines_of(notice.orgs), audience.place, day);
}

// The board's messages for that audience: what holds, what comes, what was cleared of late.
Result<std::vector<const Notice*>> chosen(Connection& db, const Board& board,
                                          const Audience& audience) {
    std::vector<const Notice*> list;
    const Day day = Zone::copenhagen().to_local(board.now).day;
    for (const auto* group : {&board.current, &board.upcoming, &board.cleared}) {
        for (const Notice& notice : *group) {
            KL_TRY(const bool wanted, is_for(db, notice, audience, day));
            if (wanted) list.push_back(&notice);
        }
    }
    return list;
}

// Answers of this thread by question; all are thrown away with the version and the minute. Only
// this thread has them, so that one more does not copy the others.
struct KeptAnswers {
    std::int64_t version = -1;
    UtcSecond minute = 0;
    std::map<std::string, Response, std::less<>> answers;
};
struct Holder {
    std::shared_ptr<KeptAnswers> kept = std::make_shared<KeptAnswers>();
};

KeptAnswers& answers_of(Context& context, const Board& board) {
    auto& slot = context.memory().parsed["notices.feeds"];
    if (!slot) slot = std::make_shared<const Holder>();
    KeptAnswers& kept = *std::static_pointer_cast<const Holder>(slot)->kept;
    const UtcSecond minute = board.now / 60;
    if (kept.version != board.version || kept.minute != minute ||
        kept.answers.size() >= kQuestionsKept)
        kept = {board.version, minute, {}};
    return kept;
}

template <typename Make>
Result<Response> kept_answer(const Request& request, Context& context, Make make) {
    KL_TRY(const auto page, status_content(context));
    const std::string question = std::string(language_code(context.language)) + request.target;
    KeptAnswers& kept = answers_of(context, page->board);
    if (const auto found = kept.answers.find(question); found != kept.answers.end())
        return Response(found->second);
    KL_TRY(const Audience audience, audience_of(request, context));
    KL_TRY(const auto list, chosen(context.db(), page->board, audience));
    KL_TRY(Response response, make(page->board, list));
    response.etag = "\"" + sha256_hex(response.body).substr(0, 24) + "\"";
    kept.answers.emplace(question, response);
    return response;
}

// ---- Atom and RSS

std::string title_of(const Context& context, const Notice& notice) {
    const std::string state = notice.open() ? "" : context.text("notices.cleared_prefix") + " ";
    return state + notice.title.in(context.language);
}

// What was said last: the wording where that is newest, else the latest update.
std::string told_last(const Context& context, const Notice& notice) {
    if (notice.wording == notice.version || notice.updates.empty())
        return notice.text.in(context.language);
    const Words& latest = notice.updates.back().text;
    if (!latest.empty()) return latest.in(context.language);
    return notice.open() ? notice.text.in(context.language) : context.text("notices.all_clear");
}

std::string summary_of(const Context& context, const Board& board, const Notice& notice) {
    return told_last(context, notice) + " (" + board.place_names(notice, context.language) + ")";
}

// What a feed is asked by, and nothing else that stands in the address.
Pairs known_query(const Request& request) {
    Pairs known;
    for (const char* name : {"system", "place", "role", "lang"})
        if (const auto value = request.find(name)) known.emplace_back(name, *value);
    return known;
}

std::string atom_entry(const Context& context, const Board& board, const Notice& notice) {
    return fmt::format(
        "<entry><id>urn:klarsyn:notice:{0}</id><title>{1}</title><updated>{2}</updated>"
        "<published>{3}</published><link href=\"{4}/notices/{0}\"/><category term=\"{5}\"/>"
        "<summary>{6}</summary></entry>",
        escape_html(notice.number), escape_html(title_of(context, notice)),
        iso_utc(notice.updated_at), iso_utc(notice.created_at),
        escape_html(context.site.public_url),
        escape_html(notice.system.empty() ? notice.kind : notice.system),
        escape_html(summary_of(context, board, notice)));
}

// "Sat, 21 Nov 2026 22:05:00 GMT", as RSS wants it.
std::string rss_time(UtcSecond at) {
    static constexpr const char* kDays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::string iso = iso_utc(at);  // 2026-11-21T22:05:00Z
    const int month = (iso[5] - '0') * 10 + (iso[6] - '0');
    return fmt::format("{}, {} {} {} {} GMT", kDays[at / 86400 % 7], iso.substr(8, 2),
                       kMonths[month - 1], iso.substr(0, 4), iso.substr(11, 8));
}

std::string rss_item(const Context& context, const Board& board, const Notice& notice) {
    return fmt::format(
        "<item><title>{0}</title><link>{1}/notices/{2}</link>"
        "<guid isPermaLink=\"false\">urn:klarsyn:notice:{2}:{3}</guid><pubDate>{4}</pubDate>"
        "<category>{5}</category><description>{6}</description></item>",
        escape_html(title_of(context, notice)), escape_html(context.site.public_url),
        escape_html(notice.number), notice.version, rss_time(notice.updated_at),
        escape_html(notice.system.empty() ? notice.kind : notice.system),
        escape_html(summary_of(context, board, notice)));
}

UtcSecond updated_at(const Board& board, const std::vector<const Notice*>& list) {
    UtcSecond updated = 0;
    for (const Notice* notice : list) updated = std::max(updated, notice->updated_at);
    return updated == 0 ? board.now / 86400 * 86400 : updated;
}

// ---- Pop-up clients

std::string state_of(const Board& board, const Notice& notice) {
    if (!notice.open()) return "cleared";
    return notice.upcoming(board.now) ? "upcoming" : "open";
}

json::object item_json(const Context& context, const Board& board, const Notice& notice) {
    json::array systems;
    if (!notice.system.empty()) systems.emplace_back(notice.system);
    std::string text = told_last(context, notice);
    if (notice.open() && !notice.advice.empty()) text += "\n" + notice.advice.in(context.language);
    const bool promised = notice.open() && notice.next_at;
    return {{"id", notice.number},
            {"version", notice.version},
            {"severity", notice.kind == "disturbance" ? notice.severity
                         : notice.kind == "planned"   ? "planned"
                                                      : "information"},
            {"title", title_of(context, notice)},
            {"text", text},
            {"systems", std::move(systems)},
            {"since", iso_utc(notice.starts_at)},
            {"next_message_at",
             promised ? json::value(iso_utc(*notice.next_at)) : json::value(nullptr)},
            {"ack_required", notice.ack && notice.open()},
            {"state", state_of(board, notice)},
            {"places", board.place_names(notice, context.language)},
            {"updated_at", iso_utc(notice.updated_at)}};
}

// A moment (RFC 3339): what changed after it; or the number of a message, as its id or bare: those
// that came after it.
Result<std::function<bool(const Notice&)>> after_of(const Request& request) {
    const std::string after = request.find("after").value_or("");
    if (after.empty())
        return std::function<bool(const Notice&)>([](const Notice&) { return true; });
    const std::string_view digits = std::string_view(after).substr(after[0] == 'N' ? 1 : 0);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc() && end == digits.data() + digits.size())
        return std::function<bool(const Notice&)>([number](const Notice& notice) {
            return std::stoll(notice.number.substr(1)) > number;
        });
    const auto at = parse_iso_utc(after);
    if (!at.ok()) {
        Error fault = make_error(ErrorCode::invalid_input, "web.body.time", {{"field", "after"}});
        fault.field = "after";
        return fault;
    }
    return std::function<bool(const Notice&)>(
        [since = *at](const Notice& notice) { return notice.updated_at > since; });
}

}  // namespace

Result<Response> get_status_feed(const Request& request, Context& context) {
    return kept_answer(
        request, context,
        [&](const Board& board, const std::vector<const Notice*>& list) -> Result<Response> {
            std::string entries;
            for (const Notice* notice : list) entries += atom_entry(context, board, *notice);
            const std::string asked = build_query(known_query(request));
            const std::string self =
                escape_html(context.site.public_url + "/status.atom" + asked);
            Response response;
            response.type = "application/atom+xml; charset=utf-8";
            response.body = fmt::format(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{0}\">"
                "<id>urn:klarsyn:status{6}</id><title>{1}</title><updated>{2}</updated>"
                "<author><name>Klarsyn</name></author><link rel=\"self\" href=\"{3}\"/>"
                "<link href=\"{4}/status\"/>{5}</feed>\n",
                language_code(context.language), escape_html(context.text("notices.feed_title")),
                iso_utc(updated_at(board, list)), self, escape_html(context.site.public_url),
                entries,
                asked.empty() ? "" : ":" + sha256_hex(asked).substr(0, 16));
            return response;
        });
}

Result<Response> get_status_rss(const Request& request, Context& context) {
    return kept_answer(
        request, context,
        [&](const Board& board, const std::vector<const Notice*>& list) -> Result<Response> {
            std::string items;
            for (const Notice* notice : list) items += rss_item(context, board, *notice);
            Response response;
            response.type = "application/rss+xml; charset=utf-8";
            response.body = fmt::format(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel>"
                "<title>{0}</title><link>{1}/status</link><description>{0}</description>"
                "<language>{2}</language><lastBuildDate>{3}</lastBuildDate>{4}</channel></rss>\n",
                escape_html(context.text("notices.feed_title")),
                escape_html(context.site.public_url), language_code(context.language),
                rss_time(updated_at(board, list)), items);
            return response;
        });
}

Result<Response> get_notice_feed(const Request& request, Context& context) {
    KL_TRY(const auto after, after_of(request));
    return kept_answer(
        request, context,
        [&](const Board& board, const std::vector<const Notice*>& list) -> Result<Response> {
            json::array items;
            for (const Notice* notice : list)
                if (after(*notice)) items.push_back(item_json(context, board, *notice));
            Response response;
            response.type = "application/json";
            response.body = json::serialize(items) + "\n";
            return response;
        });
}

}  // namespace klarsyn::notices
