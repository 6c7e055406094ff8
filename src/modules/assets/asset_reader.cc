// Input format asset-csv.
#include <array>
#include <map>
#include <utility>

#include "ingest/table_file.h"
#include "modules/assets/assets.h"
#include "modules/assets/register.h"

namespace klarsyn::assets {
namespace {

constexpr int kAssetTable = 0;
constexpr int kFindingTable = 1;

enum Field : std::size_t {
    kId,
    kKind,
    kModel,
    kPlace,
    kOwner,
    kBaseDate,
    kStatus,
    kFrom,
    kTo,
    kFieldCount
};

const std::array<TableField, kFieldCount>& fields() {
    static const std::array<TableField, kFieldCount> kFields{
        {{"id", {"asset", "asset tag", "name", "nummer", "inventarnummer", "maskinnavn"}, true},
         {"kind", {"type", "slags", "art"}, true},
         {"model", {"modelbetegnelse"}},
         {"place", {"site", "location", "sted", "lokation", "placering"}},
         {"owner", {"ejer", "afdeling", "department"}},
         {"base_date",
          {"purchased", "bought", "delivered", "basisdato", "købsdato", "anskaffet",
           "anskaffelsesdato", "leveringsdato"}},
         {"status", {"state", "tilstand"}},
         {"from", {"valid_from", "fra", "gælder fra"}},
         {"to", {"valid_to", "til", "gælder til"}}}};
    return kFields;
}

TableFault read_asset(const TableRow& row, AssetRow& out) {
    out.id = row[kId];
    if (TableFault fault = check_key(out.id, fields()[kId].name); !fault.key.empty()) return fault;
    out.kind = asset_kind(row[kKind]);
    if (out.kind.empty())
        return {"assets.reject.kind", fields()[kKind].name, std::string(row[kKind])};
    if (const std::string_view word = row[kStatus]; !word.empty()) {
        out.status = asset_status(word);
        if (out.status.empty())
            return {"assets.reject.status", fields()[kStatus].name, std::string(word)};
    }
    out.model = row[kModel];
    out.model_unknown = row.unknown(kModel);
    out.place = row[kPlace];
    out.owner = row[kOwner];
    if (TableFault fault =
            read_day(row, kBaseDate, fields()[kBaseDate].name, out.base, out.bad_base);
        !fault.key.empty())
        return fault;
    return read_validity(row, {kFrom, kTo}, fields(), out.base, out.from, out.to);
}

AssetRow asset_of(TableRowReader& reader, const GroupRow& row) {
    AssetRow asset;
    read_asset(reader.read(row), asset);
    asset.order = {row.batch, row.file, row.line};
    return asset;
}

Result<ScannedFile> scan(std::string_view content, const ImportOptions& options,
                         const std::vector<std::int64_t>* wanted) {
    return scan_register(
        content, options, wanted, fields(), [&](const TableRow& row, TablePlace& place) {
            AssetRow asset;
            TableFault fault = read_asset(row, asset);
            if (!fault.key.empty()) return fault;
            const auto from = asset.from ? asset.from : asset.base;
            place = {key_group(options.source, asset.id), from ? day_start(*from) : kNoTime};
            return fault;
        });
}

RowIdentity identify(const GroupRow& row) {
    TableRowReader reader;
    const AssetRow asset = asset_of(reader, row);
    const auto from = static_cast<std::uint64_t>(asset.from.value_or(-1));
    return {hash64(asset.id, from), hash64(row.bytes)};
}

void write_span(const AssetSpan& span, std::string_view source, FactSink& sink) {
    const AssetRow& state = span.state;
    sink.i64(span.from);
    write_day(span.to, sink);
    sink.i64(span_class(span.from, span.to));
    sink.text(state.id);
    sink.text(bare_code(state.id));
    sink.text(state.kind);
    for (const std::string* name :
         {&state.kind, &state.model, &state.place, &state.owner, &state.status, &span.age})
        sink.i64(sink.name(*name));
    sink.i64(span.over_age ? 1 : 0);
    write_day(state.base, sink);
    sink.i64(sink.name(source));
}

void derive(const DeriveInput& input, FactSink& sink) {
    TableRowReader reader;
    std::map<std::string, std::vector<AssetRow>> assets;  // chance may bring two into one group
    for (const GroupRow& row : input.rows) {
        AssetRow asset = asset_of(reader, row);
        assets[asset.id].push_back(std::move(asset));
    }
    for (auto& [id, rows] : assets) {
        const AssetHistory history = asset_history(std::move(rows));
        const std::string key = source_key(input.source, id);
        for (const AssetSpan& span : history.spans) {
            sink.begin(kAssetTable, key + std::to_string(span.from));
            write_span(span, input.source, sink);
            sink.end();
        }
        write_findings(history.findings, {id, id, input.source}, kFindingTable, sink);
    }
}

}  // namespace

Format asset_format() {
    Format format;
    format.name = "asset-csv";
    format.module = "assets";
    format.tables = {{"assets_asset",
                      {"from_day", "to_day", "cls", "asset", "code", "kind", "kind_name", "model",
                       "place", "owner", "status", "age", "over_age", "base_day", "source"},
                      {"from_day", "to_day"},
                      {"asset", "code", "kind"}},
                     finding_table()};
    format.scan = scan;
    format.identify = identify;
    format.derive = derive;
    return format;
}

}  // namespace klarsyn::assets
