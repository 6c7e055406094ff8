// The capacity pages' part of the route table.
#pragma once

#include <vector>

#include "web/routes.h"

namespace klarsyn::capacity {

std::vector<Route> capacity_routes();

// page.cc
Result<Response> get_capacity_page(const Request& request, Context& context);

}  // namespace klarsyn::capacity
