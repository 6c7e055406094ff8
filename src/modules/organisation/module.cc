#include "modules/module.h"

#include "modules/organisation/organisation.h"
#include "modules/organisation/relations.h"

namespace klarsyn::organisation {
namespace {

FactTable org_table() {
    FactTable table;
    table.name = "core_org";
    table.module = "organisation";
    table.columns = {"code", "kind", "name", "parent", "valid_from", "valid_to"};
    table.day_columns = {"valid_from", "valid_to"};
    table.text_columns = {"code", "kind", "name", "parent"};
    return table;
}

FactTable alias_table() {
    FactTable table;
    table.name = "core_org_alias";
    table.module = "organisation";
    table.columns = {"alias", "code", "valid_from", "valid_to"};
    table.day_columns = {"valid_from", "valid_to"};
    table.text_columns = {"alias", "code"};
    return table;
}

FactTable relation_table() {
    FactTable table;
    table.name = "core_relation";
    table.module = "organisation";
    table.columns = {"thing", "relation", "other", "valid_from", "valid_to"};
    table.day_columns = {"valid_from", "valid_to"};
    table.text_columns = {"thing", "relation", "other"};
    return table;
}

}  // namespace

Module module() {
    Module result;
    result.name = "organisation";
    result.tables = {org_table(), alias_table(), relation_table()};
    result.formats = {org_format(), relation_format()};
    result.routes = relation_routes();
    return result;
}

}  // namespace klarsyn::organisation
