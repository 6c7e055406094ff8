// Major incidents: declare, tell, what the law asks, resolve with the cases that follow, review.
#include "modules/servicedesk/desk/commands.h"
#include "modules/servicedesk/practice/bodies.h"
#include "modules/servicedesk/practice/major_notices.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

MajorState standing(PracticeWork& work, std::string_view number) {
    return replay_major(number, **work.entry.find_other(number));
}

json::object fields_of(const MajorState& state) {
    return {{"title", state.title},
            {"text", state.text},
            {"manager", state.manager},
            {"criticality", state.criticality},
            {"criteria", json_list(state.criteria)},
            {"systems", json_list(state.systems)},
            {"orgs", json_list(state.orgs)},
            {"started_at", state.started_at}};
}

void take_criteria(PracticeWork& work, JsonBody& body, json::object& fields) {
    const auto criteria = body.texts("criteria", kListMax);
    if (!criteria) return;
    for (const std::string& id : *criteria)
        if (work.rules.criticality.find(id) == nullptr)
            body.fault("criteria", "servicedesk.practice.no_criterion", {{"name", id}});
    if (criteria->empty()) body.fault("criteria", "servicedesk.practice.criteria_needed");
    fields["criteria"] = json_list(*criteria);
    fields["criticality"] = work.rules.criticality.level_of(*criteria);
}

Result<void> take_fields(PracticeWork& work, JsonBody& body, json::object& fields, Need title) {
    if (const auto text = body.text("title", {kTitleCharacters, title})) fields["title"] = *text;
    take_body_texts(body, fields, {"text"}, text_rule());
    take_body_texts(body, fields, {"manager"}, word_rule());
    take_criteria(work, body, fields);
    take_systems(body, fields);
    KL_CHECK(take_places(work, body, fields));
    if (const auto at = past_time(work, body, "started_at")) fields["started_at"] = *at;
    return {};
}

Result<void> take_next_update(PracticeWork& work, JsonBody& body, json::object& fields) {
    const auto at = body.time("next_update_at");
    if (at && *at <= work.now()) body.fault("next_update_at", "servicedesk.practice.in_past");
    if (at) fields["next_update_at"] = *at;
    return {};
}

Result<void> follow(PracticeWork& work, const std::string& case_number, std::string_view major) {
    const CaseState& state = work.entry.state(case_number);
    if (state.major == major) return {};
    if (!state.major.empty())
        KL_CHECK(work.entry.record(case_number, "unlinked",
                                   {{"to", state.major}, {"relation", "major"}}));
    return work.entry.record(case_number, "linked", {{"to", major}, {"relation", "major"}});
}

Result<std::string> declare(PracticeWork& work, JsonBody& body) {
    body.allow_only({"case", "title", "text", "criteria", "systems", "orgs", "org", "manager",
                     "started_at", "next_update_at"});
    KL_TRY(const CaseState* origin, named_case(work, body, "case", Need::optional));
    json::object fields = {{"manager", work.entry.actor().name}, {"started_at", work.now()}};
    if (origin != nullptr) {
        fields["case"] = origin->number;
        fields["title"] = origin->title;
        fields["org"] = "";
        fields["started_at"] = origin->opened_at;
        if (!origin->system.empty()) fields["systems"] = json::array{json::value(origin->system)};
        if (!origin->org.empty()) fields["orgs"] = json::array{json::value(origin->org)};
    }
    KL_CHECK(take_fields(work, body, fields, origin != nullptr ? Need::optional : Need::required));
    KL_CHECK(take_owner(work, body, fields));
    KL_CHECK(take_next_update(work, body, fields));
    if (!body.has("criteria") || body.is_null("criteria"))
        body.fault("criteria", "servicedesk.practice.criteria_needed");
    if (!body.ok()) return body_faults();
    const std::string from = origin != nullptr ? origin->number : "";
    KL_TRY(const std::string number, work.entry.open_other("M", std::move(fields)));
    if (!from.empty()) KL_CHECK(follow(work, from, number));
    return number;
}

Result<void> change(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"title", "text", "criteria", "systems", "orgs", "manager", "started_at"});
    const MajorState state = standing(work, number);
    json::object fields;
    KL_CHECK(take_fields(work, body, fields, Need::optional));
    if (fields.contains("title") && body_text(fields, "title").empty())
        body.fault("title", "web.body.required");
    if (const auto started = body.time("started_at");
        started && state.resolved_at && *started > *state.resolved_at)
        body.fault("started_at", "servicedesk.practice.starts_after_end");
    if (!body.ok()) return body_faults();
    if (!state.open()) return object_conflict(number, "major_over");
    json::object changed = changes_of(std::move(fields), fields_of(state));
    if (changed.empty()) return {};
    return work.entry.record_other(number, "changed", std::move(changed));
}

