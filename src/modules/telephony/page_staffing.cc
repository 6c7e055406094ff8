// /staffing: how many agents a queue needs per weekday and quarter hour for a wanted service level,
// and what that level would have taken in the period, as page and as CSV.
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <set>

#include "indicators/figures_json.h"
#include "modules/telephony/phone_routes.h"
#include "modules/telephony/staffing_ask.h"
#include "web/figure_view.h"
#include "web/page.h"
#include "web/question.h"
#include "web/records_csv.h"

namespace klarsyn::telephony {
namespace {

std::string staffing_csv(const Wanted& wanted, const StaffingNeed& need) {
    std::string out =
        "queue,weekday,time,days,offered,calls_per_hour,calls_per_hour_low,calls_per_hour_high,"
        "handling_s,handling_s_low,handling_s_high,handling_of,patience_s,patience_s_low,"
        "patience_s_high,agents,agents_low,agents_high,agent_hours\r\n";
    const auto inverse = [](double rate) {
        return rate > 0 ? fmt::format("{:.3f}", 1 / rate) : "";
    };
    for (const auto& item : need.quarters) {
        out += fmt::format(
            "{},{},{},{},{},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{:.6f},{},{},{},{},{},{},{},{:.2f}"
            "\r\n",
            records_csv_field(wanted.queue, RecordsCsv::plain), item.weekday,
            clock_text(item.quarter), item.days, item.offered, item.arrivals_per_hour.value,
            item.arrivals_per_hour.low, item.arrivals_per_hour.high, item.handling_s.value,
            item.handling_s.low, item.handling_s.high, item.own_handling ? "quarter" : "period",
            inverse(need.hang_ups_per_s.value), inverse(need.hang_ups_per_s.high),
            inverse(need.hang_ups_per_s.low), item.agents, item.agents_low, item.agents_high,
            item.agents * item.days / 4.0);
    }
    return out;
}

class Page {
public:
    Page(const Context& context, const Wanted& wanted, const StaffCalls& calls)
        : context_(context), wanted_(wanted), calls_(calls) {}

