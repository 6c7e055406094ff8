// /my: one's own cases, and one case with its progress, replies and the survey. Whole without
// script.
#include <fmt/format.h>

#include "modules/servicedesk/selfservice/self_service.h"
#include "web/form.h"
#include "web/moment.h"
#include "web/page.h"
#include "web/problem.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

std::string words(const Context& context, std::string_view key, const TextArgs& args = {}) {
    return escape_html(context.text("servicedesk.my." + std::string(key), args));
}

std::string live_html(const Context& context) {
    return fmt::format(
        "<p class=\"k-age\" data-events=\"mine\" data-live=\"{}\" data-stale=\"{}\""
        " data-news=\"{}\">{}</p>",
        words(context, "live"), words(context, "stale"), words(context, "news"),
        words(context, "shown_at",
              {{"when", moment_text(context.language, context.site.clock.now(),
                                    context.site.clock.now())}}));
}

constexpr std::string_view kLiveScript = "<script src=\"/assets/status.js\" defer></script>";

// Whom it waits for decides the place in the list.
enum class Turn { yours, ours, over };
Turn turn_of(const CaseItem& item) {
    if (item.state == "on_hold" && item.hold_reason == "awaiting_user") return Turn::yours;
    return item.state == "resolved" || item.state == "closed" ? Turn::over : Turn::ours;
}

std::string item_html(const Context& context, const CaseItem& item) {
    const UtcSecond now = context.site.clock.now();
    return fmt::format(
        "<li><a href=\"/my/{0}\">{1}</a><p><b>{2}</b> {3}</p><p class=\"k-hint\">{4} · {5} "
        "{6}</p></li>",
        escape_html(item.number), escape_html(item.title),
        escape_html(own_state_text(context, item)), escape_html(next_step_text(context, item)),
        escape_html(item.number), words(context, "updated"),
        moment_html(context.language, item.updated_at, now));
}

std::string list_html(const Context& context, const std::vector<CaseItem>& items, Turn turn,
                      std::string_view heading) {
    std::string rows;
    for (const CaseItem& item : items)
        if (turn_of(item) == turn) rows += item_html(context, item);
    if (rows.empty()) return "";
    return fmt::format("<section><h2>{}</h2><ul class=\"k-cases\">{}</ul></section>",
                       words(context, heading), rows);
}

std::string affected_html(const Context& context, const std::vector<AffectedBy>& list) {
    if (list.empty()) return "";
    const UtcSecond now = context.site.clock.now();
    std::string rows;
    for (const AffectedBy& one : list)
        rows += fmt::format(
            "<li><a href=\"/notices/{}\" lang=\"{}\">{}</a><p><b>{}</b></p>"
            "<p class=\"k-hint\">{} {}</p></li>",
            escape_html(one.notice), language_code(one.title.shown(context.language)),
            escape_html(one.title.in(context.language)),
            words(context, one.open ? "disturbed" : "over_again"), words(context, "said_me_too"),
            moment_html(context.language, one.at, now));
    return fmt::format("<section><h2>{}</h2><ul class=\"k-cases\">{}</ul></section>",
                       words(context, "affected"), rows);
}

std::string box_html(const std::string& html) {
    return fmt::format("<div class=\"k-alert k-alert-good\" role=\"status\">{}</div>", html);
}

// Number, next step and time.
std::string receipt_html(const Context& context, const ReadCase& read) {
    return box_html(fmt::format("<p><b>{}</b></p><p>{}</p><p>{}</p>",
                                words(context, "receipt", {{"number", read.item.number}}),
                                escape_html(next_step_text(context, read.item)),
                                words(context, "receipt_when",
                                      {{"when", moment_text(context.language, read.state.opened_at,
                                                            context.site.clock.now())}})));
}

std::string quote_html(const std::string& text) {
    return text.empty() ? "" : fmt::format("<p class=\"k-said\">{}</p>", escape_html(text));
}

