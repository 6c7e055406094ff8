// Files that the build put into the binary: texts, SQL, sections, plans, styles. Immutable.
#pragma once

#include <string_view>
#include <vector>

namespace klarsyn {

struct EmbeddedFile {
    std::string_view path;  // "modules/telephony/indicators/offered.sql", "ui/klarsyn.css"
    std::string_view text;
};

}  // namespace klarsyn
