// What intake adds to the module: routes, the mapping's setting, formats and the live facts.
#pragma once

#include "modules/module.h"

namespace klarsyn::probes {

void add_intake(Module& module);

// import_formats.cc: openmetrics, perfdata and zabbix-history, all with --mapping.
std::vector<Format> export_formats();

// routes_intake.cc
Result<Prepared> prepare_remote_write(const Request& request, Context& context);
Result<Prepared> prepare_otlp(const Request& request, Context& context);
Result<Response> keep_samples(const Request& request, Context& context);  // of both
Result<Prepared> prepare_agent_batch(const Request& request, Context& context);
Result<Response> keep_agent_batch(const Request& request, Context& context);
Result<Response> post_agent_release(const Request& request, Context& context);
Result<Response> get_intake(const Request& request, Context& context);

}  // namespace klarsyn::probes
