// The rows of a batch beside its facts: what it was, what it rejected, which days its feed covers.
// Inside the caller's write transaction. Internal to ingest.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/time.h"
#include "ingest/import.h"

namespace klarsyn {

struct FeedEntry {
    std::int64_t seq = 0;
    std::string module;
    std::string source;
};
struct BatchState {
    std::string source;
    std::string state;  // applied, held, withdrawn
};

Result<void> write_batch(Connection& db, const Format& format, const ImportOptions& options,
                         const BatchReport& report);
// The counts, once they are known.
Result<void> update_batch(Connection& db, const BatchReport& report);
Result<void> write_rejects(Connection& db, std::int64_t seq, const std::vector<Reject>& rejects);
Result<void> write_coverage(Connection& db, const FeedEntry& entry, const std::set<Day>& days,
                            const std::optional<Period>& covers);
// Every day of the period, whichever days rows name.
Result<void> write_standing_coverage(Connection& db, const FeedEntry& entry, Period period);
Result<void> retract_coverage(Connection& db, std::int64_t batch, std::int64_t seq);
Result<BatchState> batch_state(Connection& db, std::int64_t batch);  // not_found

}  // namespace klarsyn
