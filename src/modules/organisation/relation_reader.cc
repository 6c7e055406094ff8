// Input format relation-csv.
#include <array>
#include <utility>

#include "core/text.h"
#include "ingest/fact_text.h"
#include "ingest/held_rows.h"
#include "modules/organisation/relations.h"

namespace klarsyn::organisation {
namespace {

enum Field : std::size_t { kFrom, kRelation, kTo, kFromDay, kToDay, kFieldCount };

const std::array<TableField, kFieldCount>& fields() {
    static const std::array<TableField, kFieldCount> kFields{
        {{"from", {"fra"}, true},
         {"relation", {"relationstype"}, true},
         {"to", {"til"}, true},
         {"from_day", {"from day", "gælder fra"}},
         {"to_day", {"to day", "gælder til"}}}};
    return kFields;
}

TableFault read_relation(const TableRow& row, Relation& out) {
    const std::pair<Field, std::string Relation::*> texts[] = {
        {kFrom, &Relation::from}, {kRelation, &Relation::relation}, {kTo, &Relation::to}};
    for (const auto& [field, target] : texts) {
        out.*target = row[field];
        if ((out.*target).empty()) return {"organisation.reject.missing", fields()[field].name};
        if (masked_key(out.*target))
            return {"organisation.reject.masked", fields()[field].name, out.*target};
    }
    if (fold(out.from) == fold(out.to))
        return {"organisation.reject.itself", fields()[kTo].name, out.to};
    for (const auto& [field, target] :
         {std::pair{kFromDay, &out.from_day}, std::pair{kToDay, &out.to_day}}) {
        if (row[field].empty()) continue;
        const auto time = row.time(field);
        if (!time)
            return {"organisation.reject.day", fields()[field].name, std::string(row[field])};
        *target = time->day;
    }
    if (out.from_day && out.to_day && *out.to_day < *out.from_day)
        return {"organisation.reject.end_first", fields()[kToDay].name, iso_date(*out.to_day)};
    return {};
}

// A relation is known by what it joins, how and since when; its last day may be corrected.
std::string key_of(const Relation& relation) {
    return joined_key({relation.from, relation.relation, relation.to}) +
           (relation.from_day ? iso_date(*relation.from_day) : std::string());
}

Result<ScannedFile> scan(std::string_view content, const ImportOptions& options,
                         const std::vector<std::int64_t>* wanted) {
    return scan_table(content, options, wanted, fields(),
                      [&](const TableRow& row, TablePlace& place) {
                          Relation relation;
                          TableFault fault = read_relation(row, relation);
                          if (!fault.key.empty()) return fault;
                          const std::string key = key_of(relation);
                          place = {group_key(hash64(key), options.source + '\n' + key),
                                   relation.from_day ? day_start(*relation.from_day) : kNoTime};
                          return fault;
                      });
}

RowIdentity identify(const GroupRow& row) {
    TableRowReader reader;
    Relation relation;
    read_relation(reader.read(row), relation);
    return {hash64(key_of(relation)), static_cast<std::uint64_t>(relation.to_day.value_or(-1))};
}

// Of several rows of one relation the one that was imported last holds.
void derive(const DeriveInput& input, FactSink& sink) {
    const auto relations = last_imported<Relation>(input, read_relation, key_of);
    for (const auto& [key, relation] : relations) {
        sink.begin(0, std::string(input.source) + '/' + key);
        for (const std::string* text : {&relation.from, &relation.relation, &relation.to})
            sink.text(*text);
        write_optional(relation.from_day, sink);
        write_optional(relation.to_day, sink);
        sink.end();
    }
}

}  // namespace

Format relation_format() {
    Format format;
    format.name = "relation-csv";
    format.module = "organisation";
    format.tables = {{"core_relation",
                      {"thing", "relation", "other", "valid_from", "valid_to"},
                      {},
                      {"thing", "relation", "other"}}};
    format.scan = scan;
    format.identify = identify;
    format.derive = derive;
    return format;
}

}  // namespace klarsyn::organisation
