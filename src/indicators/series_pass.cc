#include "indicators/series_pass.h"

#include <algorithm>
#include <thread>

namespace klarsyn {
namespace {

constexpr std::size_t kThreadsMax = 4;

bool within(const BoundFilter& filter, std::int64_t value) {
    return std::find(filter.values.begin(), filter.values.end(), value) != filter.values.end();
}

#pragma GCC push_options
#pragma GCC optimize("O3")
std::int64_t ones(const std::uint8_t* mask, std::size_t size) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < size; ++i) sum += mask[i];
    return sum;
}
// counted: those with a value; lacking: the others.
void part_missing(const std::uint32_t* ms, std::size_t size, std::uint8_t* counted,
                  std::uint8_t* lacking) {
    for (std::size_t i = 0; i < size; ++i) {
        const std::uint8_t there = ms[i] != kNoMs ? 1 : 0;
        lacking[i] = counted[i] & static_cast<std::uint8_t>(there ^ 1);
        counted[i] = counted[i] & there;
    }
}
std::int64_t sum_where(const std::uint32_t* ms, const std::uint8_t* mask, std::size_t size) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < size; ++i) sum += ms[i] & (0U - mask[i]);
    return static_cast<std::int64_t>(sum);
}
std::int64_t both(const std::uint8_t* a, const std::uint8_t* b, std::size_t size) {
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < size; ++i) sum += a[i] & b[i];
    return sum;
}
void widen(const std::uint8_t* low, std::size_t size, std::uint32_t base, std::uint32_t* ms) {
    for (std::size_t i = 0; i < size; ++i) ms[i] = base + low[i] - 1U;
}
#pragma GCC pop_options

bool knows_needs(const SeriesProgram& program,
                 const std::vector<std::optional<std::int64_t>>& facts) {
    return std::all_of(program.needs_facts.begin(), program.needs_facts.end(),
                       [&](std::size_t fact) { return facts[fact].has_value(); });
}

SeriesRange range_of(const SeriesGroup& group,
                     const std::vector<std::optional<std::int64_t>>& facts) {
    SeriesRange range{group.base - 1, group.base + 254, false, group.outcome, &facts};
    if (group.base > 0) return range;
    const auto lacking = std::count(group.low.begin(), group.low.end(), std::uint8_t{0});
    range.low = 0;
    range.lacks = lacking > 0;
    if (lacking == static_cast<std::ptrdiff_t>(group.low.size())) {
        range.low = 1;
        range.high = 0;
    }
    return range;
}

}  // namespace

void judge_rows(const SeriesProgram& program, const SeriesChunk& chunk, SeriesMask& counted,
                SeriesMask& lacking) {
    if (program.predicate)
        program.predicate->mask(chunk, counted);
    else
        std::fill_n(counted.begin(), chunk.size, std::uint8_t{1});
    std::fill_n(lacking.begin(), chunk.size, std::uint8_t{0});
    if (!knows_needs(program, *chunk.facts))
        std::swap(counted, lacking);
    else if (program.needs_ms) {
        part_missing(chunk.ms, chunk.size, counted.data(), lacking.data());
    }
}

std::int64_t series_total(const SeriesExpression& expression, const SeriesChunk& chunk,
                          const SeriesMask& counted, std::int64_t count) {
    switch (expression.kind()) {
        case SeriesExpression::Kind::condition: {
            SeriesMask holds;
            expression.mask(chunk, holds);
            return both(counted.data(), holds.data(), chunk.size);
        }
        case SeriesExpression::Kind::ms: return sum_where(chunk.ms, counted.data(), chunk.size);
        case SeriesExpression::Kind::number: return expression.number() * count;
        case SeriesExpression::Kind::fact: break;
    }
    return (*chunk.facts)[static_cast<std::size_t>(expression.number())].value_or(0) * count;
}

std::int64_t count_ones(const std::uint8_t* mask, std::size_t size) { return ones(mask, size); }

std::size_t series_threads() {
    return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kThreadsMax);
}