    std::string html(const StaffingNeed* need) const {
        std::string main = team_nav(context_, "/staffing") + "<h1>" +
                           say("telephony.page.staffing.title") + "</h1>";
        if (need != nullptr)
            main += lead(*need);
        else
            main += "<p class=\"k-lead\">" + say("telephony.page.staffing.nothing", period_args()) +
                    "</p>";
        main += form();
        if (need == nullptr) return main;
        return main + table(*need) + facts(*need) + "<p class=\"k-actions\">" +
               link("/staffing" + csv_query(), context_.text("telephony.page.staffing.csv")) +
               "</p><h2>" + say("telephony.page.staffing.how_title") + "</h2><p>" +
               say("telephony.page.staffing.how") + "</p>";
    }

private:
    std::string say(std::string_view key, const TextArgs& args = {}) const {
        return escape_html(context_.text(key, args));
    }
    TextArgs period_args() const {
        return {{"queue", wanted_.queue},
                {"period", format_period(wanted_.question.period, context_.language)},
                {"share", std::to_string(wanted_.share_percent)},
                {"within", within()}};
    }
    // "5 minutter", "20 sekunder".
    std::string within() const {
        constexpr std::int64_t kMinute_s = 60;
        const bool minutes = wanted_.within_s % kMinute_s == 0 && wanted_.within_s > kMinute_s;
        return context_.text(
            minutes ? "telephony.page.staffing.minutes" : "telephony.page.staffing.seconds",
            {{"count", std::to_string(minutes ? wanted_.within_s / kMinute_s : wanted_.within_s)}});
    }
    std::string csv_query() const {
        Pairs query = query_of(wanted_);
        query.emplace_back("format", "csv");
        return build_query(query);
    }
    std::string whole(double value) const {
        return format_integer(std::llround(value), context_.language);
    }
    std::string opens(std::string_view id, const std::string& shown,
                      std::vector<DimFilter> where = {}) const {
        FigureQuestion question;
        question.id = "telephony." + std::string(id);
        question.period = wanted_.question.period;
        question.where = std::move(where);
        question.where.push_back({"queue", wanted_.queue});
        return link(records_href(kCurrentEdition, question), shown);
    }
    std::string lead(const StaffingNeed& need) const {
        TextArgs args = period_args();
        args.emplace_back("hours", whole(need.agent_hours));
        args.emplace_back("low", whole(need.agent_hours_low));
        args.emplace_back("high", whole(need.agent_hours_high));
        std::string text =
            "<p class=\"k-lead\">" + say("telephony.page.staffing.lead", args) + "</p>";
        if (need.beyond) {
            text +=
                "<div class=\"k-alert k-alert-warning\"><p>" +
                say("telephony.page.staffing.beyond", {{"agents", std::to_string(kAgentsMax)}}) +
                "</p></div>";
        }
        return text;
    }
    std::string input(std::string_view name, const std::string& value,
                      std::string_view more) const {
        return fmt::format(
            "<label for=\"{0}\">{1}</label><input id=\"{0}\" name=\"{0}\" value=\"{2}\" {3}>", name,
            say(fmt::format("telephony.page.staffing.{}", name)), escape_html(value), more);
    }
    std::string form() const {
        std::string options;
        for (const auto& queue : calls_.queues) {
            options += fmt::format("<option value=\"{0}\"{1}>{0}</option>", escape_html(queue),
                                   queue == wanted_.queue ? " selected" : "");
        }
        return fmt::format(
            "<form class=\"k-form\" method=\"get\" action=\"/staffing\"><label "
            "for=\"queue\">{}</label>"
            "<select id=\"queue\" name=\"queue\">{}</select>{}{}{}{}"
            "<button class=\"k-button\" type=\"submit\">{}</button></form>",
            say("telephony.page.staffing.queue"), options,
            input("period", period_label(wanted_.question.period), "type=\"text\" required"),
            input("share", std::to_string(wanted_.share_percent),
                  "type=\"number\" min=\"1\" max=\"99\" required"),
            input("within", std::to_string(wanted_.within_s),
                  "type=\"number\" min=\"0\" max=\"3600\" required"),
            input("after", std::to_string(wanted_.after_call_s),
                  "type=\"number\" min=\"0\" max=\"3600\" required"),
            say("telephony.page.staffing.submit"));
    }
    std::string agents_cell(const QuarterNeed& need) const {
        return fmt::format("<td class=\"k-number\">{} <span class=\"k-source\">{}–{}</span></td>",
                           opens("agents_needed", std::to_string(need.agents),
                                 {{"weekday", std::to_string(need.weekday)},
                                  {"quarter_hour", std::to_string(need.quarter)}}),
                           need.agents_low, need.agents_high);
    }
    std::string table(const StaffingNeed& need) const {
        std::map<int, std::map<int, const QuarterNeed*>> by_quarter;
        std::set<int> weekdays;
        for (const auto& item : need.quarters) {
            by_quarter[item.quarter][item.weekday] = &item;
            weekdays.insert(item.weekday);
        }
        std::string head = "<th scope=\"col\">" + say("telephony.page.staffing.quarter") + "</th>";
        for (const int weekday : weekdays) {
            head +=
                "<th scope=\"col\" class=\"k-number\">" +
                escape_html(dim_value_text("weekday", std::to_string(weekday), context_.language)) +
                "</th>";
        }
        std::string rows;
        for (const auto& [quarter, items] : by_quarter) {
            rows += "<tr><th scope=\"row\">" + clock_text(quarter) + "</th>";
            for (const int weekday : weekdays) {
                const auto found = items.find(weekday);
                rows += found == items.end() ? "<td class=\"k-number\"></td>"
                                             : agents_cell(*found->second);
            }
            rows += "</tr>";
        }
        return fmt::format(
            "<div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"need\" tabindex=\"0\">"
            "<table class=\"k-table\"><caption id=\"need\">{}</caption><thead><tr>{}</tr></thead>"
            "<tbody>{}</tbody></table></div>",
            say("telephony.page.staffing.caption", period_args()), head, rows);
    }
    std::string fact(std::string_view key, const std::string& html) const {
        return "<dt>" + say(fmt::format("telephony.page.staffing.{}", key)) + "</dt><dd>" + html +
               "</dd>";
    }
    std::string range(const std::string& value, const std::string& low,
                      const std::string& high) const {
        return value + " " + say("telephony.page.staffing.range", {{"low", low}, {"high", high}});
    }
    std::string seconds(double value) const {
        return std::isfinite(value) ? format_duration(std::llround(value))
                                    : context_.text("telephony.page.staffing.endless");
    }
    std::string facts(const StaffingNeed& need) const {
        const Estimate& rate = need.hang_ups_per_s;
        return "<dl class=\"k-facts\">" +
               fact("offered", opens("offered", format_integer(need.offered, context_.language))) +
               fact("was", opens("answered", format_integer(need.answered, context_.language)) +
                               ", " +
                               say("telephony.page.staffing.in_time",
                                   {{"share", format_share(need.answered_in_time, need.offered, 1,
                                                           context_.language)},
                                    {"within", within()}})) +
               fact("patience",
                    range(escape_html(seconds(1 / rate.value)), seconds(1 / rate.high),
                          seconds(1 / rate.low)) +
                        ": " +
                        opens("abandoned", format_integer(need.hang_ups, context_.language)) + " " +
                        say("telephony.page.staffing.patience_from",
                            {{"hours", whole(static_cast<double>(need.waited_seconds) / 3600)}})) +
               fact("handling", range(seconds(need.handling_s.value), seconds(need.handling_s.low),
                                      seconds(need.handling_s.high))) +
               "</dl>";
    }

    const Context& context_;
    const Wanted& wanted_;
    const StaffCalls& calls_;
};

}  // namespace

Result<Response> get_staffing_page(const Request& request, Context& context) {
    KL_TRY(const StaffingAnswer answer, answer_staffing(request, context));
    const auto& [wanted, calls, need] = answer;
    if (wants_csv(request)) {
        Response response;
        response.type = "text/csv; charset=utf-8";
        response.headers.emplace_back("Content-Disposition",
                                      "attachment; filename=\"staffing.csv\"");
        response.body = staffing_csv(wanted, need.value_or(StaffingNeed{}));
        return response;
    }
    return html_page(
        context, {context.text("telephony.page.staffing.title"), Menu::team, 200, request.target},
        Page(context, wanted, calls).html(need ? &*need : nullptr));
}

}  // namespace klarsyn::telephony
