#include "modules/module.h"

#include "modules/telephony/call_store.h"
#include "modules/telephony/phone_routes.h"
#include "modules/telephony/staffing_model.h"
#include "modules/telephony/telephony.h"

namespace klarsyn::telephony {
namespace {

FactTable visit_table() {
    FactTable table;
    table.name = "telephony_visit";
    table.module = "telephony";
    table.columns = {"entered", "queue",  "outcome",  "way",    "wait_s",  "ring_s",
                     "talk_s",  "agent",  "position", "callid", "connected", "ended",
                     "hour",    "weekday", "wait_flagged", "source"};
    table.name_columns = {"queue", "way", "agent", "source"};
    table.time_columns = {"entered", "connected", "ended"};
    table.text_columns = {"outcome", "callid"};
    return table;
}

// Every call that was offered had exactly one outcome.
Identity offered_parts() {
    Identity identity;
    identity.id = "telephony.offered_parts";
    identity.terms = {{+1, "telephony.answered"},
                      {+1, "telephony.abandoned"},
                      {+1, "telephony.left"},
                      {+1, "telephony.open"},
                      {-1, "telephony.offered"}};
    identity.by = "queue";
    identity.bucket = Bucket::month;
    return identity;
}

// The pairs are what a queue's own page shows: its hours and its weekdays.
std::vector<Cut> visit_cuts() {
    std::vector<Cut> cuts;
    for (const std::vector<std::string>& dims :
         {std::vector<std::string>{}, {"queue"}, {"hour"}, {"weekday"}, {"way"},
          {"queue", "hour"}, {"queue", "weekday"}}) {
        cuts.push_back({"telephony_visit", dims});
    }
    return cuts;
}

}  // namespace

Module module(CallerLookup callers) {
    set_caller_lookup(callers);
    Module result;
    result.name = "telephony";
    result.tables = {visit_table()};
    result.dims = {{"queue", DimKind::name, "Kø", "Queue"},
                   {"hour", DimKind::number, "Time", "Hour"},
                   {"weekday", DimKind::number, "Ugedag", "Weekday"},
                   {"quarter_hour", DimKind::number, "Kvarter", "Quarter hour"},
                   {"way", DimKind::name, "Måde", "Way"}};
    result.identities = {offered_parts()};
    result.cuts = visit_cuts();
    result.models = staffing_models();
    result.formats = {queue_log_format()};
    result.live_formats = {calls_format()};
    result.checks = {{"calls", count_call_faults}};
    result.erase = erase_callers;
    result.routes = phone_routes();
    return result;
}

}  // namespace klarsyn::telephony
