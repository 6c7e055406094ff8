// Files that the build put into the binary: texts, SQL, sections, plans, styles. Immutable.
#pragma once

#include <string_view>
#include <vector>

namespace klarsyn {

struct EmbeddedFile {
    std::string_view path;  // "modules/telephony/indicators/offered.sql", "ui/klarsyn.css"
    std::string_view text;
};

// Every embedded file whose path starts with `prefix`, sorted by path. Paths are relative to src/
// for files below it, else to the root ("report_plans/operations_status.toml"). None is no error.
std::vector<EmbeddedFile> embedded_files(std::string_view prefix);

}  // namespace klarsyn