Result<void> note(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"text"});
    const auto text = body.text("text", text_rule(Need::required));
    if (!body.ok()) return body_faults();
    return work.entry.record_other(number, "noted", {{"text", *text}});
}

// What was told, to whom; the cases that follow get it as a reply to their callers.
Result<void> communicate(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"text", "text_en", "audience", "to_cases", "to_notices", "next_update_at"});
    const auto text = body.text("text", text_rule(Need::required));
    const auto audience = body.word("audience", {"internal", "users", "management", "authorities"});
    const auto to_cases = body.flag("to_cases");
    (void)body.flag("to_notices");  // update_notices does it
    (void)body.text("text_en", text_rule());
    json::object fields = {{"text", text.value_or("")}, {"audience", audience.value_or("users")}};
    KL_CHECK(take_next_update(work, body, fields));
    if (!body.ok()) return body_faults();
    if (!standing(work, number).open()) return object_conflict(number, "major_over");
    std::int64_t told = 0;
    if (to_cases.value_or(false)) {
        KL_TRY(const auto cases, linked_cases(work.entry.turn().db, LinkedBy::major, number, {}));
        for (const std::string& one : cases) {
            KL_TRY(const CaseState* state, work.entry.find(one));
            if (!state->unsolved()) continue;
            KL_CHECK(work.entry.record(one, "commented",
                                       {{"text", *text},
                                        {"visibility", "public"},
                                        {"via", "major"},
                                        {"major", number},
                                        {"person", true}}));
            ++told;
        }
    }
    fields["cases"] = told;
    return work.entry.record_other(number, "communicated", std::move(fields));
}

Result<void> decide_duty(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"law", "applies", "reason", "aware_at"});
    const auto law = body.word("law", {"nis2", "gdpr"});
    const auto applies = body.flag("applies");
    const auto reason = body.text("reason", reason_rule(Need::required));
    const auto aware_at = past_time(work, body, "aware_at");
    if (!body.has("law") || body.is_null("law")) body.fault("law", "web.body.required");
    if (!body.has("applies") || body.is_null("applies")) body.fault("applies", "web.body.required");
    if (applies.value_or(false) && !aware_at && body.ok())
        body.fault("aware_at", "servicedesk.practice.aware_needed");
    if (!body.ok()) return body_faults();
    json::object fields = {{"law", *law}, {"applies", *applies}, {"reason", *reason}};
    if (*applies) fields["aware_at"] = *aware_at;
    return work.entry.record_other(number, "duty", std::move(fields));
}

Result<void> report(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"law", "step", "sent_at", "reference"});
    const auto law = body.word("law", {"nis2", "gdpr"});
    const auto step = body.word("step", {"early_warning", "notification", "final_report"});
    const auto sent_at = past_time(work, body, "sent_at");
    const auto reference = body.text("reference", word_rule());
    if (!body.has("law") || body.is_null("law")) body.fault("law", "web.body.required");
    if (!body.has("step") || body.is_null("step")) body.fault("step", "web.body.required");
    if (law && step && !known_step(*law, *step)) body.fault("step", "servicedesk.practice.no_step");
    if (!body.ok()) return body_faults();
    const MajorState state = standing(work, number);
    const LegalDuty* duty = nullptr;
    for (const LegalDuty& one : state.duties)
        if (one.law == *law && one.applies) duty = &one;
    if (duty == nullptr) return object_conflict(number, "no_duty");
    if (*step == "final_report" && duty->report("notification") == nullptr)
        return object_conflict(number, "notification_first");
    const UtcSecond at = sent_at.value_or(work.now());
    if (duty->aware_at && at < *duty->aware_at) {
        body.fault("sent_at", "servicedesk.practice.before_awareness");
        return body_faults();
    }
    return work.entry.record_other(
        number, "reported",
        {{"law", *law}, {"step", *step}, {"sent_at", at}, {"reference", reference.value_or("")}});
}

Result<void> link(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"case"});
    KL_TRY(const CaseState* found, named_case(work, body, "case", Need::required));
    if (!body.ok()) return body_faults();
    if (!standing(work, number).open()) return object_conflict(number, "major_over");
    const std::string case_number = found->number;
    KL_CHECK(follow(work, case_number, number));
    return work.entry.record_other(number, "case_linked", {{"case", case_number}});
}

