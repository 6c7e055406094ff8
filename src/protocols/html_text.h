// The words of an HTML document as plain text: no markup, scripts, styles, comments or addresses.
// Lines break where blocks do. Bounded by `bytes_max`; any input is understood somehow. Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace klarsyn {

// `html` is UTF-8.
std::string html_to_text(std::string_view html, std::size_t bytes_max);

}  // namespace klarsyn
