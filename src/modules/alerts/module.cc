#include "modules/module.h"

#include "modules/alerts/acting.h"
#include "modules/alerts/alert_routes.h"
#include "modules/alerts/task.h"

namespace klarsyn::alerts {
namespace {

FactTable event_table() {
    FactTable table;
    table.name = "alerts_event";
    table.module = "alerts";
    table.columns = {"at",     "kind", "seconds",    "noise",   "rule",
                     "system", "site", "episode_no", "case_no", "source"};
    table.name_columns = {"rule", "system", "site", "source"};
    table.time_columns = {"at"};
    table.text_columns = {"kind", "episode_no", "case_no"};
    return table;
}

Result<void> check_rules(Connection& /*db*/, UtcSecond /*from*/, std::string_view text,
                         std::string_view file) {
    KL_TRY([[maybe_unused]] const auto rules, parse_alert_rules(text, file));
    return {};
}

}  // namespace

Module module(const CaseWriting& cases, const MeasurementSource& measured) {
    set_case_writing(cases);
    set_measurements(measured);
    Module result;
    result.name = "alerts";
    result.tables = {event_table()};
    result.dims = {{"rule", DimKind::name, "Alarmregel", "Alert rule"}};
    result.cuts = {{"alerts_event", {}},
                   {"alerts_event", {"rule"}},
                   {"alerts_event", {"system"}},
                   {"alerts_event", {"site"}}};
    result.live_formats = {alert_format()};
    result.settings = {{kRulesSetting, check_rules}};
    result.routes = alert_routes();
    result.background = {alert_beat()};
    result.checks = {{"alerts", count_episode_faults}};
    return result;
}

}  // namespace klarsyn::alerts
