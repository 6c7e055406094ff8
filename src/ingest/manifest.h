// A manifest: one import per line, tab-separated: format, source, options, file. Options are words
// as on the command line ("--groups groups.csv --covers 2012-09..2013-04"); files are relative to
// the manifest. Lines that are empty or begin with # are skipped. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace klarsyn {

struct ManifestLine {
    int line = 0;
    std::string format;
    std::string source;
    std::vector<std::string> options;
    std::string file;
};

// invalid_input with the line for one that has not four columns.
Result<std::vector<ManifestLine>> parse_manifest(std::string_view name, std::string_view text);

}  // namespace klarsyn
