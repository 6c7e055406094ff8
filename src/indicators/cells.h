// Cells: the mergeable components of indicators per day and month for declared cuts (total, each
// dimension, a few pairs). A cache beside the records and never the truth: a changed day is marked
// dirty in the transaction that changed it, answered from records until refreshed, and verify
// compares all cells with a recomputation. See docs/decisions and cells' measured evidence.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "indicators/catalogue.h"
#include "indicators/question.h"
#include "store/database.h"

namespace klarsyn {

// Adds the answer to `groups` and returns true, or returns false where cells cannot answer: an
// earlier as-of, a combination of dimensions that no cut keeps, more than half of the days dirty.
// Days that are dirty are taken from the records.
Result<bool> add_from_cells(Connection& db, const Catalogue& catalogue,
                            const BoundQuestion& question, Groups& groups);

// On which days the page of `limit` records at `offset` lies, from cells: months are counted first,
// days only in the months that the page touches. nullopt where cells cannot tell. Not for balances.
struct RecordPlace {
    std::int64_t total = 0;   // all records of the question
    std::int64_t before = 0;  // records before the first of `days`
    std::vector<std::pair<Day, std::int64_t>> days;  // with how many records each; in order
};
Result<std::optional<RecordPlace>> place_records(Connection& db, const Catalogue& catalogue,
                                                 const BoundQuestion& question, std::int64_t offset,
                                                 std::int64_t limit);

// Marks days of a fact table as changed; inside the transaction that changes them.
Result<void> mark_dirty(Connection& db, std::string_view table, const std::vector<Day>& days);

struct RefreshProgress {
    std::int64_t days_done = 0;
    std::int64_t days_total = 0;
};
using RefreshCallback = std::function<void(const RefreshProgress&)>;

// Recomputes the cells of dirty days and of scans whose definition changed. Opens its own write
// transactions, one per month, so that a kill leaves the rest dirty.
Result<void> refresh_cells(Connection& db, const Catalogue& catalogue,
                           const RefreshCallback& progress = {});

// Recomputes everything beside the stored cells and compares. Returns the differences, at most 20.
struct CellFault {
    std::string scan;
    Day day = 0;
    std::string what;
};
Result<std::vector<CellFault>> verify_cells(Connection& db, const Catalogue& catalogue);

}  // namespace klarsyn
