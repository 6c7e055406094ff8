#include "modules/servicedesk/desk/call_facts.h"

#include "modules/servicedesk/desk/rules.h"
#include "modules/servicedesk/target_facts.h"

namespace klarsyn::servicedesk {
namespace {

// What the first contact came to: the first solution, by whom, after how many moves, and whether the
// case came back.
struct FirstContact {
    std::optional<UtcSecond> resolved_at, reopened_at;
    std::string resolver;
    std::int64_t moves = 0;
};

FirstContact first_contact(std::span<const Record> records) {
    FirstContact found;
    for (const Record& record : records) {
        if (record.undone) continue;
        if (record.kind == "moved" && !found.resolved_at) ++found.moves;
        if (record.kind == "resolved" && !found.resolved_at) {
            found.resolved_at = record.at;
            found.resolver = body_text(record.body, "phone_agent");
        }
        if (record.kind == "reopened" && found.resolved_at && !found.reopened_at)
            found.reopened_at = record.at;
    }
    return found;
}

void write_time(const std::optional<UtcSecond>& time, FactSink& sink) {
    if (time) sink.i64(*time);
    else sink.null();
}

}  // namespace

FactTableSpec call_case_table() {
    return {"servicedesk_call_case",
            {"day", "at", "callid", "resolver", "resolved_at", "reopened_at", "moves", "level", "org",
             "grp", "category", "type", "priority", "contact", "system", "case_no", "source"},
            {"day"},
            {"callid", "case_no"}};
}

void write_call_case(std::span<const Record> records, const CaseHistory& history,
                     std::string_view number, int table, FactSink& sink) {
    const CaseState state = replay(number, records);
    const bool by_phone = state.contact == "phone" || !state.call.empty();
    if (!by_phone || history.joined || history.events.empty()) return;
    const FirstContact found = first_contact(records);
    const CaseEvent& created = history.events.front();
    sink.begin(table, std::string(kOwnSource) + "/" + std::string(number) + "/call");
    sink.i64(created.day);
    sink.i64(state.opened_at);
    sink.text(state.call);
    sink.i64(sink.name(found.resolver));
    write_time(found.resolved_at, sink);
    write_time(found.reopened_at, sink);
    sink.i64(found.moves);
    write_dims(created.dims, sink);
    sink.text(number);
    sink.i64(sink.name(kOwnSource));
    sink.end();
}

}  // namespace klarsyn::servicedesk
