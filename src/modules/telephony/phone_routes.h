// The phone's part of the route table: the webhook, the agent's call, and the pages of the desk's
// phone.
#pragma once

#include <vector>

#include "web/caller.h"
#include "web/routes.h"

namespace klarsyn::telephony {

std::vector<Route> phone_routes();

// Who knows of callers' cases; nobody without it. Before any thread runs.
void set_caller_lookup(CallerLookup given);

// routes_calls.cc
Result<Response> post_call(const Request& request, Context& context);
// current_call.cc
Result<Response> get_current_call(const Request& request, Context& context);
// page_calls.cc
Result<Response> get_calls_page(const Request& request, Context& context);
// routes_staffing.cc
Result<Response> get_staffing(const Request& request, Context& context);
// page_staffing.cc
Result<Response> get_staffing_page(const Request& request, Context& context);

}  // namespace klarsyn::telephony
