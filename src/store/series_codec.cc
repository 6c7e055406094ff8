#include "store/series_codec.h"

#include <zstd.h>

#include <algorithm>
#include <array>

#include "store/series_columns.h"
#include "store/varint.h"

namespace klarsyn {
namespace {

constexpr char kVersion = 1;
constexpr int kLevel = 3;
constexpr std::size_t kPlanesMax = 4;
constexpr std::size_t kSectionsMax = 3 + kPlanesMax;
constexpr std::size_t kSmall = 48;  // not worth a frame of its own
constexpr UtcSecond kTimeMax = UtcSecond{1} << 40;
enum Section : std::size_t { kTimes, kOutcomes, kSeqs, kFirstPlane };

Error damaged() { return make_error(ErrorCode::internal, "store.block_damaged"); }

// Plain loops over plain arrays: the compiler makes vector instructions of them.
void split_plane(const std::uint32_t* raw, std::size_t rows, int shift, char* plane) {
    for (std::size_t i = 0; i < rows; ++i) plane[i] = static_cast<char>((raw[i] + 1) >> shift);
}

using Plane = const unsigned char*;
#pragma GCC push_options
#pragma GCC optimize("O3")
void join_one(Plane low, std::size_t rows, std::uint32_t* into) {
    for (std::size_t i = 0; i < rows; ++i) into[i] = low[i] - 1U;
}
void join_two(Plane low, Plane high, std::size_t rows, std::uint32_t* into) {
    for (std::size_t i = 0; i < rows; ++i) into[i] = (low[i] | (std::uint32_t{high[i]} << 8)) - 1U;
}
void join_more(const std::array<Plane, kPlanesMax>& planes, std::size_t count, std::size_t rows,
               std::uint32_t* into) {
    for (std::size_t i = 0; i < rows; ++i) {
        std::uint32_t raw = 0;
        for (std::size_t p = 0; p < count; ++p) raw |= std::uint32_t{planes[p][i]} << (8 * p);
        into[i] = raw - 1U;
    }
}
#pragma GCC pop_options

// How many bytes a section of so many rows can need at most.
std::size_t section_limit(std::size_t section, std::size_t rows) {
    return section >= kFirstPlane ? rows : rows * 20 + 16;
}

}  // namespace

void SeriesColumns::clear() {
    time.clear();
    ms.clear();
    outcome.clear();
    seq.clear();
}

void SeriesColumns::push(UtcSecond at, std::uint32_t value, std::uint8_t how, std::int64_t entry) {
    time.push_back(at);
    ms.push_back(value);
    outcome.push_back(how);
    seq.push_back(entry);
}

struct SeriesEncoder::State {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    std::string raw;     // one section
    std::string packed;  // the same, compressed
    std::string bodies;

    ~State() { ZSTD_freeCCtx(context); }

    // What shrinks by less than a thirtieth is kept plain: it costs nothing to read.
    void add(std::string& head) {
        bool plain = raw.size() <= kSmall;
        std::size_t size = raw.size();
        if (!plain) {
            packed.resize(ZSTD_compressBound(raw.size()));
            size = ZSTD_compressCCtx(context, packed.data(), packed.size(), raw.data(), raw.size(),
                                     kLevel);
            KL_ASSERT(!ZSTD_isError(size));
            plain = size > raw.size() - raw.size() / 30;
        }
        head.push_back(plain ? 0 : 1);
        put_varint(head, raw.size());
        if (!plain) put_varint(head, size);
        if (plain)
            bodies += raw;
        else
            bodies.append(packed, 0, size);
    }
};

SeriesEncoder::SeriesEncoder() : state_(std::make_unique<State>()) {}
SeriesEncoder::~SeriesEncoder() = default;

std::string SeriesEncoder::encode(const SeriesColumns& rows) {
    const std::size_t count = rows.size();
    KL_ASSERT(count > 0 && count <= kBlockRowsMax && rows.ms.size() == count &&
              rows.outcome.size() == count && rows.seq.size() == count);
    std::uint32_t largest = 0;
    for (const std::uint32_t ms : rows.ms) largest = std::max(largest, ms + 1);
    std::size_t planes = 0;
    while (largest >> (8 * planes) != 0 && ++planes < kPlanesMax) continue;
    std::string head(1, kVersion);
    put_varint(head, count);
    put_varint(head, planes);
    State& state = *state_;
    state.bodies.clear();
    put_steps(state.raw, rows.time);
    state.add(head);
    put_outcomes(state.raw, rows.outcome);
    state.add(head);
    put_steps(state.raw, rows.seq);
    state.add(head);
    for (std::size_t p = 0; p < planes; ++p) {
        state.raw.resize(count);
        split_plane(rows.ms.data(), count, static_cast<int>(8 * p), state.raw.data());
        state.add(head);
    }
    return head + state.bodies;
}

struct SeriesDecoder::State {
    struct Part {
        bool packed = false;
        std::size_t raw_size = 0;
        std::string_view bytes;
    };
    ZSTD_DCtx* context = ZSTD_createDCtx();
    std::size_t rows = 0;
    std::size_t planes = 0;
    std::array<Part, kSectionsMax> parts;
    std::array<std::string, kPlanesMax> buffers;

