// Erasing a person from a whole database, as docs/operating/personal-data.md describes it.
#pragma once

#include <string>
#include <vector>

#include "core/time.h"
#include "store/store.h"

namespace klarsyn {

struct ErasureWish {
    std::vector<std::string> accounts;
    std::vector<std::string> phrases;  // name, mail, phone; the accounts count as phrases, too
    std::string actor;                 // who erases, for the journal
};

struct ErasureCounts {
    std::int64_t seq = 0;  // of the journal entry
    std::int64_t records = 0, files = 0, rows = 0;
};

// One transaction with one journal entry of kind "erase"; then what is left in free space of the
// files is overwritten. invalid_input: nothing to look for, or a phrase shorter than four bytes.
// conflict (erasure.in_figures): see ingest/erasure.h. Nothing was changed then. Erasing somebody
// who stands nowhere is no error.
Result<ErasureCounts> erase_person(Store& store, const Clock& clock, const ErasureWish& wish);

}  // namespace klarsyn
