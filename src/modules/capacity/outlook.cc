// When places run full, for the alerts (web/measured.h): the forecast of the page /capacity.
#include "modules/capacity/use.h"
#include "store/journal.h"
#include "web/measured.h"

namespace klarsyn::capacity {
namespace {

constexpr int kTrendDays = 180;

struct Total {
    std::int64_t total = 0;
    Day last = 0;
};

// The sum of the latest totals of the place's units.
Result<std::map<std::string, Total>> read_totals(Connection& db, const std::string& kind, Day from,
                                                 Day to) {
    std::map<std::int64_t, std::map<std::int64_t, std::pair<UtcSecond, std::int64_t>>> latest;
    std::map<std::int64_t, Day> last;
    {
        KL_TRY(
            const auto rows,
            db.query("SELECT place, thing, at, total, day FROM capacity_reading "
                     "WHERE kind = :kind AND day BETWEEN :from AND :to AND retracted_seq IS NULL "
                     "AND total IS NOT NULL ORDER BY at, id",
                     {{":kind", kind}, {":from", std::int64_t{from}}, {":to", std::int64_t{to}}}));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            latest[rows->i64(0)][rows->i64(1)] = {rows->i64(2), rows->i64(3)};
            last[rows->i64(0)] = static_cast<Day>(rows->i64(4));
        }
    }
    Names names(db);
    std::map<std::string, Total> totals;
    for (const auto& [place, things] : latest) {
        if (place == 0) continue;
        KL_TRY(const std::string name, names.text(place));
        Total& total = totals[name];
        total.last = last[place];
        for (const auto& [thing, reading] : things) total.total += reading.second;
    }
    return totals;
}

}  // namespace

Result<std::vector<CapacityOutlook>> capacity_outlook(Connection& db, Day today) {
    std::vector<CapacityOutlook> list;
    for (const char* kind : {"power", "storage"}) {
        const Period period{today - kTrendDays + 1, today};
        KL_TRY(const UseByPlace use, read_use(db, kind, period));
        KL_TRY(const auto totals, read_totals(db, kind, period.from, period.to));
        for (const auto& [place, days] : use) {
            const auto total = totals.find(place);
            if (days.empty() || total == totals.end()) continue;
            CapacityOutlook one;
            one.kind = kind;
            one.place = place;
            one.used = static_cast<std::int64_t>(days.back().value);
            one.total = total->second.total;
            one.last = days.back().day;
            const Load load{one.used, one.total};
            one.reached = above_limit(load);
            if (const auto trend = fit_trend(days); trend && !one.reached) {
                const Crossing crossing =
                    find_crossing(*trend, static_cast<double>(limit_of(load)));
                one.expected = crossing.expected;
                one.earliest = crossing.earliest;
            }
            list.push_back(std::move(one));
        }
    }
    return list;
}

}  // namespace klarsyn::capacity
