// /problems and /problems/{number}.
#include <fmt/format.h>

#include <algorithm>

#include "modules/servicedesk/desk/lists.h"
#include "modules/servicedesk/practice/object.h"
#include "modules/servicedesk/practice/object_json.h"
#include "modules/servicedesk/practice/page_forms.h"
#include "web/problem.h"

namespace klarsyn::servicedesk {
namespace {

using K = FieldKind;

constexpr std::size_t kCasesShown = 100;

const FormSpec kOpen{
    "open",
    {{"title"}, {"case"}, {"systems", K::list}, {"text", K::area}, {"workaround", K::area}}};
const FormSpec kChange{"change",
                       {{"title", K::line, {}, true},
                        {"systems", K::list},
                        {"owner"},
                        {"text", K::area},
                        {"cause", K::area},
                        {"workaround", K::area}}};
const FormSpec kOpenState[] = {
    {"known_error", {{"workaround", K::area, {}, true}, {"cause", K::area}}},
    {"link", {{"case", K::line, {}, true}}},
    {"note", {{"text", K::area, {}, true}}},
    {"resolve", {{"resolution", K::area, {}, true}, {"change"}}},
};
const FormSpec kOver[] = {{"reopen", {{"reason", K::area, {}, true}}}};
const FormSpec kClose{
    "close", {{"reason", K::word, {"solved", "accepted", "no_problem"}, true}, {"note", K::area}}};

const FormSpec* find_spec(std::string_view verb) {
    for (const FormSpec* one : {&kChange, &kClose, &kOver[0]})
        if (one->verb == verb) return one;
    for (const FormSpec& spec : kOpenState)
        if (spec.verb == verb) return &spec;
    return nullptr;
}

std::string words(const Context& context, std::string_view key) {
    return context.text("servicedesk.practice.page." + std::string(key));
}

Result<Response> list_page(const Request& request, Context& context, const SentForm& state) {
    ObjectQuery query;
    query.kind = "problem";
    KL_TRY(const ObjectPage page, list_objects(context.db(), query, context.scope));
    std::vector<std::pair<ObjectRow, Pain>> list;
    for (const ObjectRow& row : page.items) {
        KL_TRY(const Pain pain, pain_of(context.db(), row.number, context.site.clock.now()));
        list.emplace_back(row, pain);
    }
    // What hurts most comes first.
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
        if (a.first.open != b.first.open) return a.first.open;
        return a.second.cases > b.second.cases;
    });
    std::string rows;
    for (const auto& [row, pain] : list)
        rows += fmt::format(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td>"
            "<td class=\"k-number\">{}</td><td class=\"k-number\">{}</td>"
            "<td class=\"k-number\">{}</td></tr>",
            object_link(row.number), escape_html(row.title),
            escape_html(named_word(context, "state", row.state)),
            escape_html(joined_list(row.systems)), format_integer(pain.cases, context.language),
            format_integer(pain.open_cases, context.language),
            format_integer(pain.last_30_days, context.language));
    const std::string title = words(context, "problems");
    std::string main = heading(1, title) + paragraph(words(context, "problems_lead"), "k-lead") +
                       faults_html(context, state);
    if (rows.empty())
        main += paragraph(words(context, "none_problem"));
    else
        main +=
            table_html({"problems",
                        words(context, "problems_caption"),
                        {words(context, "number"), words(context, "title"), words(context, "state"),
                         words(context, "systems"), words(context, "pain"),
                         words(context, "pain_open"), words(context, "pain_month")}},
                       rows);
    if (context.may(Permission::manage)) {
        FormPlace place{"/problems", "problem"};
        if (const auto from = request.find("case")) place.standing = {{"case", *from}};
        const SentForm shown = !place.standing.empty() && state.verb.empty()
                                    ? SentForm{"open", place.standing, {}, ""}
                                    : state;
        main += folded_form(context, kOpen, shown, place);
    }
    return html_page(context, {title, Menu::problems, state.clean() ? 200 : 400, request.target},
                     main);
}

Result<std::string> cases_html(Context& context, const ProblemState& state) {
    KL_TRY(auto numbers,
           linked_cases(context.db(), LinkedBy::problem, state.number, context.scope));
    const std::size_t all = numbers.size();
    if (all > kCasesShown) numbers.erase(numbers.begin(), numbers.end() - kCasesShown);
    std::string rows;
    for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
        KL_TRY(const auto item, find_item(context.db(), *number, context.scope));
        if (!item) continue;
        rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
                            object_link(*number), escape_html(item->title),
                            escape_html(named_word(context, "case", item->state)),
                            when_html(item->opened_at, context.language));
    }
    if (rows.empty()) return paragraph(words(context, "no_linked"));
    return table_html({"cases",
                       context.text("servicedesk.practice.page.linked_caption",
                                    {{"shown", std::to_string(std::min(all, kCasesShown))},
                                     {"all", std::to_string(all)}}),
                       {words(context, "number"), words(context, "title"), words(context, "state"),
                        words(context, "since")}},
                      rows);
}