Result<SeriesPass> SeriesPass::make(Connection& db, const BoundQuestion& question, Period period) {
    SeriesPass pass;
    pass.question_ = &question;
    pass.program_ = question.indicator->series.get();
    const SeriesProgram& program = *pass.program_;
    KL_TRY(const auto all, load_series(db, program.source->table));
    pass.dims_.resize(all.empty() ? 0 : static_cast<std::size_t>(all.back().id) + 1);
    std::vector<std::int32_t> chosen;
    for (const SeriesInfo& info : all) {
        pass.dims_[static_cast<std::size_t>(info.id)] = info.dims;
        const bool wanted = std::all_of(question.filters.begin(), question.filters.end(),
                                        [&](const BoundFilter& filter) {
                                            const SeriesDim* dim = program.dim(filter.dim);
                                            return dim->from != SeriesDim::From::series ||
                                                   within(filter, info.dims[dim->place]);
                                        });
        if (wanted) chosen.push_back(info.id);
    }
    pass.query_.from = day_start(period.from);
    pass.query_.to = day_end(period.to);
    pass.query_.as_of = question.as_of;
    if (chosen.size() < all.size()) pass.query_.series = std::move(chosen);
    pass.add_stretches(question, period);
    pass.find_relevant();
    if (program.source->facts_of) {
        KL_TRY(pass.facts_,
               program.source->facts_of(db, question.as_of, pass.wanted_facts()));
    }
    return pass;
}

// Rare facts that nobody names are not looked up.
std::vector<bool> SeriesPass::wanted_facts() const {
    const SeriesSource& source = *program_->source;
    std::vector<bool> wanted(source.facts.size());
    for (std::size_t f = 0; f < wanted.size(); ++f)
        wanted[f] = relevant_[f] || !program_->is_hidden(source.facts[f]);
    return wanted;
}

void SeriesPass::find_relevant() {
    const SeriesProgram& program = *program_;
    const auto reads = [&](const SeriesExpression& each, std::size_t fact) {
        return each.reads_fact(fact);
    };
    relevant_.resize(program.source->facts.size());
    for (std::size_t f = 0; f < relevant_.size(); ++f) {
        relevant_[f] = reads(program.num, f) || (program.den && reads(*program.den, f)) ||
                       (program.predicate && reads(*program.predicate, f));
    }
    for (const std::size_t fact : program.needs_facts) relevant_[fact] = true;
    if (program.least_of) relevant_[*program.least_of] = true;
    const auto look = [&](const std::string& word) {
        const SeriesDim* dim = program.dim(word);
        if (dim && dim->from == SeriesDim::From::fact) relevant_[dim->place] = true;
    };
    for (const auto& group : question_->groups) {
        if (!group.bucket) look(group.word);
    }
    for (const auto& filter : question_->filters) look(filter.dim);
}

void SeriesPass::add_stretches(const BoundQuestion& question, Period period) {
    bool hours = false;
    bool days = false;
    const auto look = [&](const std::string& word) {
        const SeriesDim* dim = program_->dim(word);
        hours = hours || (dim && dim->from == SeriesDim::From::hour);
        days = days || (dim && dim->from == SeriesDim::From::weekday);
    };
    for (const auto& group : question.groups) {
        if (!group.bucket) look(group.word);
    }
    for (const auto& filter : question.filters) look(filter.dim);
    if (!hours && !days && !question.by_calendar()) {
        stretches_.push_back({query_.to, {}, 0, 0});
        return;
    }
    for (Day day = period.from; day <= period.to;) {
        const Day last = hours || days ? day : std::min(period.to, last_day_of_key(question, day));
        Stretch stretch{day_end(last), calendar_key(question, day), 0, weekday_of(day)};
        for (UtcSecond hour = day_start(day); hours && hour + 3600 < day_end(last); hour += 3600) {
            stretches_.push_back({hour + 3600, stretch.key,
                                  Zone::copenhagen().to_local(hour).hour(), stretch.weekday});
        }
        stretch.hour = Zone::copenhagen().to_local(stretch.to - 1).hour();
        stretches_.push_back(stretch);
        day = last + 1;
    }
}

Result<void> SeriesPass::run(Connection& db, std::span<const SeriesVisit> visits) const {
    if (query_.series && query_.series->empty()) return {};
    std::vector<SeriesSink> sinks;
    for (const SeriesVisit& visit : visits) {
        sinks.emplace_back([this, &visit](SeriesSpan& span) { return take(span, visit); });
    }
    return scan_series(db, program_->source->table, query_, sinks);
}

