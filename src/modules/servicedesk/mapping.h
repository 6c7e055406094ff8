// The mapping file of case-csv: which column of the export holds which field of a case, how the
// export writes times and what it calls states and groups. Pure; thread-safe. Without a mapping
// file known column names are tried.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace klarsyn::servicedesk {

enum CaseField : std::size_t {
    kCaseNumber,
    kCaseOpened,
    kCaseUpdated,
    kCaseResolved,
    kCaseClosed,
    kCaseState,
    kCaseGroup,
    kCaseCategory,
    kCasePriority,
    kCaseContact,
    kCaseType,
    kCaseSystem,
    kCaseMoves,
    kCaseTitle,
    kCaseText,
    kCaseCaller,
    kCaseFieldCount,
};
std::string_view field_name(CaseField field);  // "number", "opened", ... as in the mapping file

struct Mapping {
    std::array<std::string, kCaseFieldCount> columns;  // empty: by known names
    std::string time_format;                           // empty: any that parse_case_time knows
    // What the export writes -> new, active, on_hold, resolved or closed.
    std::map<std::string, std::string, std::less<>> states;
    // What the export writes for a group, such as its number -> the group's name.
    std::map<std::string, std::string, std::less<>> groups;
};

// invalid_input with file and line for broken TOML, an unknown key, a value that is no text or a
// time format that lacks a part. An empty text is an empty mapping.
Result<Mapping> parse_mapping(std::string_view toml, std::string_view file);

// Where each field stands in a file. invalid_input for a column that the mapping names and the file
// lacks, and where number or opened cannot be found.
using FieldPlaces = std::array<std::optional<std::size_t>, kCaseFieldCount>;
Result<FieldPlaces> find_fields(const Mapping& mapping, const std::vector<std::string>& columns);

}  // namespace klarsyn::servicedesk
