#include "modules/servicedesk/desk/work_html.h"

#include <fmt/format.h>

#include "modules/servicedesk/desk/case_words.h"
#include "web/page.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::int64_t kMinute_s = 60;
constexpr std::int64_t kHour_s = 3600;
constexpr std::int64_t kDay_s = 24 * kHour_s;
constexpr int kPeriodDaysMax = 366;
constexpr Day kUsualDays = 28;

Error wrong(std::string key, std::string_view field) {
    Error error = make_error(ErrorCode::invalid_input, std::move(key));
    error.field = field;
    return error;
}

}  // namespace

std::string work_said(const Context& context, std::string_view key, const TextArgs& args) {
    return escape_html(context.text("servicedesk.work." + std::string(key), args));
}

std::string span_words(const Context& context, std::int64_t seconds) {
    const auto say = [&](std::string_view key, std::int64_t n) {
        return context.text("servicedesk.work.span_" + std::string(key) + (n == 1 ? "_one" : ""),
                            {{"n", format_integer(n, context.language)}});
    };
    if (seconds >= 2 * kDay_s) return say("days", seconds / kDay_s);
    if (seconds >= kHour_s) return say("hours", seconds / kHour_s);
    if (seconds < kMinute_s) return context.text("servicedesk.work.span_short");
    return say("minutes", seconds / kMinute_s);
}

std::string work_href(const WorkFilter& filter) {
    Pairs query;
    if (filter.group) query.emplace_back("group", *filter.group);
    if (filter.assignee) query.emplace_back("assignee", *filter.assignee);
    if (filter.age) query.emplace_back("age", std::to_string(*filter.age));
    if (filter.part != WorkPart::open) query.emplace_back("part", work_part_name(filter.part));
    return "/workload/cases" + build_query(query);
}

Result<WorkFilter> read_work_filter(const Request& request) {
    WorkFilter filter;
    if (const auto group = request.find("group")) filter.group = *group;
    if (const auto assignee = request.find("assignee")) filter.assignee = *assignee;
    if (const auto part = request.find("part")) {
        const auto known = parse_work_part(*part);
        if (!known) return wrong("servicedesk.work.no_part", "part");
        filter.part = *known;
    }
    if (const auto age = request.find("age")) {
        if (age->size() != 1 || age->front() < '0' ||
            static_cast<std::size_t>(age->front() - '0') >= kAgeClasses.size())
            return wrong("servicedesk.work.no_age", "age");
        filter.age = static_cast<std::size_t>(age->front() - '0');
    }
    return filter;
}

std::string age_words(const Context& context, std::size_t age) {
    const AgeClass& wanted = kAgeClasses.at(age);
    const TextArgs args = {{"from", std::to_string(wanted.from_days)},
                           {"to", std::to_string(wanted.to_days.value_or(0))}};
    if (wanted.from_days == 0) return context.text("servicedesk.work.age_first", args);
    return context.text(wanted.to_days ? "servicedesk.work.age" : "servicedesk.work.age_last",
                        args);
}

std::string part_words(const Context& context, WorkPart part) {
    return context.text("servicedesk.work." + std::string(work_part_name(part)));
}

std::string work_words(const Context& context, const WorkFilter& filter) {
    std::string words;
    const auto add = [&](const std::string& text) { words += (words.empty() ? "" : ". ") + text; };
    const auto named = [&](std::string_view key, const std::string& value, std::string_view none) {
        add(context.text("servicedesk.work." + std::string(key)) + ": " +
            (value.empty() ? context.text("servicedesk.work." + std::string(none)) : value));
    };
    if (filter.group) named("group", *filter.group, "no_group");
    if (filter.assignee) named("person", *filter.assignee, "nobody");
    if (filter.part != WorkPart::open) add(part_words(context, filter.part));
    if (filter.age)
        add(context.text("servicedesk.work.age_is", {{"age", age_words(context, *filter.age)}}));
    return words;
}

std::string moves_href(Period period, const std::optional<std::string>& from,
                       const std::optional<std::string>& to) {
    Pairs query = {{"period", period_label(period)}};
    if (from) query.emplace_back("from", *from);
    if (to) query.emplace_back("to", *to);
    return "/workload/moves" + build_query(query);
}

Result<Period> read_work_period(const Request& request, const Context& context) {
    const Day today = Zone::copenhagen().to_local(context.site.clock.now()).day;
    const auto given = request.find("period");
    if (!given || given->empty()) return Period{today - (kUsualDays - 1), today};
    const auto period = parse_period(*given);
    if (!period.ok()) {
        Error error = period.error();
        error.field = "period";
        return error;
    }
    if (period->days() > kPeriodDaysMax) return wrong("servicedesk.work.too_long", "period");
    return *period;
}

std::string work_table(const Context& context, std::string_view id, const TextArgs& args,
                       const std::string& head, const std::string& rows) {
    return fmt::format(
        "<div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"{0}\" tabindex=\"0\">"
        "<table class=\"k-table\"><caption id=\"{0}\">{1}</caption><thead><tr>{2}</tr></thead>"
        "<tbody>{3}</tbody></table></div>",
        id, work_said(context, "caption_" + std::string(id), args), head, rows);
}

std::string work_head(const Context& context, std::initializer_list<std::string_view> keys,
                      std::size_t texts) {
    std::string cells;
    std::size_t at = 0;
    for (const std::string_view key : keys)
        cells += fmt::format("<th scope=\"col\"{}>{}</th>",
                             at++ < texts ? "" : " class=\"k-number\"", work_said(context, key));
    return cells;
}

}  // namespace klarsyn::servicedesk
