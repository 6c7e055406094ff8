#include "modules/servicedesk/practice/major.h"

#include "modules/servicedesk/practice/fields.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr TextMember<MajorState> kTexts[] = {
    {"title", &MajorState::title},     {"text", &MajorState::text},
    {"org", &MajorState::org},         {"criticality", &MajorState::criticality},
    {"manager", &MajorState::manager}, {"case", &MajorState::case_number},
};
constexpr ListMember<MajorState> kLists[] = {
    {"criteria", &MajorState::criteria},
    {"systems", &MajorState::systems},
    {"orgs", &MajorState::orgs},
};

void take_fields(MajorState& state, const json::object& body) {
    take_texts(state, body, kTexts);
    take_lists(state, body, kLists);
    if (const auto at = body_time(body, "started_at")) state.started_at = *at;
    if (body.contains("next_update_at")) state.next_update_at = body_time(body, "next_update_at");
}

void declare(MajorState& state, const Record& record) {
    state.declared_at = state.started_at = record.at;
    take_fields(state, record.body);
}

LegalDuty& duty_of(MajorState& state, const std::string& law) {
    for (LegalDuty& duty : state.duties)
        if (duty.law == law) return duty;
    LegalDuty duty;
    duty.law = law;
    return state.duties.emplace_back(std::move(duty));
}

void decide_duty(MajorState& state, const Record& record) {
    LegalDuty& duty = duty_of(state, body_text(record.body, "law"));
    duty.applies = body_flag(record.body, "applies");
    duty.reason = body_text(record.body, "reason");
    duty.aware_at = body_time(record.body, "aware_at");
}

void report_duty(MajorState& state, const Record& record) {
    duty_of(state, body_text(record.body, "law"))
        .reports.push_back({body_text(record.body, "step"),
                            body_time(record.body, "sent_at").value_or(record.at),
                            body_text(record.body, "reference"), record.actor});
}

void resolve(MajorState& state, const Record& record) {
    state.status = MajorStatus::resolved;
    state.resolved_at = body_time(record.body, "ended_at").value_or(record.at);
    state.resolution = body_text(record.body, "resolution");
    state.cause = body_text(record.body, "cause");
    state.next_update_at.reset();
}

void reopen(MajorState& state, const Record&) {
    state.status = MajorStatus::active;
    state.resolved_at.reset();
    state.closed_at.reset();
}

void take_review(MajorState& state, const Record& record) {
    state.review = MajorReview{body_text(record.body, "what_happened"),
                               body_text(record.body, "went_well"),
                               body_text(record.body, "went_badly"),
                               body_list(record.body, "actions"),
                               record.at,
                               record.actor};
}

void close(MajorState& state, const Record& record) {
    state.status = MajorStatus::closed;
    state.closed_at = record.at;
}

void withdraw(MajorState& state, const Record& record) {
    state.status = MajorStatus::withdrawn;
    state.closed_at = record.at;
    state.withdrawn_reason = body_text(record.body, "reason");
}

struct Effect {
    std::string_view kind;
    void (*apply)(MajorState& state, const Record& record);
};
constexpr Effect kEffects[] = {
    {"declared", declare},
    {"changed", [](MajorState& state, const Record& record) { take_fields(state, record.body); }},
    {"communicated",
     [](MajorState& state, const Record& record) {
         state.next_update_at = body_time(record.body, "next_update_at");
     }},
    {"published",
     [](MajorState& state, const Record& record) {
         if (const auto next = body_time(record.body, "next_update_at"))
             state.next_update_at = next;
     }},
    {"duty", decide_duty},
    {"reported", report_duty},
    {"resolved", resolve},
    {"reopened", reopen},
    {"reviewed", take_review},
    {"closed", close},
    {"withdrawn", withdraw},
};

}  // namespace

std::string_view major_status_name(MajorStatus status) {
    constexpr std::string_view kNames[] = {"active", "resolved", "closed", "withdrawn"};
    return kNames[static_cast<std::size_t>(status)];
}

MajorState replay_major(std::string_view number, std::span<const Record> records) {
    MajorState state;
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
