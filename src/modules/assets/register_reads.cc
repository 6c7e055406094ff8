#include "modules/assets/register_reads.h"

#include "modules/assets/assets.h"

namespace klarsyn::assets {
namespace {

constexpr std::string_view kAssetSql =
    "SELECT r.asset, '', r.kind, COALESCE(m.text, ''), '', COALESCE(p.text, ''), "
    "COALESCE(o.text, ''), '', COALESCE(s.text, ''), '', COALESCE(a.text, ''), "
    "COALESCE(c.text, ''), r.base_day, CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), r.to_day, "
    "CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), r.from_day FROM assets_asset AS r "
    "LEFT JOIN core_name AS m ON m.id = r.model AND r.model <> 0 "
    "LEFT JOIN core_name AS p ON p.id = r.place AND r.place <> 0 "
    "LEFT JOIN core_name AS o ON o.id = r.owner AND r.owner <> 0 "
    "LEFT JOIN core_name AS s ON s.id = r.status AND r.status <> 0 "
    "LEFT JOIN core_name AS a ON a.id = r.age AND r.age <> 0 "
    "LEFT JOIN core_name AS c ON c.id = r.source WHERE r.retracted_seq IS NULL";

constexpr std::string_view kDeviceSql =
    "SELECT r.device, r.udi, COALESCE(k.text, ''), COALESCE(m.text, ''), COALESCE(f.text, ''), "
    "COALESCE(p.text, ''), COALESCE(o.text, ''), COALESCE(g.text, ''), COALESCE(s.text, ''), "
    "COALESCE(t.text, ''), '', COALESCE(c.text, ''), CAST(NULL AS BIGINT), r.due_day, "
    "r.purchased_day, r.to_day, r.price, r.every_months, r.from_day FROM assets_device AS r "
    "LEFT JOIN core_name AS k ON k.id = r.kind AND r.kind <> 0 "
    "LEFT JOIN core_name AS m ON m.id = r.model AND r.model <> 0 "
    "LEFT JOIN core_name AS f ON f.id = r.manufacturer AND r.manufacturer <> 0 "
    "LEFT JOIN core_name AS p ON p.id = r.place AND r.place <> 0 "
    "LEFT JOIN core_name AS o ON o.id = r.owner AND r.owner <> 0 "
    "LEFT JOIN core_name AS g ON g.id = r.register AND r.register <> 0 "
    "LEFT JOIN core_name AS s ON s.id = r.status AND r.status <> 0 "
    "LEFT JOIN core_name AS t ON t.id = r.maintenance AND r.maintenance <> 0 "
    "LEFT JOIN core_name AS c ON c.id = r.source WHERE r.retracted_seq IS NULL";

constexpr std::string_view kStands =
    " AND r.from_day <= :day AND (r.to_day IS NULL OR r.to_day > :day)";

template <typename Number>
std::optional<Number> maybe(const Rows& rows, int column) {
    if (rows.is_null(column)) return std::nullopt;
    return static_cast<Number>(rows.i64(column));
}

Result<std::vector<RegisterRow>> read(Connection& db, std::string_view select,
                                      const std::string& rest, const Params& params) {
    KL_TRY(auto rows, db.query(std::string(select) + rest, params));
    std::vector<RegisterRow> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        RegisterRow row;
        std::string* const texts[] = {&row.name,         &row.udi,         &row.kind,  &row.model,
                                      &row.manufacturer, &row.place,       &row.owner, &row.region,
                                      &row.status,       &row.maintenance, &row.age,   &row.source};
        int column = 0;
        for (std::string* text : texts) *text = rows->text(column++);
        row.base = maybe<Day>(*rows, column++);
        row.due = maybe<Day>(*rows, column++);
        row.purchased = maybe<Day>(*rows, column++);
        row.to = maybe<Day>(*rows, column++);
        row.price = maybe<std::int64_t>(*rows, column++);
        row.every_months = maybe<std::int64_t>(*rows, column++);
        row.from = static_cast<Day>(rows->i64(column));
        list.push_back(std::move(row));
    }
}

Result<std::vector<RegisterRow>> find(Connection& db, std::string_view select,
                                      std::string_view code_clause, const RegisterSearch& search,
                                      Day day, std::int64_t limit) {
    const std::string code = bare_code(search.code);
    if (code.empty() && search.place.empty()) return std::vector<RegisterRow>{};
    std::string rest(kStands);
    Params params{{":day", Value(std::int64_t{day})}, {":limit", Value(limit)}};
    if (!code.empty()) {
        rest += code_clause;
        params.emplace_back(":code", Value(code));
    }
    if (!search.place.empty()) {
        rest += " AND p.text = :place";
        params.emplace_back(":place", Value(search.place));
    }
    return read(db, select, rest + " ORDER BY 1, r.id LIMIT :limit", params);
}

}  // namespace

