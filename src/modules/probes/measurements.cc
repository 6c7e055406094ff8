#include "modules/probes/measurements.h"

#include <algorithm>

#include "modules/probes/pcs.h"
#include "modules/probes/rule_store.h"
#include "store/series_scan.h"

namespace klarsyn::probes {
namespace {

constexpr UtcSecond kEver = std::int64_t{1} << 40;  // far beyond any time that is read

// The facts of a measurement's source, in their order.
enum FactPlace : std::size_t { kKindFact, kLimitFact, kNetFact, kModelFact, kAgeFact, kPcFact };

class MomentFacts final : public SeriesFacts {
public:
    // Without `pcs` nothing is known of models and ages.
    MomentFacts(std::shared_ptr<const Rules> rules, std::shared_ptr<const Pcs> pcs)
        : rules_(std::move(rules)), pcs_(std::move(pcs)) {}

    std::vector<SeriesSegment> of(const SeriesDims& dims, UtcSecond from,
                                  UtcSecond to) const override {
        const SeriesRules rules = rules_->of(dims[kSystemDim], dims[kActionDim], dims[kSiteDim]);
        const std::vector<RuleStretch> stretches = rules.stretches(from, to);
        const std::vector<PcStretch> pcs =
            pcs_ ? pcs_->of(dims, from, to) : std::vector<PcStretch>{{to, 0, 0}};
        std::vector<SeriesSegment> segments;
        auto pc = pcs.begin();
        for (const RuleStretch& stretch : stretches) {
            while (pc->to < stretch.to) add(dims, stretch, *pc, pc->to, segments), ++pc;
            add(dims, stretch, *pc, stretch.to, segments);
            if (pc->to == stretch.to && std::next(pc) != pcs.end()) ++pc;
        }
        return segments;
    }

private:
    static void add(const SeriesDims& dims, const RuleStretch& stretch, const PcStretch& pc,
                    UtcSecond to, std::vector<SeriesSegment>& segments) {
        SeriesSegment& segment = segments.emplace_back();
        segment.to = to;
        segment.facts.resize(kPcFact + 1);
        if (stretch.limit) {
            segment.facts[kKindFact] = stretch.limit->kind;
            segment.facts[kLimitFact] = stretch.limit->limit_ms;
        }
        segment.facts[kNetFact] = stretch.omitted ? 0 : 1;
        if (pc.model != 0) segment.facts[kModelFact] = pc.model;
        if (pc.age != 0) segment.facts[kAgeFact] = pc.age;
        if (dims[kSeatDim] != 0) segment.facts[kPcFact] = dims[kSeatDim];
    }

