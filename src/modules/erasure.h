// Erasing a person from a whole database, as docs/operating/personal-data.md describes it. The
// command and the API share erase_person.
#pragma once

#include <string>
#include <vector>

#include "core/time.h"
#include "ingest/turn.h"
#include "store/store.h"
#include "web/routes.h"

namespace klarsyn {

struct ErasureWish {
    std::vector<std::string> accounts;
    std::vector<std::string> phrases;  // name, mail, phone; the accounts count as phrases, too
    std::string actor;                 // who erases, for the journal
    std::string reason = {};           // for the journal; the person goes from it, too
};

struct ErasureCounts {
    std::int64_t seq = 0;      // of the journal entry
    std::int64_t records = 0;  // of cases, problems, changes, messages
    std::int64_t files = 0;    // raw files and rules
    std::int64_t journal = 0;  // older entries of the journal
    std::int64_t rows = 0;     // of other kinds
};

// As one command of a turn: one journal entry of kind "erase". The accounts are removed; a phone
// number goes in all its spellings. invalid_input: nothing to look for, or a phrase shorter than
// four bytes. conflict (erasure.in_figures): a name by which figures are counted. refused
// (journal.damaged). Nothing was changed then. Erasing somebody who stands nowhere is no error.
Result<ErasureCounts> erase_person(WriteTurn& turn, const ErasureWish& wish);

// The same as a transaction of its own; then what is left in free space of the files is overwritten.
Result<ErasureCounts> erase_person(Store& store, const Clock& clock, const ErasureWish& wish);
// What it would do; takes as long, and changes nothing.
Result<ErasureCounts> preview_erasure(Store& store, const Clock& clock, const ErasureWish& wish);

// erasure_routes.cc
std::vector<Route> erasure_routes();

}  // namespace klarsyn