// What happened, in words; the text that was written stands below.
std::pair<std::string, std::string> told(const Context& context, const ReadCase& read,
                                         const Record& record) {
    const json::object body = caller_body(record);
    const bool mine = record.actor == context.account.name;
    const auto found = read.names.find(record.actor);
    const std::string who = found == read.names.end() ? record.actor : found->second;
    const auto say = [&](std::string_view key, const TextArgs& args = {}) {
        return context.text("servicedesk.my.event." + std::string(key), args);
    };
    const std::string& kind = record.kind;
    if (kind == "opened") return {say(mine ? "opened" : "opened_for_you"), body_text(body, "text")};
    if (kind == "commented")
        return {mine ? say("you_wrote") : say("wrote", {{"name", who}}), body_text(body, "text")};
    if (kind == "held") return {say("held_" + body_text(body, "reason")), ""};
    if (kind == "resolved") return {say("resolved"), body_text(body, "resolution")};
    if (kind == "closed") return {say("closed_" + body_text(body, "reason")), ""};
    if (kind == "attached") return {say("attached", {{"name", body_text(body, "name")}}), ""};
    if (kind == "survey")
        return {say("survey", {{"score", std::to_string(body_number(body, "score"))}}), ""};
    return {say(kind), ""};  // moved, resumed, reopened
}

std::string timeline_html(const Context& context, const ReadCase& read) {
    std::string rows;
    for (auto record = read.records.rbegin(); record != read.records.rend(); ++record) {
        if (!shown_to_caller(*record)) continue;
        const auto [what, text] = told(context, read, *record);
        rows += fmt::format("<li>{} <b>{}</b>{}</li>",
                            moment_html(context.language, record->at, context.site.clock.now()),
                            escape_html(what), quote_html(text));
    }
    return fmt::format("<section><h2>{}</h2><ol class=\"k-timeline\">{}</ol></section>",
                       words(context, "happened"), rows);
}

std::string form_html(const Context& context, const ReadCase& read, std::string_view verb,
                      const std::string& fields, std::string_view button) {
    return fmt::format(
        "<form class=\"k-form k-roomy\" method=\"post\" action=\"/my/{}\">{}"
        "<input type=\"hidden\" name=\"do\" value=\"{}\">{}"
        "<button class=\"k-button\" type=\"submit\">{}</button></form>",
        escape_html(read.item.number), csrf_field(context), verb, fields, words(context, button));
}

std::string survey_html(const Context& context, const ReadCase& read, const FormState& state) {
    if (!survey_open(read.state, context.site.clock.now())) return "";
    if (read.state.survey && !state.refused())
        return fmt::format(
            "<p>{}</p>",
            words(context, "survey_thanks", {{"score", std::to_string(read.state.survey->score)}}));
    FormHtml::Options scores;
    for (int score = 5; score >= 1; --score)
        scores.emplace_back(std::to_string(score),
                            context.text(fmt::format("servicedesk.my.score.s{}", score)));
    const FormHtml form(context, state, "servicedesk.my");
    return fmt::format(
        "<section><h2>{}</h2>{}</section>", words(context, "survey_title"),
        form_html(context, read, "survey", form.radios("score", scores), "survey_send"));
}

std::string answer_html(const Context& context, const ReadCase& read, const FormState& state) {
    if (!read.state.open()) return fmt::format("<p>{}</p>", words(context, "closed_write_anew"));
    const bool solved = read.state.status == CaseStatus::resolved;
    const FormHtml form(context, state, "servicedesk.my");
    std::string html = fmt::format("<section><h2>{}</h2>{}</section>",
                                   words(context, solved ? "not_solved" : "write"),
                                   form_html(context, read, "reply", form.area("text"), "send"));
    return html + fmt::format("<details><summary>{}</summary>{}</details>",
                              words(context, solved ? "close_solved" : "close_unwanted"),
                              form_html(context, read, "close",
                                        "<p>" + words(context, "close_what") + "</p>", "close"));
}

Result<std::string> system_name(Context& context, const std::string& id) {
    KL_TRY(const auto systems, load_systems(context.db(), context.site.clock.now()));
    for (const SystemName& system : systems)
        if (system.id == id) return system.in(context.language);
    return id;
}

