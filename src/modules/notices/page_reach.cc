// How far a message reached: who has read it, by place, the cases that came of it, and its earlier
// wordings. Every number opens what it counts.
#include <fmt/format.h>

#include "modules/notices/acks.h"
#include "modules/notices/answers.h"
#include "modules/notices/commands.h"
#include "web/moment.h"
#include "web/page.h"
#include "web/problem.h"

namespace klarsyn::notices {
namespace {

struct JoinedCase {
    std::string number, org;
    UtcSecond at = 0;
};

std::string say(const Context& context, std::string_view key, const TextArgs& args = {}) {
    return escape_html(context.text("notices." + std::string(key), args));
}

std::string count_text(const Context& context, std::int64_t value) {
    return format_integer(value, context.language);
}

Result<std::vector<JoinedCase>> joined_cases(Connection& db, const std::string& notice,
                                             const OrgScope& scope) {
    KL_TRY(const auto rows, db.query("SELECT number, org, at FROM core_notice_case"
                                     " WHERE notice = :notice ORDER BY at DESC, number DESC",
                                     {{":notice", notice}}));
    std::vector<JoinedCase> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        JoinedCase one{std::string(rows->text(0)), std::string(rows->text(1)), rows->i64(2)};
        if (scope.sees(one.org)) list.push_back(std::move(one));
    }
}

std::string place_name(const Context& context, const Board& board, const std::string& org) {
    if (org.empty()) return context.text("notices.ack.no_place");
    const auto known = board.places.find(org);
    return known == board.places.end() ? org : known->second;
}

std::string fact(const std::string& title, const std::string& html) {
    return fmt::format("<dt>{}</dt><dd>{}</dd>", title, html);
}

std::string places_html(const Context& context, const Board& board, const Notice& notice,
                        const std::vector<Ack>& acks) {
    std::string items;
    for (const AckPlace& place : ack_places(acks))
        items += fmt::format("<li>{}: {}</li>", escape_html(place_name(context, board, place.org)),
                             link("/notices/" + notice.number + "/acks" +
                                      build_query({{"place", place.org.empty() ? "-" : place.org}}),
                                  count_text(context, place.readers)));
    return items.empty() ? "" : "<ul>" + items + "</ul>";
}

std::int64_t standing(const std::vector<Ack>& acks) {
    return std::count_if(acks.begin(), acks.end(), [](const Ack& ack) { return ack.holds; });
}

Result<std::string> read_button(Context& context, const Notice& notice) {
    if (!notice.ack || !notice.open() || !context.may(Permission::session)) return std::string();
    KL_TRY(const bool said, has_acknowledged(context.db(), notice, context.account.name));
    if (said) return fmt::format("<p><b>{}</b></p>", say(context, "ack.said"));
    return fmt::format(
        "<form method=\"post\" action=\"/notices/{0}/ack\">{1}"
        "<input type=\"hidden\" name=\"version\" value=\"{2}\">"
        "<button class=\"k-button\" type=\"submit\">{3}</button></form>",
        escape_html(notice.number), csrf_field(context), notice.version, say(context, "ack.say"));
}

template <typename Row>
std::string table_html(const std::string& caption, const std::vector<std::string>& heads,
                       const std::vector<Row>& list,
                       const std::function<std::string(const Row&)>& row) {
    std::string head, rows;
    for (const std::string& one : heads) head += "<th scope=\"col\">" + one + "</th>";
    for (const Row& one : list) rows += "<tr>" + row(one) + "</tr>";
    return fmt::format(
        "<div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"list\" tabindex=\"0\">"
        "<table class=\"k-table\"><caption id=\"list\">{}</caption><thead><tr>{}</tr></thead>"
        "<tbody>{}</tbody></table></div>",
        caption, head, rows);
}

struct Opened {
    Notice notice;
    Board board;
};

Result<Opened> opened(const Request& request, Context& context) {
    Opened both;
    KL_TRY(both.notice, find_notice(context.db(), request.param("number")));
    KL_TRY(both.board, make_board(context.db(), context.site.clock.now()));
    return both;
}

Response page(const Request& request, const Context& context, const Notice& notice,
              std::string_view title_key, const std::string& html) {
    const std::string title = context.text("notices." + std::string(title_key));
    const std::string about = fmt::format(
        "<h1>{}</h1><p class=\"k-lead\">{}</p>", escape_html(title),
        link("/notices/" + notice.number, notice.number + " " + notice.title.in(context.language)));
    return html_page(context, {title, Menu::none, 200, request.target}, about + html);
}

}  // namespace

