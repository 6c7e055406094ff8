#include "modules/module.h"

#include "modules/assets/asset_routes.h"
#include "modules/assets/assets.h"

namespace klarsyn::assets {
namespace {

FactTable asset_table() {
    FactTable table;
    table.name = "assets_asset";
    table.module = "assets";
    table.columns = {"asset", "kind",     "model",    "place",  "owner", "status",
                     "age",   "base_day", "from_day", "to_day", "source"};
    table.name_columns = {"kind_name", "model", "place", "owner", "status", "age", "source"};
    table.day_columns = {"base_day", "from_day", "to_day"};
    table.text_columns = {"asset", "code", "kind"};
    table.by_format = true;  // a register of devices tells nothing of it
    return table;
}

FactTable device_table() {
    FactTable table;
    table.name = "assets_device";
    table.module = "assets";
    table.columns = {"device",  "udi",           "model",    "manufacturer", "kind",
                     "place",   "owner",         "register", "status",       "maintenance",
                     "due_day", "purchased_day", "price",    "every_months", "from_day",
                     "to_day",  "source"};
    table.name_columns = {"model",    "manufacturer", "kind",        "place", "owner",
                          "register", "status",       "maintenance", "source"};
    table.day_columns = {"due_day", "purchased_day", "from_day", "to_day"};
    table.text_columns = {"device", "udi", "serial_code", "udi_code"};
    table.by_format = true;  // a register of IT equipment tells nothing of them
    return table;
}

FactTable event_table() {
    FactTable table;
    table.name = "assets_device_event";
    table.module = "assets";
    table.columns = {"device",       "activity", "note",  "due_day", "in_time",  "model",
                     "manufacturer", "kind",     "place", "owner",   "register", "source"};
    table.name_columns = {"model", "manufacturer", "kind", "place", "owner", "register", "source"};
    table.day_columns = {"due_day"};
    table.text_columns = {"device", "serial_code", "activity", "note"};
    table.by_format = true;
    return table;
}

}  // namespace

Module module(AffectedLookup affected) {
    set_affected_lookup(affected);
    Module result;
    result.name = "assets";
    result.tables = {asset_table(), device_table(), event_table()};
    result.dims = {{"kind", DimKind::name, "Slags", "Kind"},
                   {"model", DimKind::name, "Model", "Model"},
                   {"place", DimKind::name, "Sted", "Place"},
                   {"owner", DimKind::name, "Ejer", "Owner"},
                   {"state", DimKind::name, "Status", "Status"},
                   {"age", DimKind::name, "Alder i hele år", "Age in whole years"},
                   {"manufacturer", DimKind::name, "Producent", "Manufacturer"},
                   {"register", DimKind::name, "Register", "Register"},
                   {"maintenance", DimKind::name, "Vedligehold", "Maintenance"}};
    for (const char* dim : {"kind", "place", "owner", "state", "age"})
        result.cuts.push_back({"assets_asset", {dim}});
    for (const char* dim : {"kind", "place", "owner", "register", "maintenance"})
        result.cuts.push_back({"assets_device", {dim}});
    for (const char* table : {"assets_asset", "assets_device", "assets_device_event"})
        result.cuts.push_back({table, {}});
    result.formats = {asset_format(), device_format()};
    result.routes = asset_routes();
    return result;
}

}  // namespace klarsyn::assets
