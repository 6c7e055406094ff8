// /calls: the phone as it is now, per queue, and the last 24 hours. Complete HTML; the page asks
// for itself again by a header, so that it lives without scripts too.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "modules/telephony/phone_routes.h"
#include "modules/telephony/visit_reads.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn::telephony {
namespace {

constexpr std::int64_t kInTime_s = 300;  // the region's goal
constexpr std::int64_t kQuarter_s = 900;
constexpr int kQuarters = 96;
constexpr int kRefresh_s = 15;

struct Tally {
    std::int64_t waiting = 0, longest_s = 0, talking = 0;  // now
    std::int64_t offered = 0, answered = 0, in_time = 0, abandoned = 0, left = 0;
    void count(const LiveVisit& visit) {
        ++offered;
        answered += visit.outcome == "answered" ? 1 : 0;
        in_time += visit.answered_within(kInTime_s) ? 1 : 0;
        abandoned += visit.outcome == "abandoned" ? 1 : 0;
        left += visit.outcome == "left" ? 1 : 0;
    }
    void count_now(const LiveVisit& visit, UtcSecond now) {
        talking += visit.talks(now) ? 1 : 0;
        if (!visit.waits(now)) return;
        ++waiting;
        longest_s = std::max(longest_s, now - visit.entered);
    }
};

struct Board {
    UtcSecond now = 0;
    Day today = 0;
    Tally all;
    std::map<std::string, Tally> queues;
    std::vector<LiveVisit> waiting, talking;  // longest first
    std::array<Tally, kQuarters> quarters{};  // of the last 24 hours, oldest first
    UtcSecond first_quarter = 0;
};

Board board_of(const std::vector<LiveVisit>& visits, UtcSecond now) {
    Board board;
    board.now = now;
    board.today = Zone::copenhagen().to_local(now).day;
    board.first_quarter = (now / kQuarter_s - (kQuarters - 1)) * kQuarter_s;
    for (const auto& visit : visits) {
        Tally& queue = board.queues[visit.queue];
        queue.count_now(visit, now);
        board.all.count_now(visit, now);
        if (visit.waits(now)) board.waiting.push_back(visit);
        if (visit.talks(now)) board.talking.push_back(visit);
        if (Zone::copenhagen().to_local(visit.entered).day == board.today) {
            queue.count(visit);
            board.all.count(visit);
        }
        const auto quarter = (visit.entered - board.first_quarter) / kQuarter_s;
        if (visit.entered >= board.first_quarter && quarter < kQuarters) {
            board.quarters[static_cast<std::size_t>(quarter)].count(visit);
        }
    }
    return board;
}

class Page {
public:
    Page(Context& context, const Board& board) : context_(context), board_(board) {}

