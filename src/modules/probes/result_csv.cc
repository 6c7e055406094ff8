// Input format probe-csv: one row per measurement.

#include <algorithm>
#include <tuple>

#include "modules/probes/probes.h"
#include "modules/probes/rows.h"
#include "modules/probes/rule_store.h"
#include "modules/probes/settle.h"

namespace klarsyn::probes {
namespace {

constexpr std::array<std::string_view, 7> kColumns{"time", "system", "action", "site",
                                                   "seat", "ms",     "outcome"};
enum Column : std::size_t { kTime, kSystem, kAction, kSite, kSeat, kMs, kOutcome };
constexpr std::size_t kBytesPerRow = 48;  // for reserving

Fault read_ms(RowReader& row, Measurement& out) {
    const std::string_view text = row.field(kMs);
    if (text.empty()) {
        if (out.outcome == Outcome::ok) return {"probes.reject.ms_missing", kColumns[kMs], {}};
        return {};
    }
    const auto ms = parse_integer(text, row.context().decimal_mark);
    if (!ms || *ms < 0 || *ms > kMsMax) return {"probes.reject.ms", kColumns[kMs], text};
    out.ms = *ms;
    return {};
}

Fault read_measurement(RowReader& row, Measurement& out) {
    const std::string_view time = row.field(kTime);
    const auto moment = row.moments.read(time);
    if (!moment || moment->next) return {"probes.reject.time", kColumns[kTime], time};
    out.at = moment->at;
    out.flags = moment->flags;
    out.system = row.field(kSystem);
    out.action = row.field(kAction);
    out.site = row.field(kSite);
    out.seat = row.field(kSeat);
    for (const auto& [column, name] :
         {std::pair{kSystem, out.system}, std::pair{kAction, out.action},
          std::pair{kSite, out.site}, std::pair{kSeat, out.seat}}) {
        if (Fault fault = check_name(name, kColumns[column], column != kSeat); !fault.key.empty())
            return fault;
    }
    const std::string_view outcome = row.field(kOutcome);
    const auto known = outcome_named(outcome);
    if (!known) return {"probes.reject.outcome", kColumns[kOutcome], outcome};
    out.outcome = *known;
    return read_ms(row, out);
}

// Days and groups of rows: neighbours in a file share a day, and often a series comes again.
class Placer {
public:
    explicit Placer(std::string_view source) : source_(source) {}
    std::int64_t group(const Measurement& measurement) {
        if (measurement.at < from_ || measurement.at >= to_) {
            day_ = Zone::copenhagen().to_local(measurement.at).day;
            from_ = day_start(day_);
            to_ = day_end(day_);
        }
        series_.clear();
        for (const std::string_view part :
             {measurement.system, measurement.action, measurement.site, measurement.seat}) {
            series_ += part;
            series_ += '\n';
        }
        return result_group(day_, source_, series_);
    }

private:
    std::string_view source_;
    std::string series_;
    Day day_ = 0;
    UtcSecond from_ = 0, to_ = 0;
};

Result<ScannedFile> scan(std::string_view content, const ImportOptions& options,
                         const std::vector<std::int64_t>* wanted) {
    KL_TRY(OpenedFile opened, open_rows(content, options, kColumns));
    ScannedFile& file = opened.file;
    if (!wanted) file.rows.reserve(content.size() / kBytesPerRow);
    RowReader reader(*opened.context);
    Placer placer(options.source);
    std::int64_t ambiguous = 0;
    std::int64_t skipped = 0;
    CsvRow row;
    while (true) {
        KL_TRY(const bool more, opened.reader.next(row));
        if (!more) break;
        ++file.rows_read;
        if (row.fault != CsvFault::none) {
            file.rejects.push_back(reject_of(row, opened.context->columns));
            continue;
        }
        reader.take(row);
        Measurement measurement;
        if (const Fault fault = read_measurement(reader, measurement); !fault.key.empty()) {
            file.rejects.push_back(reject_of(row, fault));
            continue;
        }
        ambiguous += measurement.flags & kAmbiguous ? 1 : 0;
        skipped += measurement.flags & kSkipped ? 1 : 0;
        const std::int64_t group = placer.group(measurement);
        if (wanted && !std::binary_search(wanted->begin(), wanted->end(), group)) continue;
        file.rows.push_back(
            {group, measurement.at, row.offset, row.length, static_cast<std::uint32_t>(row.line)});
    }
    if (ambiguous > 0)
        file.notices.push_back({"probes.notice.ambiguous", {{"count", std::to_string(ambiguous)}}});
    if (skipped > 0)
        file.notices.push_back({"probes.notice.skipped", {{"count", std::to_string(skipped)}}});
    return std::move(opened.file);
}

RowIdentity identify(const GroupRow& row) {
    RowReader reader(*static_cast<const FileContext*>(row.context));
    reader.parse(row.bytes);
    Measurement measurement;
    read_measurement(reader, measurement);
    std::uint64_t key = static_cast<std::uint64_t>(measurement.at);
    for (const std::string_view part :
         {measurement.system, measurement.action, measurement.site, measurement.seat}) {
        key = hash64(part, key);
    }
    const auto content = static_cast<std::uint64_t>(measurement.ms.value_or(-1)) * 4 +
                         static_cast<std::uint64_t>(measurement.outcome);
    return {key, content};
}

struct Placed {
    Measurement measurement;
    std::int64_t batch = 0;
    std::uint32_t file = 0;
    std::uint32_t line = 0;
    auto series() const {
        return std::tie(measurement.system, measurement.action, measurement.site, measurement.seat);
    }
    bool same_key(const Placed& other) const {
        return measurement.at == other.measurement.at && series() == other.series();
    }
    // Of rows with one key the one that was imported last holds.
    friend bool operator<(const Placed& a, const Placed& b) {
        if (const auto order = a.series() <=> b.series(); order != 0) return order < 0;
        return std::tie(a.measurement.at, a.batch, a.file, a.line) <
               std::tie(b.measurement.at, b.batch, b.file, b.line);
    }
};

// Writes the measurements of one series after another; what they share is looked up once.
class SeriesWriter {
public:
    SeriesWriter(const DeriveInput& input, FactSink& sink)
        : rules_(rules_of(input.state)), source_(input.source), sink_(sink) {}

