// Moving a case along: assign, move, hold, resume, resolve, reopen, close.
#include <algorithm>

#include "modules/servicedesk/desk/commands.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;
using Need = JsonBody::Need;
using Lines = JsonBody::TextRule::Lines;

constexpr std::size_t kWordMax = 120;
constexpr std::size_t kReasonMax = 2'000;
constexpr std::int64_t kLevelMax = 3;

JsonBody::TextRule reason_rule(Need need) { return {kReasonMax, need, Lines::many}; }

}  // namespace

Result<void> assign_case(DeskEntry& entry, const CaseState& state, JsonBody& body) {
    body.allow_only({"assignee"});
    KL_TRY(const std::string name, take_assignee(entry, body));
    if (!body.has("assignee")) body.fault("assignee", "web.body.required");
    if (!body.ok()) return body_faults();
    if (!state.unsolved()) return state_conflict(state, "assign");
    if (name == state.assignee) return {};
    return entry.record(state.number, "assigned", {{"assignee", name}, {"was", state.assignee}});
}

Result<void> move_case(DeskEntry& entry, const CaseState& state, JsonBody& body) {
    body.allow_only({"group", "level", "reason", "assignee"});
    const auto name = body.text("group", {kWordMax});
    const auto level = body.integer("level", 1, kLevelMax);
    const auto reason = body.text("reason", reason_rule(Need::required));
    KL_TRY(const std::string assignee, take_assignee(entry, body));
    const SupportGroupInfo* group = nullptr;
    if (name && !name->empty())
        group = entry.rules().group(*name);
    else if (level)
        group = entry.rules().first_of_level(*level);
    else
        body.fault("group", "servicedesk.desk.group_or_level");
    if (group != nullptr && group->level > 0 && level && *level != group->level)
        body.fault("level", "servicedesk.desk.level_of_group",
                   {{"group", group->name}, {"level", std::to_string(group->level)}});
    if (group == nullptr && !name) body.fault("level", "servicedesk.desk.no_group_of_level");
    if (!body.ok()) return body_faults();
    if (!state.unsolved()) return state_conflict(state, "move");
    const std::string to = group != nullptr ? group->name : *name;
    const std::int64_t to_level = group != nullptr ? group->level : level.value_or(state.level);
    if (to == state.group && to_level == state.level)
        return make_error(ErrorCode::conflict, "servicedesk.desk.there_already",
                          {{"number", state.number}, {"group", to}});
    return entry.record(state.number, "moved",
                        {{"group", to},
                         {"level", to_level},
                         {"reason", *reason},
                         {"assignee", assignee},
                         {"from", {{"group", state.group}, {"level", state.level}}}});
}

Result<void> hold_case(DeskEntry& entry, const CaseState& state, JsonBody& body) {
    body.allow_only({"reason", "until", "note"});
    const auto reason = body.word("reason", {"awaiting_user", "awaiting_vendor", "awaiting_problem",
                                             "awaiting_change", "planned"});
    if (!body.has("reason") || body.is_null("reason")) body.fault("reason", "web.body.required");
    const auto until = body.time("until");
    const auto note = body.text("note", reason_rule(Need::optional));
    if (until && *until <= entry.turn().now) body.fault("until", "servicedesk.desk.wake_in_past");
    if (!body.ok()) return body_faults();
    if (!state.unsolved()) return state_conflict(state, "hold");
    if (awaits_approval(state)) return state_conflict(state, "approval");
    json::object fields = {{"reason", *reason}, {"note", note.value_or("")}};
    if (until) fields["until"] = *until;
    return entry.record(state.number, "held", std::move(fields));
}

Result<void> resume_case(DeskEntry& entry, const CaseState& state, JsonBody& body) {
    body.allow_only({"note"});
    const auto note = body.text("note", reason_rule(Need::optional));
    if (!body.ok()) return body_faults();
    if (state.status != CaseStatus::on_hold) return state_conflict(state, "resume");
    if (awaits_approval(state)) return state_conflict(state, "approval");
    return entry.record(state.number, "resumed", {{"note", note.value_or("")}});
}

Result<void> resolve_case(DeskEntry& entry, const CaseState& state, JsonBody& body) {
    body.allow_only({"resolution", "code"});
    const auto resolution = body.text("resolution", {20'000, Need::required, Lines::many});
    const auto code = body.text("code", {kWordMax});
    if (!body.ok()) return body_faults();
    if (!state.unsolved()) return state_conflict(state, "resolve");
    return entry.record(state.number, "resolved",
                        {{"resolution", *resolution},
                         {"code", code.value_or("")},
                         {"phone_agent", entry.actor().phone_agent}});
}

Result<void> reopen_case(DeskEntry& entry, const CaseState& state, JsonBody& body) {
    body.allow_only({"reason"});
    const auto reason = body.text("reason", reason_rule(Need::required));
    if (!body.ok()) return body_faults();
    if (state.unsolved()) return state_conflict(state, "reopen");
    return entry.record(state.number, "reopened",
                        {{"reason", *reason}, {"was", status_name(state.status)}});
}

Result<void> close_case(DeskEntry& entry, const CaseState& state, JsonBody& body) {
    body.allow_only({"reason", "note"});
    const auto reason = body.word("reason", {"solved", "withdrawn", "no_reply"});
    const auto note = body.text("note", reason_rule(Need::optional));
    if (!body.ok()) return body_faults();
    if (!state.open()) return state_conflict(state, "close");
    const std::string why = reason.value_or("solved");
    // What nobody solved is closed only by saying that it is not wanted any more.
    if (why == "solved" && state.status != CaseStatus::resolved)
        return state_conflict(state, "close_unsolved");
    return entry.record(state.number, "closed", {{"reason", why}, {"note", note.value_or("")}});
}

}  // namespace klarsyn::servicedesk
