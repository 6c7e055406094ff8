// Retention: what the desk keeps for how long, as policy rows with their legal basis (the setting
// `retention`). Applying a policy rewrites the records of cases that were closed long enough ago, as an
// erasure does: figures and chain stay.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/erasure.h"
#include "store/store.h"

namespace klarsyn::servicedesk {

inline constexpr std::string_view kRetentionSetting = "retention";

struct RetentionPolicy {
    std::string what;       // "persons", "files", "texts"
    std::int64_t days = 0;  // since the case was closed; 0: for ever
    std::string basis;
};

// invalid_input, with file, line and field, for a file that says something else than policies.
Result<std::vector<RetentionPolicy>> parse_retention(std::string_view text, std::string_view file);
// Those that hold at `now`: the newest version of the setting, else the binary's.
Result<std::vector<RetentionPolicy>> retention_policies(Connection& db, UtcSecond now);

// How many closed cases are due and were not yet dealt with.
Result<std::int64_t> count_due(Connection& db, const RetentionPolicy& policy, UtcSecond now);
struct RetentionLine {
    RetentionPolicy policy;
    std::int64_t due = 0;   // cases that wait
    std::int64_t done = 0;  // cases that were dealt with now
};
// What each policy has to do.
Result<std::vector<RetentionLine>> retention_due(Store& store, const Clock& clock);
// Does it, a few hundred cases to a transaction, each with its journal entry.
Result<std::vector<RetentionLine>> apply_retention(Store& store, const Clock& clock,
                                                   const std::string& actor);

// Deals with at most `most` of them, in an entry that was begun; returns how many cases.
Result<std::int64_t> apply_policy(WriteTurn& turn, const RetentionPolicy& policy, std::int64_t most,
                                  ErasureReport& report);

}  // namespace klarsyn::servicedesk