std::string work_html(const Context& context, const ProblemState& state, const SentForm& sent) {
    FormPlace place{"/problems/" + state.number, "problem"};
    std::string html = heading(2, words(context, "work"));
    if (!state.open_state()) {
        html += folded_form(context, kOver[0], sent, place);
        if (state.status == ProblemStatus::resolved)
            html += folded_form(context, kClose, sent, place);
        return html;
    }
    for (const FormSpec& spec : kOpenState)
        if (spec.verb != "known_error" || state.status == ProblemStatus::open)
            html += folded_form(context, spec, sent, place);
    html += folded_form(context, kClose, sent, place);
    place.version = state.version;
    place.standing = {{"title", state.title},
                      {"owner", state.owner},
                      {"text", state.text},
                      {"cause", state.cause},
                      {"workaround", state.workaround},
                      {"systems", joined_list(state.systems)}};
    return html + folded_form(context, kChange, sent, place);
}

Result<Response> one_page(const Request& request, Context& context, const SentForm& sent) {
    const std::string number(request.param("number"));
    KL_TRY(const auto row, find_object(context.db(), number, context.scope));
    if (!row || row->kind != "problem")
        return make_error(ErrorCode::not_found, "servicedesk.practice.no_object",
                          {{"number", number}});
    KL_TRY(const auto records, load_records(context.db(), number));
    const ProblemState state = replay_problem(number, records);
    KL_TRY(const Pain pain, pain_of(context.db(), number, context.site.clock.now()));
    const std::string title = number + " " + state.title;
    std::string main = heading(1, title) + faults_html(context, sent);
    if (state.status == ProblemStatus::known_error)
        main +=
            fmt::format("<div class=\"k-message k-unstable\"><h2>{}</h2><p>{}</p></div>",
                        escape_html(words(context, "known_error")), escape_html(state.workaround));
    if (!state.text.empty()) main += paragraph(state.text);
    const Fact facts[] = {
        {"state", escape_html(named_word(context, "state", problem_status_name(state.status)))},
        {"systems", escape_html(joined_list(state.systems))},
        {"owner", escape_html(state.owner)},
        {"cause", escape_html(state.cause)},
        {"resolution", escape_html(state.resolution)},
        {"change", object_link(state.change)},
        {"pain", escape_html(context.text(
                     "servicedesk.practice.page.pain_sentence",
                     {{"cases", format_integer(pain.cases, context.language)},
                      {"open", format_integer(pain.open_cases, context.language)},
                      {"month", format_integer(pain.last_30_days, context.language)}}))}};
    main += facts_html(context, facts) + heading(2, words(context, "linked"));
    KL_TRY(const std::string cases, cases_html(context, state));
    main += cases;
    if (context.may(Permission::manage)) main += work_html(context, state, sent);
    main += heading(2, words(context, "timeline")) + timeline_html(context, records, "problem");
    return html_page(context, {title, Menu::problems, sent.clean() ? 200 : 400, request.target},
                     main);
}

}  // namespace

Result<Response> get_problems_page(const Request& request, Context& context) {
    return list_page(request, context, {});
}

Result<Response> get_problem_page(const Request& request, Context& context) {
    return one_page(request, context, {});
}

Result<Response> post_problems_page(const Request& request, Context& context) {
    SentForm state;
    KL_TRY(auto done, run_form(request, context, problem_commands(), kOpen, "", state));
    if (done) return std::move(*done);
    return list_page(request, context, state);
}

Result<Response> post_problem_page(const Request& request, Context& context) {
    const FormSpec* spec = find_spec(request.field("do"));
    if (spec == nullptr) return web_error(400);
    KL_TRY(const auto row, find_object(context.db(), request.param("number"), context.scope));
    if (!row || row->kind != "problem") return one_page(request, context, {});
    SentForm state;
    KL_TRY(auto done, run_form(request, context, problem_commands(), *spec, row->number, state));
    if (done) return std::move(*done);
    return one_page(request, context, state);
}

}  // namespace klarsyn::servicedesk
