#include "modules/probes/missing.h"

#include <algorithm>

#include "modules/probes/probes.h"
#include "store/journal.h"

namespace klarsyn::probes {
namespace {

using Starts = std::map<SeriesIds, std::vector<UtcSecond>>;

// When measurements of scheduled series began, from a day's start to where its last slots end.
Result<Starts> starts_of(Connection& db, const Expectation& expected, Day day) {
    Starts starts;
    KL_TRY(auto rows,
           db.stream("SELECT system, action, site, seat, at FROM probes_result "
                     "WHERE day BETWEEN :day AND :next AND at < :until AND retracted_seq IS NULL",
                     {{":day", Value(std::int64_t{day})},
                      {":next", Value(std::int64_t{day} + 1)},
                      {":until", Value(day_end(day) + kEveryMax_s)}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        const SeriesIds series{rows->i64(0), rows->i64(1), rows->i64(2), rows->i64(3)};
        if (!expected.plans.contains(series)) continue;
        starts[series].push_back(rows->i64(4));
    }
    for (auto& [series, moments] : starts) std::sort(moments.begin(), moments.end());
    return starts;
}

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
    writer.i64(limit ? writer.name(limit->kind) : 0);
    writer.i64(site);
    writer.i64(seat);
    writer.i64(run.slots);
    writer.i64(plan.every_s);
    writer.i64(writer.name(plan.source));
    writer.end();
}

}  // namespace

Result<void> derive_missing(Connection& db, const Expectation& expected, Day day,
                            FactWriter& writer) {
    KL_CHECK(writer.begin_group(missing_group(day), FactWriter::Group::may_exist));
    Starts starts;
    if (!expected.plans.empty()) {
        KL_TRY(starts, starts_of(db, expected, day));
    }
    const Span of_day{day_start(day), day_end(day)};
    Names names(db);
    for (const auto& [series, plans] : expected.plans) {
        const std::vector<UtcSecond>& measured = starts[series];
        std::optional<SeriesTexts> texts;
        std::optional<SeriesRules> rules;
        for (const Plan& plan : plans) {
            for (const MissingRun& run : missing_runs(plan, expected.covered, measured, of_day)) {
                if (!texts) {
                    KL_TRY(texts, texts_of(names, series));
                    rules = expected.rules->of(texts->system, texts->action, texts->site);
                }
                write_run(run, plan, series, *texts, *rules, day, writer);
            }
        }
    }
    return writer.end_group();
}

}  // namespace klarsyn::probes
