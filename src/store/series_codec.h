// Blocks: the measurements of one series in few bytes. A block holds the columns time,
// milliseconds, outcome and journal entry of up to kBlockRowsMax rows; each column is read alone.
// Times in whole UTC seconds, because a measurement's key is the second in which it began.
//
// Layout: version, number of rows, number of byte planes, then per section its method (plain or
// zstd) and sizes, then the sections: times, outcomes, entries, and the planes of ms + 1 from the
// lowest byte. Times and entries are runs of equal steps, or the steps' changes where they vary;
// outcomes are runs. Pure: no database. One thread each; both reuse their zstd context.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace klarsyn {

constexpr std::uint32_t kNoMs = 0xffffffff;  // a measurement without a value
constexpr std::size_t kBlockRowsMax = std::size_t{1} << 21;
constexpr std::uint8_t kOutcomesMax = 128;  // outcomes are 0..127

// Rows of one series as columns of equal length, by time; equal times by entry.
struct SeriesColumns {
    std::vector<UtcSecond> time;
    std::vector<std::uint32_t> ms;
    std::vector<std::uint8_t> outcome;
    std::vector<std::int64_t> seq;

    std::size_t size() const { return time.size(); }
    void clear();
    void push(UtcSecond at, std::uint32_t value, std::uint8_t how, std::int64_t entry);
};

class SeriesEncoder {
public:
    SeriesEncoder();
    ~SeriesEncoder();
    SeriesEncoder(const SeriesEncoder&) = delete;
    SeriesEncoder& operator=(const SeriesEncoder&) = delete;

    // At least one and at most kBlockRowsMax rows, in order.
    std::string encode(const SeriesColumns& rows);

private:
    struct State;
    std::unique_ptr<State> state_;
};

// Reads one block at a time. Damaged or hostile bytes are an error (internal, store.block_damaged),
// and take no more memory than the largest block that is allowed.
class SeriesDecoder {
public:
    SeriesDecoder();
    ~SeriesDecoder();
    SeriesDecoder(const SeriesDecoder&) = delete;
    SeriesDecoder& operator=(const SeriesDecoder&) = delete;

    // Checks the head of a block. `bytes` live as long as its columns are read.
    Result<void> open(std::string_view bytes);
    std::size_t rows() const;

    // Each replaces what the vector held.
    Result<void> times(std::vector<UtcSecond>& into);
    Result<void> ms(std::vector<std::uint32_t>& into);
    Result<void> outcomes(std::vector<std::uint8_t>& into);
    Result<void> seqs(std::vector<std::int64_t>& into);
    Result<void> all(SeriesColumns& into);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace klarsyn
