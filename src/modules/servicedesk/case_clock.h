// The last step of derive_case: what the walk over the rows noted becomes hops and targets.
#pragma once

#include "modules/servicedesk/servicedesk.h"

namespace klarsyn::servicedesk {

// Sorts places and marks by time, adds the marks of changed values, and fills hops and targets.
void run_clocks(CaseHistory& history, const ServiceRules* rules);

}  // namespace klarsyn::servicedesk
