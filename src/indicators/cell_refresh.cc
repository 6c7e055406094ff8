// Making cells: dirty days month by month, in transactions of their own.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "indicators/cell_compute.h"
#include "indicators/cell_days.h"
#include "indicators/cells.h"
#include "indicators/scan_ids.h"
#include "store/journal.h"

namespace klarsyn {
namespace {

struct Refresh {
    Connection& db;
    const Catalogue& catalogue;
    const Scan& scan;
    std::int64_t id = 0;
    std::int64_t as_of = 0;
};

Result<void> write_day(Refresh& work, Appender& appender, Day day, const DayCells& cells) {
    for (const auto& [key, cell] : cells) {
        appender.i64(work.id);
        appender.i64(day);
        appender.i64(key.cut);
        appender.i64(key.combo);
        appender.blob(encode_cell(work.scan, cell));
        KL_CHECK(appender.end_row());
    }
    return {};
}

Result<DayCells> read_day(Refresh& work, Day day) {
    KL_TRY(auto rows, work.db.query("SELECT cut, combo, parts FROM core_cell_day WHERE scan = :scan "
                                    "AND day = :day ORDER BY cut, combo",
                                    {{":scan", Value(work.id)}, {":day", Value(std::int64_t{day})}}));
    DayCells cells;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return cells;
        KL_TRY(auto cell, decode_cell(work.scan, rows->blob(2)));
        cells.emplace_hint(cells.end(), CellKey{static_cast<int>(rows->i64(0)), rows->i64(1)},
                           std::move(cell));
    }
}

Result<std::optional<Cell>> read_month(Refresh& work, const CellKey& key, std::int64_t month) {
    KL_TRY(auto rows, work.db.query("SELECT parts FROM core_cell_month WHERE scan = :scan AND "
                                    "cut = :cut AND combo = :combo AND month = :month",
                                    {{":scan", Value(work.id)},
                                     {":cut", Value(std::int64_t{key.cut})},
                                     {":combo", Value(key.combo)},
                                     {":month", Value(month)}}));
    KL_TRY(const bool found, rows->next());
    if (!found) return std::optional<Cell>();
    KL_TRY(auto cell, decode_cell(work.scan, rows->blob(0)));
    return std::optional(std::move(cell));
}

Result<void> write_month(Refresh& work, const CellKey& key, std::int64_t month, const Cell& cell) {
    const Params place = {{":scan", Value(work.id)},
                          {":cut", Value(std::int64_t{key.cut})},
                          {":combo", Value(key.combo)},
                          {":month", Value(month)}};
    if (empty_cell(cell)) {
        KL_TRY([[maybe_unused]] const auto gone,
               work.db.run("DELETE FROM core_cell_month WHERE scan = :scan AND cut = :cut AND "
                           "combo = :combo AND month = :month", place));
        return {};
    }
    Params params = place;
    params.emplace_back(":parts", Value(Blob{encode_cell(work.scan, cell)}));
    KL_TRY([[maybe_unused]] const auto written,
           work.db.run("INSERT INTO core_cell_month (scan, cut, combo, month, parts) VALUES "
                       "(:scan, :cut, :combo, :month, :parts) ON CONFLICT (scan, cut, combo, month) "
                       "DO UPDATE SET parts = excluded.parts", params));
    return {};
}

// The cell of a month from the cells of its days: needed where an extreme may have gone.
Result<Cell> merge_month(Refresh& work, const CellKey& key, std::int64_t month) {
    KL_TRY(auto rows,
           work.db.query(fmt::format("SELECT c.parts {} AND c.combo = :combo", kCellsOfDays),
                         {{":first", Value(std::int64_t{month_first(month)})},
                          {":last", Value(std::int64_t{month_last(month)})},
                          {":scan", Value(work.id)},
                          {":cut", Value(std::int64_t{key.cut})},
                          {":combo", Value(key.combo)}}));
    Cell merged(work.scan.parts.size());
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return merged;
        KL_TRY(const auto cell, decode_cell(work.scan, rows->blob(0)));
        apply_cell(work.scan, merged, cell, +1);
    }
}

struct MonthChange {
    std::vector<const Cell*> gone, come;
};

