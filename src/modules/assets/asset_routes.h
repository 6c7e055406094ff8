// The registers' part of the route table: their pages, and what is wrong with them as data.
#pragma once

#include <vector>

#include "web/affected.h"
#include "web/routes.h"

namespace klarsyn::assets {

std::vector<Route> asset_routes();

// Who knows what is affected; nobody without it. Before any thread runs.
void set_affected_lookup(AffectedLookup given);
AffectedLookup affected_lookup();

// page_assets.cc
Result<Response> get_assets_page(const Request& request, Context& context);
Result<Response> get_asset_page(const Request& request, Context& context);
// page_devices.cc
Result<Response> get_devices_page(const Request& request, Context& context);
Result<Response> get_device_page(const Request& request, Context& context);
// page_quality.cc
Result<Response> get_quality_page(const Request& request, Context& context);
Result<Response> get_api_findings(const Request& request, Context& context);

}  // namespace klarsyn::assets
