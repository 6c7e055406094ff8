#include "ingest/table_file.h"

#include <algorithm>
#include <array>
#include <variant>

#include "core/text.h"
#include "protocols/json_rows.h"

namespace klarsyn {
namespace {

constexpr std::size_t kRawBytesMax = 2000;
constexpr std::size_t kValueBytesMax = 80;
constexpr std::array<std::string_view, 6> kNothing{"?", "-", "–", "NULL", "null", "N/A"};

std::string shortened(std::string_view text, std::size_t max) {
    if (text.size() > max) {
        text = text.substr(0, max);
        while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U)
            text.remove_suffix(1);
        if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0U)
            text.remove_suffix(1);
    }
    std::string clean(text);
    std::replace(clean.begin(), clean.end(), '\0', '?');
    if (valid_utf8(clean)) return clean;
    for (char& c : clean) {
        if (static_cast<unsigned char>(c) >= 0x80U) c = '?';
    }
    return clean;
}

// The rows of an opened file, whichever way it is written.
class Table {
public:
    static Result<Table> open(std::string_view text, const ImportOptions& options) {
        if (looks_like_json(text)) {
            KL_TRY(JsonReader json, JsonReader::open(text));
            return Table(std::move(json));
        }
        CsvOptions csv;
        csv.delimiter = options.delimiter;
        KL_TRY(CsvReader reader, CsvReader::open(text, csv));
        return Table(std::move(reader));
    }
    const CsvReader* csv() const { return std::get_if<CsvReader>(&reader_); }
    const std::vector<std::string>& columns() const {
        return csv() != nullptr ? csv()->columns() : std::get<JsonReader>(reader_).columns();
    }
    // The next row, or false after the last; `why` is set for a row that cannot be read.
    Result<bool> next(CsvRow& row, std::pair<std::string, TextArgs>& why) {
        why = {};
        if (auto* json = std::get_if<JsonReader>(&reader_)) {
            bool readable = false;
            const bool more = json->next(row, readable);
            if (more && !readable) why.first = "reject.json.row";
            return more;
        }
        KL_TRY(const bool more, std::get<CsvReader>(reader_).next(row));
        if (more && row.fault != CsvFault::none) why = fault_reason(row, columns().size());
        return more;
    }

private:
    explicit Table(CsvReader reader) : reader_(std::move(reader)) {}
    explicit Table(JsonReader reader) : reader_(std::move(reader)) {}
    std::variant<CsvReader, JsonReader> reader_;
};

Reject reject_of(const CsvRow& row, std::string key, std::string_view field, TextArgs args) {
    Reject reject;
    reject.line = row.line;
    reject.raw = shortened(row.bytes, kRawBytesMax);
    reject.key = std::move(key);
    reject.field = std::string(field);
    reject.args = std::move(args);
    return reject;
}

Result<std::shared_ptr<TableContext>> make_context(const Table& table, const ImportOptions& options,
                                                   std::span<const TableField> fields) {
    KL_TRY(Zone zone, Zone::find(options.zone));
    KL_TRY(TableMapping mapping,
           parse_table_mapping(options.mapping, options.mapping_name, fields));
    KL_TRY(auto places, find_fields(mapping, fields, table.columns()));
    const char delimiter = table.csv() != nullptr ? table.csv()->delimiter() : ',';
    const char mark =
        options.decimal.empty() ? usual_decimal_mark(delimiter) : options.decimal.front();
    return std::make_shared<TableContext>(TableContext{table.csv() == nullptr,
                                                       delimiter,
                                                       mark,
                                                       table.columns(),
                                                       std::move(places),
                                                       std::move(mapping),
                                                       std::move(zone),
                                                       {}});
}

// The mark that most numbers of the file can be read with alone. A file in which no number tells is
// read with the usual mark of its delimiter.
Result<char> find_decimal_mark(const TableContext& context, std::span<const TableField> fields,
                               Table table) {
    std::int64_t commas = 0, points = 0;
    CsvRow row;
    std::pair<std::string, TextArgs> unreadable;
    while (true) {
        KL_TRY(const bool more, table.next(row, unreadable));
        if (!more) break;
        if (!unreadable.first.empty()) continue;
        for (std::size_t i = 0; i < fields.size(); ++i) {
            if (!fields[i].number) continue;
            const auto told = told_decimal_mark(TableRow(context, row.fields)[i]);
            if (told) ++(*told == ',' ? commas : points);
        }
    }
    if (commas == points) return context.decimal_mark;
    return commas > points ? ',' : '.';
}

// Where the user stated no mark. One that the delimiter does not lead to expect is a notice.
Result<void> tell_decimal_mark(const Table& table, std::span<const TableField> fields,
                               TableContext& context, ScannedFile& file) {
    KL_TRY(const char mark, find_decimal_mark(context, fields, table));
    if (mark == context.decimal_mark) return {};
    context.decimal_mark = mark;
    file.notices.push_back({"notice.csv.decimal_detected", {{"decimal", std::string(1, mark)}}});
    return {};
}

