#include "store/series_codec.h"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "store/series_columns.h"
#include "store/varint.h"

namespace klarsyn {
namespace {

constexpr char kPlain = 1;  // versions
constexpr char kGrouped = 2;
constexpr int kLevel = 3;
constexpr std::size_t kPlanesMax = 4;
constexpr std::size_t kSectionsMax = 3 + kPlanesMax;
constexpr std::size_t kSmall = 48;  // not worth a frame of its own
// What shrinks by less than such a part is kept plain: it costs nothing to read.
constexpr std::size_t kWorthPart = 30;
constexpr std::size_t kLowWorthPart = 8;  // low bytes are read more than anything else
constexpr UtcSecond kTimeMax = UtcSecond{1} << 40;
enum Section : std::size_t {
    kTimes,
    kOutcomes,
    kSeqs,
    kFirstPlane,
    kGroups = kFirstPlane,
    kLow,
    kHigh
};

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

// Holds one byte of every row.
bool is_plane(char version, std::size_t section) {
    return section >= (version == kPlain ? kFirstPlane : kLow);
}

std::size_t section_count(char version, std::size_t planes) {
    return kFirstPlane + planes + (version == kPlain ? 0 : 1);
}

// How many bytes a section of so many rows can need at most.
std::size_t section_limit(bool plane, std::size_t rows) { return plane ? rows : rows * 20 + 16; }

// Numbers per group, found by outcome and high byte.
class GroupTable {
public:
    static constexpr std::size_t kHighs = 256;

    void clear() {
        numbers_.clear();
        places_.fill(kNone);
    }
    // The numbers of an outcome's groups, by high byte; the outcome must be there.
    std::uint32_t* of(std::uint8_t outcome) { return numbers_.data() + places_[outcome] * kHighs; }
    bool has(std::uint8_t outcome) const { return places_[outcome] != kNone; }
    void add(std::uint8_t outcome) {
        if (has(outcome)) return;
        places_[outcome] = static_cast<std::uint8_t>(numbers_.size() / kHighs);
        numbers_.resize(numbers_.size() + kHighs);
    }

private:
    static constexpr std::uint8_t kNone = 0xff;
    std::vector<std::uint32_t> numbers_;
    std::array<std::uint8_t, kOutcomesMax> places_{};
};

// Calls back for each run of rows with one outcome.
template <typename Use>
void each_run(const std::vector<std::uint8_t>& outcomes, Use use) {
    for (std::size_t at = 0; at < outcomes.size();) {
        std::size_t end = at + 1;
        while (end < outcomes.size() && outcomes[end] == outcomes[at]) ++end;
        use(outcomes[at], at, end);
        at = end;
    }
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
    std::string high;
    GroupTable table;

    State() {
        for (const auto& [parameter, value] :
             {std::pair{ZSTD_c_strategy, static_cast<int>(ZSTD_fast)}, std::pair{ZSTD_c_minMatch, 7},
              std::pair{ZSTD_c_hashLog, 8}}) {
            KL_ASSERT(!ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, value)));
        }
    }
    State(const State&) = delete;
    ~State() { ZSTD_freeCCtx(context); }

    // Numbers, runs: `raw` as the next section.
    void add(std::string& head) {
        std::size_t size = 0;
        if (raw.size() > kSmall) {
            packed.resize(ZSTD_compressBound(raw.size()));
            size = ZSTD_compressCCtx(context, packed.data(), packed.size(), raw.data(), raw.size(),
                                     kLevel);
        }
        put(head, size, kWorthPart);
    }

    // One byte of each row. What was measured is noise: it has few matches worth looking for, but
    // some bytes are more frequent, and long runs are one match.
    void add_plane(std::string& head, std::size_t worth_part = kWorthPart) {
        std::size_t size = 0;
        if (raw.size() > kSmall) {
            packed.resize(ZSTD_compressBound(raw.size()));
            size = ZSTD_compress2(context, packed.data(), packed.size(), raw.data(), raw.size());
        }
        put(head, size, worth_part);
    }

    // `size` of `packed`; 0: there is none.
    void put(std::string& head, std::size_t size, std::size_t worth_part) {
        KL_ASSERT(!ZSTD_isError(size));
        const bool plain = size == 0 || size > raw.size() - raw.size() / worth_part;
        head.push_back(plain ? 0 : 1);
        put_varint(head, raw.size());
        if (!plain) put_varint(head, size);
        if (plain)
            bodies += raw;
        else
            bodies.append(packed, 0, size);
    }

