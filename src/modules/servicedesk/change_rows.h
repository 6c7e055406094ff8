// Formats whose rows are changes of cases (timeline.h): what scan, identify and derive have in
// common once a format can read a row. Pure; thread-safe.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "modules/servicedesk/readers.h"
#include "modules/servicedesk/timeline.h"

namespace klarsyn::servicedesk {

// What a row's bytes mean in its file; formats add their own.
struct ChangeContext {
    TableShape shape;
    std::vector<std::optional<std::size_t>> places;  // of the format's headings
    Zone zone;

    // Trimmed; empty where the column lacks.
    std::string_view field(const std::vector<std::string_view>& fields, std::size_t heading) const;
};

using KeptTexts = std::deque<std::string>;  // texts that had to be rewritten

// Reads one row of a file whose context the format made. The change's views point into the fields
// and into `kept`.
using ReadChange = RowFault (*)(const std::vector<std::string_view>& fields,
                                const ChangeContext& context, KeptTexts& kept, CaseChange& out);

Result<ScannedFile> scan_changes(OpenedTable opened, const ImportOptions& options,
                                 const std::vector<std::int64_t>* wanted,
                                 std::shared_ptr<const ChangeContext> context, ReadChange read);
RowIdentity identify_change(const GroupRow& row, ReadChange read);
void derive_changes_of(const DeriveInput& input, FactSink& sink, ReadChange read);

// `out` stays empty for an empty text; a fault names the column.
RowFault read_time(std::string_view text, std::string_view column, const Zone& zone,
                   std::optional<CaseTime>& out);
RowFault missing(std::string_view column);

}  // namespace klarsyn::servicedesk
