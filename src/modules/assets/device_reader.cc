// Input format device-csv.
#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

#include "core/text.h"
#include "ingest/table_file.h"
#include "modules/assets/devices.h"
#include "modules/assets/register.h"

namespace klarsyn::assets {
namespace {

constexpr int kDeviceTable = 0;
constexpr int kEventTable = 1;
constexpr int kFindingTable = 2;
constexpr std::int64_t kMonthsMost = 1200;

enum Field : std::size_t {
    kUdi,
    kSerial,
    kModel,
    kManufacturer,
    kKind,
    kPlace,
    kOwner,
    kRegister,
    kPurchased,
    kPrice,
    kEvery,
    kLastMaintained,
    kNextDue,
    kStatus,
    kFrom,
    kTo,
    kActivity,
    kActivityDay,
    kNote,
    kFieldCount
};

const std::array<TableField, kFieldCount>& fields() {
    static const std::array<TableField, kFieldCount> kFields{
        {{"udi", {"udi-di", "udi-pi", "gtin"}},
         {"serial", {"serial number", "serial no", "serienummer", "serienr", "serienr."}},
         {"model", {"modelbetegnelse"}},
         {"manufacturer", {"producent", "fabrikant", "fabrikat"}},
         {"kind", {"type", "slags", "apparattype", "art"}},
         {"place", {"site", "location", "sted", "placering", "lokation"}},
         {"owner", {"ejer", "afdeling", "department"}},
         {"register", {"region"}},
         {"purchased", {"bought", "købsdato", "anskaffet", "anskaffelsesdato", "indkøbt"}},
         {"price", {"pris", "anskaffelsespris", "købspris"}, false, true},
         {"maintenance_every", {"interval", "vedligeholdsinterval", "serviceinterval"}},
         {"last_maintained",
          {"last service", "seneste eftersyn", "sidste eftersyn", "sidst set efter"}},
         {"next_due", {"next service", "due", "næste eftersyn", "forfalder"}},
         {"status", {"state", "tilstand"}},
         {"from", {"valid_from", "fra", "gælder fra"}},
         {"to", {"valid_to", "til", "gælder til"}},
         {"activity", {"aktivitet"}},
         {"activity_day", {"activity day", "aktivitetsdato"}},
         {"note", {"bemærkning", "bemaerkning"}}}};
    return kFields;
}

std::string_view name_of(Field field) { return fields()[field].name; }

// "12", "12 mdr.", "1 år": months. Empty for anything else.
std::optional<std::int64_t> months_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc{} || number < 0 || number > kMonthsMost) return std::nullopt;
    const std::string unit = fold(text.substr(static_cast<std::size_t>(end - text.data())));
    static constexpr std::array<std::string_view, 9> kMonths{
        "", "m", "md", "md.", "mdr", "mdr.", "maaneder", "months", "month"};
    static constexpr std::array<std::string_view, 4> kYears{"aar", "y", "year", "years"};
    const std::string_view bare = trimmed_text(unit);
    if (std::find(kMonths.begin(), kMonths.end(), bare) != kMonths.end()) return number;
    if (std::find(kYears.begin(), kYears.end(), bare) != kYears.end()) return number * 12;
    return std::nullopt;
}

TableFault read_numbers(const TableRow& row, DeviceRow& out) {
    if (const std::string_view text = row[kPrice]; !text.empty()) {
        constexpr std::int64_t kMost = 1'000'000'000'000;
        const auto price = row.decimal(kPrice);
        if (!price || price->units < 0 || price->scale > 2 || price->units > kMost)
            return {"assets.reject.price", name_of(kPrice), std::string(text)};
        out.price = price->units;
        for (int i = price->scale; i < 2; ++i) *out.price *= 10;
    }
    if (const std::string_view text = row[kEvery]; !text.empty()) {
        out.every_months = months_of(text);
        if (!out.every_months)
            return {"assets.reject.interval", name_of(kEvery), std::string(text)};
    }
    return {};
}

