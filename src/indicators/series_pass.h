// One pass over measurements for a bound question: which rows count, which lack what they should be
// counted by, and under which key. Figures and drill-down both go through here, so they cannot
// disagree. Internal to indicators.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "indicators/question.h"
#include "indicators/series_program.h"
#include "store/series_scan.h"

namespace klarsyn {

// Rows of one series that share their facts and their key: at most a chunk of them.
struct SeriesPart {
    SeriesSpan& span;
    const SeriesDims& dims;
    const SeriesChunk& chunk;  // ms and outcome only where the program reads them
    std::size_t offset;        // of the chunk's first row in the span
    const GroupKey& key;
    const SeriesMask& counted;
    const SeriesMask& lacking;
    std::int64_t count;  // of counted
    std::int64_t lack;   // of lacking
};
// Rows of one key that could be told by outcome and ranges of ms, without looking at each.
struct SeriesTotals {
    std::int64_t count = 0, lack = 0;  // as a part's
    std::int64_t num = 0, den = 0;     // of those that are counted
};

struct SeriesVisit {
    std::function<Result<void>(const SeriesPart& part)> rows;
    // Rows may come in any order: `offset` and the span's columns are of no use then, and facts
    // that neither the program nor the question reads may be others than the row's own.
    bool any_order = false;
    // With any_order: takes what need not come as rows. Empty: every row comes.
    std::function<void(const GroupKey& key, const SeriesTotals& totals)> totals = {};
};

class SeriesPass {
public:
    // The question's rows on the days of `period`, as known at its entry.
    static Result<SeriesPass> make(Connection& db, const BoundQuestion& question, Period period);

    // One thread per visit; each visit is called by one thread at a time.
    Result<void> run(Connection& db, std::span<const SeriesVisit> visits) const;

    const SeriesProgram& program() const { return *program_; }

private:
    struct Stretch {  // of the calendar: one key, one hour where hours matter
        UtcSecond to = 0;
        GroupKey key{};
        std::int64_t hour = 0;
        std::int64_t weekday = 0;
    };
    struct Place {
        std::size_t begin = 0, end = 0;  // rows of the span
        const Stretch* stretch = nullptr;
        const SeriesSegment* segment = nullptr;
    };
    struct Aim {  // what rows of a place have in common
        SeriesSpan& span;
        const SeriesDims& dims;
        const SeriesVisit& visit;
        const std::vector<std::optional<std::int64_t>>& facts;
        GroupKey key{};
        bool known = false;  // all facts that are needed
    };

    void add_stretches(const BoundQuestion& question, Period period);
    Result<void> take(SeriesSpan& span, const SeriesVisit& visit) const;
    Result<void> show(SeriesSpan& span, const Place& place, const SeriesVisit& visit) const;
    Result<void> judge(const Aim& aim, const SeriesChunk& chunk, std::size_t at) const;
    Result<void> show_groups(const Aim& aim, std::span<const SeriesGroup> groups) const;
    Result<void> show_group(const Aim& aim, const SeriesGroup& group) const;
    bool add_totals(const Aim& aim, const SeriesRange& range, std::int64_t rows,
                    SeriesTotals& totals) const;
    std::vector<SeriesSegment> segments(const SeriesSpan& span, bool any_order) const;
    void find_relevant();
    std::vector<bool> wanted_facts() const;
    Result<void> columns(SeriesSpan& span, const Place& place, SeriesChunk& chunk) const;
    std::int64_t value(const SeriesDim& dim, const SeriesDims& dims, const Place& place) const;

    const BoundQuestion* question_ = nullptr;
    const SeriesProgram* program_ = nullptr;
    std::vector<SeriesDims> dims_;  // by series id
    SeriesQuery query_;
    std::vector<Stretch> stretches_;
    std::vector<bool> relevant_;  // facts that the program or the question reads
    std::shared_ptr<const SeriesFacts> facts_;
};

// How many threads a pass over many measurements is worth.
std::size_t series_threads();
// Of columns that the program reads: which rows are counted and which lack what they should be
// counted by.
void judge_rows(const SeriesProgram& program, const SeriesChunk& chunk, SeriesMask& counted,
                SeriesMask& lacking);
// An expression added up over the counted rows, of which there are `count`.
std::int64_t series_total(const SeriesExpression& expression, const SeriesChunk& chunk,
                          const SeriesMask& counted, std::int64_t count);
std::int64_t count_ones(const std::uint8_t* mask, std::size_t size);

// Beside add_from_records, for indicators over measurements.
Result<void> add_from_series(Connection& db, const BoundQuestion& question, Period period,
                             Groups& groups);

}  // namespace klarsyn