    void add_planes(std::string& head, const SeriesColumns& rows, std::size_t planes) {
        for (std::size_t p = 0; p < planes; ++p) {
            raw.resize(rows.size());
            split_plane(rows.ms.data(), rows.size(), static_cast<int>(8 * p), raw.data());
            add_plane(head);
        }
    }

    void add_groups(std::string& head, const SeriesColumns& rows, std::size_t planes) {
        high.resize(rows.size());
        split_plane(rows.ms.data(), rows.size(), 8, high.data());
        const auto* highs = reinterpret_cast<const unsigned char*>(high.data());
        table.clear();
        each_run(rows.outcome, [&](std::uint8_t outcome, std::size_t at, std::size_t end) {
            table.add(outcome);
            std::uint32_t* counts = table.of(outcome);
            for (; at < end; ++at) ++counts[highs[at]];
        });
        put_groups();
        put(head, 0, kWorthPart);
        raw.resize(rows.size());
        each_run(rows.outcome, [&](std::uint8_t outcome, std::size_t at, std::size_t end) {
            std::uint32_t* places = table.of(outcome);
            for (; at < end; ++at) {
                raw[places[highs[at]]++] = static_cast<char>(rows.ms[at] + 1);
            }
        });
        add_plane(head, kLowWorthPart);
        if (planes < 2) return;
        raw.swap(high);
        add_plane(head);
    }

    // The list of groups into `raw`; the table's counts become places.
    void put_groups() {
        raw.clear();
        std::uint32_t place = 0;
        for (std::size_t o = 0; o < kOutcomesMax; ++o) {
            const auto outcome = static_cast<std::uint8_t>(o);
            if (!table.has(outcome)) continue;
            std::uint32_t* counts = table.of(outcome);
            put_varint(raw, outcome);
            put_varint(raw, GroupTable::kHighs - static_cast<std::size_t>(std::count(
                                                     counts, counts + GroupTable::kHighs, 0U)));
            std::size_t before = 0;
            for (std::size_t h = 0; h < GroupTable::kHighs; ++h) {
                if (counts[h] == 0) continue;
                put_varint(raw, h - before);
                put_varint(raw, counts[h]);
                before = h;
                place += std::exchange(counts[h], place);
            }
        }
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
    const bool grouped = planes <= 2;
    if (grouped) planes = std::max<std::size_t>(planes, 1);
    std::string head(1, grouped ? kGrouped : kPlain);
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
    if (grouped)
        state.add_groups(head, rows, planes);
    else
        state.add_planes(head, rows, planes);
    return head + state.bodies;
}

struct SeriesDecoder::State {
    struct Part {
        bool packed = false;
        std::size_t raw_size = 0;
        std::string_view bytes;
    };
    ZSTD_DCtx* context = ZSTD_createDCtx();
    char version = kPlain;
    std::size_t rows = 0;
    std::size_t planes = 0;
    std::array<Part, kSectionsMax> parts;
    std::array<std::string, kPlanesMax> buffers;
    std::vector<SeriesGroup> groups;  // for reading ms
    std::vector<std::uint8_t> outcomes;
    GroupTable table;

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

    bool read_groups(std::vector<SeriesGroup>& into) {
        into.clear();
        std::string_view list;
        std::string_view low;
        if (!read(kGroups, buffers[1], list) || !read(kLow, buffers[0], low)) return false;
        std::span<const std::uint8_t> rest(reinterpret_cast<Plane>(low.data()), low.size());
        VarintReader in(list);
        std::int64_t last = -1;
        while (in.ok() && !in.done()) {
            const std::uint64_t outcome = in.next();
            const std::uint64_t count = in.next();
            if (outcome >= kOutcomesMax || static_cast<std::int64_t>(outcome) <= last ||
                count == 0 || count > GroupTable::kHighs) {
                return false;
            }
            last = static_cast<std::int64_t>(outcome);
            std::uint64_t high = 0;
            for (std::uint64_t g = 0; g < count; ++g) {
                const std::uint64_t step = in.next();
                const std::uint64_t size = in.next();
                if (step >= GroupTable::kHighs || (g > 0 && step == 0) || size == 0 ||
                    size > rest.size()) {
                    return false;
                }
                high += step;
                if (high >= (planes < 2 ? 1 : GroupTable::kHighs)) return false;
                into.push_back({static_cast<std::uint8_t>(outcome),
                                static_cast<std::uint32_t>(high << 8), rest.first(size)});
                rest = rest.subspan(size);
            }
        }
        return in.ok() && rest.empty();
    }

