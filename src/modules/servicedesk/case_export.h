// Cases as a table in the shape of ServiceNow's, for other systems and for case-csv. From the facts
// alone: no titles, no texts, no persons.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"
#include "store/database.h"

namespace klarsyn::servicedesk {

inline constexpr std::array<std::string_view, 15> kExportColumns{"number",
                                                                 "opened_at",
                                                                 "state",
                                                                 "resolved_at",
                                                                 "closed_at",
                                                                 "sys_updated_on",
                                                                 "assignment_group",
                                                                 "category",
                                                                 "priority",
                                                                 "contact_type",
                                                                 "sys_class_name",
                                                                 "cmdb_ci",
                                                                 "reassignment_count",
                                                                 "u_level",
                                                                 "u_org"};
// Texts in the order of kExportColumns; unknown is empty. Times are UTC, "2026-01-05T07:12:04Z".
// The number is a case's own (K1), or SOURCE:number for an imported one. The state is In Progress,
// On Hold, Resolved or Closed: the facts do not tell new from active.
using ExportedCase = std::array<std::string, kExportColumns.size()>;

// Every case that was opened in these days, by source and number. The caller's connection reads at
// one moment (begin_read). The sink's error ends the export.
Result<void> export_cases(Connection& db, Period opened,
                          const std::function<Result<void>(const ExportedCase&)>& sink);

// One case as JSON object; texts are escaped, unknown is "".
std::string exported_json(const ExportedCase& exported);

}  // namespace klarsyn::servicedesk
