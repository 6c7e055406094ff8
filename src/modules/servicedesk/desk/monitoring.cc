// Cases that the monitoring opens and follows (web/case_writing.h).
#include "web/case_writing.h"

#include <algorithm>

#include "modules/servicedesk/desk/commands.h"
#include "web/org_match.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr std::string_view kSystem = "system";

DeskActor monitoring() {
    DeskActor actor;
    actor.name = std::string(kSystem);
    actor.person = false;
    actor.via = "monitoring";
    return actor;
}

// Why the case could not be written: the first fault, where there is one.
Error fault_of(const JsonBody& body, Error error) {
    if (body.ok()) return error;
    const BodyFault& fault = body.faults().front();
    Error told = make_error(ErrorCode::invalid_input, fault.key, fault.args);
    told.field = fault.pointer.substr(1);
    return told;
}

// An organisation that is not known becomes the place.
Result<void> place_org(WriteTurn& turn, json::object& fields) {
    const json::value* org = fields.if_contains("org");
    if (org == nullptr || !org->is_string()) return {};
    const std::string named(org->as_string());
    const Day today = Zone::copenhagen().to_local(turn.now).day;
    KL_TRY(const OrgMatch match, match_org(turn.db, named, today));
    if (match.known) return {};
    fields.erase("org");
    fields["place"] = named;
    return {};
}

Result<std::string> open(WriteTurn& turn, json::object fields) {
    KL_CHECK(place_org(turn, fields));
    fields["contact"] = "monitoring";
    JsonBody body = JsonBody::of(std::move(fields));
    KL_TRY(DeskEntry entry, DeskEntry::begin(turn, monitoring()));
    auto number = open_case(entry, body);
    if (!number.ok()) return fault_of(body, number.error());
    KL_CHECK(entry.end());
    return number;
}

Result<MonitoredCase> look(WriteTurn& turn, std::string_view number) {
    KL_TRY(DeskEntry entry, DeskEntry::look(turn, monitoring()));
    KL_TRY(const CaseState* state, entry.find(number));
    const auto& records = entry.records(number);
    MonitoredCase found;
    found.unsolved = state->unsolved();
    found.touched = std::any_of(records.begin(), records.end(),
                                [](const Record& record) { return record.actor != kSystem; });
    found.merged_into = state->merged_into;
    return found;
}

Result<void> act(WriteTurn& turn, std::string_view number, std::string_view verb,
                 json::object fields) {
    const bool change = verb == "change";
    if (change) KL_CHECK(place_org(turn, fields));
    JsonBody body = JsonBody::of(std::move(fields));
    KL_TRY(DeskEntry entry, DeskEntry::begin(turn, monitoring()));
    const auto done =
        change ? change_case(entry, number, body) : run_command(entry, number, verb, body);
    if (!done.ok()) return fault_of(body, done.error());
    return entry.end();
}

}  // namespace

CaseWriting case_writing() { return {open, look, act}; }

}  // namespace klarsyn::servicedesk
