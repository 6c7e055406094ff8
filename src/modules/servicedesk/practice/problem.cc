#include "modules/servicedesk/practice/problem.h"

#include "modules/servicedesk/practice/fields.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr TextMember<ProblemState> kTexts[] = {
    {"title", &ProblemState::title}, {"text", &ProblemState::text},
    {"org", &ProblemState::org},     {"owner", &ProblemState::owner},
    {"cause", &ProblemState::cause}, {"workaround", &ProblemState::workaround},
};
constexpr ListMember<ProblemState> kLists[] = {{"systems", &ProblemState::systems}};

void take_fields(ProblemState& state, const json::object& body) {
    take_texts(state, body, kTexts);
    take_lists(state, body, kLists);
}

void open(ProblemState& state, const Record& record) {
    state.opened_at = record.at;
    take_fields(state, record.body);
}

void make_known(ProblemState& state, const Record& record) {
    take_fields(state, record.body);
    state.status = ProblemStatus::known_error;
    if (!state.known_at) state.known_at = record.at;
}

void resolve(ProblemState& state, const Record& record) {
    state.status = ProblemStatus::resolved;
    state.resolved_at = record.at;
    state.resolution = body_text(record.body, "resolution");
    state.change = body_text(record.body, "change");
}

void reopen(ProblemState& state, const Record&) {
    state.status = state.workaround.empty() ? ProblemStatus::open : ProblemStatus::known_error;
    state.resolved_at.reset();
    state.closed_at.reset();
    state.close_reason.clear();
}

void close(ProblemState& state, const Record& record) {
    state.status = ProblemStatus::closed;
    state.closed_at = record.at;
    state.close_reason = body_text(record.body, "reason");
}

struct Effect {
    std::string_view kind;
    void (*apply)(ProblemState& state, const Record& record);
};
constexpr Effect kEffects[] = {
    {"opened", open},
    {"changed", [](ProblemState& state, const Record& record) { take_fields(state, record.body); }},
    {"known_error", make_known},
    {"resolved", resolve},
    {"reopened", reopen},
    {"closed", close},
};

}  // namespace

std::string_view problem_status_name(ProblemStatus status) {
    constexpr std::string_view kNames[] = {"open", "known_error", "resolved", "closed"};
    return kNames[static_cast<std::size_t>(status)];
}

ProblemState replay_problem(std::string_view number, std::span<const Record> records) {
    ProblemState state;
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
