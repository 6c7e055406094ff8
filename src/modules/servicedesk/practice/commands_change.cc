// Changes: request, schedule, approve, carry out. Scheduling checks freeze windows and collisions;
// what needs whose approval is decided by the rules and written into the record.
#include <algorithm>

#include "modules/servicedesk/desk/commands.h"
#include "modules/servicedesk/practice/bodies.h"
#include "modules/servicedesk/practice/fields.h"
#include "modules/servicedesk/practice/object.h"

namespace klarsyn::servicedesk {

namespace {

std::vector<std::string> systems_in_common(const std::vector<std::string>& some,
                                           const std::vector<std::string>& others) {
    std::vector<std::string> common;
    for (const std::string& one : some)
        for (const std::string& other : others)
            if (fold(one) == fold(other)) common.push_back(one);
    return common;
}

}  // namespace

Result<std::vector<Collision>> find_collisions(Connection& db, Window window,
                                               const std::vector<std::string>& systems,
                                               std::string_view except, const OrgScope& scope) {
    ObjectQuery query;
    query.kind = "change";
    query.open = true;
    query.overlaps_from = window.from;
    query.overlaps_to = window.to;
    query.limit = 1'000;
    KL_TRY(const ObjectPage page, list_objects(db, query, {}));
    std::vector<Collision> found;
    for (const ObjectRow& row : page.items) {
        std::vector<std::string> common = systems_in_common(systems, row.systems);
        if (row.number == except || common.empty() || !row.ends_at) continue;
        Collision one{row.number,   scope.sees(row.org) ? row.title : "",
                      row.state,    *row.starts_at,
                      *row.ends_at, std::move(common)};
        found.push_back(std::move(one));
    }
    std::sort(found.begin(), found.end(),
              [](const Collision& a, const Collision& b) { return a.from < b.from; });
    return found;
}

namespace {

namespace json = boost::json;

constexpr UtcSecond kLongestSeconds = 31 * 86'400;

ChangeState standing(PracticeWork& work, std::string_view number) {
    return replay_change(number, **work.entry.find_other(number));
}

struct Approval {
    std::string rule;
    std::int64_t needed = 0;
};

// What stands in the way of a window.
struct Obstacles {
    std::vector<Freeze> freezes;
    std::vector<Collision> collisions;
    bool any() const { return !freezes.empty() || !collisions.empty(); }
};

Result<Obstacles> obstacles_of(PracticeWork& work, const ChangeState& state) {
    Obstacles found;
    if (!state.planned_from || !state.planned_to) return found;
    found.freezes =
        work.rules.freeze.touching(*state.planned_from, *state.planned_to, state.systems);
    KL_TRY(found.collisions,
           find_collisions(work.entry.turn().db, {*state.planned_from, *state.planned_to},
                           state.systems, state.number, work.scope));
    return found;
}

Approval approval_of(const ChangeRules& rules, const ChangeState& state,
                     const Obstacles& obstacles) {
    if (state.type == "emergency") return {"emergency", rules.emergency_approvals};
    const bool timed = state.planned_from && state.planned_to;
    const bool is_short =
        timed && *state.planned_to - *state.planned_from <= rules.small_minutes_max * 60;
    const bool small = state.risk == "low" && is_short && !obstacles.any() &&
                       systems_in_common(state.systems, rules.small_not_systems).empty();
    if (small) return {"small", 0};
    return {"board", rules.board_approvals};
}

void put_approval(json::object& fields, const Approval& approval) {
    fields["approval_rule"] = approval.rule;
    fields["approvals_needed"] = approval.needed;
}

std::string names_of(const Obstacles& obstacles) {
    std::string names;
    for (const Collision& one : obstacles.collisions)
        names += (names.empty() ? "" : ", ") + one.number;
    return names;
}

// A freeze or a collision needs a reason why the time is kept.
void check_obstacles(PracticeWork& work, JsonBody& body, const Obstacles& obstacles,
                     const json::object& fields) {
    if (!obstacles.freezes.empty() && body_text(fields, "freeze_reason").empty())
        body.fault("freeze_reason", "servicedesk.practice.frozen",
                   {{"window", obstacles.freezes.front().title.in(work.language)},
                    {"from", format_timestamp(obstacles.freezes.front().from, work.language)},
                    {"to", format_timestamp(obstacles.freezes.front().to, work.language)}});
    if (!obstacles.collisions.empty() && body_text(fields, "collision_reason").empty())
        body.fault("collision_reason", "servicedesk.practice.collides",
                   {{"numbers", names_of(obstacles)},
                    {"systems", obstacles.collisions.front().systems.front()}});
}

void take_window(JsonBody& body, json::object& fields, Need need) {
    const auto from = body.time("planned_from");
    const auto to = body.time("planned_to");
    const bool wanted = need == Need::required || from || to;
    if (wanted && !from && (!body.has("planned_from") || body.is_null("planned_from")))
        body.fault("planned_from", "web.body.required");
    if (wanted && !to && (!body.has("planned_to") || body.is_null("planned_to")))
        body.fault("planned_to", "web.body.required");
    if (!from || !to) return;
    if (*to <= *from)
        body.fault("planned_to", "servicedesk.practice.window_ends_first");
    else if (*to - *from > kLongestSeconds)
        body.fault("planned_to", "servicedesk.practice.window_too_long");
    fields["planned_from_at"] = *from;
    fields["planned_to_at"] = *to;
    take_body_texts(body, fields, {"freeze_reason", "collision_reason"}, reason_rule());
}

Result<void> take_fields(PracticeWork& work, JsonBody& body, json::object& fields, Need title) {
    if (const auto text = body.text("title", {kTitleCharacters, title})) fields["title"] = *text;
    take_body_texts(body, fields, {"text", "plan", "backout", "test"}, text_rule());
    take_body_texts(body, fields, {"assignee"}, word_rule());
    for (const std::string_view name : {"impact", "likelihood"})
        if (const auto number = body.integer(name, 1, 3)) fields[name] = *number;
    take_systems(body, fields);
    if (const auto problem = body.text("problem", word_rule())) {
        const bool known =
            problem->empty() || (problem->starts_with("P") && work.entry.find_other(*problem).ok());
        if (!known) body.fault("problem", "servicedesk.practice.no_object", {{"number", *problem}});
        fields["problem"] = *problem;
    }
    return take_places(work, body, fields);
}

// The change as it would stand with these fields.
ChangeState with(const ChangeState& state, std::string_view kind, const json::object& fields,
                 std::span<const Record> records) {
    std::vector<Record> list(records.begin(), records.end());
    Record next;
    next.n = state.version + 1;
    next.kind = kind;
    next.body = fields;
    list.push_back(std::move(next));
    return replay_change(state.number, list);
}

Result<std::string> request(PracticeWork& work, JsonBody& body) {
    body.allow_only({"type", "title", "text", "org", "systems", "orgs", "impact", "likelihood",
                     "plan", "backout", "test", "assignee", "problem", "planned_from", "planned_to",
                     "freeze_reason", "collision_reason"});
    json::object fields = {{"type", "normal"},
                           {"requester", work.entry.actor().name},
                           {"impact", 3},
                           {"likelihood", 3}};
    if (const auto type = body.word("type", {"normal", "emergency"})) fields["type"] = *type;
    KL_CHECK(take_fields(work, body, fields, Need::required));
    KL_CHECK(take_owner(work, body, fields));
    take_window(body, fields, Need::optional);
    if (body_list(fields, "systems").empty())
        body.fault("systems", "servicedesk.practice.systems_needed");
    fields["risk"] = work.rules.changes.risk_of(body_number(fields, "impact"),
                                                body_number(fields, "likelihood"));
    if (!body.ok()) return body_faults();
    const ChangeState state = with({}, "requested", fields, {});
    KL_TRY(const Obstacles obstacles, obstacles_of(work, state));
    check_obstacles(work, body, obstacles, fields);
    if (!body.ok()) return body_faults();
    put_approval(fields, approval_of(work.rules.changes, state, obstacles));
    return work.entry.open_other("C", std::move(fields));
}

json::object fields_of(const ChangeState& state) {
    return {{"title", state.title},
            {"text", state.text},
            {"plan", state.plan},
            {"backout", state.backout},
            {"test", state.test},
            {"assignee", state.assignee},
            {"impact", state.impact},
            {"likelihood", state.likelihood},
            {"risk", state.risk},
            {"problem", state.problem},
            {"systems", json_list(state.systems)},
            {"orgs", json_list(state.orgs)}};
}

// What was approved is not what is changed now: whoever approved it is asked again.
bool needs_new_approval(const json::object& changed) {
    constexpr std::string_view kWeighty[] = {"systems", "risk", "impact", "likelihood", "plan"};
    return std::any_of(std::begin(kWeighty), std::end(kWeighty),
                       [&](std::string_view name) { return changed.contains(name); });
}

Result<void> change(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"title", "text", "systems", "orgs", "impact", "likelihood", "plan", "backout",
                     "test", "assignee", "problem", "freeze_reason", "collision_reason"});
    const ChangeState state = standing(work, number);
    json::object fields;
    KL_CHECK(take_fields(work, body, fields, Need::optional));
    if (fields.contains("title") && body_text(fields, "title").empty())
        body.fault("title", "web.body.required");
    if (fields.contains("systems") && body_list(fields, "systems").empty())
        body.fault("systems", "servicedesk.practice.systems_needed");
    take_body_texts(body, fields, {"freeze_reason", "collision_reason"}, reason_rule());
    fields["risk"] =
        work.rules.changes.risk_of(body_number(fields, "impact", state.impact),
                                   body_number(fields, "likelihood", state.likelihood));
    if (!body.ok()) return body_faults();
    const bool before_work =
        state.status == ChangeStatus::requested || state.status == ChangeStatus::approved;
    if (!before_work) return object_conflict(number, "change_begun");
    json::object known = fields_of(state);
    known["freeze_reason"] = state.freeze_reason;
    known["collision_reason"] = state.collision_reason;
    json::object changed = changes_of(std::move(fields), known);
    if (changed.empty()) return {};
    if (needs_new_approval(changed)) {
        const ChangeState next = with(state, "changed", changed, **work.entry.find_other(number));
        KL_TRY(const Obstacles obstacles, obstacles_of(work, next));
        check_obstacles(
            work, body, obstacles,
            {{"freeze_reason", next.freeze_reason}, {"collision_reason", next.collision_reason}});
        if (!body.ok()) return body_faults();
        put_approval(changed, approval_of(work.rules.changes, next, obstacles));
    }
    return work.entry.record_other(number, "changed", std::move(changed));
}

