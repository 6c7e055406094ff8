// /changes: what is planned, with freeze windows and collisions; /changes/{number}.
#include <fmt/format.h>

#include <algorithm>

#include "modules/servicedesk/practice/object.h"
#include "modules/servicedesk/practice/page_forms.h"
#include "web/problem.h"

namespace klarsyn::servicedesk {
namespace {

using K = FieldKind;

constexpr int kDaysAhead = 56;

const FormSpec kRequest{"request",
                        {{"title", K::line, {}, true},
                         {"type", K::word, {"normal", "emergency"}, true},
                         {"systems", K::list, {}, true},
                         {"orgs", K::list},
                         {"text", K::area},
                         {"impact", K::number, {"3", "2", "1"}, true},
                         {"likelihood", K::number, {"3", "2", "1"}, true},
                         {"plan", K::area},
                         {"backout", K::area},
                         {"test", K::area},
                         {"problem"},
                         {"planned_from", K::time},
                         {"planned_to", K::time},
                         {"freeze_reason", K::area},
                         {"collision_reason", K::area}}};
const FormSpec kChange{"change",
                       {{"title", K::line, {}, true},
                        {"systems", K::list, {}, true},
                        {"orgs", K::list},
                        {"text", K::area},
                        {"impact", K::number, {"3", "2", "1"}, true},
                        {"likelihood", K::number, {"3", "2", "1"}, true},
                        {"plan", K::area},
                        {"backout", K::area},
                        {"test", K::area},
                        {"assignee"},
                        {"problem"},
                        {"freeze_reason", K::area},
                        {"collision_reason", K::area}}};
const FormSpec kSchedule{"schedule",
                         {{"planned_from", K::time, {}, true},
                          {"planned_to", K::time, {}, true},
                          {"freeze_reason", K::area},
                          {"collision_reason", K::area}}};
const FormSpec kApprove{"approve", {{"note", K::area}}};
const FormSpec kReject{"reject", {{"note", K::area, {}, true}}};
const FormSpec kStart{"start", {{"started_at", K::time}}};
const FormSpec kFinish{
    "finish",
    {{"result", K::word, {"successful", "partial", "rolled_back", "failed"}, true},
     {"note", K::area},
     {"ended_at", K::time}}};
const FormSpec kCancel{"cancel", {{"reason", K::area, {}, true}}};
const FormSpec kCaused{"caused", {{"case", K::line, {}, true}}};
const FormSpec kNote{"note", {{"text", K::area, {}, true}}};
const FormSpec* const kAll[] = {&kChange, &kSchedule, &kApprove, &kReject, &kStart,
                                &kFinish, &kCancel,   &kCaused,  &kNote};

std::string words(const Context& context, std::string_view key) {
    return context.text("servicedesk.practice.page." + std::string(key));
}

std::string span_html(const std::optional<UtcSecond>& from, const std::optional<UtcSecond>& to,
                      Language language) {
    if (!from || !to) return "";
    return when_html(*from, language) + " – " + when_html(*to, language);
}

std::string freeze_list(const Context& context, const std::vector<Freeze>& freezes) {
    std::string items;
    for (const Freeze& freeze : freezes)
        items += fmt::format(
            "<li><b>{}</b>: {} – {}</li>", escape_html(freeze.title.in(context.language)),
            when_html(freeze.from, context.language), when_html(freeze.to, context.language));
    return items.empty() ? "" : "<ul>" + items + "</ul>";
}

std::string collision_list(const Context& context, const std::vector<Collision>& collisions) {
    std::string items;
    for (const Collision& one : collisions)
        items +=
            fmt::format("<li>{} {} ({}): {} – {}</li>", object_link(one.number),
                        escape_html(one.title), escape_html(joined_list(one.systems)),
                        when_html(one.from, context.language), when_html(one.to, context.language));
    return items.empty() ? "" : "<ul>" + items + "</ul>";
}

// What stands in the way of a planned change, in words for a row.
Result<std::string> obstacles_html(Context& context, const PracticeRules& rules,
                                   const ObjectRow& row) {
    if (!row.starts_at || !row.ends_at) return std::string();
    std::string html;
    for (const Freeze& freeze : rules.freeze.touching(*row.starts_at, *row.ends_at, row.systems))
        html +=
            fmt::format("<p class=\"k-obstacle\">{}: {}</p>", escape_html(words(context, "freeze")),
                        escape_html(freeze.title.in(context.language)));
    KL_TRY(const auto collisions, find_collisions(context.db(), {*row.starts_at, *row.ends_at},
                                                  row.systems, row.number, context.scope));
    for (const Collision& one : collisions)
        html += fmt::format("<p class=\"k-obstacle\">{} {} ({})</p>",
                            escape_html(words(context, "collides_with")), object_link(one.number),
                            escape_html(joined_list(one.systems)));
    return html;
}

Result<std::string> change_rows(Context& context, const PracticeRules& rules,
                                const std::vector<ObjectRow>& list) {
    std::string rows;
    for (const ObjectRow& row : list) {
        std::string obstacles;
        if (row.open) {
            KL_TRY(obstacles, obstacles_html(context, rules, row));
        }
        rows += fmt::format(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td>"
            "<td>{}</td><td>{}</td><td>{}</td></tr>",
            object_link(row.number), escape_html(row.title),
            escape_html(named_word(context, "state", row.state)),
            escape_html(named_word(context, "risk", row.rank)),
            escape_html(joined_list(row.systems)),
            span_html(row.starts_at, row.ends_at, context.language), obstacles);
    }
    return rows;
}

std::string change_table(const Context& context, std::string_view id, const std::string& rows) {
    if (rows.empty()) return paragraph(words(context, "none_" + std::string(id)));
    return table_html({std::string(id),
                       words(context, std::string(id) + "_caption"),
                       {words(context, "number"), words(context, "title"), words(context, "state"),
                        words(context, "risk"), words(context, "systems"),
                        words(context, "planned"), words(context, "obstacles")}},
                      rows);
}

Result<Response> list_page(const Request& request, Context& context, const SentForm& state) {
    const UtcSecond now = context.site.clock.now();
    KL_TRY(const auto rules, practice_rules(context.db(), context.memory(), now));
    ObjectQuery query;
    query.kind = "change";
    query.limit = 300;
    KL_TRY(const ObjectPage page, list_objects(context.db(), query, context.scope));
    std::vector<ObjectRow> coming, undated, past;
    for (const ObjectRow& row : page.items)
        (!row.open ? past : row.starts_at ? coming : undated).push_back(row);
    std::sort(coming.begin(), coming.end(),
              [](const ObjectRow& a, const ObjectRow& b) { return a.starts_at < b.starts_at; });
    const std::string title = words(context, "changes");
    std::string main = heading(1, title) + paragraph(words(context, "changes_lead"), "k-lead") +
                       faults_html(context, state);
    const auto freezes = rules->freeze.touching(now, now + kDaysAhead * UtcSecond{86'400}, {});
    main += heading(2, words(context, "freezes"));
    main +=
        freezes.empty() ? paragraph(words(context, "no_freezes")) : freeze_list(context, freezes);
    for (const auto& [id, list] :
         {std::pair<std::string_view, const std::vector<ObjectRow>&>{"coming", coming},
          {"undated", undated},
          {"past", past}}) {
        if (list.empty() && id != "coming") continue;
        KL_TRY(const std::string rows, change_rows(context, *rules, list));
        main += heading(2, words(context, id)) + change_table(context, id, rows);
    }
    if (context.may(Permission::manage))
        main += folded_form(context, kRequest, state, {"/changes", "change"});
    main += fmt::format(
        "<form class=\"k-form\" method=\"post\" action=\"/changes/feed\">{}<p>{}</p>"
        "<button class=\"k-button k-quiet\" type=\"submit\">{}</button></form>",
        csrf_field(context), escape_html(words(context, "feed_lead")),
        escape_html(words(context, "feed")));
    return html_page(context, {title, Menu::changes, state.clean() ? 200 : 400, request.target},
                     main);
}

std::string votes_html(const Context& context, const ChangeState& state) {
    std::string items;
    for (const ChangeVote& vote : state.votes)
        items += fmt::format("<li>{}: {}{}</li>", escape_html(vote.actor),
                             escape_html(named_word(context, "decision", vote.decision)),
                             vote.note.empty() ? "" : ". " + escape_html(vote.note));
    const std::string rule =
        context.text("servicedesk.practice.page.approval_" + state.approval_rule,
                     {{"needed", std::to_string(state.approvals_needed)},
                      {"given", std::to_string(state.approvals())}});
    return escape_html(rule) + (items.empty() ? "" : "<ul>" + items + "</ul>");
}

std::string change_facts(const Context& context, const ChangeState& state) {
    const auto level = [&](std::string_view name, std::int64_t value) {
        return escape_html(named_word(context, name, std::to_string(value)));
    };
    const Fact facts[] = {
        {"state", escape_html(named_word(context, "state", change_status_name(state.status)))},
        {"planned", span_html(state.planned_from, state.planned_to, context.language)},
        {"systems", escape_html(joined_list(state.systems))},
        {"orgs", escape_html(joined_list(state.orgs))},
        {"risk", escape_html(named_word(context, "risk", state.risk))},
        {"impact", level("impact", state.impact)},
        {"likelihood", level("likelihood", state.likelihood)},
        {"approval", votes_html(context, state)},
        {"requester", escape_html(state.requester)},
        {"assignee", escape_html(state.assignee)},
        {"plan", escape_html(state.plan)},
        {"backout", escape_html(state.backout)},
        {"test", escape_html(state.test)},
        {"freeze_reason", escape_html(state.freeze_reason)},
        {"collision_reason", escape_html(state.collision_reason)},
        {"problem", object_link(state.problem)},
        {"started_at", when_html(state.started_at, context.language)},
        {"ended_at", when_html(state.ended_at, context.language)},
        {"result",
         state.result.empty() ? "" : escape_html(named_word(context, "result", state.result))},
        {"note", escape_html(state.result_note)},
        {"incidents", object_links(state.incidents)},
        {"reason", escape_html(state.cancel_reason)}};
    return facts_html(context, facts);
}

std::string work_html(const Context& context, const ChangeState& state, const SentForm& sent) {
    FormPlace place{"/changes/" + state.number, "change"};
    std::string html = heading(2, words(context, "work"));
    const auto add = [&](const FormSpec& spec) { html += folded_form(context, spec, sent, place); };
    const bool requested = state.status == ChangeStatus::requested;
    const bool approved = state.status == ChangeStatus::approved;
    if (requested) {
        add(kApprove);
        add(kReject);
    }
    if (approved) add(kStart);
    if (state.status == ChangeStatus::in_progress) add(kFinish);
    if (state.status == ChangeStatus::in_progress || state.status == ChangeStatus::done)
        add(kCaused);
    add(kNote);
    if (!requested && !approved) return html;
    place.standing = {{"planned_from", local_field(state.planned_from)},
                      {"planned_to", local_field(state.planned_to)},
                      {"freeze_reason", state.freeze_reason},
                      {"collision_reason", state.collision_reason}};
    add(kSchedule);
    place.version = state.version;
    place.standing = {{"title", state.title},
                      {"systems", joined_list(state.systems)},
                      {"orgs", joined_list(state.orgs)},
                      {"text", state.text},
                      {"impact", std::to_string(state.impact)},
                      {"likelihood", std::to_string(state.likelihood)},
                      {"plan", state.plan},
                      {"backout", state.backout},
                      {"test", state.test},
                      {"assignee", state.assignee},
                      {"problem", state.problem},
                      {"freeze_reason", state.freeze_reason},
                      {"collision_reason", state.collision_reason}};
    add(kChange);
    place.version = 0;
    place.standing = {};
    add(kCancel);
    return html;
}

Result<Response> one_page(const Request& request, Context& context, const SentForm& sent) {
    const std::string number(request.param("number"));
    KL_TRY(const auto row, find_object(context.db(), number, context.scope));
    if (!row || row->kind != "change")
        return make_error(ErrorCode::not_found, "servicedesk.practice.no_object",
                          {{"number", number}});
    KL_TRY(const auto rules,
           practice_rules(context.db(), context.memory(), context.site.clock.now()));
    KL_TRY(const auto records, load_records(context.db(), number));
    const ChangeState state = replay_change(number, records);
    const std::string title = number + " " + state.title;
    std::string main = heading(1, title) + faults_html(context, sent);
    if (state.open() && state.planned_from && state.planned_to) {
        const auto freezes =
            rules->freeze.touching(*state.planned_from, *state.planned_to, state.systems);
        KL_TRY(const auto collisions,
               find_collisions(context.db(), {*state.planned_from, *state.planned_to},
                               state.systems, state.number, context.scope));
        if (!freezes.empty() || !collisions.empty())
            main += fmt::format("<div class=\"k-message k-unstable\"><h2>{}</h2>{}{}</div>",
                                escape_html(words(context, "obstacles_title")),
                                freeze_list(context, freezes), collision_list(context, collisions));
    }
    if (!state.text.empty()) main += paragraph(state.text);
    main += change_facts(context, state);
    if (context.may(Permission::manage)) main += work_html(context, state, sent);
    main += heading(2, words(context, "timeline")) + timeline_html(context, records, "change");
    return html_page(context, {title, Menu::changes, sent.clean() ? 200 : 400, request.target},
                     main);
}

}  // namespace

Result<Response> get_changes_page(const Request& request, Context& context) {
    return list_page(request, context, {});
}

Result<Response> get_change_page(const Request& request, Context& context) {
    return one_page(request, context, {});
}

Result<Response> post_changes_page(const Request& request, Context& context) {
    SentForm state;
    KL_TRY(auto done, run_form(request, context, change_commands(), kRequest, "", state));
    if (done) return std::move(*done);
    return list_page(request, context, state);
}

Result<Response> post_change_page(const Request& request, Context& context) {
    const std::string_view verb = request.field("do");
    const auto spec = std::find_if(std::begin(kAll), std::end(kAll),
                                   [&](const FormSpec* one) { return one->verb == verb; });
    if (spec == std::end(kAll)) return web_error(400);
    KL_TRY(const auto row, find_object(context.db(), request.param("number"), context.scope));
    if (!row || row->kind != "change") return one_page(request, context, {});
    SentForm state;
    KL_TRY(auto done, run_form(request, context, change_commands(), **spec, row->number, state));
    if (done) return std::move(*done);
    return one_page(request, context, state);
}

}  // namespace klarsyn::servicedesk
