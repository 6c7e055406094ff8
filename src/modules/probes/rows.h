// Reading CSV files of probes row by row: columns by header, moments, faults that name a field.
// Pure; a RowReader belongs to one thread.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modules/probes/rules.h"
#include "protocols/csv.h"

namespace klarsyn::probes {

constexpr std::size_t kColumnsMax = 8;
constexpr std::size_t kNameBytesMax = 200;

// What a row's bytes mean in its file.
struct FileContext {
    char delimiter = ',';
    char decimal_mark = '.';
    std::size_t columns = 0;
    std::array<std::size_t, kColumnsMax> at{};  // by the format's own order of columns
    Zone zone = Zone::copenhagen();
};

// Why a row cannot be used; `key` empty for a good row.
struct Fault {
    std::string_view key;
    std::string_view field;
    std::string_view value;
};

// A moment as a file writes it.
struct Moment {
    UtcSecond at = 0;
    unsigned flags = 0;             // TimeFlag: a local time that occurs twice or not at all
    std::optional<UtcSecond> next;  // for a date alone: where the next day begins
};

// RFC 3339, or local in the file's zone: "2013-04-01T08:00:00", "2013-04-01 08:00", "01-04-2013
// 08:00", a date alone (its midnight). Fractions of a second are dropped. Remembers the day that it
// read last: rows of one day come together. Empty for anything else and beyond 1970 to 2099.
class MomentReader {
public:
    explicit MomentReader(const Zone& zone) : zone_(zone) {}
    std::optional<Moment> read(std::string_view text);

private:
    Zone zone_;
    std::string date_;  // as written
    Day day_ = 0;
};

// A half-open span from the columns `from` and `to`. An empty text is open; a date alone as `to` is
// the last day, included; a time as `to` is not. Faults: unreadable, an end before its beginning.
Fault read_span(MomentReader& moments, std::string_view from, std::string_view to, Span& out);

std::string_view trimmed(std::string_view text);
// A fault for an empty name, or one that is too long.
Fault check_name(std::string_view name, std::string_view field, bool required);

// An opened file, with what was detected said in its notices. invalid_input, line 1, naming a
// column that lacks.
struct OpenedFile {
    ScannedFile file;
    CsvReader reader;
    std::shared_ptr<FileContext> context;
};
Result<OpenedFile> open_rows(std::string_view content, const ImportOptions& options,
                             std::span<const std::string_view> columns);

Reject reject_of(const CsvRow& row, const Fault& fault);
Reject reject_of(const CsvRow& row, std::size_t columns);  // for a row with a CSV fault

// Parses the bytes of many rows of one file; fields live as long as the reader and the bytes.
class RowReader {
public:
    explicit RowReader(const FileContext& context) : context_(context), moments(context.zone) {}
    void parse(std::string_view bytes);
    void take(const CsvRow& row) { fields_ = row.fields; }
    std::string_view field(std::size_t column) const {
        return trimmed(fields_[context_.at[column]]);
    }
    const FileContext& context() const { return context_; }

private:
    const FileContext& context_;
    CsvRow row_;
    std::vector<std::string_view> fields_;
    std::deque<std::string> kept_;  // rows whose fields had to be rewritten

public:
    MomentReader moments;
};

}  // namespace klarsyn::probes
