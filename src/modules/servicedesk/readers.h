// The input formats of cases. All derive with the same rules and write the same tables.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.h"
#include "ingest/format.h"
#include "modules/servicedesk/servicedesk.h"
#include "protocols/csv.h"
#include "protocols/json_rows.h"

namespace klarsyn::servicedesk {

// case-audit: one row per change of a case, as ServiceNow exports its audit.
Format case_audit_format();
// case-csv: one row per case with its dates, read after a mapping in TOML.
Format case_csv_format();
// glpi-csv: GLPI's list of tickets, one snapshot per row, and its log, one change per row.
Format glpi_csv_format();
// rt-csv: Request Tracker's searches of tickets and of transactions.
Format rt_csv_format();

// All of them.
std::vector<Format> import_formats();

// A format of this module: its tables, and what it does with a groups file.
Format case_format(std::string_view name, decltype(Format::scan) scan,
                   decltype(Format::identify) identify, decltype(Format::derive) derive);

// Why a row cannot be used; `key` empty for a good row.
struct RowFault {
    std::string_view key;
    std::string_view field;
    std::string_view value;
};

// How the rows of a file are written; what is needed to read one again.
struct TableShape {
    bool json = false;
    char delimiter = ',';
    std::vector<std::string> columns;
    std::optional<std::size_t> column(std::string_view name) const;
};

// The rows of a file, CSV or JSON.
class CaseTable {
public:
    explicit CaseTable(CsvReader reader);
    explicit CaseTable(JsonReader reader);

    const TableShape& shape() const { return shape_; }
    // The next row, or false after the last. `reject` is set for a row that cannot be read.
    Result<bool> next(CsvRow& row, std::optional<Reject>& reject);

private:
    std::variant<CsvReader, JsonReader> reader_;
    TableShape shape_;
};

// A fault for a case number that is empty or was masked as a CPR number: several cases would be one.
RowFault check_number(std::string_view number, std::string_view column);

// An opened file of a format, with what was detected said in its notices.
struct OpenedTable {
    ScannedFile file;
    CaseTable table;
};
Result<OpenedTable> open_case_file(std::string_view content, const ImportOptions& options);

Reject reject_of(const CsvRow& row, const RowFault& fault);

// Whose row it is and when it counts, for the engine: views into the fields.
struct RowPlace {
    std::string_view number;
    std::string_view group;  // the support group that the row names
    UtcSecond time = 0;
};
// Reads one row; a fault rejects it.
using PlaceRow =
    std::function<RowFault(const std::vector<std::string_view>& fields, RowPlace& place)>;

// What Format::scan asks, for a format whose rows `place` can read. `context` goes into the file.
Result<ScannedFile> scan_rows(OpenedTable opened, const ImportOptions& options,
                              const std::vector<std::int64_t>* wanted,
                              std::shared_ptr<const void> context, const PlaceRow& place);

// Parses the bytes of many rows; the fields live as long as the parser and the bytes.
class RowParser {
public:
    const std::vector<std::string_view>& parse(std::string_view bytes, const TableShape& shape);

private:
    CsvRow row_;
    std::deque<CsvRow> kept_;  // rows whose fields had to be rewritten
};

}  // namespace klarsyn::servicedesk
