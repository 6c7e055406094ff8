#include "modules/probes/flow/register.h"

#include "modules/probes/flow/flow.h"
#include "modules/probes/flow/hl7_log.h"

namespace klarsyn::probes {

void add_flow(Module& module) {
    module.tables.push_back(flow_table());
    module.dims.push_back({"hop", DimKind::name, "Led", "Hop"});
    module.dims.push_back({"flow", DimKind::name, "Dataflow", "Data flow"});
    for (const std::vector<std::string>& dims :
         {std::vector<std::string>{}, {"hop"}, {"flow"}, {"flow", "hop"}})
        module.cuts.push_back({"probes_flow", dims});
    module.formats.push_back(hl7_log_format());
    module.settings.push_back({"flow_hops", check_flow_hops, true, false});
    module.routes.push_back(
        {"GET", "/flow", Permission::figures, Runs::reader, Shape::page, get_flow_page});
}

}  // namespace klarsyn::probes
