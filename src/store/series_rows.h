// What writing, scanning and verifying of measurements have in common. Internal to store/.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/series.h"

namespace klarsyn {

constexpr UtcSecond kSlotSeconds = 7 * 86'400;

inline std::int64_t slot_of(UtcSecond time) {
    return time >= 0 ? time / kSlotSeconds : (time - kSlotSeconds + 1) / kSlotSeconds;
}

std::uint64_t series_seed(std::string_view table, const SeriesDims& dims);

inline std::uint64_t series_row_digest(std::uint64_t seed, UtcSecond time, std::uint32_t ms,
                                       std::uint8_t outcome) {
    std::uint64_t x = seed + static_cast<std::uint64_t>(time) * 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 32)) * 0xff51afd7ed558ccdULL;
    x += (std::uint64_t{ms} << 8) | outcome;
    x = (x ^ (x >> 29)) * 0xbf58476d1ce4e5b9ULL;
    return x ^ (x >> 32);
}

// The tail's rows of one entry, in order of series and time.
std::string encode_tail(std::span<const SeriesRow> rows);
// Replaces `into`. internal (store.block_damaged) for anything that encode_tail cannot give.
Result<void> decode_tail(std::string_view bytes, std::vector<SeriesRow>& into);

struct SeriesMark {
    UtcSecond from = 0, to = 0;  // both inclusive
    std::int64_t row_seq = 0;
    std::int64_t retracted_seq = 0;
    bool covers(UtcSecond time, std::int64_t seq) const {
        return row_seq == seq && from <= time && time <= to;
    }
};
using SeriesMarks = std::map<std::int32_t, std::vector<SeriesMark>>;

// Those that touch from..to (inclusive) and were made up to `as_of`.
Result<SeriesMarks> load_marks(Connection& db, std::int64_t tab, UtcSecond from, UtcSecond to,
                               std::int64_t as_of);

// Keeps those rows whose time is in from..to (inclusive), that had come by `as_of` and had not
// gone. All columns must be filled.
void keep_visible(SeriesColumns& rows, UtcSecond from, UtcSecond to, std::int64_t as_of,
                  std::span<const SeriesMark> marks);

// The tail's rows of chosen series (none = all), within from..to and by `as_of`, in order of time
// and entry; marks are not applied.
Result<std::map<std::int32_t, SeriesColumns>> load_tail(Connection& db, std::int64_t tab,
                                                        UtcSecond from, UtcSecond to,
                                                        std::int64_t as_of,
                                                        const std::vector<std::int32_t>* series);

// Both by time and entry; so is what becomes of them.
void merge_columns(SeriesColumns& into, const SeriesColumns& more);

// nullopt: nothing was ever written to the table.
Result<std::optional<std::int64_t>> series_tab(Connection& db, const SeriesTable& table);

}  // namespace klarsyn
