#include "modules/servicedesk/desk/case_state.h"

#include <algorithm>
#include <array>

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 5> kStatusNames = {"new", "active", "on_hold", "resolved",
                                                          "closed"};

std::optional<UtcSecond> optional_time(const json::object& body, std::string_view name) {
    const json::value* value = body.if_contains(name);
    if (value == nullptr || !value->is_int64()) return std::nullopt;
    return value->as_int64();
}

void take_caller(CaseState& state, const json::value& value) {
    if (!value.is_object()) {
        state.caller = {};
        return;
    }
    const json::object& caller = value.as_object();
    state.caller = {body_text(caller, "name"), body_text(caller, "account"),
                    body_text(caller, "phone"), body_text(caller, "mail")};
}

// The plain fields that `opened` sets and `changed` changes, by their names in the body.
struct TextField {
    std::string_view name;
    std::string CaseState::*member;
};
constexpr TextField kTextFields[] = {
    {"type", &CaseState::type},           {"title", &CaseState::title},
    {"text", &CaseState::text},           {"system", &CaseState::system},
    {"org", &CaseState::org},             {"place", &CaseState::place},
    {"equipment", &CaseState::equipment}, {"category", &CaseState::category},
    {"contact", &CaseState::contact},     {"call", &CaseState::call},
    {"priority_reason", &CaseState::priority_reason},
};
struct NumberField {
    std::string_view name;
    std::int64_t CaseState::*member;
};
constexpr NumberField kNumberFields[] = {
    {"impact", &CaseState::impact},
    {"urgency", &CaseState::urgency},
    {"priority", &CaseState::priority},
};

void take_fields(CaseState& state, const json::object& body) {
    for (const TextField& field : kTextFields)
        if (body.contains(field.name)) state.*field.member = body_text(body, field.name);
    for (const NumberField& field : kNumberFields)
        if (body.contains(field.name)) state.*field.member = body_number(body, field.name);
    if (const json::value* caller = body.if_contains("caller")) take_caller(state, *caller);
}

void take_group(CaseState& state, const json::object& body) {
    if (body.contains("group")) state.group = body_text(body, "group");
    if (body.contains("level")) state.level = body_number(body, "level");
}

void open_case(CaseState& state, const Record& record) {
    state.opened_at = record.at;
    take_fields(state, record.body);
    take_group(state, record.body);
    state.assignee = body_text(record.body, "assignee");
    state.parent = body_text(record.body, "parent");
    state.split_from = body_text(record.body, "split_from");
    state.status = state.assignee.empty() ? CaseStatus::fresh : CaseStatus::active;
}

void assign_case(CaseState& state, const Record& record) {
    state.assignee = body_text(record.body, "assignee");
    if (!state.assignee.empty() && state.status == CaseStatus::fresh)
        state.status = CaseStatus::active;
}

void move_case(CaseState& state, const Record& record) {
    take_group(state, record.body);
    state.assignee = body_text(record.body, "assignee");
}

void hold_case(CaseState& state, const Record& record) {
    state.status = CaseStatus::on_hold;
    state.hold_reason = body_text(record.body, "reason");
    state.wake_at = optional_time(record.body, "until");
}

void work_on(CaseState& state) {
    state.status = CaseStatus::active;
    state.hold_reason.clear();
    state.wake_at.reset();
}

void resolve_case(CaseState& state, const Record& record) {
    work_on(state);
    state.status = CaseStatus::resolved;
    state.resolved_at = record.at;
    state.resolved_by = record.actor;
    state.resolution = body_text(record.body, "resolution");
    state.resolution_code = body_text(record.body, "code");
}

void reopen_case(CaseState& state, const Record&) {
    work_on(state);
    state.resolved_at.reset();
    state.closed_at.reset();
    state.close_reason.clear();
    state.merged_into.clear();
    state.survey.reset();  // it was about a solution that was none
    ++state.reopen_count;
}