    bool read_outcomes(std::vector<std::uint8_t>& into) {
        std::string_view bytes;
        return read(kOutcomes, buffers[2], bytes) && take_outcomes(bytes, rows, into);
    }

    // The groups' low bytes back into the rows' order; false where high bytes and outcomes say
    // other groups than the list.
    bool read_grouped(std::vector<std::uint32_t>& into) {
        if (!read_groups(groups) || !read_outcomes(outcomes)) return false;
        std::string_view high;
        if (planes == 2 && (!read(kHigh, buffers[3], high) || high.size() != rows)) return false;
        table.clear();
        for (const SeriesGroup& group : groups) table.add(group.outcome);
        const auto highs = [&](std::size_t at) {
            return planes == 2 ? static_cast<unsigned char>(high[at]) : std::uint8_t{0};
        };
        bool known = true;
        each_run(outcomes, [&](std::uint8_t outcome, std::size_t at, std::size_t end) {
            known = known && table.has(outcome);
            if (!known) return;
            std::uint32_t* counts = table.of(outcome);
            for (; at < end; ++at) ++counts[highs(at)];
        });
        if (!known) return false;
        const std::uint8_t* low = groups.front().low.data();
        std::uint32_t place = 0;
        for (const SeriesGroup& group : groups) {
            std::uint32_t& count = table.of(group.outcome)[group.base >> 8];
            if (count != group.low.size()) return false;
            place += std::exchange(count, place);
        }
        if (place != rows) return false;
        into.resize(rows);
        each_run(outcomes, [&](std::uint8_t outcome, std::size_t at, std::size_t end) {
            std::uint32_t* places = table.of(outcome);
            for (; at < end; ++at) {
                const std::uint32_t top = highs(at);
                into[at] = (top << 8 | low[places[top]++]) - 1U;
            }
        });
        return true;
    }
};

SeriesDecoder::SeriesDecoder() : state_(std::make_unique<State>()) {}
SeriesDecoder::~SeriesDecoder() = default;

std::size_t SeriesDecoder::rows() const { return state_->rows; }

Result<void> SeriesDecoder::open(std::string_view bytes) {
    State& state = *state_;
    state.rows = 0;
    if (bytes.empty() || (bytes[0] != kPlain && bytes[0] != kGrouped)) return damaged();
    const char version = bytes[0];
    VarintReader in(bytes.substr(1));
    const std::uint64_t rows = in.next();
    const std::uint64_t planes = in.next();
    if (!in.ok() || rows == 0 || rows > kBlockRowsMax || planes > kPlanesMax ||
        (version == kGrouped && (planes == 0 || planes > 2))) {
        return damaged();
    }
    std::array<std::size_t, kSectionsMax> sizes{};
    const std::size_t sections = section_count(version, planes);
    for (std::size_t s = 0; s < sections; ++s) {
        auto& part = state.parts[s];
        const std::uint64_t method = in.next();
        const std::uint64_t raw = in.next();
        const std::uint64_t size = method == 1 ? in.next() : raw;
        const bool plane = is_plane(version, s);
        if (!in.ok() || method > 1 || raw > section_limit(plane, rows) || size > bytes.size() ||
            (plane && raw != rows)) {
            return damaged();
        }
        part.packed = method == 1;
        part.raw_size = raw;
        sizes[s] = size;
    }
    std::string_view body = bytes.substr(1 + in.at());
    for (std::size_t s = 0; s < sections; ++s) {
        if (sizes[s] > body.size()) return damaged();
        state.parts[s].bytes = body.substr(0, sizes[s]);
        body.remove_prefix(sizes[s]);
    }
    if (!body.empty()) return damaged();
    state.version = version;
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
    return state_->read_outcomes(into) ? Result<void>() : Result<void>(damaged());
}

Result<void> SeriesDecoder::groups(std::vector<SeriesGroup>& into) {
    into.clear();
    if (state_->version != kGrouped || state_->read_groups(into)) return {};
    return damaged();
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
    if (state.version == kGrouped) {
        return state.read_grouped(into) ? Result<void>() : Result<void>(damaged());
    }
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
