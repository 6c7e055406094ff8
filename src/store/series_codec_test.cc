// Blocks come back as they were put, and damaged ones are errors.
#include "store/series_codec.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>

namespace klarsyn {
namespace {

bool same(const SeriesColumns& a, const SeriesColumns& b) {
    return a.time == b.time && a.ms == b.ms && a.outcome == b.outcome && a.seq == b.seq;
}

// Regular and jittered times, values of one to four bytes, none at all; few and many entries.
SeriesColumns any_rows() {
    const int count = *rc::gen::inRange(1, 600);
    const int jitter = *rc::gen::element(0, 0, 3, 100'000);
    const auto largest = *rc::gen::element<std::uint32_t>(0U, 200U, 60'000U, 3'000'000U, kNoMs - 1);
    const int entries = *rc::gen::element(1, 1, 7, 600);
    SeriesColumns rows;
    UtcSecond time = *rc::gen::inRange<UtcSecond>(-1'000'000, 4'000'000'000);
    for (int i = 0; i < count; ++i) {
        const bool failed = *rc::gen::inRange(0, 50) == 0;
        const auto ms = *rc::gen::inRange<std::uint32_t>(0, largest) + (largest > 0 ? 1U : 0U);
        rows.push(time, failed ? kNoMs : ms, failed ? 2 : 0, 1 + std::int64_t{i} * entries / count);
        time += 60 + (jitter > 0 ? *rc::gen::inRange(-std::min(jitter, 60), jitter) : 0);
    }
    return rows;
}

TEST(SeriesCodec, ComesBackAsItWas) {
    SeriesEncoder encoder;
    SeriesDecoder decoder;
    EXPECT_TRUE(rc::check("round trip", [&] {
        const SeriesColumns rows = any_rows();
        const std::string bytes = encoder.encode(rows);
        RC_ASSERT(decoder.open(bytes).ok());
        RC_ASSERT(decoder.rows() == rows.size());
        SeriesColumns back;
        RC_ASSERT(decoder.all(back).ok());
        RC_ASSERT(same(rows, back));
        std::vector<SeriesGroup> groups;
        RC_ASSERT(decoder.groups(groups).ok());
        std::multiset<std::pair<int, std::uint32_t>> grouped, single;
        for (const SeriesGroup& group : groups) {
            for (const auto low : group.low) grouped.emplace(group.outcome, group.base + low - 1);
        }
        for (std::size_t i = 0; i < rows.size(); ++i) single.emplace(rows.outcome[i], rows.ms[i]);
        const bool wide = std::any_of(rows.ms.begin(), rows.ms.end(),
                                      [](std::uint32_t ms) { return ms != kNoMs && ms > 65'534; });
        RC_ASSERT((wide ? groups.empty() : grouped == single));
        std::vector<std::uint32_t> ms;
        RC_ASSERT(decoder.ms(ms).ok());
        RC_ASSERT(ms == rows.ms);
        RC_ASSERT(encoder.encode(back) == bytes);
    }));
}

// Whatever the bytes: a block or an error, and never more rows than the head allows.
void read_hostile(SeriesDecoder& decoder, const std::string& bytes) {
    SeriesColumns back;
    if (!decoder.open(bytes).ok()) return;
    RC_ASSERT(decoder.rows() <= kBlockRowsMax);
    std::vector<SeriesGroup> groups;
    const bool grouped = decoder.groups(groups).ok();
    if (!decoder.all(back).ok()) return;
    std::size_t rows = 0;
    for (const SeriesGroup& group : groups) rows += group.low.size();
    RC_ASSERT(grouped);
    RC_ASSERT((rows == 0 || rows == back.ms.size()));
    RC_ASSERT(back.ms.size() == back.time.size() && back.seq.size() == back.time.size());
}

TEST(SeriesCodec, DamagedBytesAreAnError) {
    SeriesEncoder encoder;
    SeriesDecoder decoder;
    EXPECT_TRUE(rc::check("cut short", [&] {
        const std::string bytes = encoder.encode(any_rows());
        const auto size = *rc::gen::inRange<std::size_t>(0, bytes.size());
        RC_ASSERT(!decoder.open(std::string_view(bytes).substr(0, size)).ok());
        RC_ASSERT(!decoder.open(bytes + "x").ok());
    }));
    EXPECT_TRUE(rc::check("bytes changed", [&] {
        std::string bytes = encoder.encode(any_rows());
        const int changes = *rc::gen::inRange(1, 5);
        for (int i = 0; i < changes; ++i) {
            const auto at =
                *rc::gen::inRange<std::size_t>(0, std::min<std::size_t>(bytes.size(), 80));
            bytes[at] = *rc::gen::arbitrary<char>();
        }
        read_hostile(decoder, bytes);
    }));
    EXPECT_TRUE(rc::check("noise", [&] {
        const char version = *rc::gen::element('\x01', '\x02');
        read_hostile(decoder, version + *rc::gen::arbitrary<std::string>());
    }));
}

TEST(SeriesCodec, AMillionClaimedRowsInFewBytesAreAnError) {
    SeriesDecoder decoder;
    std::string bytes("\x01\xff\xff\x7f\x00", 5);  // 2,097,151 rows, no values
    bytes += std::string("\x00\x02\x00\x02\x00\x02", 6);
    bytes += std::string("\x00\x00\x00\x00\x00\x00", 6);
    ASSERT_TRUE(decoder.open(bytes).ok());
    SeriesColumns back;
    EXPECT_FALSE(decoder.all(back).ok());
    EXPECT_FALSE(decoder.open(std::string("\x01\x81\x80\x80\x01", 5)).ok());  // one row too many
    EXPECT_FALSE(decoder.open(std::string("\x02\x01", 2)).ok());
}

TEST(SeriesCodec, AWeekOfRegularMeasurementsIsSmall) {
    SeriesColumns rows;
    for (int i = 0; i < 10'080; ++i) {
        const auto noise = static_cast<std::uint32_t>(i) * 2'654'435'761U >> 22;  // 10 bits
        rows.push(1'760'486'400 + i * 60, 300 + noise, i % 997 == 0 ? 1 : 0, 7);
    }
    EXPECT_LT(SeriesEncoder().encode(rows).size(), rows.size() * 15 / 10);
}

TEST(SeriesCodec, WhatHardlyChangesIsHardlyAnything) {
    SeriesColumns rows;
    for (int i = 0; i < 10'080; ++i) {
        const bool slow = i / 1'000 % 2 == 1;  // for hours
        rows.push(1'760'486'400 + i * 60, slow ? 4'711 : 250, 0, 7);
    }
    EXPECT_LT(SeriesEncoder().encode(rows).size(), 300U);
}

}  // namespace
}  // namespace klarsyn
