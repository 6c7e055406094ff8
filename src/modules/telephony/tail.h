// Following a queue log that Asterisk is writing: each step imports the complete lines that came
// since, and keeps how far it read in the same transaction, so that a kill anywhere loses and
// doubles nothing. Rotation is understood by renaming and by copying and truncating: a generation
// of the log is known by its first bytes, wherever it lies beside FILE.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ingest/import.h"

namespace klarsyn::telephony {

struct TailRequest {
    std::string path;  // absolute
    std::string source = "queue-log";
    std::string zone = "Europe/Copenhagen";
    std::string actor;
    // The last second of a log that was written to less than this ago waits: more of its lines may
    // come, and they belong together.
    std::int64_t quiet_seconds = 2;
    std::size_t bytes_max = std::size_t{16} << 20;  // of one batch
};

struct TailStep {
    bool more = false;            // imported something: there may be more at once
    BatchReport report;           // of what was imported; empty batch: nothing came
    std::vector<Notice> notices;  // a generation that cannot be found any more
};

// One step. not_found: there is no such file and never was; a file that is missing later is being
// rotated. Lines that cannot be read are rejected and never stop what follows them.
Result<TailStep> tail_step(Store& store, const Clock& clock, const TailRequest& request);

}  // namespace klarsyn::telephony
