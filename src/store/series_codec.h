// Blocks: the measurements of one series in few bytes. A block holds the columns time,
// milliseconds, outcome and journal entry of up to kBlockRowsMax rows; each column is read alone.
// Times in whole UTC seconds, because a measurement's key is the second in which it began.
//
// Layout: version, number of rows, number of byte planes, then per section its method (plain or
// zstd) and sizes, then the sections: times, outcomes, entries, and ms + 1. Times and entries are
// runs of equal steps, or the steps' changes where they vary; outcomes are runs.
//
// Version 2, where ms + 1 has at most two bytes: its low bytes stand grouped by outcome and high
// byte (rows of a group in their order), with a list of the groups before them and the high bytes
// in the rows' order behind. So whoever counts by outcome and ms reads low bytes alone, and those
// of few groups where a comparison is decided by the high byte. Version 1: planes in the rows'
// order, from the lowest byte. Pure: no database. One thread each; both reuse their zstd context.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
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

// Rows of a block that share their outcome and all but the lowest byte of ms + 1.
struct SeriesGroup {
    std::uint8_t outcome = 0;
    std::uint32_t base = 0;  // ms + 1 of a row is base + its low byte; 0 is a missing value
    std::span<const std::uint8_t> low;
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
    // Every row in one group, by outcome and base; none where the block is not kept so. They live
    // as long as the bytes, and until another column is read.
    Result<void> groups(std::vector<SeriesGroup>& into);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace klarsyn