// The facts of a span's series; in any order those between which nothing changes that is read are
// one.
std::vector<SeriesSegment> SeriesPass::segments(const SeriesSpan& span, bool any_order) const {
    std::vector<SeriesSegment> segments;
    if (facts_) {
        segments = facts_->of(dims_[static_cast<std::size_t>(span.series())], span.first(),
                              span.last() + 1);
    }
    const std::size_t count = program_->source->facts.size();
    if (segments.empty()) segments.push_back({span.last() + 1, {}});
    for (SeriesSegment& each : segments) {
        each.facts.resize(count);
        for (const auto& [fact, value] : question_->assumed) each.facts[fact] = value;
    }
    if (!any_order) return segments;
    const auto alike = [&](const SeriesSegment& a, const SeriesSegment& b) {
        for (std::size_t f = 0; f < count; ++f) {
            if (relevant_[f] && a.facts[f] != b.facts[f]) return false;
        }
        return true;
    };
    std::size_t kept = 0;
    for (std::size_t i = 1; i < segments.size(); ++i) {
        if (alike(segments[kept], segments[i]))
            segments[kept].to = segments[i].to;
        else if (++kept != i)
            segments[kept] = std::move(segments[i]);
    }
    segments.resize(kept + 1);
    return segments;
}

// Cuts a span where the calendar or the facts change; times are unpacked only where they do.
Result<void> SeriesPass::take(SeriesSpan& span, const SeriesVisit& visit) const {
    const std::vector<SeriesSegment> segments = this->segments(span, visit.any_order);
    auto stretch =
        std::upper_bound(stretches_.begin(), stretches_.end(), span.first(),
                         [](UtcSecond time, const Stretch& other) { return time < other.to; });
    std::size_t segment = 0;
    Place place;
    while (place.begin < span.size()) {
        UtcSecond time = span.first();
        if (place.begin > 0) {
            KL_TRY(const auto times, span.times());
            time = times[place.begin];
        }
        while (stretch->to <= time) ++stretch;
        while (segment + 1 < segments.size() && segments[segment].to <= time) ++segment;
        UtcSecond end = stretch->to;
        if (segment + 1 < segments.size()) end = std::min(end, segments[segment].to);
        place.end = span.size();
        if (span.last() >= end) {
            KL_TRY(const auto times, span.times());
            place.end = static_cast<std::size_t>(
                std::lower_bound(times.begin() + static_cast<std::ptrdiff_t>(place.begin),
                                 times.end(), end) -
                times.begin());
        }
        place.stretch = &*stretch;
        place.segment = &segments[segment];
        KL_CHECK(show(span, place, visit));
        place.begin = place.end;
    }
    return {};
}

std::int64_t SeriesPass::value(const SeriesDim& dim, const SeriesDims& dims,
                               const Place& place) const {
    switch (dim.from) {
        case SeriesDim::From::series: return dims[dim.place];
        case SeriesDim::From::fact: return place.segment->facts[dim.place].value_or(0);
        case SeriesDim::From::hour: return place.stretch->hour;
        case SeriesDim::From::weekday: return place.stretch->weekday;
    }
    return 0;
}

Result<void> SeriesPass::columns(SeriesSpan& span, const Place& place, SeriesChunk& chunk) const {
    const auto reads = [&](bool (SeriesExpression::*column)() const) {
        return (program_->num.*column)() ||
               (program_->predicate && (*program_->predicate.*column)()) ||
               (program_->den && (*program_->den.*column)());
    };
    if (program_->needs_ms || reads(&SeriesExpression::reads_ms)) {
        KL_TRY(const auto ms, span.ms());
        chunk.ms = ms.data() + place.begin;
    }
    if (reads(&SeriesExpression::reads_outcome)) {
        KL_TRY(const auto outcomes, span.outcomes());
        chunk.outcome = outcomes.data() + place.begin;
    }
    return {};
}

