// Measurements that arrive while the server runs: appended to their series in the request's own
// journal entry, durable before the answer. Nothing else of the sample is kept.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ingest/turn.h"
#include "modules/probes/intake/live_rows.h"
#include "modules/probes/intake/mapping.h"

namespace klarsyn::probes {

// The live format of what follows from them; there are no files to scan.
const Format& intake_format();

struct KeptReport {
    std::int64_t seq = 0;           // the entry; 0: there is none
    std::int64_t measurements = 0;  // as delivered
    std::int64_t changed = 0;       // that came or replaced another; the others were known
};

// Keeps rows of a source in an entry of their own; of two with one key the later in the list holds,
// and what came before is superseded. Counts what was not mapped. `note`: more of the
// entry's detail, `"agent":"pc-1"`, or empty. Nothing to keep at all: no entry.
Result<KeptReport> keep_measurements(WriteTurn& turn, const std::string& source,
                                     LiveRows rows, UnmappedCounts unmapped,
                                     const std::string& actor,
                                     const std::string& note = {});

// The mapping in force at a moment: setting probe_mapping. Remembered by the thread.
Result<std::shared_ptr<const ProbeMapping>> mapping_at(Connection& db, ThreadMemory& memory,
                                                       UtcSecond at);
// SettingKind::check.
Result<void> check_probe_mapping(Connection& db, UtcSecond from, std::string_view text,
                                 std::string_view file);

struct UnmappedRow {
    std::string source, metric, why, labels;
    std::int64_t samples = 0;
    UtcSecond first_at = 0, last_at = 0;  // when they came
};
// Most samples first; at most `limit`.
Result<std::vector<UnmappedRow>> unmapped_rows(Connection& db, std::int64_t limit);

}  // namespace klarsyn::probes
