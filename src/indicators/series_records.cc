#include "indicators/series_records.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>

#include "core/hash.h"
#include "indicators/series_pass.h"
#include "store/journal.h"

namespace klarsyn {
namespace {

// A measurement that was found, with what its columns are shown by.
struct Found {
    SeriesDims dims{};
    std::int32_t series = 0;
    UtcSecond time = 0;
    std::uint32_t ms = kNoMs;
    std::uint8_t outcome = 0;
    std::int64_t seq = 0;
    std::shared_ptr<const std::vector<std::optional<std::int64_t>>> facts;  // of many rows
};

const SeriesMask& wanted(const BoundQuestion& question, const SeriesPart& part) {
    return question.gap ? part.lacking : part.counted;
}

// The rows of some days, by series and time.
Result<std::vector<Found>> find(Connection& db, const BoundQuestion& question, Period period) {
    KL_TRY(const auto pass, SeriesPass::make(db, question, period));
    std::vector<Found> rows;
    SeriesVisit visit;
    visit.rows = [&](const SeriesPart& part) -> Result<void> {
        KL_TRY(const auto times, part.span.times());
        KL_TRY(const auto ms, part.span.ms());
        KL_TRY(const auto outcomes, part.span.outcomes());
        KL_TRY(const auto seqs, part.span.seqs());
        const auto facts =
            std::make_shared<const std::vector<std::optional<std::int64_t>>>(*part.chunk.facts);
        const SeriesMask& mask = wanted(question, part);
        for (std::size_t i = 0; i < part.chunk.size; ++i) {
            if (mask[i] == 0) continue;
            const std::size_t at = part.offset + i;
            rows.push_back(
                {part.dims, part.span.series(), times[at], ms[at], outcomes[at], seqs[at], facts});
        }
        return {};
    };
    KL_CHECK(pass.run(db, {&visit, 1}));
    std::sort(rows.begin(), rows.end(), [](const Found& a, const Found& b) {
        return a.series != b.series ? a.series < b.series : a.time < b.time;
    });
    return rows;
}

// How many rows each day has.
Result<std::map<Day, std::int64_t>> count_days(Connection& db, const BoundQuestion& question) {
    BoundQuestion by_day = question;
    by_day.groups = {{"day", Bucket::day, DimKind::number}};
    Groups groups;
    KL_CHECK(add_from_series(db, by_day, question.period, groups));
    std::map<Day, std::int64_t> days;
    for (const auto& [key, part] : groups) {
        const std::int64_t count = question.gap ? part.gap : part.n;
        if (count > 0) days[static_cast<Day>(key[0])] = count;
    }
    return days;
}

// What records are called.
class SeriesNames {
public:
    SeriesNames(Connection& db, const SeriesSource& source) : source_(source), names_(db) {}

    // "TABLE:NAME/": what the refs of a series begin with.
    Result<std::string> prefix(const SeriesDims& dims) {
        std::vector<std::string> texts(source_.table.dims.size());
        for (std::size_t d = 0; d < texts.size(); ++d) {
            if (dims[d] == 0) continue;
            KL_TRY(texts[d], names_.text(dims[d]));
        }
        return source_.table.name + ":" + source_.key(texts) + "/";
    }
    Result<std::string> text(std::int64_t id) { return names_.text(id); }

private:
    const SeriesSource& source_;
    Names names_;
};

class Shower {
public:
    Shower(Connection& db, const BoundQuestion& question)
        : source_(*question.indicator->series->source),
          columns_(record_columns(*question.indicator, *question.table)),
          names_(db, source_) {}

    Result<void> prepare() {
        for (const SeriesDerived& derived : source_.derived) {
            KL_TRY(auto expression, SeriesExpression::parse(derived.expression, source_));
            derived_.push_back(std::move(expression));
        }
        return {};
    }

