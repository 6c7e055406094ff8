// "Why is this case breached?": each stretch of the case's time with its class and its rule, as a
// page and over the API.
#include <fmt/format.h>

#include "modules/servicedesk/desk/case_words.h"
#include "modules/servicedesk/desk/clock_folds.h"
#include "modules/servicedesk/desk/clock_view.h"
#include "web/page.h"

namespace klarsyn::servicedesk {
namespace {

std::string said(const Context& context, std::string_view key, const TextArgs& args = {}) {
    return escape_html(context.text("servicedesk.clock." + std::string(key), args));
}

std::string head_cell(const Context& context, std::string_view key, std::string_view classes = "") {
    return fmt::format("<th scope=\"col\"{}>{}</th>", classes, said(context, key));
}
constexpr std::string_view kNumberCell = " class=\"k-number\"";

std::string moment(const Context& context, UtcSecond at) {
    return escape_html(format_timestamp(at, context.language));
}

std::string target_title(const Context& context, const CaseTarget& target) {
    return context.text("servicedesk.target." + std::string(target_name(target.target)));
}

// Broken is red, what has less than a quarter of its time left yellow.
std::string outcome_html(const Context& context, const CaseTarget& target) {
    const auto word = [&](std::string_view key) {
        return context.text("servicedesk.clock." + std::string(key));
    };
    switch (target.state) {
        case TargetState::kept: return mark_html("green", word("kept"));
        case TargetState::breached: return mark_html("red", word("breached"));
        case TargetState::lacking:
            return "<span class=\"k-none\">" + said(context, "lacking") + "</span>";
        case TargetState::open: break;
    }
    if (target.limit_s == 0) return "<span class=\"k-none\">" + said(context, "none") + "</span>";
    const bool near = target.running_s * 4 >= target.limit_s * 3;
    return mark_html(near ? "yellow" : "green", word(near ? "near" : "open"));
}

std::string deadline_html(const Context& context, const CaseTarget& target) {
    if (target.breached_at)
        return said(context, "breached_at",
                    {{"time", format_timestamp(*target.breached_at, context.language)}});
    if (target.fulfilled_at)
        return said(context, "fulfilled_at",
                    {{"time", format_timestamp(*target.fulfilled_at, context.language)}});
    if (target.due_at)
        return said(context, "due_at",
                    {{"time", format_timestamp(*target.due_at, context.language)}});
    return "–";
}

std::string stretch_row(const Context& context, const Stretch& stretch) {
    const std::string word(stretch_name(stretch.stretch));
    return fmt::format("<tr><td class=\"k-nowrap\">{}</td><td class=\"k-nowrap\">{}</td>"
                       "<td class=\"k-number\">{}</td><td>{}</td><td>{}</td></tr>",
                       moment(context, stretch.from), moment(context, stretch.to),
                       format_duration(stretch.to - stretch.from),
                       escape_html(context.text("servicedesk.stretch." + word)),
                       escape_html(stretch_text(context, stretch)));
}

// What the clock page was asked to open.
struct Asked {
    std::string address, open;
};

// A week or a month in one row, with the way to open it.
std::string fold_row(const Context& context, const CaseTarget& target, const ClockFold& fold,
                     const Asked& asked) {
    const auto period = parse_period(fold.key);
    const std::string title = period.ok() ? format_period(*period, context.language) : fold.key;
    const auto count = static_cast<std::int64_t>(fold.end - fold.begin);
    const std::string id = std::string(target_name(target.target)) + "-" + fold.key;
    const std::string words =
        said(context, "folded", {{"running", format_duration(fold.running_s)},
                                 {"outside", format_duration(fold.outside_s)},
                                 {"paused", format_duration(fold.paused_s)},
                                 {"resolved", format_duration(fold.resolved_s)}});
    return fmt::format("<tr id=\"{}\"><td class=\"k-nowrap\">{}</td><td class=\"k-nowrap\">{}</td>"
                       "<td class=\"k-number\">{}</td><td>{}</td><td>{} <a href=\"{}?open={}#{}\">{}</a>"
                       "</td></tr>",
                       id, moment(context, target.stretches[fold.begin].from),
                       moment(context, target.stretches[fold.end - 1].to),
                       format_duration(target.stretches[fold.end - 1].to -
                                       target.stretches[fold.begin].from),
                       escape_html(title), words, asked.address, fold.key, id,
                       said(context, "unfold", {{"count", format_integer(count, context.language)}}));
}

std::string stretches_html(const Context& context, const CaseTarget& target, const Asked& asked) {
    std::string rows;
    for (const ClockFold& fold : fold_stretches(target.stretches, target.breached_at, asked.open)) {
        if (!fold.open) {
            rows += fold_row(context, target, fold, asked);
            continue;
        }
        for (std::size_t i = fold.begin; i < fold.end; ++i)
            rows += stretch_row(context, target.stretches[i]);
    }
    const std::string id = "stretches-" + std::string(target_name(target.target));
    return fmt::format("<div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"{0}\""
                       " tabindex=\"0\"><table class=\"k-table\"><caption id=\"{0}\">{1}</caption>"
                       "<thead><tr>{2}{3}{4}{5}{6}</tr></thead><tbody>{7}</tbody></table></div>",
                       id, said(context, "stretches", {{"target", target_title(context, target)}}),
                       head_cell(context, "from"), head_cell(context, "to"),
                       head_cell(context, "time", kNumberCell),
                       head_cell(context, "class"), head_cell(context, "why"), rows);
}

std::string target_section(const Context& context, const CaseClock& clock,
                           const CaseTarget& target, const Asked& asked) {
    std::string html = "<section><h2>" + escape_html(target_title(context, target)) + "</h2><p>" +
                       outcome_html(context, target) + " " + deadline_html(context, target) + "</p>";
    const std::string rule = rule_text(context, clock, target);
    if (!rule.empty()) html += "<p>" + escape_html(rule) + "</p>";
    if (target.lack != Lack::nothing)
        html += "<p>" + said(context, "lack_" + std::string(lack_name(target.lack))) + "</p>";
    html += "<p>" +
            said(context, "sum",
                 {{"running", format_duration(target.running_s)},
                  {"outside", format_duration(target.outside_s)},
                  {"paused", format_duration(target.paused_s)},
                  {"resolved", format_duration(target.resolved_s)}}) +
            "</p>";
    if (!target.stretches.empty()) html += stretches_html(context, target, asked);
    return html + "</section>";
}

std::string lead(const Context& context, const CaseClock& clock) {
    std::string html;
    for (const CaseTarget& target : clock.targets) {
        if (target.state != TargetState::breached) continue;
        html += (html.empty() ? "" : " ") +
                said(context, "lead_breached",
                     {{"target", target_title(context, target)},
                      {"limit", format_duration(target.limit_s)},
                      {"time", format_timestamp(*target.breached_at, context.language)}});
    }
    if (!html.empty()) return html;
    if (clock.joined) return said(context, "joined");
    for (const CaseTarget& target : clock.targets)
        if (target.limit_s > 0) return said(context, "lead_kept");
    return said(context, "lead_none");
}

}  // namespace

std::string targets_html(const Context& context, std::string_view number, const CaseClock& clock) {
    if (clock.targets.empty()) return clock.joined ? "<p>" + said(context, "joined") + "</p>" : "";
    std::string rows;
    for (const CaseTarget& target : clock.targets)
        rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"k-number\">{}</td>"
                            "<td class=\"k-number\">{}</td><td>{}</td></tr>",
                            escape_html(target_title(context, target)),
                            outcome_html(context, target), format_duration(target.running_s),
                            target.limit_s > 0 ? format_duration(target.limit_s) : "–",
                            deadline_html(context, target));
    return fmt::format("<div class=\"k-table-frame\" role=\"region\" aria-labelledby=\"clock\""
                       " tabindex=\"0\"><table class=\"k-table\"><thead><tr>{}{}{}{}{}</tr></thead>"
                       "<tbody>{}</tbody></table></div><p>{}</p>",
                       head_cell(context, "target"), head_cell(context, "state"),
                       head_cell(context, "used", kNumberCell),
                       head_cell(context, "limit", kNumberCell), head_cell(context, "deadline"),
                       rows,
                       link("/cases/" + url_encode(number) + "/clock",
                            context.text(is_over(clock) ? "servicedesk.clock.why_over"
                                                        : "servicedesk.clock.why_link")));
}