Result<void> unlink(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"case"});
    KL_TRY(const CaseState* found, named_case(work, body, "case", Need::required));
    if (body.ok() && found->major != number)
        body.fault("case", "servicedesk.practice.not_linked", {{"number", found->number}});
    if (!body.ok()) return body_faults();
    const std::string case_number = found->number;
    KL_CHECK(work.entry.record(case_number, "unlinked", {{"to", number}, {"relation", "major"}}));
    return work.entry.record_other(number, "case_unlinked", {{"case", case_number}});
}

// What solved the incident solves the cases that follow it; their callers hear of it as of any
// other solution.
Result<std::int64_t> resolve_cases(PracticeWork& work, std::string_view number,
                                   const std::string& resolution) {
    KL_TRY(const auto cases, linked_cases(work.entry.turn().db, LinkedBy::major, number, {}));
    std::int64_t solved = 0;
    for (const std::string& one : cases) {
        KL_TRY(const CaseState* state, work.entry.find(one));
        if (!state->unsolved()) continue;
        KL_CHECK(work.entry.record(one, "resolved",
                                   {{"resolution", resolution},
                                    {"code", "major"},
                                    {"major", number},
                                    {"phone_agent", ""}}));
        ++solved;
    }
    return solved;
}

Result<void> resolve(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"resolution", "cause", "ended_at", "cases", "all_clear", "all_clear_text",
                     "all_clear_text_en"});
    const auto resolution = body.text("resolution", text_rule(Need::required));
    const auto cause = body.text("cause", text_rule());
    const auto ended_at = past_time(work, body, "ended_at");
    const auto with_cases = body.flag("cases");
    (void)body.flag("all_clear");  // clear_notices does it
    for (const char* name : {"all_clear_text", "all_clear_text_en"})
        (void)body.text(name, reason_rule());
    const MajorState state = standing(work, number);
    if (ended_at && *ended_at < state.started_at)
        body.fault("ended_at", "servicedesk.practice.ends_before_start");
    if (!body.ok()) return body_faults();
    if (state.status != MajorStatus::active) return object_conflict(number, "major_not_active");
    std::int64_t solved = 0;
    if (with_cases.value_or(true)) {
        KL_TRY(solved, resolve_cases(work, number, *resolution));
    }
    return work.entry.record_other(number, "resolved",
                                   {{"resolution", *resolution},
                                    {"cause", cause.value_or("")},
                                    {"ended_at", ended_at.value_or(work.now())},
                                    {"cases", solved}});
}

Result<void> reopen(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"reason"});
    const auto reason = body.text("reason", reason_rule(Need::required));
    if (!body.ok()) return body_faults();
    const MajorStatus status = standing(work, number).status;
    if (status != MajorStatus::resolved && status != MajorStatus::closed)
        return object_conflict(number, "major_not_resolved");
    return work.entry.record_other(number, "reopened", {{"reason", *reason}});
}

Result<void> review(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"what_happened", "went_well", "went_badly", "actions"});
    json::object fields;
    const auto what = body.text("what_happened", text_rule(Need::required));
    if (what) fields["what_happened"] = *what;
    take_body_texts(body, fields, {"went_well", "went_badly"}, text_rule());
    if (const auto actions = body.texts("actions", kListMax))
        fields["actions"] = json_list(*actions);
    if (!body.ok()) return body_faults();
    const MajorStatus status = standing(work, number).status;
    if (status != MajorStatus::resolved && status != MajorStatus::closed)
        return object_conflict(number, "major_not_resolved");
    return work.entry.record_other(number, "reviewed", std::move(fields));
}

Result<void> close(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({});
    if (!body.ok()) return body_faults();
    const MajorState state = standing(work, number);
    if (state.status != MajorStatus::resolved) return object_conflict(number, "major_not_resolved");
    if (!state.review) return object_conflict(number, "review_first");
    return work.entry.record_other(number, "closed", {});
}

Result<void> withdraw(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"reason"});
    const auto reason = body.text("reason", reason_rule(Need::required));
    if (!body.ok()) return body_faults();
    if (!standing(work, number).open()) return object_conflict(number, "major_over");
    return work.entry.record_other(number, "withdrawn", {{"reason", *reason}});
}

constexpr ObjectCommand kVerbs[] = {
    {"note", note},
    {"communicate", communicate, update_notices},
    {"publish", publish_major, publish_notices},
    {"duty", decide_duty},
    {"report", report},
    {"link", link},
    {"unlink", unlink},
    {"resolve", resolve, clear_notices},
    {"reopen", reopen},
    {"review", review},
    {"close", close},
    {"withdraw", withdraw},
};

}  // namespace

const ObjectCommands& major_commands() {
    static constexpr ObjectCommands kCommands{"M", declare, change, kVerbs};
    return kCommands;
}

}  // namespace klarsyn::servicedesk
