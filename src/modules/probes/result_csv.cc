// Input format probe-csv: one row per measurement.

#include <algorithm>
#include <deque>
#include <map>
#include <thread>

#include <boost/unordered/unordered_flat_map.hpp>

#include "core/hash.h"
#include "core/large_memory.h"
#include "ingest/series_intake.h"
#include "modules/probes/measurements.h"
#include "modules/probes/probes.h"
#include "modules/probes/rows.h"
#include "modules/probes/settle.h"

namespace klarsyn::probes {
namespace {

constexpr std::array<std::string_view, 7> kColumns{"time", "system", "action", "site",
                                                   "seat", "ms",     "outcome"};
enum Column : std::size_t { kTime, kSystem, kAction, kSite, kSeat, kMs, kOutcome };
constexpr std::size_t kBytesPerRow = 48;                  // for reserving
constexpr std::size_t kPlainFrom = std::size_t{1} << 20;  // smaller files are read by one thread
constexpr std::size_t kThreadsMax = 4;

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

// The series of a file, by their texts. In most files the same series come again in the same order:
// the one after the last one's successor is tried first.
class Series {
public:
    explicit Series(std::vector<SeriesReadings::Key>& keys) : keys_(keys) {}

    std::int32_t place(const Measurement& one) {
        const std::size_t guess = last_ < next_.size() ? next_[last_] : 0;
        const std::size_t found =
            guess < keys_.size() && same(keys_[guess], one) ? guess : look_up(one);
        if (last_ < next_.size()) next_[last_] = found;
        last_ = found;
        return static_cast<std::int32_t>(found);
    }

private:
    static bool same(const SeriesReadings::Key& key, const Measurement& one) {
        return key[kActionDim] == one.action && key[kSiteDim] == one.site &&
               key[kSystemDim] == one.system && key[kSeatDim] == one.seat;
    }

    std::size_t look_up(const Measurement& one) {
        std::uint64_t hash = 0;
        for (const auto part : {one.system, one.action, one.site, one.seat})
            hash = hash64(part, hash);
        auto& bucket = places_[hash];
        for (const std::size_t place : bucket) {
            if (same(keys_[place], one)) return place;
        }
        SeriesReadings::Key& key = keys_.emplace_back();
        key[kSystemDim] = one.system;
        key[kActionDim] = one.action;
        key[kSiteDim] = one.site;
        key[kSeatDim] = one.seat;
        bucket.push_back(keys_.size() - 1);
        next_.push_back(keys_.size());
        return keys_.size() - 1;
    }

    std::vector<SeriesReadings::Key>& keys_;
    std::vector<std::size_t> next_;  // which series came after this one the last time
    std::size_t last_ = 0;
    boost::unordered_flat_map<std::uint64_t, std::vector<std::size_t>> places_;
};

// What lines of a plain file said before, by their bytes: a line whose time, series and outcome
// were read already needs no more than its number.
class Lines {
public:
    explicit Lines(const FileContext& context) : delimiter_(context.delimiter) {
        usable_ = context.columns == kColumns.size();
        for (std::size_t c = 0; c < kColumns.size(); ++c) usable_ = usable_ && context.at[c] == c;
    }

    struct Known {
        Moment moment;
        std::int32_t series = 0;
        std::optional<std::uint32_t> ms;
        Outcome outcome = Outcome::ok;
    };
    // False where the line must be read field by field.
    bool read(std::string_view line, MomentReader& moments, Known& out) {
        if (!usable_ || !read_time(line, moments)) return false;
        out.moment = moment_;
        line.remove_prefix(time_.size());
        if (!find_series(line)) return false;
        out.series = places_[last_].series;
        line.remove_prefix(places_[last_].text.size());
        return read_value(line, out);
    }

    // Of a line that was read field by field.
    void learn(std::string_view line, std::int32_t series) {
        if (!usable_) return;
        const std::size_t time = line.find(delimiter_);
        if (time == line.npos) return;
        line.remove_prefix(time + 1);
        const std::string_view text = series_text(line);
        if (text.empty()) return;
        const auto [known, fresh] = by_text_.try_emplace(std::string(text), places_.size());
        if (fresh) places_.push_back({std::string(text), series, places_.size() + 1});
        follow(known->second);
    }

private:
    struct Place {
        std::string text;  // "EPM3,login,HER,rum,"
        std::int32_t series = 0;
        std::size_t next = 0;  // which one came after this one the last time
    };
    static constexpr std::size_t kSeriesFields = 4;
    static constexpr std::size_t kDigitsMax = 8;  // of kMsMax

    bool read_time(std::string_view line, MomentReader& moments) {
        if (!time_.empty() && line.starts_with(time_)) return true;
        const std::size_t end = line.find(delimiter_);
        if (end == line.npos) return false;
        const auto moment = moments.read(trimmed(line.substr(0, end)));
        if (!moment || moment->next) return false;
        moment_ = *moment;
        time_ = std::string(line.substr(0, end + 1));
        return true;
    }