Result<void> schedule(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"planned_from", "planned_to", "freeze_reason", "collision_reason"});
    const ChangeState state = standing(work, number);
    json::object fields = {{"freeze_reason", ""}, {"collision_reason", ""}};
    take_window(body, fields, Need::required);
    if (!body.ok()) return body_faults();
    if (state.status != ChangeStatus::requested && state.status != ChangeStatus::approved)
        return object_conflict(number, "change_begun");
    const ChangeState next = with(state, "scheduled", fields, **work.entry.find_other(number));
    KL_TRY(const Obstacles obstacles, obstacles_of(work, next));
    check_obstacles(work, body, obstacles, fields);
    if (!body.ok()) return body_faults();
    const Approval approval = approval_of(work.rules.changes, next, obstacles);
    const bool stricter = approval.rule != state.approval_rule && approval.needed > 0;
    const bool approved = state.status == ChangeStatus::approved;
    if (approved ? stricter || obstacles.any() : approval.rule != state.approval_rule)
        put_approval(fields, approval);
    return work.entry.record_other(number, "scheduled", std::move(fields));
}

Result<void> vote(PracticeWork& work, std::string_view number, JsonBody& body,
                  std::string_view decision) {
    body.allow_only({"note"});
    const auto note =
        body.text("note", reason_rule(decision == "reject" ? Need::required : Need::optional));
    if (!body.ok()) return body_faults();
    const ChangeState state = standing(work, number);
    if (state.status != ChangeStatus::requested) return object_conflict(number, "change_decided");
    const std::string& who = work.entry.actor().name;
    const auto refuse = [&](std::string_view key) {
        return make_error(ErrorCode::refused, "servicedesk.practice." + std::string(key),
                          {{"number", std::string(number)}});
    };
    const auto& members = work.rules.changes.members;
    if (state.requester == who && decision == "approve") return refuse("own_change");
    if (!members.empty() && !in_list(members, who)) return refuse("not_on_board");
    for (const ChangeVote& one : state.votes)
        if (one.actor == who && one.decision == decision) return refuse("voted_already");
    return work.entry.record_other(number, "voted",
                                   {{"decision", decision}, {"note", note.value_or("")}});
}

