// Mail's part of the route table and of what goes on in the background.
#pragma once

#include <vector>

#include "web/background.h"
#include "web/routes.h"

namespace klarsyn::servicedesk {

std::vector<Route> mail_routes();
// Fetches what has arrived; a letter leaves the mailbox once it is stored.
Background mail_fetcher();

}  // namespace klarsyn::servicedesk