// What the month's cells gain and lose is what its dirty days gained and lost.
Result<void> update_month(Refresh& work, std::int64_t month, const std::map<Day, DayCells>& before,
                          const std::map<Day, DayCells>& after) {
    std::map<CellKey, MonthChange> changes;
    for (const auto& [day, cells] : before) {
        for (const auto& [key, cell] : cells) changes[key].gone.push_back(&cell);
    }
    for (const auto& [day, cells] : after) {
        for (const auto& [key, cell] : cells) changes[key].come.push_back(&cell);
    }
    for (const auto& [key, change] : changes) {
        KL_TRY(auto known, read_month(work, key, month));
        Cell cell = known ? std::move(*known) : Cell(work.scan.parts.size());
        bool exact = true;
        for (const auto* gone : change.gone) exact = apply_cell(work.scan, cell, *gone, -1) && exact;
        for (const auto* come : change.come) apply_cell(work.scan, cell, *come, +1);
        if (!exact) {
            KL_TRY(cell, merge_month(work, key, month));
        }
        KL_CHECK(write_month(work, key, month, cell));
    }
    return {};
}

// Neighbouring dirty days are read in one query.
std::vector<Period> runs_of(const std::vector<Day>& days) {
    constexpr Day kBridge = 3;  // cheaper to recompute a clean day than to ask again
    std::vector<Period> runs;
    for (const Day day : days) {
        if (!runs.empty() && day <= runs.back().to + kBridge) runs.back().to = day;
        else runs.push_back({day, day});
    }
    return runs;
}

Result<void> refresh_month(Refresh& work, std::int64_t month, const std::vector<Day>& days) {
    std::map<Day, DayCells> before;
    std::map<Day, DayCells> after;
    for (const auto& run : runs_of(days)) {
        for (Day day = run.from; day <= run.to; ++day) {
            KL_TRY(auto old, read_day(work, day));
            if (!old.empty()) before.emplace(day, std::move(old));
        }
        KL_TRY([[maybe_unused]] const auto gone,
               work.db.run("DELETE FROM core_cell_day WHERE scan = :scan AND day BETWEEN :from AND :to",
                           {{":scan", Value(work.id)},
                            {":from", Value(std::int64_t{run.from})},
                            {":to", Value(std::int64_t{run.to})}}));
        KL_TRY(auto computed, compute_days(work.db, work.catalogue, work.scan, run, work.as_of));
        after.merge(computed);
    }
    KL_TRY(auto appender, work.db.append("core_cell_day", {"scan", "day", "cut", "combo", "parts"}));
    for (const auto& [day, cells] : after) KL_CHECK(write_day(work, *appender, day, cells));
    KL_CHECK(appender->flush());
    return update_month(work, month, before, after);
}

// Month-end lists of open spans: everything from the first changed month on.
Result<void> refresh_open(Refresh& work, std::int64_t month) {
    std::set<CellKey> before;
    {
        KL_TRY(auto rows, work.db.query("SELECT cut, combo FROM core_cell_month WHERE scan = :scan AND "
                                        "month = :month",
                                        {{":scan", Value(work.id)}, {":month", Value(month)}}));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            before.insert({static_cast<int>(rows->i64(0)), rows->i64(1)});
        }
    }
    KL_TRY(const auto cells,
           compute_open(work.db, work.catalogue, work.scan, month_last(month), work.as_of));
    for (const auto& key : before) {
        if (!cells.contains(key)) {
            KL_CHECK(write_month(work, key, month, Cell(work.scan.parts.size())));
        }
    }
    for (const auto& [key, cell] : cells) KL_CHECK(write_month(work, key, month, cell));
    return {};
}

// From the first changed month to `end`. A span that stays open is in every month until the last that
// is kept; when one begins after that, the months between are written, too, though no day of theirs
// changed.
Result<void> refresh_open_months(Refresh& work, std::int64_t changed, std::int64_t end) {
    KL_TRY(const auto kept,
           query_i64(work.db, "SELECT MAX(month) FROM core_cell_month WHERE scan = :scan",
                     {{":scan", Value(work.id)}}, changed));
    for (std::int64_t month = std::min(changed, kept + 1); month <= end; ++month)
        KL_CHECK(refresh_open(work, month));
    return {};
}

Result<std::map<std::int64_t, std::vector<Day>>> dirty_months(Connection& db,
                                                              const std::string& table) {
    KL_TRY(auto rows, db.query("SELECT day FROM core_dirty WHERE fact_table = :table ORDER BY day",
                               {{":table", Value(table)}}));
    std::map<std::int64_t, std::vector<Day>> months;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return months;
        const auto day = static_cast<Day>(rows->i64(0));
        months[month_of(day)].push_back(day);
    }
}