    std::string_view series_text(std::string_view line) const {
        std::size_t end = 0;
        for (std::size_t f = 0; f < kSeriesFields; ++f) {
            end = line.find(delimiter_, end);
            if (end++ == line.npos) return {};
        }
        return line.substr(0, end);
    }

    void follow(std::size_t place) {
        if (last_ < places_.size()) places_[last_].next = place;
        last_ = place;
    }

    bool find_series(std::string_view line) {
        const std::size_t guess = last_ < places_.size() ? places_[last_].next : 0;
        if (guess < places_.size() && line.starts_with(places_[guess].text)) {
            last_ = guess;
            return true;
        }
        text_ = series_text(line);
        const auto known = by_text_.find(text_);
        if (known == by_text_.end()) return false;
        follow(known->second);
        return true;
    }

    bool read_value(std::string_view rest, Known& out) const {
        std::uint32_t ms = 0;
        std::size_t at = 0;
        for (; at < rest.size() && at < kDigitsMax && rest[at] >= '0' && rest[at] <= '9'; ++at) {
            ms = ms * 10 + static_cast<std::uint32_t>(rest[at] - '0');
        }
        if (at >= rest.size() || rest[at] != delimiter_ || ms > kMsMax) return false;
        const std::string_view outcome = rest.substr(at + 1);
        if (outcome == "ok") {
            out.outcome = Outcome::ok;
        } else {
            const auto known = outcome_named(outcome);
            if (!known) return false;
            out.outcome = *known;
        }
        out.ms.reset();
        if (at > 0) out.ms = ms;
        return at > 0 || out.outcome != Outcome::ok;
    }

    char delimiter_;
    bool usable_ = false;
    std::string time_;  // with the delimiter behind it
    Moment moment_;
    std::vector<Place> places_;
    boost::unordered_flat_map<std::string, std::size_t> by_text_;
    std::size_t last_ = 0;
    std::string text_;
};

SeriesRow row_of(const Measurement& measurement, std::int32_t series) {
    SeriesRow row;
    row.time = measurement.at;
    row.series = series;
    if (measurement.ms) row.ms = static_cast<std::uint32_t>(*measurement.ms);
    row.outcome = outcome_bits(measurement.outcome, measurement.flags);
    return row;
}

// Takes rows one after the other; what it finds belongs to one thread until it is joined.
class Collector {
public:
    Collector(const FileContext& context, const std::vector<std::int64_t>* wanted)
        : context_(context),
          wanted_(wanted),
          reader_(context),
          series_(readings.keys),
          known_(context) {}

    // A line of a file in which each line is a row; false where it must be taken apart.
    bool take_known(std::string_view line) {
        Lines::Known known;
        if (!known_.read(line, reader_.moments, known)) return false;
        ++rows_read;
        if (!note(known.moment.at, known.moment.flags)) return true;
        SeriesRow& row = readings.rows.emplace_back();
        row.time = known.moment.at;
        row.series = known.series;
        if (known.ms) row.ms = *known.ms;
        row.outcome = outcome_bits(known.outcome, known.moment.flags);
        return true;
    }

    void take(const CsvRow& row) {
        ++rows_read;
        if (row.fault != CsvFault::none) {
            rejects.push_back(reject_of(row, context_.columns));
            return;
        }
        reader_.take(row);
        Measurement measurement;
        if (const Fault fault = read_measurement(reader_, measurement); !fault.key.empty()) {
            rejects.push_back(reject_of(row, fault));
            return;
        }
        if (!note(measurement.at, measurement.flags)) return;
        const std::int32_t series = series_.place(measurement);
        readings.rows.push_back(row_of(measurement, series));
        known_.learn(row.bytes, series);
    }

    SeriesReadings readings;
    std::vector<Reject> rejects;
    std::int64_t rows_read = 0, ambiguous = 0, skipped = 0;
    std::int64_t lines = 0;  // of its part of the file

private:
    // Whether the row is wanted.
    bool note(UtcSecond at, unsigned flags) {
        ambiguous += flags & kAmbiguous ? 1 : 0;
        skipped += flags & kSkipped ? 1 : 0;
        return !wanted_ || std::binary_search(wanted_->begin(), wanted_->end(), series_group(at));
    }

