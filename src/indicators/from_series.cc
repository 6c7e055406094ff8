// Figures from measurements: sums, extremes and exact value counts, by several threads.

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>

#include "indicators/series_pass.h"

namespace klarsyn {
namespace {

constexpr std::size_t kDense = 65'536;     // values counted in a table; rarer ones in a list
constexpr std::size_t kTablesMax = 128;    // tables of one thread; 256 KiB each
constexpr std::size_t kListMax = 1 << 16;  // entries of a list before equal ones are joined

// What one thread finds.
class Finder {
public:
    explicit Finder(const BoundQuestion& question, const SeriesProgram& program)
        : program_(program),
          lists_(question.indicator->aggregate == Aggregate::percentile ||
                 question.indicator->aggregate == Aggregate::distinct),
          extremes_(question.indicator->aggregate == Aggregate::min ||
                    question.indicator->aggregate == Aggregate::max) {}

    Result<void> take(const SeriesPart& part) {
        Found& found = found_[part.key];
        found.parts.gap += part.lack;
        if (part.count == 0) return {};
        if (program_.least_of)
            found.things.insert((*part.chunk.facts)[*program_.least_of].value_or(0));
        if (lists_) {
            count_values(part, found);
            return {};
        }
        Components more;
        more.n = part.count;
        more.num = series_total(program_.num, part.chunk, part.counted, part.count);
        if (program_.den)
            more.den = series_total(*program_.den, part.chunk, part.counted, part.count);
        if (extremes_) find_extremes(part, more);
        found.parts.merge(more);
        return {};
    }

    bool rows_alone() const { return lists_ || extremes_ || program_.least_of; }
    void take_totals(const GroupKey& key, const SeriesTotals& totals) {
        Components more;
        more.n = totals.count;
        more.num = totals.num;
        more.den = totals.den;
        more.gap = totals.lack;
        found_[key].parts.merge(more);
    }

    void give(Groups& groups) {
        for (auto& [key, found] : found_) {
            if (!found.table.empty()) {
                ValueCounts counts;
                for (std::size_t value = 0; value < kDense; ++value) {
                    if (found.table[value] > 0) {
                        counts.add(static_cast<std::int64_t>(value), found.table[value]);
                    }
                }
                found.parts.values.settle();
                found.parts.values.merge(counts);
            }
            found.parts.values.settle();
            for (const std::int64_t thing : found.things) found.parts.things.add(thing, 1);
            found.parts.things.settle();
            groups[key].merge(std::move(found.parts));
        }
    }

private:
    struct Found {
        Components parts;
        std::vector<std::uint32_t> table;  // counts of small values
        boost::unordered_flat_set<std::int64_t> things;
        std::size_t settled = 0;           // entries of the list when it was settled last
    };

    static std::int64_t scalar(const SeriesExpression& expression, const SeriesPart& part) {
        if (expression.kind() == SeriesExpression::Kind::number) return expression.number();
        return (*part.chunk.facts)[static_cast<std::size_t>(expression.number())].value_or(0);
    }

    // The indicator's value of row i of the chunk.
    std::int64_t value_of(const SeriesPart& part, std::size_t i) const {
        switch (program_.num.kind()) {
            case SeriesExpression::Kind::condition: return holds_[i];
            case SeriesExpression::Kind::ms: return part.chunk.ms[i];
            default: return scalar(program_.num, part);
        }
    }
    void prepare_values(const SeriesPart& part) {
        if (program_.num.kind() == SeriesExpression::Kind::condition) {
            program_.num.mask(part.chunk, holds_);
        }
    }

    void find_extremes(const SeriesPart& part, Components& more) {
        prepare_values(part);
        bool first = true;
        for (std::size_t i = 0; i < part.chunk.size; ++i) {
            if (part.counted[i] == 0) continue;
            const std::int64_t value = value_of(part, i);
            more.min = first ? value : std::min(more.min, value);
            more.max = first ? value : std::max(more.max, value);
            first = false;
        }
    }

    void count_values(const SeriesPart& part, Found& found) {
        prepare_values(part);
        found.parts.n += part.count;
        if (found.table.empty() && tables_ < kTablesMax) {
            found.table.resize(kDense);
            ++tables_;
        }
        if (program_.num.kind() == SeriesExpression::Kind::ms && !found.table.empty()) {
            for (std::size_t i = 0; i < part.chunk.size; ++i) {
                const std::uint32_t ms = part.chunk.ms[i];
                if (ms < kDense)
                    found.table[ms] += part.counted[i];
                else if (part.counted[i] != 0)
                    add(found, ms);
            }
            return;
        }
        for (std::size_t i = 0; i < part.chunk.size; ++i) {
            if (part.counted[i] != 0) add(found, value_of(part, i));
        }
    }

    static void add(Found& found, std::int64_t value) {
        ValueCounts& values = found.parts.values;
        values.add(value, 1);
        if (values.size() < std::max(kListMax, 2 * found.settled)) return;
        values.settle();
        found.settled = values.size();
    }

    const SeriesProgram& program_;
    bool lists_, extremes_;
    boost::unordered_flat_map<GroupKey, Found, GroupKeyHash> found_;
    std::size_t tables_ = 0;
    SeriesMask holds_;
};

}  // namespace

Result<void> add_from_series(Connection& db, const BoundQuestion& question, Period period,
                             Groups& groups) {
    KL_TRY(const auto pass, SeriesPass::make(db, question, period));
    std::vector<Finder> finders(series_threads(), Finder(question, pass.program()));
    std::vector<SeriesVisit> visits;
    for (Finder& finder : finders) {
        SeriesVisit& visit = visits.emplace_back();
        visit.rows = [&finder](const SeriesPart& part) { return finder.take(part); };
        visit.any_order = true;
        if (finder.rows_alone()) continue;
        visit.totals = [&finder](const GroupKey& key, const SeriesTotals& totals) {
            finder.take_totals(key, totals);
        };
    }
    KL_CHECK(pass.run(db, visits));
    for (Finder& finder : finders) finder.give(groups);
    return {};
}

}  // namespace klarsyn
