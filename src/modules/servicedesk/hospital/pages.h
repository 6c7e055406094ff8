// One page per hospital: its messages, its cases, its most frequent causes.
#pragma once

#include "web/context.h"
#include "web/http.h"

namespace klarsyn::servicedesk {

Result<Response> get_hospitals_page(const Request& request, Context& context);
// not_found for what is no hospital today.
Result<Response> get_hospital_page(const Request& request, Context& context);

}  // namespace klarsyn::servicedesk
