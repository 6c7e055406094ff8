// What was measured lately, for the alerts (web/measured.h).
#include <algorithm>
#include <limits>
#include <map>

#include "modules/probes/intake/readings.h"
#include "modules/probes/measurements.h"
#include "modules/probes/rule_store.h"
#include "store/series_scan.h"
#include "web/measured.h"

namespace klarsyn::probes {
namespace {

using BySeries = std::map<SeriesIds, MeasuredSeries>;

Measured measured_of(UtcSecond at, std::uint32_t ms, std::uint8_t bits, const SeriesRules& rules) {
    Measured one;
    one.at = at;
    const auto outcome = static_cast<Outcome>(bits & 3U);
    one.outcome = outcome == Outcome::ok        ? Measured::Outcome::ok
                  : outcome == Outcome::timeout ? Measured::Outcome::timeout
                                                : Measured::Outcome::failed;
    if (ms != kNoMs && outcome == Outcome::ok) one.ms = static_cast<std::int32_t>(ms);
    if (const LimitRule* limit = rules.limit_at(at)) {
        const bool met = outcome == Outcome::ok && ms <= limit->limit_ms;
        one.met = met ? Measured::Met::yes : Measured::Met::no;
    }
    return one;
}

Result<void> read_measured(Connection& db, UtcSecond from, UtcSecond to, BySeries& series,
                           bool& too_many) {
    KL_TRY(const auto rules, load_rules(db));
    KL_TRY(const auto all, load_series(db, result_series()));
    std::map<std::int32_t, SeriesDims> dims;
    for (const SeriesInfo& info : all) dims.emplace(info.id, info.dims);
    std::int64_t count = 0;
    const SeriesSink sink = [&](SeriesSpan& span) -> Result<void> {
        KL_TRY(const auto times, span.times());
        KL_TRY(const auto ms, span.ms());
        KL_TRY(const auto outcomes, span.outcomes());
        const SeriesDims& own = dims.at(span.series());
        const SeriesRules judge = rules->of(own[kSystemDim], own[kActionDim], own[kSiteDim]);
        auto& into =
            series[{own[kSystemDim], own[kActionDim], own[kSiteDim], own[kSeatDim]}].measured;
        for (std::size_t i = 0; i < span.size() && !too_many; ++i) {
            too_many = ++count > kMeasuredMost;
            if (!too_many) into.push_back(measured_of(times[i], ms[i], outcomes[i], judge));
        }
        return {};
    };
    return scan_series(db, result_series(), {{}, from + 1, to + 1, kNow}, {&sink, 1});
}

Result<void> add_schedules(Connection& db, UtcSecond at, BySeries& series) {
    KL_TRY(const auto plans, load_plans(db));
    for (const auto& [ids, list] : plans) {
        for (const Plan& plan : list) {
            for (const Span& piece : plan.pieces) {
                if (!piece.holds(at)) continue;
                series[ids].every_s = plan.every_s;
                series[ids].scheduled_from = std::max<UtcSecond>(piece.from, 0);
            }
        }
    }
    return {};
}

Result<std::string> named(Names& names, std::int64_t id) {
    if (id == 0) return std::string();
    return names.text(id);
}

Result<std::vector<PlannedWindow>> windows_between(Connection& db, Names& names, UtcSecond from,
                                                   UtcSecond to) {
    struct Row {
        std::int64_t system, site;
        PlannedWindow window;
    };
    std::vector<Row> found;
    {
        KL_TRY(const auto rows, db.query("SELECT system, site, from_at, to_at FROM probes_window "
                                         "WHERE retracted_seq IS NULL AND announced < from_at "
                                         "AND from_at <= :to AND (to_at IS NULL OR to_at > :from)",
                                         {{":from", from}, {":to", to}}));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            Row row{rows->i64(0), rows->i64(1), {}};
            row.window.from = rows->i64(2);
            row.window.to = rows->is_null(3) ? std::numeric_limits<UtcSecond>::max() : rows->i64(3);
            found.push_back(std::move(row));
        }
    }
    std::vector<PlannedWindow> windows;
    for (Row& row : found) {
        KL_TRY(row.window.system, named(names, row.system));
        KL_TRY(row.window.site, named(names, row.site));
        windows.push_back(std::move(row.window));
    }
    return windows;
}

}  // namespace

Result<MeasuredNow> recent_measurements(Connection& db, UtcSecond from, UtcSecond to) {
    MeasuredNow now;
    BySeries series;
    KL_CHECK(read_measured(db, from, to, series, now.too_many));
    KL_CHECK(add_schedules(db, to, series));
    Names names(db);
    for (auto& [ids, one] : series) {
        const auto& [system, action, site, seat] = ids;
        KL_TRY(one.system, named(names, system));
        KL_TRY(one.action, named(names, action));
        KL_TRY(one.site, named(names, site));
        KL_TRY(one.seat, named(names, seat));
        std::stable_sort(one.measured.begin(), one.measured.end(),
                         [](const Measured& a, const Measured& b) { return a.at < b.at; });
        now.series.push_back(std::move(one));
    }
    KL_TRY(now.windows, windows_between(db, names, from, to));
    return now;
}

Result<std::vector<StoredReading>> stored_readings(Connection& db, UtcSecond from) {
    KL_TRY(const auto latest, latest_readings(db, from));
    std::vector<StoredReading> list;
    for (const ProbeReading& one : latest)
        list.push_back({one.kind, one.system, one.site, one.seat, one.value, one.at});
    return list;
}

}  // namespace klarsyn::probes
