// The need for agents as figures: what staffing.h says of a queue's calls, told apart by weekday
// and quarter hour, so that /staffing, the API, figures and reports say the same number.
#pragma once

#include <vector>

#include "indicators/catalogue.h"

namespace klarsyn::telephony {

// For indicators with the dimensions queue, weekday, hour and quarter_hour: the agents needed in a
// quarter hour (".agents") and the agents' time that makes over the period (".agent_time",
// seconds), each with the ends of its interval ("_low", "_high"). The goal is 75 % within 300 s.
// Where a queue has no answered call, or the goal is out of reach, the model says nothing.
std::vector<Model> staffing_models();

}  // namespace klarsyn::telephony