TableFault read_activity(const TableRow& row, DeviceRow& out) {
    const std::string_view word = row[kActivity];
    if (word.empty()) return {};
    out.activity = device_activity(word);
    if (out.activity.empty())
        return {"assets.reject.activity", name_of(kActivity), std::string(word)};
    out.note = row[kNote];
    if (row[kActivityDay].empty()) return {"assets.reject.missing", name_of(kActivityDay)};
    const auto day = row.time(kActivityDay);
    if (!day) return {"assets.reject.date", name_of(kActivityDay), std::string(row[kActivityDay])};
    out.activity_day = day->day;
    return {};
}

TableFault read_dates(const TableRow& row, DeviceRow& out) {
    for (const auto& [field, target] :
         {std::pair{kPurchased, &out.purchased}, std::pair{kLastMaintained, &out.last_maintained},
          std::pair{kNextDue, &out.next_due}}) {
        std::string bad;
        if (TableFault fault = read_day(row, field, name_of(field), *target, bad);
            !fault.key.empty())
            return fault;
        if (!bad.empty()) out.bad.push_back({"impossible_date", std::string(name_of(field)), bad});
    }
    return read_validity(row, {kFrom, kTo}, fields(), out.purchased, out.from, out.to);
}

TableFault read_device(const TableRow& row, DeviceRow& out) {
    const std::pair<Field, std::string DeviceRow::*> texts[] = {
        {kUdi, &DeviceRow::udi},     {kSerial, &DeviceRow::serial},
        {kModel, &DeviceRow::model}, {kManufacturer, &DeviceRow::manufacturer},
        {kKind, &DeviceRow::kind},   {kPlace, &DeviceRow::place},
        {kOwner, &DeviceRow::owner}, {kRegister, &DeviceRow::region}};
    for (const auto& [field, target] : texts) out.*target = row[field];
    const std::string key = device_key(out);
    if (key.empty()) return {"assets.reject.identity", name_of(kSerial), out.udi};
    for (const Field field : {kSerial, kUdi}) {
        if (masked_key(row[field]))
            return {"assets.reject.masked", name_of(field), std::string(row[field])};
    }
    if (const std::string_view word = row[kStatus]; !word.empty()) {
        out.status = asset_status(word);
        if (out.status.empty())
            return {"assets.reject.status", name_of(kStatus), std::string(word)};
    }
    if (row.unknown(kModel)) out.bad.push_back({"unknown_model", "model", out.model});
    if (TableFault fault = read_numbers(row, out); !fault.key.empty()) return fault;
    if (TableFault fault = read_activity(row, out); !fault.key.empty()) return fault;
    return read_dates(row, out);
}

DeviceRow device_of(TableRowReader& reader, const GroupRow& row) {
    DeviceRow device;
    read_device(reader.read(row), device);
    device.order = {row.batch, row.file, row.line};
    return device;
}

Result<ScannedFile> scan(std::string_view content, const ImportOptions& options,
                         const std::vector<std::int64_t>* wanted) {
    return scan_register(content, options, wanted, fields(),
                         [&](const TableRow& row, TablePlace& place) {
                             DeviceRow device;
                             TableFault fault = read_device(row, device);
                             if (!fault.key.empty()) return fault;
                             const auto from = device.from ? device.from : device.purchased;
                             place = {key_group(options.source, device_key(device)),
                                      from ? day_start(*from) : kNoTime};
                             return fault;
                         });
}

// A device has one row per first day and activity: another is a correction.
RowIdentity identify(const GroupRow& row) {
    TableRowReader reader;
    const DeviceRow device = device_of(reader, row);
    const std::string key = device_key(device) + '\n' + device.activity + '\n' +
                            std::to_string(device.activity_day.value_or(-1));
    return {hash64(key, static_cast<std::uint64_t>(device.from.value_or(-1))), hash64(row.bytes)};
}

