// The pages of response times.
#pragma once

#include <vector>

#include "web/routes.h"

namespace klarsyn::probes {

std::vector<Route> probe_routes();

// page_probes.cc: shares by system and site.
Result<Response> get_probes_page(const Request& request, Context& context);
// page_system.cc: one system by action, site and hour.
Result<Response> get_system_page(const Request& request, Context& context);
// page_pcs.cc: one action by PC model and by age of the PC.
Result<Response> get_pcs_page(const Request& request, Context& context);

}  // namespace klarsyn::probes
