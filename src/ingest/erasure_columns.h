// What becomes of a person in each column of a database that holds texts. Every such column stands
// in one list (modules/text_columns.cc); a test compares it with the schema, so that a new table
// cannot be forgotten.
#pragma once

#include <span>
#include <string_view>

#include "ingest/erasure.h"

namespace klarsyn {

struct TextColumn {
    enum class How {
        phrases,  // what the person is called goes, the rest of the text stays
        account,  // holds the name of an account: that goes
        row,      // the whole row goes
        counted,  // names by which figures are counted: the erasure is refused
        by_code,  // code of its own: it keeps digests, JSON, projections or the index in step
        free      // holds no person
    };
    std::string_view table, column;
    How how = How::free;
    std::string_view why = {};  // for free and by_code: what it holds, or where it is erased
};

// conflict (erasure.in_figures) where a phrase stands in a name by which figures are counted.
Result<void> check_counted(Connection& db, const ErasureOrder& order,
                           std::span<const TextColumn> columns);
// phrases, account and row, in the caller's write transaction.
Result<void> erase_columns(Connection& db, const ErasureOrder& order,
                           std::span<const TextColumn> columns, ErasureReport& report);

// The journal: who acted, and the texts of its details. refused (journal.damaged) where the chain
// does not hold: what somebody altered must not get a seal.
Result<void> erase_in_journal(WriteTurn& turn, const ErasureOrder& order, ErasureReport& report);
// Rules of the region (core_setting): the text and its SHA-256.
Result<void> erase_in_settings(Connection& db, const ErasureOrder& order, ErasureReport& report);
// Hidden CPR numbers that the order names, wherever they stand; refused (store.cpr_unreadable).
Result<void> erase_in_vault(WriteTurn& turn, const ErasureOrder& order, ErasureReport& report);
// Attached files whose bytes hold a phrase go altogether; pictures are not looked into.
Result<void> erase_in_attachments(Connection& db, const ErasureOrder& order, ErasureReport& report);

}  // namespace klarsyn
