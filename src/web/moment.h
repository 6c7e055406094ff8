// A moment as people say it, of Copenhagen. Pure.
#pragma once

#include <string>

#include "core/text.h"
#include "core/time.h"

namespace klarsyn {

// "i dag kl. 14.05", "22. november kl. 9.00", with the year where it is not this one.
std::string moment_text(Language language, UtcSecond at, UtcSecond now);
// The same as <time>, for pages.
std::string moment_html(Language language, UtcSecond at, UtcSecond now);

}  // namespace klarsyn
