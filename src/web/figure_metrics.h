// Figures of the present month as gauges, so that other tools can draw them. Part of /metrics for
// those who may see figures.
#pragma once

#include <string>

#include "core/result.h"
#include "web/context.h"

namespace klarsyn {

// One family, without the end mark. A figure without value is left out: missing is not nought. Kept
// for a minute by each thread, because monitoring systems ask often.
Result<std::string> figure_metrics(Context& context);

}  // namespace klarsyn
