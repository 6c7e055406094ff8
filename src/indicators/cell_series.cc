// Cells of figures over measurements: one pass for all parts of a scan.
#include "indicators/cell_series.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include "indicators/series_pass.h"

namespace klarsyn {
namespace {

struct FlatPart {
    std::int64_t n = 0, num = 0, den = 0, gap = 0;
    void add(const FlatPart& other) {
        n += other.n;
        num += other.num;
        den += other.den;
        gap += other.gap;
    }
};

struct DayKey {
    std::int64_t day = 0, cut = 0, combo = 0;
    friend bool operator==(const DayKey&, const DayKey&) = default;
};
struct DayKeyHash {
    using is_avalanching = void;
    std::size_t operator()(const DayKey& key) const {
        return GroupKeyHash()(GroupKey{key.day, key.cut, key.combo});
    }
};

// Components per day, cut and combination: one of each part behind the other.
class DaySums {
public:
    explicit DaySums(std::size_t parts) : parts_(parts) {}
    FlatPart* of(const DayKey& key) {
        const auto [at, fresh] = places_.try_emplace(key, places_.size());
        if (fresh) sums_.resize(sums_.size() + parts_);
        return sums_.data() + at->second * parts_;
    }
    template <typename Use>
    void each(Use use) const {
        for (const auto& [key, place] : places_) use(key, sums_.data() + place * parts_);
    }

private:
    std::size_t parts_;
    boost::unordered_flat_map<DayKey, std::size_t, DayKeyHash> places_;
    std::vector<FlatPart> sums_;
};

// A question that puts every measurement under its day and the dimensions of all cuts.
class FinestQuestion {
public:
    FinestQuestion(const Scan& scan, Period period, std::int64_t as_of) : scan_(scan) {
        SeriesProgram program;
        program.source = scan.programs.front()->source;
        program.num = SeriesExpression::parse("1", *program.source).value();
        places_.resize(scan.dims.size());
        question_.groups.push_back({"day", Bucket::day, DimKind::number});
        for (const auto& cut : scan.cuts) {
            for (const int position : cut) add_dim(program, static_cast<std::size_t>(position));
        }
        indicator_.series = std::make_shared<const SeriesProgram>(std::move(program));
        question_.indicator = &indicator_;
        question_.period = period;
        question_.as_of = as_of;
    }
    FinestQuestion(const FinestQuestion&) = delete;
    FinestQuestion& operator=(const FinestQuestion&) = delete;

    const BoundQuestion& bound() const { return question_; }

    std::int64_t combo(const std::vector<int>& cut, const GroupKey& key) const {
        const auto value = [&](std::size_t p) {
            return key[places_[static_cast<std::size_t>(cut[p])]];
        };
        if (cut.empty()) return 0;
        return cut.size() == 1 ? value(0) : make_combo(value(0), value(1));
    }

private:
    void add_dim(SeriesProgram& program, std::size_t position) {
        if (places_[position] != 0) return;
        const std::string& name = scan_.dims[position].name;
        for (const auto& known : scan_.programs) {
            const SeriesDim* dim = known->dim(name);
            if (!dim) continue;
            program.dim_names.push_back(name);
            program.dims.push_back(*dim);
            break;
        }
        places_[position] = question_.groups.size();
        KL_ASSERT(question_.groups.size() < kGroupsMax);
        question_.groups.push_back({name, std::nullopt, DimKind::number});
    }

    const Scan& scan_;
    Indicator indicator_;
    BoundQuestion question_;
    std::vector<std::size_t> places_;  // per dimension of the scan: its place in the key
};

// What one thread finds.
class Counter {
public:
    Counter(const Scan& scan, const FinestQuestion& question)
        : scan_(scan), question_(question), sums_(scan.programs.size()) {}

    const DaySums& sums() const { return sums_; }

    Result<void> take(const SeriesPart& part) {
        KL_TRY(const auto ms, part.span.ms());
        KL_TRY(const auto outcomes, part.span.outcomes());
        const SeriesChunk chunk{part.chunk.size, ms.data() + part.offset,
                                outcomes.data() + part.offset, part.chunk.facts};
        totals_.assign(scan_.programs.size(), {});
        for (std::size_t p = 0; p < totals_.size(); ++p) {
            totals_[p] = total(*scan_.programs[p], chunk);
        }
        for (std::size_t cut = 0; cut < scan_.cuts.size(); ++cut) {
            FlatPart* into = sums_.of({part.key[0], static_cast<std::int64_t>(cut),
                                       question_.combo(scan_.cuts[cut], part.key)});
            for (const FlatPart& each : totals_) (into++)->add(each);
        }
        return {};
    }

private:
    static FlatPart total(const SeriesProgram& program, const SeriesChunk& chunk) {
        SeriesMask counted;
        SeriesMask lacking;
        judge_rows(program, chunk, counted, lacking);
        FlatPart sum;
        sum.n = count_ones(counted.data(), chunk.size);
        sum.gap = count_ones(lacking.data(), chunk.size);
        if (sum.n == 0) return sum;
        sum.num = series_total(program.num, chunk, counted, sum.n);
        if (program.den) sum.den = series_total(*program.den, chunk, counted, sum.n);
        return sum;
    }

    const Scan& scan_;
    const FinestQuestion& question_;
    DaySums sums_;
    std::vector<FlatPart> totals_;
};

}  // namespace

Result<std::map<Day, DayCells>> compute_series_days(Connection& db, const Scan& scan, Period period,
                                                    std::int64_t as_of) {
    const FinestQuestion question(scan, period, as_of);
    KL_TRY(const auto pass, SeriesPass::make(db, question.bound(), period));
    std::vector<Counter> counters(series_threads(), Counter(scan, question));
    std::vector<SeriesVisit> visits(counters.size());
    for (std::size_t t = 0; t < counters.size(); ++t) {
        visits[t].rows = [&counter = counters[t]](const SeriesPart& part) {
            return counter.take(part);
        };
    }
    KL_CHECK(pass.run(db, visits));
    const std::size_t parts = scan.programs.size();
    DaySums days(parts);
    for (const Counter& counter : counters) {
        counter.sums().each([&](const DayKey& key, const FlatPart* from) {
            FlatPart* into = days.of(key);
            for (std::size_t p = 0; p < parts; ++p) into[p].add(from[p]);
        });
    }
    std::map<Day, DayCells> result;
    days.each([&](const DayKey& key, const FlatPart* from) {
        Cell cell(parts);
        for (std::size_t p = 0; p < parts; ++p) {
            cell[p].n = from[p].n;
            cell[p].num = from[p].num;
            cell[p].den = from[p].den;
            cell[p].gap = from[p].gap;
        }
        if (empty_cell(cell)) return;
        result[static_cast<Day>(key.day)].emplace(CellKey{static_cast<int>(key.cut), key.combo},
                                                  std::move(cell));
    });
    return result;
}

Result<std::optional<Period>> measured_days(Connection& db, const Scan& scan) {
    std::optional<Period> days;
    KL_TRY(const auto reaches, series_reach(db, scan.programs.front()->source->table));
    for (const auto& [series, reach] : reaches) {
        const Day first = Zone::copenhagen().to_local(reach.first).day;
        const Day last = Zone::copenhagen().to_local(reach.last).day;
        if (!days) days = Period{first, last};
        days->from = std::min(days->from, first);
        days->to = std::max(days->to, last);
    }
    return days;
}

}  // namespace klarsyn