Result<void> clear_dirty(Connection& db, const std::string& table, Period period) {
    KL_TRY([[maybe_unused]] const auto cleared,
           db.run("DELETE FROM core_dirty WHERE fact_table = :table AND day BETWEEN :from AND :to",
                  {{":table", Value(table)},
                   {":from", Value(std::int64_t{period.from})},
                   {":to", Value(std::int64_t{period.to})}}));
    return {};
}

// By length class, because the index begins with it.
Result<std::int64_t> last_span_day(Connection& db, const std::string& table) {
    std::string arms;
    for (int cls = -1; cls <= kSpanClassesMax; ++cls) {
        arms += (arms.empty() ? "" : " UNION ALL ") + std::string("SELECT MAX(from_day) AS day FROM ") +
                table + " WHERE cls = " + std::to_string(cls);
    }
    return query_i64(db, "SELECT MAX(day) FROM (" + arms + ") AS classes");
}

class TableRefresh {
public:
    TableRefresh(Connection& db, const Catalogue& catalogue, std::string table)
        : db_(db), catalogue_(catalogue), table_(std::move(table)) {}

    Result<void> run(const RefreshCallback& progress) {
        KL_TRY(const auto months, dirty_months(db_, table_));
        if (months.empty()) return {};
        RefreshProgress told;
        for (const auto& [month, days] : months) told.days_total += static_cast<std::int64_t>(days.size());
        bool open_lists = false;
        for (const auto& scan : catalogue_.scans().scans) {
            open_lists = open_lists || (scan.table == table_ && scan.kind == ScanKind::stock_values);
        }
        for (const auto& [month, days] : months) {
            KL_CHECK(in_transaction([&] { return one_month(month, days, !open_lists); }));
            told.days_done += static_cast<std::int64_t>(days.size());
            if (progress) progress(told);
        }
        if (!open_lists) return {};
        // A stock's later months depend on the earlier days, so its marks stay until all is done.
        return in_transaction([&]() -> Result<void> {
            KL_TRY(const auto last, last_span_day(db_, table_));
            const auto end = std::max(month_of(static_cast<Day>(last)), months.rbegin()->first);
            KL_CHECK(each_scan([&](Refresh& work) -> Result<void> {
                if (work.scan.kind != ScanKind::stock_values) return {};
                return refresh_open_months(work, months.begin()->first, end);
            }));
            return clear_dirty(db_, table_, {month_first(months.begin()->first),
                                             month_last(months.rbegin()->first)});
        });
    }

private:
    template <typename Work>
    Result<void> in_transaction(Work work) {
        KL_CHECK(db_.begin_write());
        if (auto done = work(); !done.ok()) {
            db_.rollback();
            return done.error();
        }
        return db_.commit();
    }

    template <typename Use>
    Result<void> each_scan(Use use) {
        KL_TRY(const auto head, head_seq(db_));
        for (const auto& scan : catalogue_.scans().scans) {
            if (scan.table != table_) continue;
            KL_TRY(const auto id, current_scan_id(db_, scan));
            if (!id) continue;
            Refresh work{db_, catalogue_, scan, *id, head};
            KL_CHECK(use(work));
        }
        return {};
    }

    Result<void> one_month(std::int64_t month, const std::vector<Day>& days, bool clear) {
        KL_CHECK(each_scan([&](Refresh& work) -> Result<void> {
            if (work.scan.kind == ScanKind::stock_values) return {};
            return refresh_month(work, month, days);
        }));
        if (!clear) return {};
        return clear_dirty(db_, table_, {month_first(month), month_last(month)});
    }

    Connection& db_;
    const Catalogue& catalogue_;
    std::string table_;
};

}  // namespace

Result<void> refresh_cells(Connection& db, const Catalogue& catalogue,
                           const RefreshCallback& progress) {
    KL_CHECK(sync_scans(db, catalogue.scans()));
    // Those without a scan (an indicator that joins has none) only lose their marks.
    std::set<std::string> tables;
    for (const auto& indicator : catalogue.indicators()) tables.insert(indicator.table);
    for (const auto& table : tables) KL_CHECK(TableRefresh(db, catalogue, table).run(progress));
    return {};
}

}  // namespace klarsyn