    Result<RecordItem> show(const Found& row) {
        RecordItem item;
        KL_TRY(item.ref, names_.prefix(row.dims));
        item.ref += iso_utc(row.time);
        item.day = Zone::copenhagen().to_local(row.time).day;
        item.seq = row.seq;
        for (const std::string& column : columns_) {
            RecordField field;
            field.name = column;
            KL_TRY(field.value, value(column, row));
            item.fields.push_back(std::move(field));
        }
        return item;
    }

private:
    using FieldValue = decltype(RecordField::value);

    Result<FieldValue> value(const std::string& column, const Found& row) {
        if (column == "at") return FieldValue(iso_utc(row.time));
        if (column == "ms") {
            return row.ms == kNoMs ? FieldValue() : FieldValue(std::int64_t{row.ms});
        }
        for (std::size_t d = 0; d < source_.table.dims.size(); ++d) {
            if (source_.table.dims[d] == column) return name(row.dims[d]);
        }
        for (const SeriesField& field : source_.fields) {
            if (field.name != column) continue;
            const auto word = static_cast<std::size_t>((row.outcome >> field.shift) & field.mask);
            return FieldValue(word < field.words.size() ? field.words[word] : std::string());
        }
        if (const auto fact = fact_of(column, row)) {
            if (!*fact) return is_name(column) ? name(0) : FieldValue();
            return is_name(column) ? name(**fact) : FieldValue(**fact);
        }
        return derived(column, row);
    }

    Result<FieldValue> name(std::int64_t id) {
        KL_TRY(auto text, names_.text(id));
        return FieldValue(std::move(text));
    }
    bool is_name(const std::string& column) const {
        return std::find(source_.name_facts.begin(), source_.name_facts.end(), column) !=
               source_.name_facts.end();
    }
    std::optional<std::optional<std::int64_t>> fact_of(const std::string& column,
                                                       const Found& row) const {
        for (std::size_t f = 0; f < source_.facts.size(); ++f) {
            if (source_.facts[f] != column) continue;
            return (*row.facts)[f];
        }
        return std::nullopt;
    }

    Result<FieldValue> derived(const std::string& column, const Found& row) {
        for (std::size_t d = 0; d < source_.derived.size(); ++d) {
            if (source_.derived[d].name != column) continue;
            for (const std::string& need : source_.derived[d].needs) {
                const auto fact = fact_of(need, row);
                if (fact && !*fact) return FieldValue();
            }
            const SeriesChunk chunk{1, &row.ms, &row.outcome, row.facts.get()};
            SeriesMask mask;
            derived_[d].mask(chunk, mask);
            return FieldValue(std::int64_t{mask[0]});
        }
        return FieldValue();
    }

