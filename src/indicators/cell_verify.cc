// Verifying cells: everything again from the records, beside what is stored.
#include "indicators/cell_series.h"
#include "indicators/cells.h"
#include "indicators/scan_ids.h"
#include "store/journal.h"

namespace klarsyn {
namespace {

constexpr std::size_t kFaultsMax = 20;

using Bytes = std::map<CellKey, std::string>;

struct Check {
    Connection& db;
    const Catalogue& catalogue;
    const Scan& scan;
    std::int64_t id = 0;
    std::int64_t as_of = 0;
    std::vector<CellFault>& faults;
    void add(Day day, std::string what) {
        if (faults.size() < kFaultsMax) faults.push_back({scan.name, day, std::move(what)});
    }
};

Result<Bytes> stored(Check& check, std::string_view sql, std::int64_t period) {
    KL_TRY(auto rows,
           check.db.query(sql, {{":scan", Value(check.id)}, {":period", Value(period)}}));
    Bytes bytes;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return bytes;
        bytes.emplace(CellKey{static_cast<int>(rows->i64(0)), rows->i64(1)},
                      std::string(rows->blob(2)));
    }
}

void compare(Check& check, Day day, const DayCells& expected, const Bytes& found) {
    for (const auto& [key, cell] : expected) {
        const auto at = found.find(key);
        if (at == found.end()) check.add(day, "missing");
        else if (at->second != encode_cell(check.scan, cell)) check.add(day, "different");
    }
    for (const auto& [key, bytes] : found) {
        if (!expected.contains(key)) check.add(day, "superfluous");
    }
}

constexpr std::string_view kDaySql =
    "SELECT cut, combo, parts FROM core_cell_day WHERE scan = :scan AND day = :period";
constexpr std::string_view kMonthSql =
    "SELECT cut, combo, parts FROM core_cell_month WHERE scan = :scan AND month = :period";

Result<void> check_month(Check& check, std::int64_t month) {
    DayCells whole;
    if (check.scan.kind == ScanKind::stock_values) {
        KL_TRY(whole, compute_open(check.db, check.catalogue, check.scan, month_last(month),
                                   check.as_of));
    } else {
        const Period days = {month_first(month), month_last(month)};
        KL_TRY(auto computed,
               compute_days(check.db, check.catalogue, check.scan, days, check.as_of));
        for (Day day = days.from; day <= days.to; ++day) {
            KL_TRY(const auto found, stored(check, kDaySql, day));
            compare(check, day, computed[day], found);
            for (const auto& [key, cell] : computed[day]) {
                const auto [at, fresh] = whole.try_emplace(key, Cell(check.scan.parts.size()));
                apply_cell(check.scan, at->second, cell, +1);
            }
        }
    }
    KL_TRY(const auto found, stored(check, kMonthSql, month));
    compare(check, month_first(month), whole, found);
    return {};
}

// First and last month of the records.
Result<std::optional<std::pair<std::int64_t, std::int64_t>>> recorded_months(Check& check) {
    std::optional<std::pair<std::int64_t, std::int64_t>> months;
    if (!check.scan.programs.empty()) {
        KL_TRY(const auto days, measured_days(check.db, check.scan));
        if (days) months = std::pair{month_of(days->from), month_of(days->to)};
        return months;
    }
    KL_TRY(const auto rows, query_i64(check.db, "SELECT MAX(id) FROM " + check.scan.table));
    if (rows == 0) return months;
    const bool spans =
        check.scan.kind == ScanKind::stock || check.scan.kind == ScanKind::stock_values;
    const std::string first = spans ? "from_day" : "day";
    KL_TRY(const auto from, query_i64(check.db, "SELECT MIN(" + first + ") FROM " + check.scan.table));
    KL_TRY(auto to, query_i64(check.db, "SELECT MAX(" + first + ") FROM " + check.scan.table));
    if (spans) {
        KL_TRY(const auto ended, query_i64(check.db, "SELECT MAX(to_day) FROM " + check.scan.table));
        if (check.scan.kind == ScanKind::stock) to = std::max(to, ended);
    }
    months = std::pair{month_of(static_cast<Day>(from)), month_of(static_cast<Day>(to))};
    return months;
}

// Months with records or with cells; none without records.
Result<std::optional<std::pair<std::int64_t, std::int64_t>>> months_of(Check& check) {
    KL_TRY(auto months, recorded_months(check));
    if (!months) return months;
    auto& [low, high] = *months;
    const Params scan = {{":scan", Value(check.id)}};
    KL_TRY(const auto low_cell,
           query_i64(check.db, "SELECT MIN(month) FROM core_cell_month WHERE scan = :scan", scan, low));
    KL_TRY(const auto high_cell,
           query_i64(check.db, "SELECT MAX(month) FROM core_cell_month WHERE scan = :scan", scan, high));
    low = std::min(low, low_cell);
    high = std::max(high, high_cell);
    return months;
}

}  // namespace

Result<std::vector<CellFault>> verify_cells(Connection& db, const Catalogue& catalogue) {
    std::vector<CellFault> faults;
    KL_TRY(const auto head, head_seq(db));
    for (const auto& scan : catalogue.scans().scans) {
        KL_TRY(const auto id, current_scan_id(db, scan));
        KL_TRY(const auto dirty,
               query_i64(db, "SELECT COUNT(*) FROM core_dirty WHERE fact_table = :table",
                         {{":table", Value(scan.table)}}));
        // Dirty days are answered from the records until they are refreshed.
        if (!id || dirty > 0) continue;
        Check check{db, catalogue, scan, *id, head, faults};
        KL_TRY(const auto months, months_of(check));
        for (auto month = months ? months->first : 1; months && month <= months->second; ++month) {
            KL_CHECK(check_month(check, month));
        }
    }
    return faults;
}

}  // namespace klarsyn
