#include "modules/probes/flow/register.h"

#include "modules/probes/flow/flow.h"
#include "modules/probes/flow/hl7_log.h"
#include "modules/probes/flow/live.h"

namespace klarsyn::probes {
namespace {

constexpr std::uint64_t kBatchBodyMost = std::uint64_t{4} << 20;

}  // namespace

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
    module.routes.push_back({"POST", "/api/v1/flow", Permission::intake, Runs::writer, Shape::api,
                             post_flow_batch, kBatchBodyMost});
    module.live_formats.push_back(live_flow_format());
    module.checks.push_back({"flow", count_flow_faults});
}

}  // namespace klarsyn::probes
