#include "modules/probes/missing.h"

#include <algorithm>

#include "modules/probes/measurements.h"
#include "modules/probes/probes.h"
#include "store/journal.h"

namespace klarsyn::probes {
namespace {

constexpr Day kDaysAtOnce = 7;  // of measurements in memory

// The texts of a series, for its key and its rules.
struct SeriesTexts {
    std::string system, action, site, seat;
};

Result<SeriesTexts> texts_of(Names& names, const SeriesIds& series) {
    SeriesTexts texts;
    const auto [system, action, site, seat] = series;
    KL_TRY(texts.system, names.text(system));
    KL_TRY(texts.action, names.text(action));
    KL_TRY(texts.site, names.text(site));
    if (seat != 0) {
        KL_TRY(texts.seat, names.text(seat));
    }
    return texts;
}

void write_run(const MissingRun& run, const Plan& plan, const SeriesIds& series,
               const SeriesTexts& texts, const SeriesRules& rules, Day day, FactWriter& writer) {
    const auto [system, action, site, seat] = series;
    const LimitRule* limit = rules.limit_at(run.first);
    writer.begin(kMissingTable, plan.source + '/' +
                                    series_key(texts.system, texts.action, texts.site, texts.seat) +
                                    '/' + iso_utc(run.first));
    writer.i64(day);
    writer.i64(run.first);
    writer.i64(run.first + run.slots * plan.every_s);
    writer.i64(system);
    writer.i64(action);
    writer.i64(limit ? limit->kind : 0);
    writer.i64(site);
    writer.i64(seat);
    writer.i64(run.slots);
    writer.i64(plan.every_s);
    writer.i64(writer.name(plan.source));
    writer.end();
}

Result<void> derive_day(Connection& db, const Expectation& expected, const Starts& starts, Day day,
                        FactWriter& writer) {
    KL_CHECK(writer.begin_group(missing_group(day), FactWriter::Group::may_exist));
    const Span of_day{day_start(day), day_end(day)};
    Names names(db);
    for (const auto& [series, plans] : expected.plans) {
        std::span<const UtcSecond> measured;  // up to where the day's last slots end
        if (const auto found = starts.find(series); found != starts.end()) {
            const auto& all = found->second;
            const auto first = std::lower_bound(all.begin(), all.end(), of_day.from);
            measured = {first, std::lower_bound(first, all.end(), of_day.to + kEveryMax_s)};
        }
        std::optional<SeriesTexts> texts;
        std::optional<SeriesRules> rules;
        for (const Plan& plan : plans) {
            const Span span = expected_span(plan, expected.known);
            for (const MissingRun& run : missing_runs(plan, span, measured, of_day)) {
                if (!texts) {
                    KL_TRY(texts, texts_of(names, series));
                    rules = expected.rules->of(std::get<0>(series), std::get<1>(series),
                                               std::get<2>(series));
                }
                write_run(run, plan, series, *texts, *rules, day, writer);
            }
        }
    }
    return writer.end_group();
}

}  // namespace

Result<void> derive_missing(Connection& db, const Expectation& expected, const std::set<Day>& days,
                            FactWriter& writer) {
    std::set<SeriesIds> wanted;
    for (const auto& [series, plans] : expected.plans) wanted.insert(series);
    for (auto day = days.begin(); day != days.end();) {
        auto last = day;
        auto end = day;
        for (; end != days.end() && *end < *day + kDaysAtOnce; ++end) last = end;
        KL_TRY(const Starts starts, starts_between(db, wanted, day_start(*day),
                                                   day_end(*last) + kEveryMax_s));
        for (; day != end; ++day) KL_CHECK(derive_day(db, expected, starts, *day, writer));
    }
    return {};
}

}  // namespace klarsyn::probes