    void write(const Measurement& measurement) {
        if (!same_series(measurement)) begin_series(measurement);
        fact_.at = measurement.at;
        const LocalTime local = Zone::copenhagen().to_local(measurement.at);
        fact_.day = local.day;
        fact_.hour = local.hour();
        fact_.weekday = weekday_of(local.day);
        fact_.outcome = measurement.outcome;
        fact_.ms = measurement.ms;
        fact_.flags = measurement.flags;
        const Judgement judgement =
            series_rules_->judge(measurement.at, measurement.outcome, measurement.ms);
        fact_.kind = sink_.name(judgement.kind);
        fact_.limit_ms = judgement.limit_ms;
        fact_.met = judgement.met;
        fact_.net = judgement.net;
        key_.resize(prefix_);
        key_ += iso_utc(measurement.at);
        sink_.begin(kResultTable, key_);
        write_result(fact_, sink_);
        sink_.end();
    }

private:
    bool same_series(const Measurement& next) const {
        return series_rules_ && next.system == series_.system && next.action == series_.action &&
               next.site == series_.site && next.seat == series_.seat;
    }
    void begin_series(const Measurement& first) {
        series_ = first;
        series_rules_ = rules_.of(first.system, first.action, first.site);
        fact_.system = sink_.name(first.system);
        fact_.action = sink_.name(first.action);
        fact_.site = sink_.name(first.site);
        fact_.seat = sink_.name(first.seat);
        fact_.source = sink_.name(source_);
        key_ = std::string(source_) + '/' +
               series_key(first.system, first.action, first.site, first.seat) + '/';
        prefix_ = key_.size();
    }

    const Rules& rules_;
    std::string_view source_;
    FactSink& sink_;
    Measurement series_;
    std::optional<SeriesRules> series_rules_;
    ResultFact fact_;
    std::string key_;
    std::size_t prefix_ = 0;
};

void derive(const DeriveInput& input, FactSink& sink) {
    std::vector<Placed> placed;
    placed.reserve(input.rows.size());
    std::deque<RowReader> readers;  // per file; they keep fields that had to be rewritten
    const void* context = nullptr;
    for (const GroupRow& row : input.rows) {
        if (row.context != context || readers.empty()) {
            context = row.context;
            readers.emplace_back(*static_cast<const FileContext*>(context));
        }
        Placed next{{}, row.batch, row.file, row.line};
        readers.back().parse(row.bytes);
        if (!read_measurement(readers.back(), next.measurement).key.empty()) continue;
        placed.push_back(next);
    }
    if (!std::is_sorted(placed.begin(), placed.end())) std::sort(placed.begin(), placed.end());
    SeriesWriter writer(input, sink);
    for (std::size_t i = 0; i < placed.size(); ++i) {
        if (i + 1 < placed.size() && placed[i].same_key(placed[i + 1])) continue;
        writer.write(placed[i].measurement);
    }
}

}  // namespace

Format probe_csv_format() {
    Format format;
    format.name = "probe-csv";
    format.module = "probes";
    format.tables = fact_tables();
    format.scan = scan;
    format.identify = identify;
    format.derive = derive;
    format.load_state = load_rules_state;
    format.settle = settle;
    return format;
}

}  // namespace klarsyn::probes
