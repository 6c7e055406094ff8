// The desk's part of the route table.
#pragma once

#include <vector>

#include "web/routes.h"

namespace klarsyn::servicedesk {

std::vector<Route> desk_routes();

}  // namespace klarsyn::servicedesk
