// What both registers, of IT equipment and of medical devices, read and write the same way. Pure;
// thread-safe. Internal to the module.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/table_file.h"
#include "modules/assets/assets.h"

namespace klarsyn::assets {

// A fault for a key that is empty or was masked as a CPR number.
TableFault check_key(std::string_view key, std::string_view field);

// A date. A text that reads like a date that never was (31-02-2012) goes to `bad` and counts as
// missing; any other text that is no date is a fault.
TableFault read_day(const TableRow& row, std::size_t field, std::string_view name,
                    std::optional<Day>& out, std::string& bad);

// The two dates between which a row holds; `to` is the last day. A row that names no first day
// holds from the first day that its file covers (--covers), or from `base` where that is later.
struct ValidityFields {
    std::size_t from = 0, to = 0;
};
TableFault read_validity(const TableRow& row, ValidityFields at, std::span<const TableField> fields,
                         const std::optional<Day>& base, std::optional<Day>& from,
                         std::optional<Day>& to);

// scan_table, with the covered period kept for read_validity, and a notice of what is missing.
Result<ScannedFile> scan_register(std::string_view content, const ImportOptions& options,
                                  const std::vector<std::int64_t>* wanted,
                                  std::span<const TableField> fields, const PlaceTableRow& place);

std::int64_t key_group(std::string_view source, std::string_view key);
// "source/key/", with '/' inside the parts escaped.
std::string source_key(std::string_view source, std::string_view key);
void write_day(const std::optional<Day>& day, FactSink& sink);

struct FindingOf {
    std::string_view thing;  // as people know it
    std::string_view key;    // unique within the source
    std::string_view source;
};
FactTableSpec finding_table();
void write_findings(const std::vector<Finding>& findings, const FindingOf& of, int table,
                    FactSink& sink);

}  // namespace klarsyn::assets