    ~State() { ZSTD_freeDCtx(context); }

    // The section's bytes, unpacked into `buffer` where need be.
    bool read(std::size_t section, std::string& buffer, std::string_view& bytes) {
        const Part& part = parts[section];
        if (!part.packed) {
            bytes = part.bytes;
            return true;
        }
        buffer.resize(part.raw_size);
        const std::size_t got = ZSTD_decompressDCtx(context, buffer.data(), buffer.size(),
                                                    part.bytes.data(), part.bytes.size());
        if (ZSTD_isError(got) || got != part.raw_size) return false;
        bytes = buffer;
        return true;
    }
};

SeriesDecoder::SeriesDecoder() : state_(std::make_unique<State>()) {}
SeriesDecoder::~SeriesDecoder() = default;

std::size_t SeriesDecoder::rows() const { return state_->rows; }

Result<void> SeriesDecoder::open(std::string_view bytes) {
    State& state = *state_;
    state.rows = 0;
    if (bytes.empty() || bytes[0] != kVersion) return damaged();
    VarintReader in(bytes.substr(1));
    const std::uint64_t rows = in.next();
    const std::uint64_t planes = in.next();
    if (!in.ok() || rows == 0 || rows > kBlockRowsMax || planes > kPlanesMax) return damaged();
    std::array<std::size_t, kSectionsMax> sizes{};
    for (std::size_t s = 0; s < kFirstPlane + planes; ++s) {
        auto& part = state.parts[s];
        const std::uint64_t method = in.next();
        const std::uint64_t raw = in.next();
        const std::uint64_t size = method == 1 ? in.next() : raw;
        if (!in.ok() || method > 1 || raw > section_limit(s, rows) || size > bytes.size() ||
            (s >= kFirstPlane && raw != rows)) {
            return damaged();
        }
        part.packed = method == 1;
        part.raw_size = raw;
        sizes[s] = size;
    }
    std::string_view body = bytes.substr(1 + in.at());
    for (std::size_t s = 0; s < kFirstPlane + planes; ++s) {
        if (sizes[s] > body.size()) return damaged();
        state.parts[s].bytes = body.substr(0, sizes[s]);
        body.remove_prefix(sizes[s]);
    }
    if (!body.empty()) return damaged();
    state.rows = rows;
    state.planes = planes;
    return {};
}

Result<void> SeriesDecoder::times(std::vector<UtcSecond>& into) {
    std::string_view bytes;
    if (!state_->read(kTimes, state_->buffers[0], bytes) ||
        !take_steps(bytes, state_->rows, into) || !std::is_sorted(into.begin(), into.end()) ||
        into.front() < -kTimeMax || into.back() > kTimeMax) {
        return damaged();
    }
    return {};
}

Result<void> SeriesDecoder::outcomes(std::vector<std::uint8_t>& into) {
    std::string_view bytes;
    if (!state_->read(kOutcomes, state_->buffers[0], bytes) ||
        !take_outcomes(bytes, state_->rows, into)) {
        return damaged();
    }
    return {};
}

Result<void> SeriesDecoder::seqs(std::vector<std::int64_t>& into) {
    std::string_view bytes;
    if (!state_->read(kSeqs, state_->buffers[0], bytes) || !take_steps(bytes, state_->rows, into)) {
        return damaged();
    }
    return {};
}

Result<void> SeriesDecoder::ms(std::vector<std::uint32_t>& into) {
    State& state = *state_;
    std::array<Plane, kPlanesMax> planes{};
    for (std::size_t p = 0; p < state.planes; ++p) {
        std::string_view bytes;
        if (!state.read(kFirstPlane + p, state.buffers[p], bytes) || bytes.size() != state.rows) {
            return damaged();
        }
        planes[p] = reinterpret_cast<Plane>(bytes.data());
    }
    into.resize(state.rows);
    if (state.planes == 1)
        join_one(planes[0], state.rows, into.data());
    else if (state.planes == 2)
        join_two(planes[0], planes[1], state.rows, into.data());
    else
        join_more(planes, state.planes, state.rows, into.data());
    return {};
}

Result<void> SeriesDecoder::all(SeriesColumns& into) {
    KL_CHECK(times(into.time));
    KL_CHECK(ms(into.ms));
    KL_CHECK(outcomes(into.outcome));
    return seqs(into.seq);
}

}  // namespace klarsyn
