// The mapping file of a table format (TOML): which column of the export holds which field, what its
// words mean, how it writes times. Pure; thread-safe.
//
//   [columns]        place = "Afdeling"          the column's heading in the export
//   [constants]      kind = "pc"                 of every row; the export has no such column
//   [values.kind]    "Stationær" = "pc"          what the export writes = what is meant
//   [time]           format = "dd-mm-yyyy"       only where dates are not written in a usual way
//   [known]          model = ["A 1", "B 2"]      all values that the field may have
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace klarsyn {

// A field of a format: its name in messages and mapping files, and what else exports write above
// the column; case, accents and spaces do not matter.
struct TableField {
    std::string_view name;
    std::vector<std::string_view> known = {};
    bool required = false;  // the file must have its column, or the mapping a constant
    bool number = false;    // it may have decimals: from these the file's decimal mark is told
};

struct TableMapping {
    std::map<std::size_t, std::string> columns, constants;             // by field
    std::map<std::size_t, std::map<std::string, std::string>> values;  // folded text -> meant
    std::map<std::size_t, std::set<std::string>> known;                // folded
    std::string time_format;                                           // empty: any usual notation
};

// invalid_input with file and line for broken TOML, an unknown key, a value that is no text or a
// time format that lacks a part. An empty text is an empty mapping.
Result<TableMapping> parse_table_mapping(std::string_view toml, std::string_view file,
                                         std::span<const TableField> fields);

// Where each field stands among the columns. invalid_input for a column that the mapping names and
// the file lacks, and for required fields without column and constant (all of them named).
Result<std::vector<std::optional<std::size_t>>> find_fields(
    const TableMapping& mapping, std::span<const TableField> fields,
    const std::vector<std::string>& columns);

}  // namespace klarsyn
