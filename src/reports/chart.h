// Charts as SVG, written by the server: lines with direct labels and a marker shape of their own,
// or bars; zero-based; target line and XmR limits where the chart has them. Class names and
// presentation attributes only, never style attributes, so that a strict CSP keeps them. Pure;
// thread-safe.
#pragma once

#include <string>

#include "reports/document.h"

namespace klarsyn {

// `link_base` stands before every point's link. The table beside holds the same figures, so points
// are no tab stops.
std::string render_chart(const Document& document, const Chart& chart, Language language,
                         std::string_view link_base = {});

}  // namespace klarsyn
