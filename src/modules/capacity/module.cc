#include "modules/module.h"

#include "modules/capacity/capacity.h"
#include "modules/capacity/capacity_routes.h"

namespace klarsyn::capacity {
namespace {

FactTable reading_table() {
    FactTable table;
    table.name = "capacity_reading";
    table.module = "capacity";
    table.columns = {"at", "kind", "place", "unit_name", "used", "total", "source"};
    table.name_columns = {"place", "unit_name", "source"};
    table.time_columns = {"at"};
    table.text_columns = {"kind"};
    return table;
}

}  // namespace

Module module() {
    Module result;
    result.name = "capacity";
    result.tables = {reading_table()};
    result.dims = {{"place", DimKind::name, "Sted", "Place"},
                   {"unit_name", DimKind::name, "Enhed", "Unit"}};
    result.formats = {reading_format()};
    result.routes = capacity_routes();
    return result;
}

}  // namespace klarsyn::capacity
