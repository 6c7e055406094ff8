// /majors and /majors/{number}: the room of a major incident.
#include <fmt/format.h>

#include "modules/servicedesk/desk/case_words.h"
#include "modules/servicedesk/desk/lists.h"
#include "modules/servicedesk/practice/object.h"
#include "modules/servicedesk/practice/page_forms.h"
#include "modules/servicedesk/practice/page_major_notices.h"
#include "web/problem.h"

namespace klarsyn::servicedesk {
namespace {

using K = FieldKind;

const FormSpec kDeclare{"declare",
                        {{"case"},
                         {"title"},
                         {"criteria", K::choices, {}, true},
                         {"systems", K::list},
                         {"orgs", K::list},
                         {"text", K::area},
                         {"started_at", K::time},
                         {"next_update_at", K::time}}};
const FormSpec kChange{"change",
                       {{"title", K::line, {}, true},
                        {"criteria", K::choices, {}, true},
                        {"systems", K::list},
                        {"orgs", K::list},
                        {"text", K::area},
                        {"manager"},
                        {"started_at", K::time}}};
const FormSpec kActive[] = {
    {"communicate",
     {{"text", K::area, {}, true},
      {"audience", K::word, {"users", "internal", "management", "authorities"}, true},
      {"to_cases", K::flag},
      {"to_notices", K::flag},
      {"text_en", K::area},
      {"next_update_at", K::time}}},
    {"note", {{"text", K::area, {}, true}}},
    {"link", {{"case", K::line, {}, true}}},
    {"resolve",
     {{"resolution", K::area, {}, true},
      {"cause", K::area},
      {"ended_at", K::time},
      {"cases", K::flag},
      {"all_clear", K::flag},
      {"all_clear_text", K::area},
      {"all_clear_text_en", K::area}}},
};
const FormSpec kDuties[] = {
    {"duty",
     {{"law", K::word, {"nis2", "gdpr"}, true},
      {"applies", K::flag},
      {"reason", K::area, {}, true},
      {"aware_at", K::time}}},
    {"report",
     {{"law", K::word, {"nis2", "gdpr"}, true},
      {"step", K::word, {"early_warning", "notification", "final_report"}, true},
      {"sent_at", K::time},
      {"reference"}}},
};
const FormSpec kResolved[] = {
    {"review",
     {{"what_happened", K::area, {}, true},
      {"went_well", K::area},
      {"went_badly", K::area},
      {"actions", K::lines}}},
    {"close", {}},
    {"reopen", {{"reason", K::area, {}, true}}},
    {"note", {{"text", K::area, {}, true}}},
};
const FormSpec kWithdraw{"withdraw", {{"reason", K::area, {}, true}}};

const FormSpec* find_spec(std::string_view verb) {
    if (verb == kChange.verb) return &kChange;
    if (verb == publish_spec().verb) return &publish_spec();
    if (verb == kWithdraw.verb) return &kWithdraw;
    for (const auto& list : {std::span<const FormSpec>(kActive), std::span<const FormSpec>(kDuties),
                             std::span<const FormSpec>(kResolved)})
        for (const FormSpec& spec : list)
            if (spec.verb == verb) return &spec;
    return nullptr;
}

Choices criteria_of(const PracticeRules& rules, Language language) {
    Choices choices;
    for (const Criterion& one : rules.criticality.criteria) {
        const CriticalityLevel* level = rules.criticality.level(one.level);
        choices.emplace_back(one.id, level->title.in(language) + ": " + one.text.in(language));
    }
    return choices;
}

std::string criticality_of(const PracticeRules& rules, const std::string& id, Language language) {
    const CriticalityLevel* level = rules.criticality.level(id);
    return level == nullptr ? id : level->title.in(language);
}

std::string major_row(const Context& context, const PracticeRules& rules, const ObjectRow& row) {
    return fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
        "<td>{}</td><td>{}</td></tr>",
        object_link(row.number), escape_html(row.title),
        escape_html(named_word(context, "state", row.state)),
        escape_html(criticality_of(rules, row.rank, context.language)),
        escape_html(joined_list(row.systems)), escape_html(joined_list(row.orgs)),
        when_html(row.starts_at, context.language));
}

// What the form says where a case is the beginning; empty for none.
Result<Pairs> declared_from(Context& context, const std::string& number) {
    if (number.empty()) return Pairs();
    KL_TRY(const auto item, find_item(context.db(), number, context.scope));
    if (!item) return Pairs{{"case", number}};
    return Pairs{{"case", item->number},
                 {"title", item->title},
                 {"systems", item->system},
                 {"orgs", item->org},
                 {"started_at", local_field(item->opened_at)}};
}

Result<Response> list_page(const Request& request, Context& context, const SentForm& state) {
    KL_TRY(const auto rules,
           practice_rules(context.db(), context.memory(), context.site.clock.now()));
    ObjectQuery query;
    query.kind = "major";
    KL_TRY(const ObjectPage page, list_objects(context.db(), query, context.scope));
    const auto words = [&](std::string_view key) {
        return context.text("servicedesk.practice.page." + std::string(key));
    };
    std::string rows;
    for (const bool open : {true, false})
        for (const ObjectRow& row : page.items)
            if (row.open == open) rows += major_row(context, *rules, row);
    const std::string title = words("majors");
    std::string main = heading(1, title) + paragraph(words("majors_lead"), "k-lead");
    main += faults_html(context, state);
    if (rows.empty())
        main += paragraph(words("none_major"));
    else
        main += table_html({"majors",
                            words("majors_caption"),
                            {words("number"), words("title"), words("state"), words("criticality"),
                             words("systems"), words("places"), words("since")}},
                           rows);
    if (context.may(Permission::manage)) {
        FormPlace place{"/majors", "major", criteria_of(*rules, context.language)};
        KL_TRY(place.standing, declared_from(context, request.find("case").value_or("")));
        const SentForm shown = !place.standing.empty() && state.verb.empty()
                                    ? SentForm{"declare", place.standing, {}, ""}
                                    : state;
        main += folded_form(context, kDeclare, shown, place);
    }
    return html_page(context,
                     {title, Menu::majors, state.clean() ? 200 : 400, request.target,
                      R"(<script type="module" src="/assets/room.js"></script>)"},
                     main);
}

// Shape, word and colour; what has not begun has a word alone.
std::string clock_mark(const Context& context, std::string_view state) {
    const std::string word = named_word(context, "clock", state);
    if (state == "waiting") return escape_html(word);
    return mark_html(state == "met" ? "green" : state == "running" ? "yellow" : "red", word);
}

std::string clocks_html(const Context& context, const std::vector<DutyClock>& clocks) {
    const auto words = [&](std::string_view key) {
        return context.text("servicedesk.practice.page." + std::string(key));
    };
    std::string rows;
    for (const DutyClock& clock : clocks)
        rows += fmt::format(
            "<tr><th scope=\"row\">{} – {}</th><td>{}</td>"
            "<td>{}</td><td>{}</td><td>{}</td></tr>",
            escape_html(named_word(context, "law", clock.law)),
            escape_html(named_word(context, "step", clock.step)),
            clock_mark(context, clock_state_name(clock.state)),
            when_html(clock.due_at, context.language), when_html(clock.done_at, context.language),
            escape_html(clock.reference));
    if (rows.empty()) return paragraph(words("no_clocks"));
    return table_html(
        {"clocks",
         words("clocks_caption"),
         {words("report"), words("state"), words("due"), words("sent"), words("reference")}},
        rows);
}

Result<std::string> cases_html(Context& context, const MajorState& state) {
    KL_TRY(const auto numbers,
           linked_cases(context.db(), LinkedBy::major, state.number, context.scope));
    const auto words = [&](std::string_view key) {
        return context.text("servicedesk.practice.page." + std::string(key));
    };
    std::string rows;
    for (const std::string& number : numbers) {
        KL_TRY(const auto item, find_item(context.db(), number, context.scope));
        if (!item) continue;
        rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
                            object_link(number), escape_html(item->title),
                            escape_html(named_word(context, "case", item->state)),
                            escape_html(item->org));
    }
    if (rows.empty()) return paragraph(words("no_cases"));
    return table_html({"cases",
                       words("cases_caption"),
                       {words("number"), words("title"), words("state"), words("places")}},
                      rows);
}