Result<std::string> reach_html(Context& context, const Board& board, const Notice& notice) {
    std::string facts;
    if (context.may(Permission::manage) && notice.ack) {
        KL_TRY(const auto acks, acks_of(context.db(), notice, context.scope, ""));
        const std::int64_t readers = standing(acks);
        facts += fact(say(context, "ack.readers"),
                      link("/notices/" + notice.number + "/acks", count_text(context, readers)) +
                          places_html(context, board, notice, acks));
    }
    if (context.may(Permission::cases)) {
        KL_TRY(const auto cases, joined_cases(context.db(), notice.number, context.scope));
        facts += fact(say(context, "reach.cases"),
                      link("/notices/" + notice.number + "/cases",
                           count_text(context, static_cast<std::int64_t>(cases.size()))));
        if (!notice.change.empty())
            facts += fact(say(context, "reach.change"),
                          link("/changes/" + notice.change, notice.change));
        if (!notice.major.empty())
            facts +=
                fact(say(context, "reach.major"), link("/majors/" + notice.major, notice.major));
    }
    KL_TRY(const std::string button, read_button(context, notice));
    const std::string list = facts.empty() ? "" : "<dl class=\"k-facts\">" + facts + "</dl>";
    return button + list +
           fmt::format("<p>{}</p>", link("/notices/" + notice.number + "/history",
                                         context.text("notices.history.open")));
}

Result<Response> get_acks_page(const Request& request, Context& context) {
    KL_TRY(const Opened both, opened(request, context));
    KL_TRY(const auto acks,
           acks_of(context.db(), both.notice, context.scope, request.find("place").value_or("")));
    const auto row = [&](const Ack& ack) {
        return fmt::format("<th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td>",
                           escape_html(ack.reader),
                           escape_html(place_name(context, both.board, ack.org)),
                           moment_html(context.language, ack.at, both.board.now),
                           ack.holds ? "" : say(context, "ack.earlier"));
    };
    return page(request, context, both.notice, "ack.title",
                table_html<Ack>(
                    say(context, "ack.caption", {{"count", count_text(context, standing(acks))}}),
                    {say(context, "ack.reader"), say(context, "where"), say(context, "ack.at"),
                     say(context, "ack.note")},
                    acks, row));
}

Result<Response> get_cases_page(const Request& request, Context& context) {
    KL_TRY(const Opened both, opened(request, context));
    KL_TRY(const auto cases, joined_cases(context.db(), both.notice.number, context.scope));
    const auto row = [&](const JoinedCase& one) {
        return fmt::format("<th scope=\"row\">{}</th><td>{}</td><td>{}</td>",
                           link("/cases/" + one.number, one.number),
                           escape_html(place_name(context, both.board, one.org)),
                           moment_html(context.language, one.at, both.board.now));
    };
    return page(request, context, both.notice, "reach.title",
                table_html<JoinedCase>(
                    say(context, "reach.caption",
                        {{"count", count_text(context, static_cast<std::int64_t>(cases.size()))}}),
                    {say(context, "reach.case"), say(context, "where"), say(context, "reach.at")},
                    cases, row));
}

// Each wording as it stood, newest first; who wrote it is nobody's business here.
Result<Response> get_history_page(const Request& request, Context& context) {
    KL_TRY(const Opened both, opened(request, context));
    KL_TRY(const auto records, load_records(context.db(), both.notice.number));
    std::string html;
    for (std::size_t i = records.size(); i > 0; --i) {
        const Notice then = replay(both.notice.number, std::span(records).first(i));
        html += fmt::format("<h2>{} {}</h2>",
                            say(context, "history." + records[i - 1].kind,
                                {{"version", std::to_string(then.version)}}),
                            moment_html(context.language, records[i - 1].at, both.board.now));
        html += notice_html(context, both.board, then, Heading::h2);
    }
    return page(request, context, both.notice, "history.title", html);
}

Result<Response> post_ack_form(const Request& request, Context& context) {
    KL_TRY(const Notice notice, find_notice(context.db(), request.param("number")));
    boost::json::object fields;
    const std::int64_t version = std::atoll(std::string(request.field("version")).c_str());
    if (version > 0) fields["version"] = version;
    JsonBody body = JsonBody::of(std::move(fields));
    const auto done = acknowledge(*context.turn, context.account, "web", notice, body);
    if (!body.ok()) return web_error(400);
    KL_CHECK(done);
    return redirect("/notices/" + notice.number);
}

}  // namespace klarsyn::notices