void write_number(const std::optional<std::int64_t>& value, FactSink& sink) {
    if (value)
        sink.i64(*value);
    else
        sink.null();
}

void write_names(const DeviceRow& state, FactSink& sink) {
    for (const std::string* name : {&state.model, &state.manufacturer, &state.kind, &state.place,
                                    &state.owner, &state.region})
        sink.i64(sink.name(*name));
}

void write_span(const DeviceHistory& device, const DeviceSpan& span, std::string_view key,
                std::string_view source, FactSink& sink) {
    const DeviceRow& state = span.state;
    sink.i64(span.from);
    write_day(span.to, sink);
    sink.i64(span_class(span.from, span.to));
    sink.text(device.name);
    sink.text(key);
    sink.text(state.udi);
    sink.text(bare_code(state.udi));
    write_names(state, sink);
    sink.i64(sink.name(state.status));
    sink.i64(sink.name(span.maintenance));
    sink.i64(span.maintenance == "overdue" ? 1 : 0);
    write_day(span.due, sink);
    write_day(state.purchased, sink);
    write_number(state.price, sink);
    write_number(state.every_months, sink);
    sink.i64(sink.name(source));
}

void write_event(const DeviceHistory& device, const DeviceEvent& event, std::string_view key,
                 std::string_view source, FactSink& sink) {
    sink.i64(event.day);
    sink.text(device.name);
    sink.text(key);
    sink.text(event.activity);
    sink.text(event.note);
    write_day(event.due, sink);
    if (event.activity == "maintenance" && event.due)
        sink.i64(event.day <= *event.due ? 1 : 0);
    else
        sink.null();
    write_names(event.state, sink);
    sink.i64(sink.name(source));
}

void write_device(const DeviceHistory& device, std::string_view code, std::size_t number,
                  std::string_view source, FactSink& sink) {
    const std::string own =
        std::string(code) + (number > 0 ? "." + std::to_string(number + 1) : std::string());
    const std::string key = source_key(source, own);
    for (const DeviceSpan& span : device.spans) {
        sink.begin(kDeviceTable, key + std::to_string(span.from));
        write_span(device, span, code, source, sink);
        sink.end();
    }
    for (const DeviceEvent& event : device.events) {
        sink.begin(kEventTable, key + event.activity + '/' + std::to_string(event.day));
        write_event(device, event, code, source, sink);
        sink.end();
    }
    write_findings(device.findings, {device.name, own, source}, kFindingTable, sink);
}

void derive(const DeriveInput& input, FactSink& sink) {
    TableRowReader reader;
    std::map<std::string, std::vector<DeviceRow>> keys;  // chance may bring two into one group
    for (const GroupRow& row : input.rows) {
        DeviceRow device = device_of(reader, row);
        std::string key = device_key(device);
        keys[std::move(key)].push_back(std::move(device));
    }
    for (auto& [code, rows] : keys) {
        const auto devices = device_histories(std::move(rows));
        for (std::size_t i = 0; i < devices.size(); ++i)
            write_device(devices[i], code, i, input.source, sink);
    }
}

}  // namespace

Format device_format() {
    Format format;
    format.name = "device-csv";
    format.module = "assets";
    format.tables = {
        {"assets_device",
         {"from_day", "to_day",       "cls",          "device",  "serial_code", "udi",
          "udi_code", "model",        "manufacturer", "kind",    "place",       "owner",
          "register", "status",       "maintenance",  "overdue", "due_day",     "purchased_day",
          "price",    "every_months", "source"},
         {"from_day", "to_day"},
         {"device", "serial_code", "udi", "udi_code"}},
        {"assets_device_event",
         {"day", "device", "serial_code", "activity", "note", "due_day", "in_time", "model",
          "manufacturer", "kind", "place", "owner", "register", "source"},
         {"day"},
         {"device", "serial_code", "activity", "note"}},
        finding_table()};
    format.scan = scan;
    format.identify = identify;
    format.derive = derive;
    return format;
}

}  // namespace klarsyn::assets