std::string review_html(const Context& context, const std::optional<MajorReview>& review) {
    if (!review) return "";
    std::string actions;
    for (const std::string& one : review->actions) actions += "<li>" + escape_html(one) + "</li>";
    const auto text = [](const std::string& words) {
        return words.empty() ? std::string() : "<p>" + escape_html(words) + "</p>";
    };
    const Fact facts[] = {{"what_happened", text(review->what_happened)},
                          {"went_well", text(review->went_well)},
                          {"went_badly", text(review->went_badly)},
                          {"actions", actions.empty() ? "" : "<ul>" + actions + "</ul>"}};
    return heading(2, context.text("servicedesk.practice.page.review")) +
           facts_html(context, facts);
}

std::string major_facts(const Context& context, const PracticeRules& rules,
                        const MajorState& state) {
    std::string criteria;
    for (const std::string& id : state.criteria)
        if (const Criterion* one = rules.criticality.find(id))
            criteria += "<li>" + escape_html(one->text.in(context.language)) + "</li>";
    const Fact facts[] = {
        {"criticality", escape_html(criticality_of(rules, state.criticality, context.language))},
        {"criteria", criteria.empty() ? "" : "<ul>" + criteria + "</ul>"},
        {"systems", escape_html(joined_list(state.systems))},
        {"orgs", escape_html(joined_list(state.orgs))},
        {"manager", escape_html(state.manager)},
        {"case", object_link(state.case_number)},
        {"started_at", when_html(state.started_at, context.language)},
        {"declared_at", when_html(state.declared_at, context.language)},
        {"next_update_at", when_html(state.next_update_at, context.language)},
        {"ended_at", when_html(state.resolved_at, context.language)},
        {"resolution", escape_html(state.resolution)},
        {"cause", escape_html(state.cause)},
        {"reason", escape_html(state.withdrawn_reason)}};
    return facts_html(context, facts);
}

