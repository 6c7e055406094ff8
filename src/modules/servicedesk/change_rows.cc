#include "modules/servicedesk/change_rows.h"

#include <utility>

#include "modules/servicedesk/case_time.h"

namespace klarsyn::servicedesk {

std::string_view ChangeContext::field(const std::vector<std::string_view>& fields,
                                      std::size_t heading) const {
    const auto& place = places[heading];
    return !place || *place >= fields.size() ? std::string_view() : trimmed(fields[*place]);
}

Result<ScannedFile> scan_changes(OpenedTable opened, const ImportOptions& options,
                                 const std::vector<std::int64_t>* wanted,
                                 std::shared_ptr<const ChangeContext> context, ReadChange read) {
    KeptTexts kept;
    return scan_rows(std::move(opened), options, wanted, context,
                     [&](const std::vector<std::string_view>& fields, RowPlace& place) {
                         kept.clear();
                         CaseChange change;
                         const RowFault fault = read(fields, *context, kept, change);
                         place = {change.number, change.is[Told::group].value_or(""), change.at.at};
                         return fault;
                     });
}

RowIdentity identify_change(const GroupRow& row, ReadChange read) {
    const auto& context = *static_cast<const ChangeContext*>(row.context);
    RowParser parser;
    KeptTexts kept;
    CaseChange change;
    read(parser.parse(row.bytes, context.shape), context, kept, change);
    return {hash64(change.number, change.key), hash64(row.bytes)};
}

void derive_changes_of(const DeriveInput& input, FactSink& sink, ReadChange read) {
    RowParser parser;
    KeptTexts kept;
    std::vector<CaseChange> changes;
    changes.reserve(input.rows.size());
    for (const GroupRow& row : input.rows) {
        const auto& context = *static_cast<const ChangeContext*>(row.context);
        CaseChange change;
        const auto& fields = parser.parse(row.bytes, context.shape);
        if (!read(fields, context, kept, change).key.empty()) continue;
        change.batch = row.batch;
        change.file = row.file;
        change.line = row.line;
        changes.push_back(change);
    }
    derive_changes(std::move(changes), input, sink);
}

RowFault read_time(std::string_view text, std::string_view column, const Zone& zone,
                   std::optional<CaseTime>& out) {
    if (text.empty()) return {};
    out = parse_case_time(text, zone);
    if (!out) return {"servicedesk.reject.time_unreadable", column, text};
    return {};
}

RowFault missing(std::string_view column) { return {"servicedesk.reject.missing", column, ""}; }

}  // namespace klarsyn::servicedesk