Result<void> approve(PracticeWork& work, std::string_view number, JsonBody& body) {
    return vote(work, number, body, "approve");
}

Result<void> reject(PracticeWork& work, std::string_view number, JsonBody& body) {
    return vote(work, number, body, "reject");
}

Result<void> start(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"started_at"});
    const auto started_at = past_time(work, body, "started_at");
    if (!body.ok()) return body_faults();
    const ChangeState state = standing(work, number);
    if (state.status != ChangeStatus::approved) return object_conflict(number, "change_unapproved");
    const UtcSecond at = started_at.value_or(work.now());
    const auto freezes = work.rules.freeze.touching(at, at + 1, state.systems);
    if (!freezes.empty() && state.freeze_reason.empty())
        return make_error(
            ErrorCode::conflict, "servicedesk.practice.state.change_frozen",
            {{"number", std::string(number)}, {"window", freezes.front().title.in(work.language)}});
    return work.entry.record_other(number, "started", {{"started_at", at}});
}

Result<void> finish(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"result", "note", "ended_at"});
    const auto result = body.word("result", {"successful", "partial", "rolled_back", "failed"});
    if (!body.has("result") || body.is_null("result")) body.fault("result", "web.body.required");
    const bool well = result.value_or("successful") == "successful";
    const auto note = body.text("note", text_rule(well ? Need::optional : Need::required));
    const auto ended_at = past_time(work, body, "ended_at");
    const ChangeState state = standing(work, number);
    if (ended_at && state.started_at && *ended_at < *state.started_at)
        body.fault("ended_at", "servicedesk.practice.ends_before_start");
    if (!body.ok()) return body_faults();
    if (state.status != ChangeStatus::in_progress)
        return object_conflict(number, "change_not_started");
    return work.entry.record_other(number, "finished",
                                   {{"result", *result},
                                    {"note", note.value_or("")},
                                    {"ended_at", ended_at.value_or(work.now())}});
}

