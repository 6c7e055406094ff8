// How sure a share of measurements is. Pure; thread-safe.
#pragma once

#include "indicators/catalogue.h"
#include "reports/document.h"

namespace klarsyn {

// Gives a share its Wilson interval of 95 %, and whether its colour is certain: where the interval
// crosses a limit of the colours it is not. Nothing where there is no share.
void add_interval(ReportFigure& figure, const Indicator& indicator);

}  // namespace klarsyn
