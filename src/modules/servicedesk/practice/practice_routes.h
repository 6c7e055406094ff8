// The routes of major incidents, problems, changes and the request catalogue.
#pragma once

#include <functional>
#include <vector>

#include "modules/servicedesk/practice/commands.h"
#include "web/routes.h"

namespace klarsyn::servicedesk {

std::vector<Route> practice_routes();

// Runs a command for the account of the request inside one journal entry of kind `kind`. The entry
// is written only where the command succeeded and the body has no fault.
using PracticeCommand = std::function<Result<void>(PracticeWork& work)>;
Result<void> run_practice(Context& context, std::string_view kind, JsonBody& body,
                          const PracticeCommand& command);

// Pages.
Result<Response> get_majors_page(const Request& request, Context& context);
Result<Response> get_major_page(const Request& request, Context& context);
Result<Response> post_majors_page(const Request& request, Context& context);
Result<Response> post_major_page(const Request& request, Context& context);
Result<Response> get_problems_page(const Request& request, Context& context);
Result<Response> get_problem_page(const Request& request, Context& context);
Result<Response> post_problems_page(const Request& request, Context& context);
Result<Response> post_problem_page(const Request& request, Context& context);
Result<Response> get_changes_page(const Request& request, Context& context);
Result<Response> get_change_page(const Request& request, Context& context);
Result<Response> post_changes_page(const Request& request, Context& context);
Result<Response> post_change_page(const Request& request, Context& context);
Result<Response> get_changes_ics(const Request& request, Context& context);
Result<Response> post_changes_feed(const Request& request, Context& context);
Result<Response> post_feed(const Request& request, Context& context);

// The request catalogue.
Result<Response> get_catalogue(const Request& request, Context& context);
Result<Response> post_order(const Request& request, Context& context);
Result<Response> get_order(const Request& request, Context& context);
Result<Response> post_order_command(const Request& request, Context& context);
Result<Response> get_catalogue_page(const Request& request, Context& context);
Result<Response> get_form_page(const Request& request, Context& context);
Result<Response> post_form_page(const Request& request, Context& context);
Result<Response> get_order_page(const Request& request, Context& context);
Result<Response> post_order_page(const Request& request, Context& context);

}  // namespace klarsyn::servicedesk
