#include "modules/notices/strip.h"

#include <fmt/format.h>

#include <algorithm>

#include "indicators/catalogue.h"
#include "indicators/figures.h"
#include "web/page.h"

namespace klarsyn::notices {
namespace {

constexpr DayState kStates[] = {DayState::down, DayState::unstable, DayState::planned,
                                DayState::works, DayState::unmeasured};

UtcSecond day_begins(Day day) { return Zone::copenhagen().to_utc({day, 0}).utc; }

// Until when it held: now where it still does.
UtcSecond held_until(const Notice& notice, UtcSecond now) {
    UtcSecond until = notice.cleared_at.value_or(now + 1);
    if (notice.kind == "planned" && notice.ends_at) until = std::min(until, *notice.ends_at);
    return until;
}

// The worst that the message said of a stretch; none where it did not hold or disturbs nothing.
std::optional<DayState> said(const Notice& notice, UtcSecond from, UtcSecond to, UtcSecond now) {
    const UtcSecond until = held_until(notice, now);
    if (notice.starts_at >= to || until <= from || notice.starts_at > now) return std::nullopt;
    if (notice.kind == "planned") return DayState::planned;
    if (notice.kind != "disturbance") return std::nullopt;
    DayState worst = DayState::unstable;
    for (std::size_t i = 0; i < notice.severities.size(); ++i) {
        const UtcSecond begins = notice.severities[i].at;
        const UtcSecond ends =
            i + 1 < notice.severities.size() ? notice.severities[i + 1].at : until;
        if (begins < to && ends > from && notice.severities[i].severity == "down")
            worst = DayState::down;
    }
    return worst;
}

// Height tells the same as colour: 16 units of room.
struct Shape {
    std::string_view name, path;
};
Shape shape_of(DayState state) {
    switch (state) {
        case DayState::unmeasured: return {"none", "h4v-3h-4z"};
        case DayState::works: return {"green", "h4v-8h-4z"};
        case DayState::planned: return {"planned", "h4v-5h-4z"};
        case DayState::unstable: return {"yellow", "h4v-12h-4z"};
        case DayState::down: return {"red", "h4v-16h-4z"};
    }
    return {};
}

}  // namespace

std::string_view day_state_word(DayState state) {
    switch (state) {
        case DayState::unmeasured: return "unmeasured";
        case DayState::works: return "works";
        case DayState::planned: return "planned";
        case DayState::unstable: return "unstable";
        case DayState::down: return "down";
    }
    return {};
}

std::int64_t Strip::count(DayState state) const {
    return std::count_if(days.begin(), days.end(),
                         [&](const StripDay& day) { return day.state == state; });
}

Period strip_period(UtcSecond now) {
    const Day today = Zone::copenhagen().to_local(now).day;
    return {today - (kStripDays - 1), today};
}

Strip strip_of(std::string_view system, const std::vector<Notice>& all, const Measured& measured,
               UtcSecond now) {
    Strip strip{std::string(system), {}};
    const Period period = strip_period(now);
    for (Day day = period.from; day <= period.to; ++day) {
        StripDay one;
        one.day = day;
        if (const auto found = measured.find({strip.system, day}); found != measured.end())
            one.measured = found->second;
        if (one.measured && one.measured->measured > 0) one.state = DayState::works;
        for (const Notice& notice : all) {
            if (notice.system != system) continue;
            const auto state = said(notice, day_begins(day), day_begins(day + 1), now);
            if (!state) continue;
            one.state = std::max(one.state, *state);
            one.notices.push_back(notice.number);
        }
        strip.days.push_back(std::move(one));
    }
    return strip;
}

Result<Measured> load_measured(Context& context, Period days) {
    Measured measured;
    if (context.site.catalogue.find("probes.measured") == nullptr) return measured;
    for (const bool failed : {false, true}) {
        FigureQuestion question;
        question.id = failed ? "probes.failed" : "probes.measured";
        question.period = days;
        question.by = {"system", "day"};
        KL_TRY(const FigureAnswer answer, context.figures().evaluate(question));
        for (const FigureRow& row : answer.rows) {
            if (!row.num || !row.value) continue;
            DayMeasured& day = measured[{dim_text(row.key.front().second), row.period.from}];
            (failed ? day.failed : day.measured) = *row.num;
        }
    }
    return measured;
}

Result<std::vector<Notice>> load_strip_notices(Connection& db, UtcSecond now) {
    constexpr std::int64_t kMost = 2'000;
    KL_TRY(auto all, list_notices(db, day_begins(strip_period(now).from), kMost));
    std::erase_if(all, [](const Notice& notice) { return notice.system.empty(); });
    return all;
}

std::string system_href(std::string_view system) { return "/status/" + url_encode(system); }

std::string strip_svg(const Context&, const Strip& strip) {
    const std::string href = system_href(strip.system);
    std::string cells;
    for (std::size_t i = 0; i < strip.days.size(); ++i) {
        const Shape shape = shape_of(strip.days[i].state);
        cells += fmt::format(
            "<a href=\"{}#d{}\" tabindex=\"-1\"><path class=\"k-d-{}\" d=\"M{} 16{}\"/></a>",
            escape_html(href), iso_date(strip.days[i].day), shape.name, i * 5, shape.path);
    }
    return fmt::format(
        "<svg class=\"k-strip\" viewBox=\"0 0 {} 16\" preserveAspectRatio=\"none\""
        " aria-hidden=\"true\">{}</svg>",
        strip.days.size() * 5 - 1, cells);
}

std::string strip_words(const Context& context, const Strip& strip) {
    std::string parts;
    for (const DayState state : kStates) {
        const std::int64_t days = strip.count(state);
        if (days == 0) continue;
        parts += (parts.empty() ? "" : ", ") +
                 context.text(fmt::format("notices.strip.{}", day_state_word(state)),
                              {{"count", format_integer(days, context.language)}});
    }
    return context.text("notices.strip.days", {{"parts", parts}});
}

std::string strip_legend(const Context& context) {
    std::string items;
    for (const DayState state : kStates) {
        const Shape shape = shape_of(state);
        items += fmt::format(
            "<li><svg class=\"k-swatch\" viewBox=\"0 0 4 16\" width=\"8\" height=\"16\""
            " preserveAspectRatio=\"none\" aria-hidden=\"true\"><path class=\"k-d-{}\" d=\"M0 16{}\"/></svg> {}</li>",
            shape.name, shape.path,
            escape_html(context.text(fmt::format("notices.day.{}", day_state_word(state)))));
    }
    return fmt::format("<ul class=\"k-legend\" aria-label=\"{}\">{}</ul>",
                       escape_html(context.text("notices.strip.legend")), items);
}

}  // namespace klarsyn::notices