    const SeriesSource& source_;
    const std::vector<std::string> columns_;
    SeriesNames names_;
    std::vector<SeriesExpression> derived_;
};

// Refs line by line into a hash. Times of one day differ in what stands behind the 'T' alone.
class RefLines {
public:
    void add(const std::string& prefix, UtcSecond time) {
        constexpr std::size_t kTime = 11;  // "2013-04-01T"
        const std::chrono::seconds moment(time);
        const auto day = std::chrono::floor<std::chrono::days>(moment);
        if (day != day_) {
            day_ = day;
            moment_ = iso_utc(time);
        }
        const auto second = static_cast<int>((moment - day).count());
        const auto two = [&](std::size_t at, int value) {
            moment_[kTime + at] = static_cast<char>('0' + value / 10);
            moment_[kTime + at + 1] = static_cast<char>('0' + value % 10);
        };
        two(0, second / 3600);
        two(3, second / 60 % 60);
        two(6, second % 60);
        lines_ += prefix;
        lines_ += moment_;
        lines_ += '\n';
        if (lines_.size() > kFull) flush();
    }
    std::string finish() {
        flush();
        return hash_.finish_hex();
    }

private:
    static constexpr std::size_t kFull = 1 << 16;
    void flush() {
        hash_.update(lines_);
        lines_.clear();
    }
    Sha256 hash_;
    std::string lines_, moment_;
    std::optional<std::chrono::days> day_;
};

}  // namespace

Result<RecordPage> series_records(Connection& db, const BoundQuestion& question,
                                  std::int64_t offset, std::int64_t limit) {
    KL_TRY(const auto days, count_days(db, question));
    RecordPage page;
    page.columns = record_columns(*question.indicator, *question.table);
    page.offset = offset;
    for (const auto& [day, count] : days) page.total += count;
    const std::int64_t end = limit > 0 ? std::min(offset + limit, page.total) : page.total;
    Shower shower(db, question);
    KL_CHECK(shower.prepare());
    std::int64_t before = 0;
    for (const auto& [day, count] : days) {
        const std::int64_t first = std::max<std::int64_t>(0, offset - before);
        const std::int64_t last = std::min(count, end - before);
        before += count;
        if (first >= last) continue;
        KL_TRY(const auto rows, find(db, question, {day, day}));
        for (std::int64_t i = first; i < last; ++i) {
            KL_TRY(auto item, shower.show(rows[static_cast<std::size_t>(i)]));
            page.items.push_back(std::move(item));
        }
    }
    return page;
}

Result<void> each_series_record(Connection& db, const BoundQuestion& question,
                                const std::function<Result<void>(const RecordItem&)>& sink) {
    Shower shower(db, question);
    KL_CHECK(shower.prepare());
    KL_TRY(const auto days, count_days(db, question));
    for (const auto& [day, count] : days) {
        KL_TRY(const auto rows, find(db, question, {day, day}));
        for (const Found& row : rows) {
            KL_TRY(const auto item, shower.show(row));
            KL_CHECK(sink(item));
        }
    }
    return {};
}

Result<std::string> series_refs_hash(Connection& db, const BoundQuestion& question) {
    KL_TRY(const auto pass, SeriesPass::make(db, question, question.period));
    SeriesNames names(db, *question.indicator->series->source);
    std::map<SeriesDims, std::vector<UtcSecond>> found;
    SeriesVisit visit;
    visit.rows = [&](const SeriesPart& part) -> Result<void> {
        KL_TRY(const auto times, part.span.times());
        std::vector<UtcSecond>& of_series = found[part.dims];
        const SeriesMask& mask = wanted(question, part);
        for (std::size_t i = 0; i < part.chunk.size; ++i)
            if (mask[i] != 0) of_series.push_back(times[part.offset + i]);
        return {};
    };
    KL_CHECK(pass.run(db, {&visit, 1}));
    std::map<std::string, std::vector<UtcSecond>> named;
    for (auto& [dims, times] : found) {
        KL_TRY(auto prefix, names.prefix(dims));
        if (!std::is_sorted(times.begin(), times.end())) std::sort(times.begin(), times.end());
        named.emplace(std::move(prefix), std::move(times));
    }
    RefLines lines;
    for (const auto& [prefix, times] : named)
        for (const UtcSecond time : times) lines.add(prefix, time);
    return lines.finish();
}

Result<std::vector<BatchShare>> series_batches(Connection& db, const BoundQuestion& question) {
    KL_TRY(const auto pass, SeriesPass::make(db, question, question.period));
    std::map<std::int64_t, std::int64_t> counts;
    SeriesVisit visit;
    visit.rows = [&](const SeriesPart& part) -> Result<void> {
        KL_TRY(const auto seqs, part.span.seqs());
        const SeriesMask& mask = wanted(question, part);
        for (std::size_t i = 0; i < part.chunk.size; ++i) {
            if (mask[i] != 0) ++counts[seqs[part.offset + i]];
        }
        return {};
    };
    KL_CHECK(pass.run(db, {&visit, 1}));
    std::vector<BatchShare> shares;
    for (const auto& [seq, count] : counts) shares.push_back({seq, count});
    return shares;
}

}  // namespace klarsyn
