#include "modules/assets/register.h"

#include <algorithm>
#include <set>

#include "ingest/fact_text.h"
#include "ingest/held_rows.h"

namespace klarsyn::assets {
namespace {

// Digits and marks alone, like 31-02-2012: meant as a date.
bool like_a_date(std::string_view text) {
    const auto digits =
        std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits >= 4 && text.find_first_not_of("0123456789-./: T") == std::string_view::npos;
}

TableFault read_plain_day(const TableRow& row, std::size_t field, std::string_view name,
                          std::optional<Day>& out) {
    if (row[field].empty()) return {};
    const auto time = row.time(field);
    if (!time) return {"assets.reject.date", name, std::string(row[field])};
    out = time->day;
    return {};
}

}  // namespace

TableFault check_key(std::string_view key, std::string_view field) {
    if (key.empty()) return {"assets.reject.missing", field};
    if (masked_key(key)) return {"assets.reject.masked", field, std::string(key)};
    return {};
}

TableFault read_day(const TableRow& row, std::size_t field, std::string_view name,
                    std::optional<Day>& out, std::string& bad) {
    const std::string_view text = row[field];
    if (text.empty()) return {};
    if (const auto time = row.time(field)) {
        out = time->day;
        return {};
    }
    if (!like_a_date(text)) return {"assets.reject.date", name, std::string(text)};
    bad = shown_value(text);
    return {};
}

TableFault read_validity(const TableRow& row, ValidityFields at, std::span<const TableField> fields,
                         const std::optional<Day>& base, std::optional<Day>& from,
                         std::optional<Day>& to) {
    if (TableFault fault = read_plain_day(row, at.from, fields[at.from].name, from);
        !fault.key.empty())
        return fault;
    if (TableFault fault = read_plain_day(row, at.to, fields[at.to].name, to); !fault.key.empty())
        return fault;
    const auto& notes = row.context().notes;
    if (!from && !notes.empty()) {
        const Day covered = parse_iso_date(notes.front()).value();
        from = std::max(covered, base.value_or(covered));
    }
    if (from && to && *to < *from)
        return {"assets.reject.end_first", fields[at.to].name, iso_date(*to)};
    return {};
}

Result<ScannedFile> scan_register(std::string_view content, const ImportOptions& options,
                                  const std::vector<std::int64_t>* wanted,
                                  std::span<const TableField> fields, const PlaceTableRow& place) {
    TableNotes notes;
    if (options.covers) notes.push_back(iso_date(options.covers->from));
    return scan_table(content, options, wanted, fields, place, std::move(notes));
}

std::int64_t key_group(std::string_view source, std::string_view key) {
    return group_key(hash64(key), std::string(source) + '\n' + std::string(key));
}

std::string source_key(std::string_view source, std::string_view key) {
    return joined_key({source, key});
}

void write_day(const std::optional<Day>& day, FactSink& sink) {
    write_optional(day, sink);
}

FactTableSpec finding_table() {
    return {"assets_finding",
            {"what", "thing", "field", "value", "source"},
            {},
            {"what", "thing", "field", "value"}};
}

void write_findings(const std::vector<Finding>& findings, const FindingOf& of, int table,
                    FactSink& sink) {
    std::set<std::string> written;  // the same said twice is one finding
    for (const Finding& finding : findings) {
        const std::string key = source_key(of.source, of.key) + finding.what + '/' + finding.field +
                                '/' + finding.value;
        if (!written.insert(key).second) continue;
        sink.begin(table, key);
        sink.text(finding.what);
        sink.text(of.thing);
        sink.text(finding.field);
        sink.text(finding.value);
        sink.i64(sink.name(of.source));
        sink.end();
    }
}

}  // namespace klarsyn::assets
