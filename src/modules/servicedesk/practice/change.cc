#include "modules/servicedesk/practice/change.h"

#include "modules/servicedesk/practice/fields.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr TextMember<ChangeState> kTexts[] = {
    {"type", &ChangeState::type},
    {"title", &ChangeState::title},
    {"text", &ChangeState::text},
    {"org", &ChangeState::org},
    {"requester", &ChangeState::requester},
    {"assignee", &ChangeState::assignee},
    {"plan", &ChangeState::plan},
    {"backout", &ChangeState::backout},
    {"test", &ChangeState::test},
    {"problem", &ChangeState::problem},
    {"risk", &ChangeState::risk},
    {"freeze_reason", &ChangeState::freeze_reason},
    {"collision_reason", &ChangeState::collision_reason},
};
constexpr ListMember<ChangeState> kLists[] = {
    {"systems", &ChangeState::systems},
    {"orgs", &ChangeState::orgs},
};

// A body with a rule asks for approval anew.
void take_approval(ChangeState& state, const json::object& body) {
    if (!body.contains("approval_rule")) return;
    state.approval_rule = body_text(body, "approval_rule");
    state.approvals_needed = body_number(body, "approvals_needed");
    state.votes.clear();
    state.status = state.approvals_needed == 0 ? ChangeStatus::approved : ChangeStatus::requested;
}

void take_fields(ChangeState& state, const json::object& body) {
    take_texts(state, body, kTexts);
    take_lists(state, body, kLists);
    state.impact = body_number(body, "impact", state.impact);
    state.likelihood = body_number(body, "likelihood", state.likelihood);
    if (body.contains("planned_from_at")) state.planned_from = body_time(body, "planned_from_at");
    if (body.contains("planned_to_at")) state.planned_to = body_time(body, "planned_to_at");
    take_approval(state, body);
}

void request(ChangeState& state, const Record& record) {
    state.requested_at = record.at;
    take_fields(state, record.body);
}

void vote(ChangeState& state, const Record& record) {
    state.votes.push_back({record.actor, body_text(record.body, "decision"),
                           body_text(record.body, "note"), record.at});
    if (state.votes.back().decision == "reject") {
        state.status = ChangeStatus::rejected;
        state.closed_at = record.at;
    } else if (state.approvals() >= state.approvals_needed) {
        state.status = ChangeStatus::approved;
    }
}

void start(ChangeState& state, const Record& record) {
    state.status = ChangeStatus::in_progress;
    state.started_at = body_time(record.body, "started_at").value_or(record.at);
}

void finish(ChangeState& state, const Record& record) {
    state.status = ChangeStatus::done;
    state.ended_at = body_time(record.body, "ended_at").value_or(record.at);
    state.closed_at = record.at;
    state.result = body_text(record.body, "result");
    state.result_note = body_text(record.body, "note");
}

void cancel(ChangeState& state, const Record& record) {
    state.status = ChangeStatus::cancelled;
    state.closed_at = record.at;
    state.cancel_reason = body_text(record.body, "reason");
}

void cause(ChangeState& state, const Record& record) {
    const std::string number = body_text(record.body, "case");
    if (!in_list(state.incidents, number)) state.incidents.push_back(number);
}

void uncause(ChangeState& state, const Record& record) {
    std::erase(state.incidents, body_text(record.body, "case"));
}

struct Effect {
    std::string_view kind;
    void (*apply)(ChangeState& state, const Record& record);
};
constexpr Effect kEffects[] = {
    {"requested", request},
    {"changed", [](ChangeState& state, const Record& record) { take_fields(state, record.body); }},
    {"scheduled",
     [](ChangeState& state, const Record& record) { take_fields(state, record.body); }},
    {"voted", vote},
    {"started", start},
    {"finished", finish},
    {"cancelled", cancel},
    {"caused", cause},
    {"not_caused", uncause},
};

}  // namespace

std::string_view change_status_name(ChangeStatus status) {
    constexpr std::string_view kNames[] = {"requested",   "approved", "rejected",
                                           "in_progress", "done",     "cancelled"};
    return kNames[static_cast<std::size_t>(status)];
}

std::int64_t ChangeState::approvals() const {
    return std::count_if(votes.begin(), votes.end(),
                         [](const ChangeVote& one) { return one.decision == "approve"; });
}

ChangeState replay_change(std::string_view number, std::span<const Record> records) {
    ChangeState state;
    state.number = number;
    for (const Record& record : records) {
        state.version = record.n;
        state.updated_at = record.at;
        for (const Effect& effect : kEffects)
            if (effect.kind == record.kind) effect.apply(state, record);
    }
    return state;
}

}  // namespace klarsyn::servicedesk
