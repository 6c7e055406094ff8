// Input format reading-csv.
#include <array>
#include <utility>

#include "ingest/fact_text.h"
#include "ingest/held_rows.h"
#include "modules/capacity/capacity.h"

namespace klarsyn::capacity {
namespace {

enum Field : std::size_t { kTime, kKind, kPlace, kUnitName, kUsed, kTotal, kUnit, kFieldCount };

const std::array<TableField, kFieldCount>& fields() {
    static const std::array<TableField, kFieldCount> kFields{
        {{"time", {"at", "tid", "tidspunkt", "dato"}, true},
         {"kind", {"type", "slags", "art"}, true},
         {"place", {"site", "sted", "datacenter", "lokation"}, true},
         {"unit_name", {"name", "store", "array", "enhed", "navn", "lager"}},
         {"used", {"forbrugt", "brugt", "anvendt"}, true, true},
         {"total", {"capacity", "kapacitet", "i alt"}, true, true},
         {"unit", {"måleenhed"}, true}}};
    return kFields;
}

std::string_view name_of(Field field) { return fields()[field].name; }

TableFault read_quantity(const TableRow& row, Field field, std::int64_t factor,
                         std::optional<std::int64_t>& out) {
    const std::string_view text = row[field];
    if (text.empty()) return {};
    const auto number = row.decimal(field);
    if (number) out = base_units(*number, factor);
    if (out) return {};
    return {"capacity.reject.quantity", name_of(field), std::string(text)};
}

TableFault read_reading(const TableRow& row, Reading& out) {
    const auto time = row.time(kTime);
    if (!time) return {"capacity.reject.time", name_of(kTime), std::string(row[kTime])};
    out.at = time->at;
    out.day = Zone::copenhagen().to_local(time->at).day;
    out.kind = row[kKind];
    if (out.kind != "power" && out.kind != "storage")
        return {"capacity.reject.kind", name_of(kKind), out.kind};
    out.place = row[kPlace];
    if (out.place.empty()) return {"capacity.reject.place", name_of(kPlace)};
    out.unit_name = row[kUnitName];
    for (const Field field : {kPlace, kUnitName}) {
        if (masked_key(row[field]))
            return {"capacity.reject.masked", name_of(field), std::string(row[field])};
    }
    const auto unit = find_unit(row[kUnit]);
    if (!unit || unit->kind != out.kind)
        return {out.kind == "power" ? "capacity.reject.unit_power" : "capacity.reject.unit_storage",
                name_of(kUnit), std::string(row[kUnit])};
    if (TableFault fault = read_quantity(row, kUsed, unit->factor, out.used); !fault.key.empty())
        return fault;
    if (TableFault fault = read_quantity(row, kTotal, unit->factor, out.total); !fault.key.empty())
        return fault;
    if (!out.used && !out.total) return {"capacity.reject.nothing", name_of(kUsed)};
    return {};
}

// What is measured: one thing has one reading per second.
std::string thing_of(const Reading& reading) {
    return reading.kind + '/' + reading.place + '/' + reading.unit_name;
}

std::string key_of(const Reading& reading) {
    return joined_key({reading.kind, reading.place, reading.unit_name}) +
           std::to_string(reading.at);
}

// A thing's readings of one day.
std::int64_t group_of(std::string_view source, const Reading& reading) {
    return group_key(static_cast<std::uint64_t>(reading.day),
                     std::string(source) + '\n' + thing_of(reading));
}

Result<ScannedFile> scan(std::string_view content, const ImportOptions& options,
                         const std::vector<std::int64_t>* wanted) {
    return scan_table(content, options, wanted, fields(),
                      [&](const TableRow& row, TablePlace& place) {
                          Reading reading;
                          TableFault fault = read_reading(row, reading);
                          if (fault.key.empty())
                              place = {group_of(options.source, reading), reading.at};
                          return fault;
                      });
}

RowIdentity identify(const GroupRow& row) {
    TableRowReader reader;
    Reading reading;
    read_reading(reader.read(row), reading);
    const auto value = [](const std::optional<std::int64_t>& number) {
        return number ? std::to_string(*number) : std::string("-");
    };
    return {hash64(key_of(reading)), hash64(value(reading.used) + ' ' + value(reading.total))};
}

// Of several rows of one reading the one that was imported last holds.
void derive(const DeriveInput& input, FactSink& sink) {
    const auto readings = last_imported<Reading>(input, read_reading, key_of);
    for (const auto& [key, reading] : readings) {
        sink.begin(0, std::string(input.source) + '/' + key);
        sink.i64(reading.day);
        sink.i64(reading.at);
        sink.text(reading.kind);
        sink.i64(sink.name(reading.place));
        sink.i64(sink.name(reading.unit_name));
        sink.i64(sink.name(thing_of(reading)));
        write_optional(reading.used, sink);
        write_optional(reading.total, sink);
        sink.i64(sink.name(input.source));
        sink.end();
    }
}

}  // namespace

Format reading_format() {
    Format format;
    format.name = "reading-csv";
    format.module = "capacity";
    format.tables = {
        {"capacity_reading",
         {"day", "at", "kind", "place", "unit_name", "thing", "used", "total", "source"},
         {"day"},
         {"kind"}}};
    format.scan = scan;
    format.identify = identify;
    format.derive = derive;
    return format;
}

}  // namespace klarsyn::capacity
