#include "indicators/scan_ids.h"

#include <set>

#include "indicators/cell_series.h"
#include "indicators/cells.h"

namespace klarsyn {
namespace {

bool holds_spans(const Scan& scan) {
    return scan.kind == ScanKind::stock || scan.kind == ScanKind::stock_values;
}

Result<void> mark_table_dirty(Connection& db, const Scan& scan) {
    std::set<Day> days;
    if (!scan.programs.empty()) {
        KL_TRY(const auto measured, measured_days(db, scan));
        if (!measured) return {};
        for (Day day = measured->from; day <= measured->to; ++day) days.insert(day);
        return mark_dirty(db, scan.table, {days.begin(), days.end()});
    }
    for (const char* column : {"day", "from_day", "to_day"}) {
        if ((std::string_view(column) == "day") == holds_spans(scan)) continue;
        KL_TRY(auto rows, db.query(std::string("SELECT DISTINCT ") + column + " FROM " + scan.table));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            if (!rows->is_null(0)) days.insert(static_cast<Day>(rows->i64(0)));
        }
    }
    return mark_dirty(db, scan.table, {days.begin(), days.end()});
}

Result<void> forget_scan(Connection& db, std::int64_t id) {
    for (const char* table : {"core_cell_day", "core_cell_month", "core_scan"}) {
        KL_TRY([[maybe_unused]] const auto gone,
               db.run(std::string("DELETE FROM ") + table + " WHERE scan = :scan",
                      {{":scan", Value(id)}}));
    }
    return {};
}

struct StoredScan {
    std::int64_t id = 0;
    std::string name, definition;
};

Result<std::vector<StoredScan>> stored_scans(Connection& db) {
    KL_TRY(auto rows, db.query("SELECT scan, name, definition FROM core_scan ORDER BY scan"));
    std::vector<StoredScan> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        list.push_back({rows->i64(0), std::string(rows->text(1)), std::string(rows->text(2))});
    }
}

Result<void> sync_inside(Connection& db, const ScanSet& set, const std::vector<StoredScan>& stored) {
    std::int64_t next = 1;
    for (const auto& old : stored) {
        next = std::max(next, old.id + 1);
        bool known = false;
        for (const auto& scan : set.scans) {
            known = known || (scan.name == old.name && scan.definition == old.definition);
        }
        if (!known) KL_CHECK(forget_scan(db, old.id));
    }
    for (const auto& scan : set.scans) {
        KL_TRY(const auto id, current_scan_id(db, scan));
        if (id) continue;
        KL_TRY([[maybe_unused]] const auto added,
               db.run("INSERT INTO core_scan (scan, name, definition) VALUES (:s, :name, :def)",
                      {{":s", Value(next++)},
                       {":name", Value(scan.name)},
                       {":def", Value(scan.definition)}}));
        KL_CHECK(mark_table_dirty(db, scan));
    }
    return {};
}

}  // namespace

Result<std::optional<std::int64_t>> current_scan_id(Connection& db, const Scan& scan) {
    KL_TRY(const auto id,
           query_i64(db, "SELECT scan FROM core_scan WHERE name = :name AND definition = :def",
                     {{":name", Value(scan.name)}, {":def", Value(scan.definition)}}));
    return id == 0 ? std::optional<std::int64_t>() : std::optional(id);
}

Result<void> sync_scans(Connection& db, const ScanSet& set) {
    KL_TRY(const auto stored, stored_scans(db));
    bool same = stored.size() == set.scans.size();
    for (const auto& scan : set.scans) {
        KL_TRY(const auto id, current_scan_id(db, scan));
        same = same && id.has_value();
    }
    if (same) return {};
    KL_CHECK(db.begin_write());
    if (auto synced = sync_inside(db, set, stored); !synced.ok()) {
        db.rollback();
        return synced.error();
    }
    return db.commit();
}

}  // namespace klarsyn
