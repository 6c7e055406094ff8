// Rows of files into measurements in blocks: what a format with `series` does instead of deriving
// groups. What an import, a correction or a withdrawal wants to stand is handed over file by file,
// and written as one difference. One write transaction, one thread. Internal to ingest.
#pragma once

#include <string>
#include <vector>

#include "ingest/files.h"
#include "ingest/format.h"
#include "store/series.h"

namespace klarsyn {

// The groups of readings: UTC days, sorted.
std::vector<std::int64_t> series_groups(const SeriesReadings& readings);
constexpr std::int64_t series_group(UtcSecond time) {
    return time >= 0 ? time / 86'400 : 0;  // groups are not negative
}

class SeriesIntake {
public:
    // `names`: a copy of those that the transaction's others intern by.
    SeriesIntake(Connection& db, const Format& format, std::string source, Names names);

    // Of rows with one key, the one that was handed over last shall stand.
    Result<void> add(SeriesReadings readings);
    // The rows of chosen groups (sorted) of kept files, in the order of their import.
    Result<void> add_files(const std::vector<KnownFile>& files,
                           const std::vector<std::int64_t>& groups);
    Result<std::vector<std::int64_t>> groups_in(const KnownFile& file);
    // As add_files, but none of them shall stand unless it is added afterwards.
    Result<void> forget_files(const std::vector<KnownFile>& files,
                              const std::vector<std::int64_t>& groups);
    // From <= time < to; whole UTC days. Together all of time, each with few enough rows for
    // memory.
    struct Stretch {
        UtcSecond from = 0, to = 0;
        bool has(std::int64_t group) const {
            return group >= series_group(from) && group < series_group(to);
        }
    };
    Result<std::vector<Stretch>> stretches();
    // The same for everything that the source has of a stretch.
    Result<void> forget(const Stretch& stretch);

    // Writes what was handed over since the last time under entry `seq`, and packs a long tail.
    Result<SeriesChange> write(std::int64_t seq);

private:
    Result<void> take(SeriesReadings readings, bool gone);
    Result<void> take_files(const std::vector<KnownFile>& files,
                            const std::vector<std::int64_t>& groups, bool gone);
    Result<std::vector<std::int32_t>> series_of(const std::vector<SeriesReadings::Key>& keys);

    Connection& db_;
    const Format& format_;
    std::string source_;
    Names names_;
    SeriesWriter writer_;
    std::vector<SeriesRow> rows_;
};

}  // namespace klarsyn
