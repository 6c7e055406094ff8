#include "modules/module.h"

#include "modules/probes/flow/live.h"
#include "modules/probes/flow/register.h"
#include "modules/probes/intake/register.h"
#include "modules/probes/keeper.h"
#include "modules/probes/measurements.h"
#include "modules/probes/pcs.h"
#include "modules/probes/probe_routes.h"
#include "modules/probes/probes.h"
#include "modules/probes/settle.h"

namespace klarsyn::probes {
namespace {

FactTable result_table() {
    FactTable table;
    table.name = "probes_result";
    table.module = "probes";
    table.columns = {"at", "system", "action",   "kind", "site", "seat",  "model", "age",
                     "outcome", "ms", "limit_ms", "met",  "net",  "flags", "source"};
    table.name_columns = {"system", "action", "kind", "site", "seat", "model", "age", "source"};
    table.time_columns = {"at"};
    table.text_columns = {"outcome", "flags"};
    table.by_format = true;  // logs of messages tell nothing of them
    return table;  // of result_source(): SQL finds what was stored before blocks alone
}

FactTable missing_table() {
    FactTable table;
    table.name = "probes_missing";
    table.module = "probes";
    table.columns = {"at",     "until", "slots", "every_s", "system",
                     "action", "kind",  "site",  "seat",    "source"};
    table.name_columns = {"system", "action", "kind", "site", "seat", "source"};
    table.time_columns = {"at", "until"};
    table.by_format = true;
    return table;
}

// Rules are read as they were known then, but no figure counts them.
FactTable rule_table(const char* name, std::vector<std::string> columns) {
    FactTable table;
    table.name = name;
    table.module = "probes";
    table.columns = std::move(columns);
    for (const std::string& column : table.columns) {
        if (column == "from_day" || column == "to_day")
            table.day_columns.push_back(column);
        else if (column == "from_at" || column == "to_at" || column == "announced")
            table.time_columns.push_back(column);
        else if (column != "limit_ms" && column != "every_s")
            table.name_columns.push_back(column);
    }
    return table;
}

// The pairs are what the pages and the report ask for.
std::vector<Cut> cuts() {
    std::vector<Cut> list{{"probes_missing", {}}, {"probes_missing", {"system", "site"}}};
    for (const char* dim : {"system", "action", "kind", "site", "seat"})
        list.push_back({"probes_missing", {dim}});
    list.push_back({"probes_result", {}});
    // Not by hour: counting 24 stretches of every series' day costs more than all other cuts together.
    for (const char* dim : {"system", "action", "kind", "site", "seat", "weekday"}) {
        list.push_back({"probes_result", {dim}});
        if (std::string_view(dim) != "system") list.push_back({"probes_result", {"system", dim}});
    }
    return list;
}

Result<std::int64_t> derive_live(Store& store, const Clock& clock, const DeriveReason& reason) {
    KL_TRY(const auto measured, derive_measurements(store, clock, reason));
    KL_TRY(const auto messages, derive_live_flow(store, clock, reason));
    return measured + messages;
}

}  // namespace

Module module(const PcRegister& pcs) {
    set_pc_register(pcs);
    Module result;
    result.name = "probes";
    result.tables = {
        result_table(), missing_table(),
        rule_table("probes_action", {"system", "action", "kind", "limit_ms", "from_at", "to_at",
                                     "from_day", "to_day", "source"}),
        rule_table("probes_window", {"system", "site", "from_at", "to_at", "from_day", "to_day",
                                     "announced", "source"}),
        rule_table("probes_schedule", {"system", "action", "site", "seat", "every_s", "from_at",
                                       "to_at", "from_day", "to_day", "source"})};
    result.dims = {{"system", DimKind::name, "System", "System"},
                   {"action", DimKind::name, "Handling", "Action"},
                   {"kind", DimKind::name, "Slags", "Kind"},
                   {"site", DimKind::name, "Sted", "Site"},
                   {"seat", DimKind::name, "Målested", "Seat"},
                   {"hour", DimKind::number, "Time", "Hour"},
                   {"weekday", DimKind::number, "Ugedag", "Weekday"},
                   {"model", DimKind::name, "Model", "Model"},
                   {"age", DimKind::name, "Alder i hele år", "Age in whole years"}};
    result.series = {result_source()};
    result.cuts = cuts();
    result.formats = {probe_csv_format(), probe_actions_format(), probe_schedule_format(),
                      window_format()};
    result.routes = probe_routes();
    result.checks = {{"missing", count_missing_faults}};
    result.derive_live = derive_live;
    result.background = {measurement_keeper()};
    add_flow(result);
    add_intake(result);
    return result;
}

}  // namespace klarsyn::probes