Result<std::string> work_html(Context& context, const PracticeRules& rules, const MajorState& state,
                              const SentForm& sent, std::span<const MajorNotice> notices) {
    FormPlace place{"/majors/" + state.number, "major", criteria_of(rules, context.language)};
    KL_TRY(place.standing, all_clear_standing(context, state, notices));
    for (const char* name : {"cases", "to_cases"}) place.standing.emplace_back(name, "yes");
    std::string html = heading(2, context.text("servicedesk.practice.page.work"));
    const bool active = state.status == MajorStatus::active;
    if (active) {
        FormPlace publish = place;
        KL_TRY(publish.standing, publish_standing(context, state));
        html += folded_form(context, publish_spec(), sent, publish);
    }
    const auto add = [&](std::span<const FormSpec> specs) {
        for (const FormSpec& spec : specs) html += folded_form(context, spec, sent, place);
    };
    if (active)
        add(kActive);
    else if (state.status != MajorStatus::withdrawn)
        add(kResolved);
    add(kDuties);
    if (!state.open()) return html;
    FormPlace change = place;
    change.version = state.version;
    change.standing = {{"title", state.title},
                       {"text", state.text},
                       {"manager", state.manager},
                       {"systems", joined_list(state.systems)},
                       {"orgs", joined_list(state.orgs)},
                       {"started_at", local_field(state.started_at)}};
    for (const std::string& id : state.criteria) change.standing.emplace_back("criteria", id);
    html += folded_form(context, kChange, sent, change);
    return html + folded_form(context, kWithdraw, sent, place);
}

Result<Response> room_page(const Request& request, Context& context, const SentForm& sent) {
    const std::string number(request.param("number"));
    KL_TRY(const auto row, find_object(context.db(), number, context.scope));
    if (!row || row->kind != "major")
        return make_error(ErrorCode::not_found, "servicedesk.practice.no_object",
                          {{"number", number}});
    const UtcSecond now = context.site.clock.now();
    KL_TRY(const auto rules, practice_rules(context.db(), context.memory(), now));
    KL_TRY(const auto records, load_records(context.db(), number));
    const MajorState state = replay_major(number, records);
    const auto words = [&](std::string_view key) {
        return context.text("servicedesk.practice.page." + std::string(key));
    };
    const std::string title = number + " " + state.title;
    std::string live = fmt::format(
        "<p class=\"k-sentence {}\">{}</p>", state.open() ? "k-down" : "",
        escape_html(context.text(
            "servicedesk.practice.page.major_" + std::string(major_status_name(state.status)),
            {{"since", format_timestamp(state.started_at, context.language)}})));
    if (!state.text.empty()) live += paragraph(state.text);
    live += major_facts(context, *rules, state);
    KL_TRY(const auto notices, major_notices(context.db(), number));
    live += heading(2, words("notices")) + notices_html(context, notices);
    live += heading(2, words("clocks"));
    live += clocks_html(context, statutory_clocks(state.duties, now));
    live += heading(2, words("cases"));
    KL_TRY(const std::string cases, cases_html(context, state));
    live += cases + review_html(context, state.review);
    std::string main = heading(1, title) + faults_html(context, sent);
    main += "<div data-live=\"" + number + "\">" + live + "</div>";
    if (context.may(Permission::manage)) {
        KL_TRY(const std::string work, work_html(context, *rules, state, sent, notices));
        main += work;
    }
    main += heading(2, words("timeline"));
    main += "<div data-live=\"timeline\">" + timeline_html(context, records, "major") + "</div>";
    return html_page(context,
                     {title, Menu::majors, sent.clean() ? 200 : 400, request.target,
                      R"(<script type="module" src="/assets/room.js"></script>)"},
                     main);
}

}  // namespace

Result<Response> get_majors_page(const Request& request, Context& context) {
    return list_page(request, context, {});
}

Result<Response> get_major_page(const Request& request, Context& context) {
    return room_page(request, context, {});
}

Result<Response> post_majors_page(const Request& request, Context& context) {
    SentForm state;
    KL_TRY(auto done, run_form(request, context, major_commands(), kDeclare, "", state));
    if (done) return std::move(*done);
    return list_page(request, context, state);
}

Result<Response> post_major_page(const Request& request, Context& context) {
    const FormSpec* spec = find_spec(request.field("do"));
    if (spec == nullptr) return web_error(400);
    KL_TRY(const auto row, find_object(context.db(), request.param("number"), context.scope));
    if (!row || row->kind != "major") return room_page(request, context, {});
    SentForm state;
    KL_TRY(auto done, run_form(request, context, major_commands(), *spec, row->number, state));
    if (done) return std::move(*done);
    return room_page(request, context, state);
}

}  // namespace klarsyn::servicedesk
