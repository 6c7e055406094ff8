// Rewriting records, for erasure and retention only: the new body gets a digest of its own, and the
// report names both, so that the journal tells what became of the record. Writer thread, in an entry
// that was begun.
#pragma once

#include <string>

#include "ingest/erasure.h"

namespace klarsyn::servicedesk {

struct RecordKey {
    std::string object;
    std::int64_t n = 0;
};
Result<void> rewrite_record(WriteTurn& turn, const RecordKey& key, const std::string& body,
                            ErasureReport& report);
// The projection and the search document of a case, problem, change or major incident, from its
// records as they are now.
Result<void> show_case_again(WriteTurn& turn, const std::string& number);

}  // namespace klarsyn::servicedesk
