// Reads measurements: the rows of many series in a period, as they were known at a journal entry.
// Blocks are read by the caller's thread; unpacking them and what is done with them is shared with
// helpers, one per further sink.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "store/series.h"

namespace klarsyn {

struct SeriesQuery {
    std::optional<std::vector<std::int32_t>> series;  // ascending; none = all of the table
    UtcSecond from = 0;                               // from <= time < to
    UtcSecond to = 0;
    std::int64_t as_of = 0;
};

// Rows of one series by time, at least one. Columns are unpacked when they are asked for; internal
// (store.block_damaged) where they cannot be. Spans and columns live until the sink returns.
class SeriesSpan {
public:
    struct Work;
    explicit SeriesSpan(Work& work) : work_(work) {}
    std::int32_t series() const;
    std::size_t size() const;
    UtcSecond first() const;  // time of the first row, known without unpacking
    UtcSecond last() const;
    Result<std::span<const UtcSecond>> times();
    Result<std::span<const std::uint32_t>> ms();
    Result<std::span<const std::uint8_t>> outcomes();
    Result<std::span<const std::int64_t>> seqs();
    // All rows grouped by outcome and ms in no order of their own, without unpacking more than that
    // takes (series_codec.h); none where the rows do not stand so. No other column may be read
    // while the groups are in use.
    Result<std::span<const SeriesGroup>> groups();

private:
    Work& work_;
};

// Each sink is called by one thread at a time, never at once with itself. A series' rows may come
// in several spans; those of one sink come by slot, then series, and the rows of the tail last.
using SeriesSink = std::function<Result<void>(SeriesSpan& span)>;

// Every row goes to one of the sinks. The first error ends the scan.
Result<void> scan_series(Connection& db, const SeriesTable& table, const SeriesQuery& query,
                         std::span<const SeriesSink> sinks);

}  // namespace klarsyn