    const FileContext& context_;
    const std::vector<std::int64_t>* wanted_;
    RowReader reader_;
    Series series_;
    Lines known_;
};

// A part of a file without quotes, NUL, lone returns or bytes that are no text: each line is a row.
void collect_lines(std::string_view part, const FileContext& context, Collector& into) {
    CsvRow row;
    while (!part.empty()) {
        const std::size_t end = std::min(part.find('\n'), part.size());
        std::string_view line = part.substr(0, end);
        part.remove_prefix(std::min(end + 1, part.size()));
        ++into.lines;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.empty() || into.take_known(line)) continue;
        parse_csv_row(line, context.delimiter, context.columns, row);
        row.line = into.lines;
        into.take(row);
    }
}

bool has_lone_return(std::string_view text) {
    for (auto at = text.find('\r'); at != text.npos; at = text.find('\r', at + 1)) {
        if (at + 1 < text.size() && text[at + 1] != '\n') return true;
    }
    return false;
}

// Where the lines behind the heading begin; npos where they cannot be told apart so simply.
std::size_t plain_lines(const CsvReader& reader, std::string_view text) {
    if (text.size() < kPlainFrom || reader.has_bad_bytes() || text.find('"') != text.npos ||
        has_lone_return(text)) {
        return std::string_view::npos;
    }
    for (std::size_t at = 0; at < text.size();) {  // empty lines may come before the heading
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = text.substr(at, end - at);
        at = end + 1;
        if (!line.empty() && line != "\r") return std::min(at, text.size());
    }
    return std::string_view::npos;
}

// Whether each one is its own place.
bool counts_up(const std::vector<std::int32_t>& places) {
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (places[i] != static_cast<std::int32_t>(i)) return false;
    }
    return true;
}

// What the collectors found, in their order. `line` is that on which the first one begins.
void join(std::deque<Collector>& collectors, std::int64_t line, ScannedFile& file,
          std::int64_t& ambiguous, std::int64_t& skipped) {
    std::map<SeriesReadings::Key, std::int32_t> places;
    for (Collector& part : collectors) {
        std::vector<std::int32_t> place_of;
        for (auto& key : part.readings.keys) {
            const auto next = static_cast<std::int32_t>(places.size());
            const auto [known, fresh] = places.try_emplace(key, next);
            if (fresh) file.readings.keys.push_back(std::move(key));
            place_of.push_back(known->second);
        }
        if (!counts_up(place_of)) {
            for (SeriesRow& row : part.readings.rows)
                row.series = place_of[static_cast<std::size_t>(row.series)];
        }
        auto& rows = file.readings.rows;
        if (rows.empty()) {
            rows = std::move(part.readings.rows);
        } else {
            rows.insert(rows.end(), part.readings.rows.begin(), part.readings.rows.end());
        }
        part.readings.rows = std::vector<SeriesRow>();
        for (Reject& reject : part.rejects) {
            reject.line += line - 1;
            file.rejects.push_back(std::move(reject));
        }
        file.rows_read += part.rows_read;
        ambiguous += part.ambiguous;
        skipped += part.skipped;
        line += part.lines;
    }
}

Result<ScannedFile> scan(std::string_view content, const ImportOptions& options,
                         const std::vector<std::int64_t>* wanted) {
    KL_TRY(OpenedFile opened, open_rows(content, options, kColumns));
    ScannedFile& file = opened.file;
    const FileContext& context = *opened.context;
    std::deque<Collector> collectors;
    std::int64_t line = 1;
    if (const std::size_t begin = plain_lines(opened.reader, file.text);
        begin != std::string_view::npos) {
        line += std::count(file.text.begin(),
                           file.text.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
        const std::size_t parts =
            std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kThreadsMax);
        std::vector<std::thread> helpers;
        std::size_t at = begin;
        for (std::size_t p = 1; p <= parts; ++p) {
            std::size_t end = begin + (file.text.size() - begin) / parts * p;
            end = p == parts ? file.text.size() : file.text.find('\n', std::max(at, end));
            end = end >= file.text.size() ? file.text.size() : end + (p == parts ? 0 : 1);
            Collector& collector = collectors.emplace_back(context, wanted);
            const std::string_view part = file.text.substr(at, end - at);
            // The first one's rows are joined by those of the others.
            reserve_large(collector.readings.rows,
                          (p == 1 ? file.text.size() : part.size()) / kBytesPerRow);
            const auto work = [part, &context, &collector] {
                collect_lines(part, context, collector);
            };
            if (p == parts)
                work();
            else
                helpers.emplace_back(work);
            at = end;
        }
        for (std::thread& helper : helpers) helper.join();
    } else {
        Collector& collector = collectors.emplace_back(context, wanted);
        CsvRow row;
        while (true) {
            KL_TRY(const bool more, opened.reader.next(row));
            if (!more) break;
            collector.take(row);
        }
    }
    std::int64_t ambiguous = 0;
    std::int64_t skipped = 0;
    join(collectors, collectors.size() > 1 || collectors.front().lines > 0 ? line : 1, file,
         ambiguous, skipped);
    if (ambiguous > 0)
        file.notices.push_back({"probes.notice.ambiguous", {{"count", std::to_string(ambiguous)}}});
    if (skipped > 0)
        file.notices.push_back({"probes.notice.skipped", {{"count", std::to_string(skipped)}}});
    return std::move(opened.file);
}

}  // namespace

Format probe_csv_format() {
    Format format;
    format.name = "probe-csv";
    format.module = "probes";
    format.tables = fact_tables();
    format.scan = scan;
    format.settle = settle;
    format.series = SeriesFormat{result_series(), kSourceDim, 2};
    return format;
}

}  // namespace klarsyn::probes