Result<std::vector<RegisterRow>> find_assets(Connection& db, const RegisterSearch& search, Day day,
                                             std::int64_t limit) {
    return find(db, kAssetSql, " AND r.code = :code", search, day, limit);
}

Result<std::vector<RegisterRow>> find_devices(Connection& db, const RegisterSearch& search, Day day,
                                              std::int64_t limit) {
    return find(db, kDeviceSql, " AND (r.serial_code = :code OR r.udi_code = :code)", search, day,
                limit);
}

Result<std::vector<RegisterRow>> asset_stretches(Connection& db, std::string_view asset) {
    return read(db, kAssetSql, " AND r.asset = :asset ORDER BY r.from_day, r.id",
                {{":asset", Value(std::string(asset))}});
}

Result<std::vector<RegisterRow>> device_stretches(Connection& db, std::string_view serial_code) {
    return read(db, kDeviceSql, " AND r.serial_code = :code ORDER BY r.from_day, r.id",
                {{":code", Value(std::string(serial_code))}});
}

Result<std::vector<DeviceEventRow>> device_events(Connection& db, std::string_view serial_code) {
    KL_TRY(auto rows, db.query("SELECT e.day, e.device, e.activity, e.note, e.due_day, e.in_time "
                               "FROM assets_device_event AS e WHERE e.retracted_seq IS NULL "
                               "AND e.serial_code = :code ORDER BY e.day DESC, e.id",
                               {{":code", Value(std::string(serial_code))}}));
    std::vector<DeviceEventRow> events;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return events;
        DeviceEventRow event;
        event.day = static_cast<Day>(rows->i64(0));
        event.device = rows->text(1);
        event.activity = rows->text(2);
        event.note = rows->text(3);
        event.due = maybe<Day>(*rows, 4);
        if (const auto in_time = maybe<int>(*rows, 5)) event.in_time = *in_time == 1;
        events.push_back(std::move(event));
    }
}

Result<std::vector<FindingCount>> count_findings(Connection& db) {
    KL_TRY(auto rows, db.query("SELECT f.what, f.field, s.text, COUNT(*) FROM assets_finding AS f "
                               "JOIN core_name AS s ON s.id = f.source "
                               "WHERE f.retracted_seq IS NULL GROUP BY f.what, f.field, s.text "
                               "ORDER BY f.what, f.field, s.text"));
    std::vector<FindingCount> counts;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return counts;
        counts.push_back({std::string(rows->text(0)), std::string(rows->text(1)),
                          std::string(rows->text(2)), rows->i64(3)});
    }
}

Result<std::vector<FindingRow>> list_findings(Connection& db, const FindingFilter& filter,
                                              std::int64_t offset, std::int64_t limit) {
    std::string sql =
        "SELECT f.what, f.thing, f.field, f.value, s.text FROM assets_finding AS f "
        "JOIN core_name AS s ON s.id = f.source WHERE f.retracted_seq IS NULL";
    Params params{{":limit", Value(limit)}, {":offset", Value(offset)}};
    const auto only = [&](const char* condition, const char* name, const std::string& value) {
        if (value.empty()) return;
        sql += condition;
        params.emplace_back(name, Value(value));
    };
    only(" AND f.what = :what", ":what", filter.what);
    only(" AND f.thing = :thing", ":thing", filter.thing);
    only(" AND f.field = :field", ":field", filter.field);
    only(" AND s.text = :source", ":source", filter.source);
    KL_TRY(auto rows,
           db.query(sql + " ORDER BY f.what, f.thing, f.field, f.id LIMIT :limit OFFSET :offset",
                    params));
    std::vector<FindingRow> list;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return list;
        list.push_back({std::string(rows->text(0)), std::string(rows->text(1)),
                        std::string(rows->text(2)), std::string(rows->text(3)),
                        std::string(rows->text(4))});
    }
}

Result<std::vector<std::string>> places_of(Connection& db, std::string_view table, Day day) {
    KL_TRY(auto rows, db.query("SELECT DISTINCT p.text FROM " + std::string(table) +
                                   " AS r JOIN core_name AS p ON p.id = r.place AND r.place <> 0 "
                                   "WHERE r.retracted_seq IS NULL" +
                                   std::string(kStands) + " ORDER BY p.text",
                               {{":day", Value(std::int64_t{day})}}));
    std::vector<std::string> places;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return places;
        places.emplace_back(rows->text(0));
    }
}

}  // namespace klarsyn::assets
