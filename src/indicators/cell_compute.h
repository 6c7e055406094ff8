// Cells computed from the records, in memory. Internal to indicators.
#pragma once

#include <functional>
#include <map>
#include <unordered_map>
#include <vector>

#include "indicators/cell_scan.h"
#include "store/database.h"

namespace klarsyn {

struct CellKey {
    int cut = 0;
    std::int64_t combo = 0;
    friend bool operator<(const CellKey& a, const CellKey& b) {
        return a.cut != b.cut ? a.cut < b.cut : a.combo < b.combo;
    }
    friend bool operator==(const CellKey&, const CellKey&) = default;
};
using DayCells = std::map<CellKey, Cell>;

// The cells of every day in the period that has records, day by day in order.
Result<std::map<Day, DayCells>> compute_days(Connection& db, const Catalogue& catalogue,
                                             const Scan& scan, Period period, std::int64_t as_of);

// stock_values: the spans open on the day.
Result<DayCells> compute_open(Connection& db, const Catalogue& catalogue, const Scan& scan, Day day,
                              std::int64_t as_of);

// Adds or takes away components. Extremes cannot be taken away: false when one may have gone.
bool apply_cell(const Scan& scan, Cell& target, const Cell& change, int sign);

}  // namespace klarsyn