Result<void> SeriesPass::show(SeriesSpan& span, const Place& place,
                              const SeriesVisit& visit) const {
    const SeriesDims& dims = dims_[static_cast<std::size_t>(span.series())];
    for (const BoundFilter& filter : question_->filters) {
        if (!within(filter, value(*program_->dim(filter.dim), dims, place))) return {};
    }
    GroupKey key = place.stretch->key;
    for (std::size_t g = 0; g < question_->groups.size(); ++g) {
        const auto& group = question_->groups[g];
        if (!group.bucket) key[g] = value(*program_->dim(group.word), dims, place);
    }
    const auto& facts = place.segment->facts;
    const Aim aim{span, dims, visit, facts, key, knows_needs(*program_, facts)};
    if (visit.any_order && place.begin == 0 && place.end == span.size()) {
        KL_TRY(const auto groups, span.groups());
        if (!groups.empty()) return show_groups(aim, groups);
    }
    SeriesChunk all;
    all.facts = &facts;
    KL_CHECK(columns(span, place, all));
    for (std::size_t at = place.begin; at < place.end; at += kSeriesChunk) {
        SeriesChunk chunk = all;
        chunk.size = std::min(kSeriesChunk, place.end - at);
        if (chunk.ms) chunk.ms += at - place.begin;
        if (chunk.outcome) chunk.outcome += at - place.begin;
        KL_CHECK(judge(aim, chunk, at));
    }
    return {};
}

Result<void> SeriesPass::judge(const Aim& aim, const SeriesChunk& chunk, std::size_t at) const {
    SeriesMask counted;
    SeriesMask lacking;
    judge_rows(*program_, chunk, counted, lacking);
    const SeriesPart part{aim.span,
                          aim.dims,
                          chunk,
                          at,
                          aim.key,
                          counted,
                          lacking,
                          ones(counted.data(), chunk.size),
                          ones(lacking.data(), chunk.size)};
    return part.count > 0 || part.lack > 0 ? aim.visit.rows(part) : Result<void>();
}

// A span whose rows stand grouped: most groups are decided as a whole.
Result<void> SeriesPass::show_groups(const Aim& aim, std::span<const SeriesGroup> groups) const {
    SeriesTotals totals;
    for (const SeriesGroup& group : groups) {
        const SeriesRange range = range_of(group, aim.facts);
        const auto in = program_->predicate ? program_->predicate->decide(range) : true;
        if (in && !*in) continue;
        const bool told =
            in && aim.visit.totals &&
            add_totals(aim, range, static_cast<std::int64_t>(group.low.size()), totals);
        if (!told) KL_CHECK(show_group(aim, group));
    }
    if (totals.count > 0 || totals.lack > 0) aim.visit.totals(aim.key, totals);
    return {};
}

// False where single rows must be looked at.
bool SeriesPass::add_totals(const Aim& aim, const SeriesRange& range, std::int64_t rows,
                            SeriesTotals& totals) const {
    const bool none = range.low > range.high;
    if (!aim.known || (program_->needs_ms && none)) {
        totals.lack += rows;
        return true;
    }
    if (program_->needs_ms && range.lacks) return false;
    const auto total = [&](const SeriesExpression& each) -> std::optional<std::int64_t> {
        switch (each.kind()) {
            case SeriesExpression::Kind::number: return each.number() * rows;
            case SeriesExpression::Kind::ms: return std::nullopt;
            case SeriesExpression::Kind::fact:
                return aim.facts[static_cast<std::size_t>(each.number())].value_or(0) * rows;
            case SeriesExpression::Kind::condition: break;
        }
        const auto holds = each.decide(range);
        return holds ? std::optional(*holds ? rows : 0) : std::nullopt;
    };
    const auto num = total(program_->num);
    const auto den = program_->den ? total(*program_->den) : std::optional<std::int64_t>(0);
    if (!num || !den) return false;
    totals.count += rows;
    totals.num += *num;
    totals.den += *den;
    return true;
}

Result<void> SeriesPass::show_group(const Aim& aim, const SeriesGroup& group) const {
    std::array<std::uint32_t, kSeriesChunk> ms;
    SeriesMask outcome;
    std::fill_n(outcome.begin(), std::min(kSeriesChunk, group.low.size()), group.outcome);
    for (std::size_t at = 0; at < group.low.size(); at += kSeriesChunk) {
        const auto low = group.low.subspan(at, std::min(kSeriesChunk, group.low.size() - at));
        widen(low.data(), low.size(), group.base, ms.data());
        KL_CHECK(judge(aim, {low.size(), ms.data(), outcome.data(), &aim.facts}, 0));
    }
    return {};
}

}  // namespace klarsyn
