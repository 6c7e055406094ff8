// How each kind of object follows from its records: its row, and its facts.
#include "modules/servicedesk/case_facts.h"
#include "modules/servicedesk/desk/rules.h"
#include "modules/servicedesk/practice/change.h"
#include "modules/servicedesk/practice/major.h"
#include "modules/servicedesk/practice/object.h"
#include "modules/servicedesk/practice/problem.h"

namespace klarsyn::servicedesk {
namespace {

// Places among practice_format's tables.
constexpr int kMajorTable = 0;
constexpr int kChangeTable = 1;

ObjectRow project_major(std::string_view number, std::span<const Record> records) {
    const MajorState state = replay_major(number, records);
    ObjectRow row;
    row.number = state.number;
    row.state = major_status_name(state.status);
    row.title = state.title;
    row.org = state.org;
    row.rank = state.criticality;
    row.version = state.version;
    row.open = state.open();
    row.systems = state.systems;
    row.orgs = state.orgs;
    row.opened_at = state.declared_at;
    row.updated_at = state.updated_at;
    row.starts_at = state.started_at;
    row.ends_at = state.resolved_at;
    row.closed_at = state.closed_at;
    return row;
}

ObjectRow project_problem(std::string_view number, std::span<const Record> records) {
    const ProblemState state = replay_problem(number, records);
    ObjectRow row;
    row.number = state.number;
    row.state = problem_status_name(state.status);
    row.title = state.title;
    row.org = state.org;
    row.version = state.version;
    row.open = state.open_state();
    row.systems = state.systems;
    row.opened_at = state.opened_at;
    row.updated_at = state.updated_at;
    row.closed_at = state.closed_at;
    return row;
}

ObjectRow project_change(std::string_view number, std::span<const Record> records) {
    const ChangeState state = replay_change(number, records);
    ObjectRow row;
    row.number = state.number;
    row.state = change_status_name(state.status);
    row.title = state.title;
    row.org = state.org;
    row.rank = state.risk;
    row.version = state.version;
    row.open = state.open();
    row.systems = state.systems;
    row.orgs = state.orgs;
    row.opened_at = state.requested_at;
    row.updated_at = state.updated_at;
    row.starts_at = state.planned_from;
    row.ends_at = state.planned_to;
    row.closed_at = state.closed_at;
    return row;
}

Day day_at(UtcSecond at) { return Zone::copenhagen().to_local(at).day; }

std::string_view first_of(const std::vector<std::string>& list) {
    return list.empty() ? std::string_view() : std::string_view(list.front());
}

void write_major_row(const MajorState& state, std::string_view kind, UtcSecond at,
                     std::optional<std::int64_t> seconds, std::string_view org, FactSink& sink) {
    std::string key = std::string(kOwnSource) + "/" + state.number + "/" + std::string(kind);
    if (kind == "place") key += "/" + std::string(org);
    sink.begin(kMajorTable, key);
    sink.i64(day_at(at));
    sink.text(kind);
    sink.i64(at);
    if (seconds)
        sink.i64(*seconds);
    else
        sink.null();
    sink.i64(sink.name(state.criticality));
    sink.i64(sink.name(first_of(state.systems)));
    sink.i64(sink.name(org));
    sink.text(state.number);
    sink.i64(sink.name(kOwnSource));
    sink.end();
}

// One declared by mistake counts nowhere.
void derive_major(std::string_view number, std::span<const Record> records, FactSink& sink) {
    const MajorState state = replay_major(number, records);
    if (state.status == MajorStatus::withdrawn) return;
    const std::string_view place = first_of(state.orgs);
    write_major_row(state, "declared", state.declared_at, std::nullopt, place, sink);
    for (const std::string& org : state.orgs)
        write_major_row(state, "place", state.declared_at, std::nullopt, org, sink);
    if (state.resolved_at)
        write_major_row(state, "resolved", *state.resolved_at,
                        *state.resolved_at - state.started_at, place, sink);
}

void derive_nothing(std::string_view, std::span<const Record>, FactSink&) {}

void derive_change(std::string_view number, std::span<const Record> records, FactSink& sink) {
    const ChangeState state = replay_change(number, records);
    if (state.status != ChangeStatus::done) return;
    sink.begin(kChangeTable, std::string(kOwnSource) + "/" + state.number);
    sink.i64(day_at(*state.ended_at));
    sink.i64(*state.ended_at);
    sink.i64(sink.name(state.result));
    sink.i64(state.failed() ? 1 : 0);
    sink.i64(static_cast<std::int64_t>(state.incidents.size()));
    sink.i64(sink.name(state.kind()));
    sink.i64(sink.name(state.risk));
    sink.i64(sink.name(first_of(state.systems)));
    sink.i64(sink.name(first_of(state.orgs)));
    sink.text(state.number);
    sink.i64(sink.name(kOwnSource));
    sink.end();
}

constexpr ObjectKind kKinds[] = {
    {"M", "major", "declared", project_major, derive_major},
    {"P", "problem", "opened", project_problem, derive_nothing},
    {"C", "change", "requested", project_change, derive_change},
};

}  // namespace

const ObjectKind* object_kind(std::string_view number) {
    if (number.size() < 2) return nullptr;
    for (std::size_t i = 1; i < number.size(); ++i)
        if (number[i] < '0' || number[i] > '9') return nullptr;
    for (const ObjectKind& kind : kKinds)
        if (number.starts_with(kind.letter)) return &kind;
    return nullptr;
}

const ObjectKind& object_kind_of_letter(std::string_view letter) {
    for (const ObjectKind& kind : kKinds)
        if (kind.letter == letter) return kind;
    KL_ASSERT(false);
    return kKinds[0];
}

Format practice_format() {
    Format format;
    format.name = "practice";
    format.module = "servicedesk";
    format.tables = {
        {"servicedesk_major",
         {"day", "kind", "at", "seconds", "criticality", "system", "org", "major_no", "source"},
         {"day"},
         {"kind", "major_no"}},
        {"servicedesk_change",
         {"day", "at", "result", "failed", "incidents", "change_type", "risk", "system", "org",
          "change_no", "source"},
         {"day"},
         {"change_no"}}};
    return format;
}

}  // namespace klarsyn::servicedesk