Result<Response> get_case_clock(const Request& request, Context& context) {
    KL_TRY(const ReadCase read, read_case(context, request.param("number")));
    KL_TRY(const CaseClock clock, clock_of(context, read, context.site.clock.now()));
    Response response = json_answer(200, clock_json(context, read, clock));
    return response;
}

Result<Response> get_clock_page(const Request& request, Context& context) {
    KL_TRY(const ReadCase read, read_case(context, request.param("number")));
    KL_TRY(const CaseClock clock, clock_of(context, read, context.site.clock.now()));
    const std::string& number = read.item.number;
    const std::string title = context.text(
        is_over(clock) ? "servicedesk.clock.title_over" : "servicedesk.clock.title",
        {{"number", number}});
    std::string main = fmt::format(
        "<nav class=\"k-crumbs\" aria-label=\"{}\"><ol><li>{}</li><li>{}</li></ol></nav><h1>{}</h1>"
        "<p class=\"k-lead\">{}</p>",
        escape_html(context.text("servicedesk.case.crumbs")),
        link("/desk", context.text("servicedesk.desk.page.title")),
        link("/cases/" + url_encode(number), number + " " + read.item.title), escape_html(title),
        lead(context, clock));
    if (!clock.exact) main += "<p>" + said(context, "not_exact") + "</p>";
    const Asked asked{"/cases/" + url_encode(number) + "/clock",
                      std::string(request.find("open").value_or(""))};
    for (const CaseTarget& target : clock.targets)
        main += target_section(context, clock, target, asked);
    main += "<p class=\"k-source\">" +
            said(context, "source", {{"time", format_timestamp(clock.until, context.language)}}) +
            "</p>";
    return html_page(context, {title, Menu::desk, 200, request.target}, main);
}

}  // namespace klarsyn::servicedesk