Result<void> cancel(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"reason"});
    const auto reason = body.text("reason", reason_rule(Need::required));
    if (!body.ok()) return body_faults();
    const ChangeState state = standing(work, number);
    if (state.status != ChangeStatus::requested && state.status != ChangeStatus::approved)
        return object_conflict(number, "change_begun");
    return work.entry.record_other(number, "cancelled", {{"reason", *reason}});
}

Result<void> note(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"text"});
    const auto text = body.text("text", text_rule(Need::required));
    if (!body.ok()) return body_faults();
    return work.entry.record_other(number, "noted", {{"text", *text}});
}

// A case that the change caused; the case's own link says the same.
Result<void> caused(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"case"});
    KL_TRY(const CaseState* found, named_case(work, body, "case", Need::required));
    if (!body.ok()) return body_faults();
    const ChangeState state = standing(work, number);
    if (state.status != ChangeStatus::done && state.status != ChangeStatus::in_progress)
        return object_conflict(number, "change_not_started");
    if (in_list(state.incidents, found->number)) return {};
    const std::string case_number = found->number;
    KL_CHECK(work.entry.record(case_number, "linked", {{"to", number}, {"relation", "caused_by"}}));
    return work.entry.record_other(number, "caused", {{"case", case_number}});
}

Result<void> not_caused(PracticeWork& work, std::string_view number, JsonBody& body) {
    body.allow_only({"case"});
    KL_TRY(const CaseState* found, named_case(work, body, "case", Need::required));
    if (body.ok() && !in_list(standing(work, number).incidents, found->number))
        body.fault("case", "servicedesk.practice.not_linked", {{"number", found->number}});
    if (!body.ok()) return body_faults();
    const std::string case_number = found->number;
    KL_CHECK(
        work.entry.record(case_number, "unlinked", {{"to", number}, {"relation", "caused_by"}}));
    return work.entry.record_other(number, "not_caused", {{"case", case_number}});
}

constexpr ObjectCommand kVerbs[] = {
    {"schedule", schedule}, {"approve", approve}, {"reject", reject},
    {"start", start},       {"finish", finish},   {"cancel", cancel},
    {"note", note},         {"caused", caused},   {"not_caused", not_caused},
};

}  // namespace

const ObjectCommands& change_commands() {
    static constexpr ObjectCommands kCommands{"C", request, change, kVerbs};
    return kCommands;
}

}  // namespace klarsyn::servicedesk
