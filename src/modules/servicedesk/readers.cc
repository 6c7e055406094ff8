#include "modules/servicedesk/readers.h"

#include <algorithm>
#include <set>
#include <utility>

#include "modules/servicedesk/case_facts.h"
#include "modules/servicedesk/groups.h"
#include "modules/servicedesk/service_rules.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::size_t kRawBytesMax = 2000;
constexpr std::size_t kValueBytesMax = 80;

// At most `max` bytes, not cut inside a character, always valid UTF-8 and without NUL, which no
// database stores.
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

Reject reject_at(const CsvRow& row) {
    Reject reject;
    reject.line = row.line;
    reject.raw = shortened(row.bytes, kRawBytesMax);
    return reject;
}

}  // namespace

Format case_format(std::string_view name, decltype(Format::scan) scan,
                   decltype(Format::identify) identify, decltype(Format::derive) derive) {
    Format format;
    format.name = name;
    format.module = "servicedesk";
    format.tables = import_tables();
    format.scan = scan;
    format.identify = identify;
    format.derive = derive;
    format.load_state = load_case_rules;
    format.apply_state = apply_groups;
    format.withdraw_state = withdraw_groups;
    return format;
}

std::vector<Format> import_formats() {
    return {case_audit_format(), case_csv_format(), glpi_csv_format(), rt_csv_format()};
}

RowFault check_number(std::string_view number, std::string_view column) {
    if (number.empty()) return {"servicedesk.reject.missing", column, ""};
    if (number.ends_with("****")) return {"servicedesk.reject.number_masked", column, number};
    return {};
}

std::optional<std::size_t> TableShape::column(std::string_view name) const {
    const auto found = std::find(columns.begin(), columns.end(), name);
    if (found == columns.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns.begin());
}

CaseTable::CaseTable(CsvReader reader) : reader_(std::move(reader)) {
    const CsvReader& csv = std::get<CsvReader>(reader_);
    shape_.delimiter = csv.delimiter();
    shape_.columns = csv.columns();
}

CaseTable::CaseTable(JsonReader reader) : reader_(std::move(reader)) {
    shape_.json = true;
    shape_.columns = std::get<JsonReader>(reader_).columns();
}

Result<bool> CaseTable::next(CsvRow& row, std::optional<Reject>& reject) {
    reject.reset();
    if (auto* json = std::get_if<JsonReader>(&reader_)) {
        bool readable = false;
        const bool more = json->next(row, readable);
        if (more && !readable) reject = reject_of(row, RowFault{"reject.json.row", "", ""});
        return more;
    }
    KL_TRY(const bool more, std::get<CsvReader>(reader_).next(row));
    if (more && row.fault != CsvFault::none) {
        reject = reject_at(row);
        auto [key, args] = fault_reason(row, shape_.columns.size());
        reject->key = std::move(key);
        reject->args = std::move(args);
    }
    return more;
}

Result<OpenedTable> open_case_file(std::string_view content, const ImportOptions& options) {
    KL_TRY(DecodedText decoded, decode_text(content, options.encoding));
    ScannedFile file;
    file.owned_text = decoded.owned;
    file.text = decoded.text;
    file.bytes_read = content.size();
    if (decoded.detected) {
        file.notices.push_back({"notice.csv.encoding_detected",
                                {{"encoding", std::string(encoding_name(decoded.encoding))}}});
    }
    if (looks_like_json(decoded.text)) {
        KL_TRY(JsonReader json, JsonReader::open(decoded.text));
        return OpenedTable{std::move(file), CaseTable(std::move(json))};
    }
    CsvOptions csv;
    csv.delimiter = options.delimiter;
    csv.well_formed = decoded.well_formed;
    KL_TRY(CsvReader reader, CsvReader::open(decoded.text, csv));
    if (reader.delimiter_detected()) {
        file.notices.push_back(
            {"notice.csv.delimiter_detected", {{"delimiter", std::string(1, reader.delimiter())}}});
    }
    return OpenedTable{std::move(file), CaseTable(std::move(reader))};
}

Reject reject_of(const CsvRow& row, const RowFault& fault) {
    Reject reject = reject_at(row);
    reject.key = std::string(fault.key);
    reject.field = std::string(fault.field);
    reject.args = {{"value", shortened(fault.value, kValueBytesMax)}};
    return reject;
}

Result<ScannedFile> scan_rows(OpenedTable opened, const ImportOptions& options,
                              const std::vector<std::int64_t>* wanted,
                              std::shared_ptr<const void> context, const PlaceRow& place) {
    ScannedFile file = std::move(opened.file);
    file.context = std::move(context);
    std::set<std::string, std::less<>> groups_named;
    CsvRow row;
    std::optional<Reject> reject;
    while (true) {
        KL_TRY(const bool more, opened.table.next(row, reject));
        if (!more) break;
        ++file.rows_read;
        if (reject) {
            file.rejects.push_back(std::move(*reject));
            continue;
        }
        RowPlace placed;
        if (const RowFault fault = place(row.fields, placed); !fault.key.empty()) {
            file.rejects.push_back(reject_of(row, fault));
            continue;
        }
        if (!wanted && groups_named.find(placed.group) == groups_named.end())
            groups_named.emplace(placed.group);
        const std::int64_t group = case_group(options.source, placed.number);
        if (wanted && !std::binary_search(wanted->begin(), wanted->end(), group)) continue;
        file.rows.push_back(
            {group, placed.time, row.offset, row.length, static_cast<std::uint32_t>(row.line)});
    }
    groups_named.erase("");
    KL_TRY(const auto notices, notice_unmapped(options, groups_named));
    if (!wanted) file.notices.insert(file.notices.end(), notices.begin(), notices.end());
    return file;
}

const std::vector<std::string_view>& RowParser::parse(std::string_view bytes,
                                                      const TableShape& shape) {
    if (shape.json) {
        CsvRow& kept = kept_.emplace_back();
        parse_json_row(bytes, shape.columns, kept);
        return kept.fields;
    }
    parse_csv_row(bytes, shape.delimiter, shape.columns.size(), row_);
    if (row_.scratch.empty()) return row_.fields;
    CsvRow& kept = kept_.emplace_back();
    parse_csv_row(bytes, shape.delimiter, shape.columns.size(), kept);
    return kept.fields;
}

}  // namespace klarsyn::servicedesk
