// CSV after RFC 4180: reading text of any common encoding and delimiter, and writing it safely for
// spreadsheets. Pure functions and values over the caller's bytes; each object belongs to one
// thread. Texts that are read must outlive the reader and its rows.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/text.h"

namespace klarsyn {

enum class Encoding { utf8, windows_1252 };
std::string_view encoding_name(Encoding encoding);  // "UTF-8", "Windows-1252"

// The content of a file as UTF-8.
struct DecodedText {
    std::shared_ptr<const std::string> owned;  // shared with ScannedFile; set where converted
    std::string_view text;                     // without byte order mark; offsets point into it
    Encoding encoding = Encoding::utf8;
    bool detected = false;     // not stated by the caller: say so in a notice
    bool well_formed = false;  // not a byte of the text is invalid UTF-8
};

// `stated` is "", "utf-8", "latin-1", "iso-8859-1", "windows-1252" or "cp1252", any case; "" means
// detect. Latin-1 is read as Windows-1252, which agrees with it on every letter.
// invalid_input for UTF-16 and for an unknown name. Invalid UTF-8 is no error here: the reader
// finds the rows.
Result<DecodedText> decode_text(std::string_view content, std::string_view stated = {});

bool valid_utf8(std::string_view text);

enum class CsvFault { none, too_few_fields, too_many_fields, text_after_quote, nul_byte, not_utf8 };

// One row. Fields point into the text, or into `scratch` where doubled quotes were undone, so a row
// must not be copied while they are used.
struct CsvRow {
    std::int64_t line = 0;     // 1-based line in the file on which the row begins
    std::uint64_t offset = 0;  // of its first byte in the text
    std::uint32_t length = 0;  // without the line's end
    std::string_view bytes;
    std::vector<std::string_view> fields;
    CsvFault fault = CsvFault::none;
    std::string scratch;

    CsvRow() = default;
    CsvRow(CsvRow&&) = delete;
};

struct CsvOptions {
    std::string delimiter;     // "," ";" or a tab; empty = detect from the header
    bool well_formed = false;  // the text is known to be valid UTF-8: it need not be looked through
};

class CsvReader {
public:
    // invalid_input: no header, a column twice, an unknown delimiter, a header with a fault.
    static Result<CsvReader> open(std::string_view text, const CsvOptions& options = {});

    const std::vector<std::string>& columns() const { return columns_; }
    std::optional<std::size_t> column(std::string_view name) const;
    char delimiter() const { return delimiter_; }
    bool delimiter_detected() const { return delimiter_detected_; }
    // Whether the text holds NUL or invalid UTF-8: some row has a fault.
    bool has_bad_bytes() const { return bad_bytes_; }

    // The next row, or false after the last. A row with a fault is a row: reject it with fault_key
    // and go on. Empty lines are skipped. invalid_input with the line for a quote that never ends.
    Result<bool> next(CsvRow& row);

private:
    std::string_view text_;
    std::uint64_t at_ = 0;
    std::int64_t line_ = 1;
    char delimiter_ = ',';
    bool delimiter_detected_ = false;
    bool bad_bytes_ = false;
    std::vector<std::string> columns_;
};

// Parses a row's bytes alone, as found again by offset and length. `columns` as in its file.
void parse_csv_row(std::string_view bytes, char delimiter, std::size_t columns, CsvRow& row);

// Text key of the reason and its arguments: "reject.csv.too_few_fields".
std::pair<std::string, TextArgs> fault_reason(const CsvRow& row, std::size_t columns);

// An exact decimal number: units * 10^-scale.
struct Decimal {
    std::int64_t units = 0;
    int scale = 0;
    double value() const;
};

// The decimal mark of a file whose user stated none: comma beside ';', else a full stop.
char usual_decimal_mark(char delimiter);

// `mark` is the decimal mark; the other of ',' and '.' may group thousands, in threes: with a
// decimal comma "22.991" is 22991 and "1.234,5" is 1234.5; no group begins with 0. Spaces around and no-break spaces inside
// are allowed. Empty for anything else, also beyond 64 bits.
std::optional<Decimal> parse_decimal(std::string_view text, char mark);

// The decimal mark without which the text is no number: ',' of "270,5" and "1.270,5", '.' of "270.5"
// and "0.125". Empty where both read it ("270", "1.270") or neither does.
std::optional<char> told_decimal_mark(std::string_view text);
std::optional<std::int64_t> parse_integer(std::string_view text, char mark);  // a whole number

enum class CsvDialect {
    rfc4180,   // UTF-8, comma, decimal point
    excel_da,  // byte order mark, semicolon, decimal comma: opens with a double click in Denmark
};
std::optional<CsvDialect> parse_csv_dialect(std::string_view name);  // "rfc4180", "excel-da"

// Writes rows that end in CR LF. Texts that a spreadsheet would run as a formula get an apostrophe
// in front; numbers are written by the number functions and stay numbers.
class CsvWriter {
public:
    explicit CsvWriter(CsvDialect dialect);
    void text(std::string_view value);
    void integer(std::int64_t value);
    void decimal(double value, int decimals);  // rounded half up
    void number(double value);                 // the shortest text that reads back the same
    void empty();
    void end_row();
    // What was written since the last take: for streaming.
    std::string take();

private:
    void separate();
    void mark_decimal(std::string number);
    CsvDialect dialect_;
    std::string out_;
    bool row_begun_ = false;
};

}  // namespace klarsyn
