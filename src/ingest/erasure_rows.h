// What an erasure leaves to do once raw files were rewritten: projections that hold texts of those
// files follow them, and with the projections the search index.
#pragma once

#include "ingest/erasure.h"
#include "ingest/format.h"

namespace klarsyn {

// Derives the groups of a format again whose rows lost something in rewritten files, in the turn's
// entry and outside savepoints. conflict (erasure.in_figures) where a fact changes by it: what was
// erased decides what is counted, such as the number of a case.
Result<void> follow_rewritten_files(WriteTurn& turn, const Format& format,
                                    const ErasureReport& report);

}  // namespace klarsyn
