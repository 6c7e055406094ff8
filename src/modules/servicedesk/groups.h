// Levels and organisation of assignment groups: the groups file of an import, and what holds of all
// files of a source. For each group the newest batch that is not withdrawn holds alone.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "ingest/format.h"
#include "modules/servicedesk/servicedesk.h"
#include "store/database.h"

namespace klarsyn::servicedesk {

// Reads CSV group,level,org,from,to; `to` is the last day, an empty date is open. invalid_input
// with file, line and field for an unreadable row, for an end before its beginning and for two rows
// of one group that overlap: half a mapping would be a wrong one, so nothing is taken.
Result<GroupMap> parse_groups(std::string_view text, std::string_view file);

// What holds of a source, and what Format asks of the module when a groups file comes or goes.
Result<GroupMap> load_groups(Connection& db, std::string_view source);
Result<std::vector<std::int64_t>> apply_groups(Connection& db, std::int64_t seq,
                                               const ImportOptions& options,
                                               std::vector<Reject>& rejects);
Result<std::vector<std::int64_t>> withdraw_groups(Connection& db, std::int64_t seq,
                                                  std::int64_t withdrawn_batch,
                                                  std::string_view source);

// The names of groups that some event of these days names without a level, by name.
Result<std::vector<std::string>> unmapped_groups(Connection& db, std::string_view source,
                                                 Period days);

// Notices which of the groups that a file names the import's own groups file leaves out; none
// where the import has no groups file.
Result<std::vector<Notice>> notice_unmapped(const ImportOptions& options,
                                            const std::set<std::string, std::less<>>& named);

}  // namespace klarsyn::servicedesk
