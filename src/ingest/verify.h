// Checks a whole store: the journal's chain, every fact row against its hash and its entry's digest,
// the facts against a new derivation from the raw files, and the cells against the records. Reads
// everything and changes nothing; takes the writer so that nothing moves meanwhile.
#pragma once

#include <string>
#include <vector>

#include "core/text.h"
#include "indicators/catalogue.h"
#include "ingest/format.h"
#include "store/store.h"

namespace klarsyn {

struct StoreFault {
    std::string key;  // text key: "verify.row", "verify.digest", ...
    TextArgs args;
};

// Empty when all is intact; at most some dozens of faults are listed.
Result<std::vector<StoreFault>> verify_store(Store& store, const std::vector<const Format*>& formats,
                                             const Catalogue& catalogue);

}  // namespace klarsyn
