#include "modules/module.h"

#include "modules/servicedesk/desk/attaching.h"
#include "modules/servicedesk/desk/case_search.h"
#include "modules/servicedesk/desk/clock_task.h"
#include "modules/servicedesk/desk/desk_routes.h"
#include "modules/servicedesk/desk/erasing.h"
#include "modules/servicedesk/desk/live_facts.h"
#include "modules/servicedesk/desk/own_work.h"
#include "modules/servicedesk/desk/projection.h"
#include "modules/servicedesk/desk/retention.h"
#include "modules/servicedesk/groups.h"
#include "modules/servicedesk/practice/catalogue.h"
#include "modules/servicedesk/mail/mail_routes.h"
#include "modules/servicedesk/practice/object.h"
#include "modules/servicedesk/practice/practice_rules.h"
#include "modules/servicedesk/practice/practice_routes.h"
#include "modules/servicedesk/readers.h"
#include "modules/servicedesk/service_rules.h"
#include "modules/servicedesk/selfservice/self_service.h"

namespace klarsyn::servicedesk {
namespace {

const std::vector<std::string> kDims{"level", "org",      "group",   "category",
                                     "type",  "priority", "contact", "system"};

FactTable event_table() {
    FactTable table;
    table.name = "servicedesk_event";
    table.module = "servicedesk";
    table.columns = {"at",        "case_no", "kind",      "level",   "org",    "grp",
                     "category",  "type",    "priority",  "contact", "system", "was",
                     "elapsed_s", "moves",   "opened_at", "flags",   "source"};
    table.name_columns = {"level",    "org",     "grp",    "category", "type",
                          "priority", "contact", "system", "was",      "source"};
    table.time_columns = {"at", "opened_at"};
    table.text_columns = {"case_no", "kind", "flags"};
    return table;
}

FactTable stay_table() {
    FactTable table;
    table.name = "servicedesk_stay";
    table.module = "servicedesk";
    table.columns = {"case_no",  "opened_at", "from_day", "to_day",  "level",  "org",   "grp",
                     "category", "type",      "priority", "contact", "system", "source"};
    table.name_columns = {"level",    "org",     "grp",    "category", "type",
                          "priority", "contact", "system", "source"};
    table.time_columns = {"opened_at"};
    table.day_columns = {"from_day", "to_day"};
    table.text_columns = {"case_no"};
    return table;
}

FactTable target_facts() {
    FactTable table;
    table.name = "servicedesk_target";
    table.module = "servicedesk";
    table.columns = {"at",        "case_no",  "target",    "kept",     "lacks",   "limit_s",
                     "running_s", "paused_s", "elapsed_s", "rule",     "level",   "org",
                     "grp",       "category", "type",      "priority", "contact", "system",
                     "opened_at", "clock",    "source"};
    table.name_columns = {"target", "level",    "org",     "grp",    "category",
                          "type",   "priority", "contact", "system", "source"};
    table.time_columns = {"at", "opened_at"};
    table.text_columns = {"case_no", "lacks"};
    return table;
}

FactTable hop_facts() {
    FactTable table;
    table.name = "servicedesk_hop";
    table.module = "servicedesk";
    table.columns = {"at",       "case_no", "seconds",  "moved",   "level",  "org",       "grp",
                     "category", "type",    "priority", "contact", "system", "opened_at", "source"};
    table.name_columns = {"level",    "org",     "grp",    "category", "type",
                          "priority", "contact", "system", "source"};
    table.time_columns = {"at", "opened_at"};
    table.text_columns = {"case_no"};
    return table;
}

FactTable call_case_facts() {
    FactTable table;
    table.name = "servicedesk_call_case";
    table.module = "servicedesk";
    table.by_format = true;  // files cannot tell of it
    table.columns = {"at",       "case_no", "callid",   "resolver", "resolved_at", "reopened_at",
                     "moves",    "level",   "org",      "grp",      "category",    "type",
                     "priority", "contact", "system",   "source"};
    table.name_columns = {"resolver", "level",    "org",     "grp",    "category",
                          "type",     "priority", "contact", "system", "source"};
    table.time_columns = {"at", "resolved_at", "reopened_at"};
    table.text_columns = {"case_no", "callid"};
    return table;
}

FactTable major_facts() {
    FactTable table;
    table.name = "servicedesk_major";
    table.module = "servicedesk";
    table.by_format = true;  // files cannot tell of it
    table.columns = {"at", "major_no", "kind", "seconds", "criticality", "system", "org", "source"};
    table.name_columns = {"criticality", "system", "org", "source"};
    table.time_columns = {"at"};
    table.text_columns = {"major_no", "kind"};
    return table;
}

FactTable change_facts() {
    FactTable table;
    table.name = "servicedesk_change";
    table.module = "servicedesk";
    table.by_format = true;  // files cannot tell of it
    table.columns = {"at",   "change_no", "result", "failed", "incidents", "change_type",
                     "risk", "system",    "org",    "source"};
    table.name_columns = {"result", "change_type", "risk", "system", "org", "source"};
    table.time_columns = {"at"};
    table.text_columns = {"change_no"};
    return table;
}

FactTable survey_facts() {
    FactTable table;
    table.name = "servicedesk_survey";
    table.module = "servicedesk";
    table.by_format = true;  // files cannot tell of it
    table.columns = {"at",  "case_no",  "score", "level",    "org",     "grp",
                     "category", "type", "priority", "contact", "system", "source"};
    table.name_columns = {"level",    "org",     "grp",    "category", "type",
                          "priority", "contact", "system", "source"};
    table.time_columns = {"at"};
    table.text_columns = {"case_no"};
    return table;
}

// What is open at the end is what was open before and what came, less what went.
Identity balance_identity() {
    Identity identity;
    identity.id = "servicedesk.balance";
    identity.terms = {{+1, "servicedesk.backlog"},  {+1, "servicedesk.created"},
                      {+1, "servicedesk.reopened"}, {+1, "servicedesk.moved_in"},
                      {-1, "servicedesk.closed"},   {-1, "servicedesk.moved_out"}};
    identity.where = {{2, "from", "closed"}};  // a resolved case that reopens was open all the time
    identity.flow_of_balance = true;
    identity.by = "level";
    identity.bucket = Bucket::week;
    return identity;
}

std::vector<Cut> cuts_of(const std::string& table) {
    std::vector<Cut> cuts{{table, {}}};
    for (const std::string& dim : kDims) cuts.push_back({table, {dim}});
    for (const std::string& dim : kDims) {
        if (dim != "level") cuts.push_back({table, {"level", dim}});
    }
    return cuts;
}

// A check for each of the settings that say how targets are reckoned.
template <const std::string_view* Name>
Result<void> check_setting(Connection& db, UtcSecond from, std::string_view text,
                           std::string_view file) {
    return check_service_setting(db, {from, std::string(text), std::string(file)}, *Name);
}

// A check for a setting that no other one has to fit.
template <auto Parse>
Result<void> check_alone(Connection& /*db*/, UtcSecond /*from*/, std::string_view text,
                         std::string_view file) {
    KL_TRY([[maybe_unused]] const auto parsed, Parse(text, file));
    return {};
}

// The support groups of the desk: which group has which level, by date.
Result<void> check_groups(Connection& /*db*/, UtcSecond /*from*/, std::string_view text,
                          std::string_view file) {
    KL_TRY(const GroupMap groups, parse_groups(text, file));
    const auto fault = [&](std::string_view field, std::string key, TextArgs args = {}) {
        Error error = make_error(ErrorCode::invalid_input, std::move(key), std::move(args));
        error.file = std::string(file);
        error.field = std::string(field);
        return error;
    };
    for (const auto& [name, spans] : groups.spans()) {
        for (const GroupSpan& span : spans) {
            if (span.level == "1" || span.level == "2" || span.level == "3") continue;
            return fault("level", "servicedesk.error.groups_level",
                         {{"group", name}, {"level", span.level}});
        }
    }
    if (!groups.spans().empty()) return {};
    return fault("group", "servicedesk.error.groups_none");
}

}  // namespace

Module module() {
    Module result;
    result.name = "servicedesk";
    result.tables = {event_table(), stay_table(), target_facts(), hop_facts(), call_case_facts(),
                     major_facts(), change_facts(), survey_facts()};
    result.dims = {{"level", DimKind::name, "Niveau", "Level"},
                   {"org", DimKind::name, "Organisation", "Organisation"},
                   {"group", DimKind::name, "Gruppe", "Group"},
                   {"category", DimKind::name, "Kategori", "Category"},
                   {"type", DimKind::name, "Type", "Type"},
                   {"priority", DimKind::name, "Prioritet", "Priority"},
                   {"contact", DimKind::name, "Henvendelsesform", "Contact"},
                   {"system", DimKind::name, "System", "System"},
                   {"target", DimKind::name, "Mål", "Target"},
                   {"from", DimKind::name, "Genåbnet fra", "Reopened from"},
                   {"criticality", DimKind::name, "Kritikalitet", "Criticality"},
                   {"result", DimKind::name, "Resultat", "Result"},
                   {"change_type", DimKind::name, "Ændringstype", "Type of change"},
                   {"risk", DimKind::name, "Risiko", "Risk"}};
    result.identities = {balance_identity()};
    for (const char* table :
         {"servicedesk_event", "servicedesk_stay", "servicedesk_hop", "servicedesk_target"}) {
        for (Cut& cut : cuts_of(table)) result.cuts.push_back(std::move(cut));
    }
    result.cuts.push_back({"servicedesk_target", {"target"}});
    result.cuts.push_back({"servicedesk_target", {"level", "target"}});
    result.cuts.push_back({"servicedesk_event", {"from"}});
    result.cuts.push_back({"servicedesk_event", {"level", "from"}});
    for (const char* dim : {"criticality", "system", "org"})
        result.cuts.push_back({"servicedesk_major", {dim}});
    for (const char* dim : {"result", "change_type", "risk", "system", "org"})
        result.cuts.push_back({"servicedesk_change", {dim}});
    for (const char* table : {"servicedesk_major", "servicedesk_change"})
        result.cuts.push_back({table, {}});
    result.settings = {{kPrioritySetting, check_setting<&kPrioritySetting>, true},
                       {kHoursSetting, check_setting<&kHoursSetting>, true},
                       {kSlaSetting, check_setting<&kSlaSetting>, true},
                       {kGroupsSetting, check_groups, true, false},
                       {kTemplatesSetting, check_alone<parse_templates>},
                       {"criticality", check_alone<parse_criticality>},
                       {"freeze", check_alone<parse_freeze>},
                       {"changes", check_alone<parse_changes>},
                       {"catalogue", check_alone<parse_catalogue>},
                       {kRetentionSetting, check_alone<parse_retention>}};
    result.formats = import_formats();
    result.live_formats = {desk_format(), practice_format()};
    result.routes = desk_routes();
    for (const Route& route : practice_routes()) result.routes.push_back(route);
    for (const Route& route : self_service_routes()) result.routes.push_back(route);
    for (const Route& route : mail_routes()) result.routes.push_back(route);
    result.background = {desk_clock(), mail_fetcher()};
    result.derive_live = derive_desk;
    result.checks = {{"desk", count_desk_faults},
                     {"records", count_record_faults},
                     {"search", count_search_faults},
                     {"attachments", count_attachment_faults}};
    result.erase = erase_on_desk;
    result.reindex = rebuild_case_search;
    return result;
}

}  // namespace klarsyn::servicedesk
