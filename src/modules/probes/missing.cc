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

struct KindRun {
    MissingRun run;
    std::int64_t kind = 0;  // of the action where each of its slots begins; 0: no limit in force
};

// A run in pieces of one kind each.
std::vector<KindRun> by_kind(const MissingRun& run, std::int64_t every_s, const SeriesRules& rules) {
    std::vector<KindRun> pieces;
    const UtcSecond end = run.first + run.slots * every_s;
    UtcSecond at = run.first;
    for (const RuleStretch& stretch : rules.stretches(run.first, end)) {
        const std::int64_t slots = (stretch.to - at + every_s - 1) / every_s;
        if (slots <= 0) continue;  // no slot begins in it
        const std::int64_t kind = stretch.limit ? stretch.limit->kind : 0;
        if (!pieces.empty() && pieces.back().kind == kind)
            pieces.back().run.slots += slots;
        else
            pieces.push_back({{at, slots}, kind});
        at += slots * every_s;
    }
    return pieces;
}

void write_run(const KindRun& piece, const Plan& plan, const SeriesIds& series,
               const SeriesTexts& texts, Day day, FactWriter& writer) {
    const auto [system, action, site, seat] = series;
    const auto& [run, kind] = piece;
    writer.begin(kMissingTable, plan.source + '/' +
                                    series_key(texts.system, texts.action, texts.site, texts.seat) +
                                    '/' + iso_utc(run.first));
    writer.i64(day);
    writer.i64(run.first);
    writer.i64(run.first + run.slots * plan.every_s);
    writer.i64(system);
    writer.i64(action);
    writer.i64(kind);
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
                for (const KindRun& piece : by_kind(run, plan.every_s, *rules))
                    write_run(piece, plan, series, *texts, day, writer);
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