void close_case(CaseState& state, const Record& record) {
    work_on(state);
    state.status = CaseStatus::closed;
    state.closed_at = record.at;
    state.close_reason = body_text(record.body, "reason");
    state.merged_into = body_text(record.body, "into");
}

void comment(CaseState& state, const Record& record) {
    const json::value* person = record.body.if_contains("person");
    const bool reply = person != nullptr && person->is_bool() && person->as_bool() &&
                       body_text(record.body, "visibility") == "public";
    if (reply && !state.first_reply_at) state.first_reply_at = record.at;
}

void attach(CaseState& state, const Record& record) {
    state.attachments.push_back({body_text(record.body, "file"), body_text(record.body, "name"),
                                 body_text(record.body, "type"),
                                 body_text(record.body, "visibility"), record.actor,
                                 body_number(record.body, "size"), record.at});
}

void add_affected(CaseState& state, const Record& record) {
    const std::string person = body_text(record.body, "person");
    const auto known = std::find_if(state.affected.begin(), state.affected.end(),
                                    [&](const AffectedPerson& one) { return one.person == person; });
    if (known == state.affected.end()) state.affected.push_back({person, record.at});
}

std::string* link_member(CaseState& state, std::string_view relation) {
    if (relation == "problem") return &state.problem;
    if (relation == "change") return &state.change;
    if (relation == "major") return &state.major;
    if (relation == "child_of") return &state.parent;
    return nullptr;
}

void link_case(CaseState& state, const Record& record) {
    CaseLink link{body_text(record.body, "to"), body_text(record.body, "relation")};
    if (std::string* member = link_member(state, link.relation)) *member = link.to;
    state.links.push_back(std::move(link));
}

void unlink_case(CaseState& state, const Record& record) {
    const std::string to = body_text(record.body, "to");
    const std::string relation = body_text(record.body, "relation");
    std::erase_if(state.links, [&](const CaseLink& link) {
        return link.to == to && (relation.empty() || link.relation == relation);
    });
    for (const std::string_view word : {"problem", "change", "major", "child_of"}) {
        std::string* member = link_member(state, word);
        if ((relation.empty() || relation == word) && *member == to) member->clear();
    }
}

void answer_survey(CaseState& state, const Record& record) {
    state.survey = SurveyAnswer{body_number(record.body, "score"), body_text(record.body, "text"),
                                record.at};
}

struct Effect {
    std::string_view kind;
    void (*apply)(CaseState& state, const Record& record);
};
constexpr Effect kEffects[] = {
    {"opened", open_case},     {"assigned", assign_case},
    {"moved", move_case},      {"held", hold_case},
    {"resolved", resolve_case}, {"reopened", reopen_case},
    {"closed", close_case},    {"commented", comment},
    {"attached", attach},      {"affected", add_affected},
    {"linked", link_case},     {"unlinked", unlink_case},
    {"survey", answer_survey},
    {"changed", [](CaseState& state, const Record& record) { take_fields(state, record.body); }},
    {"resumed", [](CaseState& state, const Record&) { work_on(state); }},
};

}  // namespace

std::string_view status_name(CaseStatus status) {
    return kStatusNames[static_cast<std::size_t>(status)];
}

std::optional<CaseStatus> parse_status(std::string_view word) {
    for (std::size_t i = 0; i < kStatusNames.size(); ++i)
        if (kStatusNames[i] == word) return static_cast<CaseStatus>(i);
    return std::nullopt;
}

void apply(CaseState& state, const Record& record) {
    state.version = record.n;
    state.updated_at = record.at;
    if (record.undone) return;
    state.last_actor = record.actor;
    state.last_at = record.at;
    for (const Effect& effect : kEffects)
        if (effect.kind == record.kind) return effect.apply(state, record);
}

CaseState replay(std::string_view number, std::span<const Record> records) {
    CaseState state;
    state.number = number;
    for (const Record& record : records) apply(state, record);
    return state;
}

}  // namespace klarsyn::servicedesk
