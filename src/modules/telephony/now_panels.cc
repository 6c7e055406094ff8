// What the phone shows on the live board: who waits now, and how many of today's were answered in
// time.
#include <fmt/format.h>

#include <algorithm>

#include "indicators/figures.h"
#include "modules/telephony/visit_reads.h"
#include "web/figure_view.h"
#include "web/moment.h"
#include "web/now.h"
#include "web/page.h"
#include "web/question.h"

namespace klarsyn::telephony {

std::vector<NowPanel> now_panels();

namespace {

constexpr int kBusyFrom = 7, kBusyUntil = 20;  // hours in which the phone is never silent for long
constexpr UtcSecond kSilentSeconds = 2 * 3600;

std::string say(const Context& context, std::string_view key, const TextArgs& args = {}) {
    return escape_html(context.text("telephony.now." + std::string(key), args));
}

UtcSecond heard_last(const std::vector<LiveVisit>& visits) {
    UtcSecond last = 0;
    for (const LiveVisit& visit : visits)
        last =
            std::max({last, visit.entered, visit.connected.value_or(0), visit.ended.value_or(0)});
    return last;
}

Result<NowPart> waiting(Context& context, UtcSecond now) {
    const LocalTime local = Zone::copenhagen().to_local(now);
    KL_TRY(const auto visits, read_visits(context.db(), {local.day - 1, local.day}));
    std::int64_t waits = 0;
    UtcSecond longest = 0;
    for (const LiveVisit& visit : visits) {
        if (!visit.waits(now)) continue;
        ++waits;
        longest = std::max(longest, now - visit.entered);
    }
    NowPart part;
    const UtcSecond last = heard_last(visits);
    if (last == 0) {
        part.html = "<p class=\"k-big k-none\">–</p><p>" + say(context, "nothing") + "</p>";
        return part;
    }
    part.html = "<p class=\"k-big\">" +
                link("/calls#waiting", format_integer(waits, context.language)) + "</p>";
    if (waits > 0)
        part.html += "<p>" + say(context, "longest", {{"time", format_duration(longest)}}) + "</p>";
    part.html +=
        "<p>" + say(context, "heard") + " " + moment_html(context.language, last, now) + "</p>";
    const bool busy = local.hour() >= kBusyFrom && local.hour() < kBusyUntil;
    if (busy && now - last > kSilentSeconds)
        part.alarm = say(context, "silent", {{"when", moment_text(context.language, last, now)}});
    return part;
}

Result<NowPart> in_time(Context& context, UtcSecond now) {
    const Day day = Zone::copenhagen().to_local(now).day;
    FigureQuestion question;
    question.id = "telephony.in_time_offered";
    question.period = {day, day};
    KL_TRY(const FigureAnswer answer, context.figures().evaluate(question));
    NowPart part;
    const FigureRow* row = answer.rows.empty() ? nullptr : &answer.rows.front();
    if (row == nullptr || !row->value || !row->den || *row->den == 0) {
        part.html = "<p class=\"k-big k-none\">–</p><p>" + say(context, "no_calls") + "</p>";
        return part;
    }
    const auto count = [&](std::int64_t value) { return format_integer(value, context.language); };
    part.html = fmt::format("<p class=\"k-big\">{}</p><p>{}</p><p>{}</p>",
                            link(figure_href(kCurrentEdition, question),
                                 format_share(*row->num, *row->den, 1, context.language)),
                            status_html(row->status, context.language),
                            link(records_href(kCurrentEdition, question),
                                 context.text("telephony.now.of", {{"num", count(*row->num)},
                                                                   {"den", count(*row->den)}})));
    part.wrong = row->status == "red";
    return part;
}

}  // namespace

std::vector<NowPanel> now_panels() {
    return {{"waiting", "telephony.now.waiting", waiting},
            {"in-time", "telephony.now.in_time", in_time}};
}

}  // namespace klarsyn::telephony
