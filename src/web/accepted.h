// What a browser says that its person reads. Pure.
#pragma once

#include <string_view>

#include "core/text.h"

namespace klarsyn {

// English where Accept-Language wants English before everything else; Danish otherwise, and where
// it cannot be read: the pages are Danish unless somebody asks.
Language accepted_language(std::string_view header);

}  // namespace klarsyn