void tell_findings(const DecodedText& decoded, const Table& table, const TableContext& context,
                   std::span<const TableField> fields, bool mapped, ScannedFile& file) {
    if (decoded.detected) {
        file.notices.push_back({"notice.csv.encoding_detected",
                                {{"encoding", std::string(encoding_name(decoded.encoding))}}});
    }
    if (table.csv() != nullptr && table.csv()->delimiter_detected()) {
        file.notices.push_back({"notice.csv.delimiter_detected",
                                {{"delimiter", std::string(1, table.csv()->delimiter())}}});
    }
    // Headings that are the fields' own names were not guessed.
    std::string guessed;
    for (std::size_t i = 0; i < fields.size() && !mapped; ++i) {
        if (!context.places[i] || context.columns[*context.places[i]] == fields[i].name) continue;
        if (!guessed.empty()) guessed += ", ";
        guessed += std::string(fields[i].name) + " = " + context.columns[*context.places[i]];
    }
    if (!guessed.empty())
        file.notices.push_back({"ingest.table.columns_guessed", {{"columns", guessed}}});
}

}  // namespace

std::string shown_value(std::string_view text) { return shortened(text, kValueBytesMax); }

bool masked_key(std::string_view key) { return key.find("****") != std::string_view::npos; }

std::string_view TableRow::operator[](std::size_t field) const {
    const TableMapping& mapping = context_->mapping;
    if (const auto fixed = mapping.constants.find(field); fixed != mapping.constants.end())
        return fixed->second;
    const auto& place = context_->places[field];
    if (!place || *place >= fields_->size()) return {};
    const std::string_view text = trimmed_text((*fields_)[*place]);
    if (const auto words = mapping.values.find(field); words != mapping.values.end()) {
        const auto meant = words->second.find(fold(text));
        if (meant != words->second.end()) return meant->second;
    }
    return std::find(kNothing.begin(), kNothing.end(), text) != kNothing.end() ? std::string_view()
                                                                               : text;
}

bool TableRow::unknown(std::size_t field) const {
    const auto list = context_->mapping.known.find(field);
    return list != context_->mapping.known.end() && !list->second.contains(fold((*this)[field]));
}

std::optional<WrittenTime> TableRow::time(std::size_t field) const {
    const std::string_view text = (*this)[field];
    if (text.empty()) return std::nullopt;
    if (context_->mapping.time_format.empty()) return parse_written_time(text, context_->zone);
    return parse_written_time(text, context_->mapping.time_format, context_->zone);
}

std::optional<Decimal> TableRow::decimal(std::size_t field) const {
    return parse_decimal((*this)[field], context_->decimal_mark);
}

Result<ScannedFile> scan_table(std::string_view content, const ImportOptions& options,
                               const std::vector<std::int64_t>* wanted,
                               std::span<const TableField> fields, const PlaceTableRow& place,
                               TableNotes notes) {
    KL_TRY(DecodedText decoded, decode_text(content, options.encoding));
    KL_TRY(Table table, Table::open(decoded.text, options));
    KL_TRY(const auto context, make_context(table, options, fields));
    context->notes = std::move(notes);
    ScannedFile file;
    file.owned_text = decoded.owned;
    file.text = decoded.text;
    file.bytes_read = content.size();
    file.context = context;
    tell_findings(decoded, table, *context, fields, !options.mapping.empty(), file);
    const bool numbers = std::any_of(fields.begin(), fields.end(),
                                     [](const TableField& field) { return field.number; });
    if (numbers && options.decimal.empty() && table.csv() != nullptr)
        KL_CHECK(tell_decimal_mark(table, fields, *context, file));
    CsvRow row;
    std::pair<std::string, TextArgs> unreadable;
    while (true) {
        KL_TRY(const bool more, table.next(row, unreadable));
        if (!more) return file;
        ++file.rows_read;
        if (!unreadable.first.empty()) {
            file.rejects.push_back(
                reject_of(row, std::move(unreadable.first), "", std::move(unreadable.second)));
            continue;
        }
        TablePlace placed;
        const TableFault fault = place(TableRow(*context, row.fields), placed);
        if (!fault.key.empty()) {
            file.rejects.push_back(reject_of(row, std::string(fault.key), fault.field,
                                             {{"value", shown_value(fault.value)}}));
            continue;
        }
        if (wanted && !std::binary_search(wanted->begin(), wanted->end(), placed.group)) continue;
        file.rows.push_back({placed.group, placed.time, row.offset, row.length,
                             static_cast<std::uint32_t>(row.line)});
    }
}

TableRow TableRowReader::read(const GroupRow& row) {
    const auto& context = *static_cast<const TableContext*>(row.context);
    CsvRow& parsed = rows_.emplace_back();
    if (context.json)
        parse_json_row(row.bytes, context.columns, parsed);
    else
        parse_csv_row(row.bytes, context.delimiter, context.columns.size(), parsed);
    return {context, parsed.fields};
}

}  // namespace klarsyn