    std::string html() const {
        return team_nav(context_, "/calls") + "<h1>" + say("telephony.page.calls.title") +
               "</h1><p class=\"k-lead\">" + lead() + "</p>" + queues() + waiting() + talking() +
               day() + "<p class=\"k-source\">" +
               say("telephony.page.calls.source",
                   {{"time", format_timestamp(board_.now, context_.language)},
                    {"seconds", std::to_string(kRefresh_s)}}) +
               " " + link("/calls?refresh=0", context_.text("telephony.page.calls.stop")) + "</p>";
    }

private:
    std::string say(std::string_view key, const TextArgs& args = {}) const {
        return escape_html(context_.text(key, args));
    }
    std::string count(std::int64_t value) const { return format_integer(value, context_.language); }
    std::string share(const Tally& tally) const {
        return tally.offered == 0
                   ? context_.text("telephony.page.none")
                   : format_share(tally.in_time, tally.offered, 1, context_.language);
    }
    // A number that opens the records it counts.
    std::string figure(std::string_view id, const std::string& shown, Day day,
                       std::vector<DimFilter> where) const {
        FigureQuestion question;
        question.id = "telephony." + std::string(id);
        question.period = {day, day};
        question.where = std::move(where);
        const std::string href = id == "in_time_offered" ? figure_href(kCurrentEdition, question)
                                                         : records_href(kCurrentEdition, question);
        return link(href, shown);
    }
    std::string lead() const {
        const Tally& all = board_.all;
        std::string text =
            all.waiting == 0
                ? say("telephony.page.calls.lead_none")
                : say(all.waiting == 1 ? "telephony.page.calls.lead_one"
                                       : "telephony.page.calls.lead",
                      {{"count", count(all.waiting)}, {"longest", format_duration(all.longest_s)}});
        return text + " " + say("telephony.page.calls.lead_today") + " " +
               figure("in_time_offered", share(all), board_.today, {}) + " " +
               say("telephony.page.calls.lead_of") + " " +
               figure("offered", count(all.offered), board_.today, {}) + ".";
    }
    std::string cell(const std::string& html) const {
        return "<td class=\"k-number\">" + html + "</td>";
    }
    // What goes on just now is listed on the page itself.
    std::string here(std::string_view list, std::int64_t value) const {
        return value == 0 ? count(value) : link(list, count(value));
    }
    std::string queue_row(const std::string& name, const Tally& tally) const {
        const std::vector<DimFilter> where = {{"queue", name}};
        const Day day = board_.today;
        return "<tr><th scope=\"row\">" + escape_html(name) + "</th>" +
               cell(here("#waiting", tally.waiting)) +
               cell(tally.waiting == 0 ? "" : format_duration(tally.longest_s)) +
               cell(here("#talking", tally.talking)) +
               cell(figure("offered", count(tally.offered), day, where)) +
               cell(figure("answered", count(tally.answered), day, where)) +
               cell(figure("in_time_offered", share(tally), day, where)) +
               cell(figure("abandoned", count(tally.abandoned), day, where)) +
               cell(figure("left", count(tally.left), day, where)) + "</tr>";
    }
    std::string head(std::initializer_list<std::string_view> keys) const {
        std::string cells;
        for (const auto key : keys) {
            const bool first = cells.empty();
            cells += fmt::format("<th scope=\"col\"{}>{}</th>", first ? "" : " class=\"k-number\"",
                                 say(fmt::format("telephony.page.calls.{}", key)));
        }
        return "<thead><tr>" + cells + "</tr></thead>";
    }
    std::string table(std::string_view id, const std::string& head_html,
                      const std::string& rows) const {
        return fmt::format(
            "<div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"{0}\" tabindex=\"0\">"
            "<table class=\"k-table\"><caption "
            "id=\"{0}\">{1}</caption>{2}<tbody>{3}</tbody></table>"
            "</div>",
            id, say(fmt::format("telephony.page.calls.caption_{}", id)), head_html, rows);
    }
    std::string queues() const {
        if (board_.queues.empty()) return "<p>" + say("telephony.page.calls.nothing") + "</p>";
        std::string rows;
        for (const auto& [name, tally] : board_.queues) rows += queue_row(name, tally);
        return table("queues",
                     head({"queue", "waiting", "longest", "talking", "offered", "answered",
                           "in_time", "abandoned", "left"}),
                     rows);
    }
    std::string waiting() const {
        if (board_.waiting.empty()) return "";
        std::string rows;
        for (const auto& visit : board_.waiting) {
            rows += "<tr><th scope=\"row\">" + escape_html(visit.queue) + "</th>" +
                    cell(format_duration(board_.now - visit.entered)) +
                    cell(escape_html(format_timestamp(visit.entered, context_.language))) +
                    cell(escape_html(visit.callid)) + "</tr>";
        }
        return table("waiting", head({"queue", "longest", "entered", "callid"}), rows);
    }
    std::string talking() const {
        if (board_.talking.empty()) return "";
        std::string rows;
        for (const auto& visit : board_.talking) {
            rows += "<tr><th scope=\"row\">" + escape_html(visit.queue) + "</th>" +
                    cell(format_duration(board_.now - visit.connected.value_or(board_.now))) +
                    cell(format_duration(visit.wait_s.value_or(0))) +
                    cell(escape_html(visit.agent)) + cell(escape_html(visit.callid)) + "</tr>";
        }
        return table("talking", head({"queue", "talked", "waited", "agent", "callid"}), rows);
    }
    std::string day() const {
        std::string rows;
        for (int i = kQuarters; i-- > 0;) {
            const Tally& tally = board_.quarters[static_cast<std::size_t>(i)];
            const LocalTime local =
                Zone::copenhagen().to_local(board_.first_quarter + i * kQuarter_s);
            const std::string time =
                fmt::format("{:02}.{:02}", local.hour(), local.second / 60 % 60);
            rows += "<tr><th scope=\"row\">" +
                    figure("offered", time, local.day, {{"hour", std::to_string(local.hour())}}) +
                    "</th>" + cell(count(tally.offered)) + cell(count(tally.answered)) +
                    cell(escape_html(share(tally))) + cell(count(tally.abandoned)) +
                    cell(count(tally.left)) + "</tr>";
        }
        return table("day",
                     head({"quarter", "offered", "answered", "in_time", "abandoned", "left"}),
                     rows) +
               "<p class=\"k-source\">" + say("telephony.page.calls.day_note") + "</p>";
    }

    Context& context_;
    const Board& board_;
};

}  // namespace

Result<Response> get_calls_page(const Request& request, Context& context) {
    const UtcSecond now = context.site.clock.now();
    const Day today = Zone::copenhagen().to_local(now).day;
    KL_TRY(const auto visits, read_visits(context.db(), {today - 1, today}));
    const Board board = board_of(visits, now);
    Response response = html_page(
        context, {context.text("telephony.page.calls.title"), Menu::team, 200, request.target},
        Page(context, board).html());
    if (request.find("refresh").value_or("") != "0") {
        response.headers.emplace_back("Refresh", std::to_string(kRefresh_s));
    }
    return response;
}

}  // namespace klarsyn::telephony
