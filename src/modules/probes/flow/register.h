// What data flow adds to the module: table, dimensions, format, setting and page.
#pragma once

#include "modules/module.h"

namespace klarsyn::probes {

void add_flow(Module& module);

// page_flow.cc
Result<Response> get_flow_page(const Request& request, Context& context);
// routes_flow.cc
Result<Response> post_flow_batch(const Request& request, Context& context);

}  // namespace klarsyn::probes