    std::shared_ptr<const Rules> rules_;
    std::shared_ptr<const Pcs> pcs_;
};

std::string name_of_series(std::span<const std::string> dims) {
    return dims[kSourceDim] + '/' +
           series_key(dims[kSystemDim], dims[kActionDim], dims[kSiteDim], dims[kSeatDim]);
}

SeriesIds ids_of(const SeriesDims& dims) {
    return {dims[kSystemDim], dims[kActionDim], dims[kSiteDim], dims[kSeatDim]};
}

unsigned flags_named(std::string_view words) {
    if (words == flag_names(kAmbiguous)) return kAmbiguous;
    return words == flag_names(kSkipped) ? kSkipped : 0U;
}

}  // namespace

const SeriesTable& result_series() {
    static const SeriesTable kTable{"probes_result",
                                    {"system", "action", "site", "seat", "source"}};
    return kTable;
}

SeriesSource result_source() {
    SeriesSource source;
    source.table = result_series();
    source.module = "probes";
    source.fields = {{"outcome", 0, 3, {"ok", "failed", "timeout"}},
                     {"flags", kFlagShift, 3, {"", "ambiguous", "skipped"}}};
    source.facts = {"kind", "limit_ms", "net", "model", "age", "pc"};
    source.name_facts = {"kind", "model", "age"};
    source.rare_facts = {"model", "age", "pc"};
    source.facts_of =
        [](Connection& db, std::int64_t as_of,
           const std::vector<bool>& wanted) -> Result<std::shared_ptr<const SeriesFacts>> {
        KL_TRY(auto rules, load_rules(db, as_of));
        std::shared_ptr<const Pcs> pcs;
        if (wanted[kModelFact] || wanted[kAgeFact]) {
            KL_TRY(pcs, load_pcs(db, as_of));
        }
        return std::shared_ptr<const SeriesFacts>(
            std::make_shared<MomentFacts>(std::move(rules), std::move(pcs)));
    };
    source.derived = {{"met", {"limit_ms"}, "outcome = ok and ms <= limit_ms"}};
    source.key = name_of_series;
    return source;
}

Result<Starts> starts_between(Connection& db, const std::set<SeriesIds>& wanted, UtcSecond from,
                              UtcSecond to) {
    KL_TRY(const auto all, load_series(db, result_series()));
    std::map<std::int32_t, SeriesIds> ids;
    SeriesQuery query{std::vector<std::int32_t>(), from, to, kNow};
    for (const SeriesInfo& info : all) {
        const SeriesIds series = ids_of(info.dims);
        if (!wanted.contains(series)) continue;
        ids.emplace(info.id, series);
        query.series->push_back(info.id);
    }
    Starts starts;
    if (ids.empty()) return starts;
    const SeriesSink sink = [&](SeriesSpan& span) -> Result<void> {
        KL_TRY(const auto times, span.times());
        auto& moments = starts[ids.at(span.series())];
        moments.insert(moments.end(), times.begin(), times.end());
        return {};
    };
    KL_CHECK(scan_series(db, result_series(), query, {&sink, 1}));
    for (auto& [series, moments] : starts) {
        if (!std::is_sorted(moments.begin(), moments.end()))
            std::sort(moments.begin(), moments.end());
    }
    return starts;
}

Result<std::map<std::int64_t, Span>> measured_spans(Connection& db) {
    KL_TRY(const auto reaches, series_reach(db, result_series()));
    KL_TRY(const auto all, load_series(db, result_series()));
    std::map<std::int64_t, Span> spans;
    for (const SeriesInfo& info : all) {
        const auto reach = reaches.find(info.id);
        if (reach == reaches.end()) continue;
        const auto [known, fresh] = spans.try_emplace(info.dims[kSourceDim], Span{kEver, -kEver});
        known->second.from = std::min(known->second.from, reach->second.first);
        known->second.to = std::max(known->second.to, reach->second.last + 1);
    }
    return spans;
}

Result<void> bring_over_facts(Connection& db, std::int64_t seq, FactWriter& writer) {
    {
        KL_TRY(auto any,
               db.query("SELECT id FROM probes_result WHERE retracted_seq IS NULL LIMIT 1"));
        KL_TRY(const bool some, any->next());
        if (!some) return {};
    }
    SeriesWriter series(db, result_series(), writer.names());
    std::vector<SeriesRow> measurements;
    FactsDigest went;
    {
        KL_TRY(auto rows,
               db.stream("SELECT source_key, row_hash, at, system, action, site, seat, source, "
                         "outcome, ms, flags FROM probes_result WHERE retracted_seq IS NULL"));
        while (true) {
            KL_TRY(const bool more, rows->next());
            if (!more) break;
            went.went += digest_row("probes_result", rows->text(0),
                                    static_cast<std::uint64_t>(rows->i64(1)));
            ++went.rows_went;
            SeriesDims dims{};
            for (int d = 0; d < 5; ++d) dims[static_cast<std::size_t>(d)] = rows->i64(3 + d);
            SeriesRow& row = measurements.emplace_back();
            KL_TRY(row.series, series.series(dims));
            row.time = rows->i64(2);
            if (!rows->is_null(9)) row.ms = static_cast<std::uint32_t>(rows->i64(9));
            row.outcome = outcome_bits(outcome_named(rows->text(8)).value_or(Outcome::failed),
                                       flags_named(rows->text(10)));
        }
    }
    KL_TRY(const auto change, series.append(seq, std::move(measurements)));
    writer.add_measured(change);
    KL_TRY([[maybe_unused]] const auto gone,
           db.run("UPDATE probes_result SET retracted_seq = :seq WHERE retracted_seq IS NULL",
                  {{":seq", Value(seq)}}));
    writer.add_digest(went);
    return {};
}

}  // namespace klarsyn::probes
