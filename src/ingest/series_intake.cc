#include "ingest/series_intake.h"

#include <algorithm>
#include <iterator>

#include "ingest/raw.h"
#include "store/series_scan.h"

namespace klarsyn {
namespace {

constexpr std::int64_t kTailRowsMax = 262'144;  // a longer tail would slow every answer
constexpr UtcSecond kEver = INT64_MAX / 2 / 86'400 * 86'400;
constexpr std::int64_t kDaysMax = std::int64_t{1} << 24;  // groups of readings lie below

}  // namespace

std::vector<std::int64_t> series_groups(const SeriesReadings& readings) {
    std::vector<std::int64_t> groups;
    UtcSecond from = 0;  // the last group's day
    for (const SeriesRow& row : readings.rows) {
        if (!groups.empty() && row.time >= from && row.time < from + 86'400) continue;
        groups.push_back(series_group(row.time));
        from = groups.back() * 86'400;
    }
    std::sort(groups.begin(), groups.end());
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
    return groups;
}

SeriesIntake::SeriesIntake(Connection& db, const Format& format, std::string source, Names names)
    : db_(db),
      format_(format),
      source_(std::move(source)),
      names_(names),
      writer_(db, format.series->table, names) {}

Result<std::vector<std::int32_t>> SeriesIntake::series_of(
    const std::vector<SeriesReadings::Key>& keys) {
    std::vector<std::int32_t> ids;
    ids.reserve(keys.size());
    KL_TRY(const std::int64_t source, names_.intern(source_));
    for (const SeriesReadings::Key& key : keys) {
        SeriesDims dims{};
        for (std::size_t d = 0; d < format_.series->table.dims.size(); ++d) {
            if (d == format_.series->source_dim) {
                dims[d] = source;
            } else {
                KL_TRY(dims[d], names_.intern(key[d]));
            }
        }
        KL_TRY(const std::int32_t id, writer_.series(dims));
        ids.push_back(id);
    }
    return ids;
}

Result<void> SeriesIntake::take(SeriesReadings readings, bool gone) {
    KL_TRY(const auto ids, series_of(readings.keys));
    for (SeriesRow& row : readings.rows) {
        row.series = ids[static_cast<std::size_t>(row.series)];
        row.gone = gone;
    }
    if (rows_.empty()) {
        rows_ = std::move(readings.rows);
    } else {
        rows_.insert(rows_.end(), readings.rows.begin(), readings.rows.end());
    }
    return {};
}

Result<void> SeriesIntake::add(SeriesReadings readings) { return take(std::move(readings), false); }

// Those of files from before blocks were no days: such a file is read once more.
Result<std::vector<std::int64_t>> SeriesIntake::groups_in(const KnownFile& file) {
    if (file.max_group < kDaysMax) return file_groups(db_, file);
    KL_TRY(const auto content, load_raw(db_, file.sha256));
    KL_TRY(const auto scanned, format_.scan(content, file.options, nullptr));
    auto groups = series_groups(scanned.readings);
    KL_CHECK(regroup_file(db_, file, groups));
    return groups;
}

Result<void> SeriesIntake::take_files(const std::vector<KnownFile>& files,
                                      const std::vector<std::int64_t>& groups, bool gone) {
    if (groups.empty()) return {};
    for (const KnownFile& file : files) {
        const bool days = file.max_group < kDaysMax;
        if (days && (file.max_group < groups.front() || file.min_group > groups.back())) continue;
        KL_TRY(const auto in_file, groups_in(file));
        std::vector<std::int64_t> wanted;
        std::set_intersection(groups.begin(), groups.end(), in_file.begin(), in_file.end(),
                              std::back_inserter(wanted));
        if (wanted.empty()) continue;
        KL_TRY(const auto content, load_raw(db_, file.sha256));
        KL_TRY(auto scanned, format_.scan(content, file.options, &wanted));
        KL_CHECK(take(std::move(scanned.readings), gone));
    }
    return {};
}

Result<void> SeriesIntake::add_files(const std::vector<KnownFile>& files,
                                     const std::vector<std::int64_t>& groups) {
    return take_files(files, groups, false);
}

Result<void> SeriesIntake::forget_files(const std::vector<KnownFile>& files,
                                        const std::vector<std::int64_t>& groups) {
    return take_files(files, groups, true);
}

Result<std::vector<SeriesIntake::Stretch>> SeriesIntake::stretches() {
    KL_TRY(const auto load, series_load(db_, format_.series->table));
    std::vector<Stretch> all{{-kEver, kEver}};
    std::int64_t rows = 0;
    for (const SeriesLoad& part : load) {
        if (rows > 0 && rows + part.rows > format_.series->rows_at_once && part.from > 0) {
            all.back().to = part.from;
            all.push_back({part.from, kEver});
            rows = 0;
        }
        rows += part.rows;
    }
    return all;
}

Result<void> SeriesIntake::forget(const Stretch& stretch) {
    KL_TRY(const auto source, names_.find(source_));
    KL_TRY(const auto all, load_series(db_, format_.series->table));
    SeriesQuery query{std::vector<std::int32_t>(), stretch.from, stretch.to, INT64_MAX};
    for (const SeriesInfo& info : all) {
        if (source && info.dims[format_.series->source_dim] == *source) {
            query.series->push_back(info.id);
        }
    }
    if (query.series->empty()) return {};
    const SeriesSink sink = [&](SeriesSpan& span) -> Result<void> {
        KL_TRY(const auto times, span.times());
        for (const UtcSecond time : times) rows_.push_back({time, span.series(), kNoMs, 0, true});
        return {};
    };
    return scan_series(db_, format_.series->table, query, {&sink, 1});
}

Result<SeriesChange> SeriesIntake::write(std::int64_t seq) {
    KL_TRY(auto change, writer_.append(seq, std::move(rows_)));
    rows_.clear();
    KL_TRY(const std::int64_t tail, writer_.tail_rows());
    if (tail >= kTailRowsMax) {
        KL_TRY([[maybe_unused]] const auto packed, writer_.pack(INT64_MAX));
    }
    return change;
}

}  // namespace klarsyn
