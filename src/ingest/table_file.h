// A format whose files are tables with a heading row: CSV in any common encoding and delimiter, or
// JSON, read after a mapping file where one is given. Formats say what a row means; opening, column
// finding, notices and rejects are here. Pure; thread-safe.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "ingest/format.h"
#include "ingest/table_mapping.h"
#include "protocols/csv.h"
#include "protocols/time_text.h"

namespace klarsyn {

// The time of a row that says nothing of when.
inline constexpr UtcSecond kNoTime = 0;

// What a row's bytes mean in its file: ScannedFile::context of these formats.
struct TableContext {
    bool json = false;
    char delimiter = ',';
    char decimal_mark = '.';
    std::vector<std::string> columns;
    std::vector<std::optional<std::size_t>> places;  // per field
    TableMapping mapping;
    Zone zone;
    std::vector<std::string> notes;  // what the format keeps of its options for its rows
};

// Why a row cannot be used; `key` empty for a good row.
struct TableFault {
    std::string_view key;
    std::string_view field;
    std::string value = {};
};

// One row, by field. Views live as long as the row's bytes and the reader.
class TableRow {
public:
    TableRow(const TableContext& context, const std::vector<std::string_view>& fields)
        : context_(&context), fields_(&fields) {}
    // Trimmed, in the mapping's words; empty where it lacks or stands for nothing ("?", "-", NULL).
    std::string_view operator[](std::size_t field) const;
    // Whether the mapping has a list of known values, and this one is not among them.
    bool unknown(std::size_t field) const;
    // A time, or a date alone: its midnight. Empty where there is none or it cannot be read: the
    // caller tells the two apart by the text.
    std::optional<WrittenTime> time(std::size_t field) const;
    std::optional<Decimal> decimal(std::size_t field) const;
    const TableContext& context() const { return *context_; }

private:
    const TableContext* context_;
    const std::vector<std::string_view>* fields_;
};

// Where a row belongs and when it counts; a fault rejects it.
struct TablePlace {
    std::int64_t group = 0;
    UtcSecond time = 0;
};
using PlaceTableRow = std::function<TableFault(const TableRow& row, TablePlace& place)>;

// What Format::scan asks. invalid_input for an unusable file or mapping.
using TableNotes = std::vector<std::string>;
Result<ScannedFile> scan_table(std::string_view content, const ImportOptions& options,
                               const std::vector<std::int64_t>* wanted,
                               std::span<const TableField> fields, const PlaceTableRow& place,
                               TableNotes notes = {});

// Reads rows again for identify and derive; what it gave lives as long as it does.
class TableRowReader {
public:
    TableRow read(const GroupRow& row);

private:
    std::deque<CsvRow> rows_;
};

// Keys that were masked as CPR numbers would run together: "1212121234" comes as "121212****".
bool masked_key(std::string_view key);

// Shortened for messages, always valid UTF-8.
std::string shown_value(std::string_view text);

}  // namespace klarsyn