Result<std::string> facts_html(Context& context, const ReadCase& read) {
    const UtcSecond now = context.site.clock.now();
    KL_TRY(const std::string system, system_name(context, read.item.system));
    std::string html = fmt::format("<dt>{}</dt><dd>{}</dd>", words(context, "number"),
                                   escape_html(read.item.number));
    if (!system.empty())
        html +=
            fmt::format("<dt>{}</dt><dd>{}</dd>", words(context, "system"), escape_html(system));
    html += fmt::format("<dt>{}</dt><dd>{}</dd>", words(context, "reported"),
                        moment_html(context.language, read.item.opened_at, now));
    return "<dl class=\"k-facts\">" + html + "</dl>";
}

Result<Response> case_page(const Request& request, Context& context, const FormState& state,
                           std::string_view sent) {
    KL_TRY(const ReadCase read, read_own_case(context, request.param("number")));
    const FormState none;
    const auto of = [&](std::string_view form) -> const FormState& {
        return sent == form ? state : none;
    };
    std::string main = fmt::format("<nav class=\"k-crumbs\"><ol><li>{}</li></ol></nav><h1>{}</h1>",
                                   link("/my", context.text("servicedesk.my.title")),
                                   escape_html(read.item.title));
    main += FormHtml(context, state, "servicedesk.my").summary();
    const bool receipt = request.find("receipt").has_value();
    if (receipt)
        main += receipt_html(context, read);
    else
        main += fmt::format("<p class=\"k-lead\"><b>{}</b> {}</p>",
                            escape_html(own_state_text(context, read.item)),
                            escape_html(next_step_text(context, read.item)));
    main += live_html(context) + survey_html(context, read, of("survey"));
    const bool yours = turn_of(read.item) == Turn::yours;
    if (yours) main += answer_html(context, read, of("reply"));
    main += timeline_html(context, read);
    if (!yours) main += answer_html(context, read, of("reply"));
    KL_TRY(const std::string facts, facts_html(context, read));
    main += facts;
    PageHead head{read.item.title, Menu::my_cases, state.status(), "/my/" + read.item.number};
    head.extra = kLiveScript;
    return html_page(context, head, main);
}

}  // namespace

Result<Response> get_my_page(const Request& request, Context& context) {
    KL_TRY(const auto items, own_cases(context));
    KL_TRY(const auto affected, affected_by(context.db(), context.account.name));
    const std::string title = context.text("servicedesk.my.title");
    std::string main = fmt::format("<h1>{}</h1>", escape_html(title));
    if (request.find("affected"))
        main += box_html(fmt::format("<p><b>{}</b></p><p>{}</p>", words(context, "me_too"),
                                     words(context, "me_too_next")));
    main += live_html(context);
    main += list_html(context, items, Turn::yours, "yours");
    main += list_html(context, items, Turn::ours, "ours");
    main += affected_html(context, affected);
    main += list_html(context, items, Turn::over, "over");
    if (items.empty() && affected.empty()) main += fmt::format("<p>{}</p>", words(context, "none"));
    main += fmt::format(
        "<p class=\"k-actions\"><a class=\"k-button\" href=\"/report-problem\">{}</a></p>"
        "<p><a href=\"/my/messages\">{}</a></p>",
        words(context, "report"), words(context, "messages"));
    PageHead head{title, Menu::my_cases, 200, "/my"};
    head.extra = kLiveScript;
    return html_page(context, head, main);
}

Result<Response> get_my_case_page(const Request& request, Context& context) {
    return case_page(request, context, {}, "");
}

Result<Response> post_my_case_form(const Request& request, Context& context) {
    const std::string verb(request.field("do"));
    FormState state{request.form, {}, ""};
    json::object fields;
    if (verb == "reply" || verb == "survey") fields["text"] = request.field("text");
    if (verb == "survey" && !request.field("score").empty())
        fields["score"] = std::atoi(std::string(request.field("score")).c_str());
    JsonBody body = JsonBody::of(std::move(fields));
    const Result<void> done = run_own_command(context, request.param("number"), verb, body);
    if (done.ok()) return redirect("/my/" + std::string(request.param("number")));
    state.faults = body.faults();
    if (body.ok()) {
        if (done.error().code != ErrorCode::conflict) return done.error();
        state.message = describe(done.error(), context.language);
    }
    return case_page(request, context, state, verb);
}

}  // namespace klarsyn::servicedesk
