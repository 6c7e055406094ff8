// Snappy blocks and gzip: round trips, damage, and claims that the bytes cannot keep.
#include "protocols/packed.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <zlib.h>

namespace klarsyn {
namespace {

std::string gzipped(const std::string& bytes) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

RC_GTEST_PROP(Packed, SnappyReadsBackWhatItWrote, (const std::string& bytes)) {
    const auto back = unpack_snappy(pack_snappy(bytes), bytes.size());
    RC_ASSERT(back.ok() && *back == bytes);
}

RC_GTEST_PROP(Packed, GzipReadsBack, (const std::string& bytes)) {
    const auto back = unpack_gzip(gzipped(bytes), bytes.size());
    RC_ASSERT(back.ok() && *back == bytes);
}

TEST(Packed, MembersOfGzipFollowEachOther) {
    EXPECT_EQ(unpack_gzip(gzipped("a") + gzipped("b"), 10).take(), "ab");
    EXPECT_FALSE(unpack_gzip(gzipped("a") + "rest", 10).ok());
}

TEST(Packed, BombsStopAtTheLimit) {
    const std::string zeros(1 << 20, '\0');
    EXPECT_EQ(unpack_gzip(gzipped(zeros), 1000).error().code, ErrorCode::refused);
    EXPECT_EQ(unpack_snappy(pack_snappy(zeros), 1000).error().code, ErrorCode::refused);
    EXPECT_TRUE(unpack_snappy(pack_snappy(zeros), zeros.size()).ok());
}

TEST(Packed, AClaimThatTheBytesCannotKeepSetsNothingAside) {
    const std::string claims_4_gib = "\xff\xff\xff\xff\x0f";
    EXPECT_EQ(unpack_snappy(claims_4_gib + std::string("\0a", 2), std::size_t{8} << 30).error().key,
              "protocols.packed.damaged");
    for (const char* bytes : {"", "\x05", "\xff", "no snappy", "\x1f\x8b"}) {
        EXPECT_FALSE(unpack_snappy(bytes, 1000).ok()) << bytes;
        EXPECT_FALSE(unpack_gzip(bytes, 1000).ok()) << bytes;
    }
}

TEST(Packed, TruncatedBytesAreDamaged) {
    const std::string text = "the same words, the same words, the same words";
    const std::string snappy = pack_snappy(text), gzip = gzipped(text);
    for (std::size_t i = 0; i < snappy.size(); ++i)
        EXPECT_FALSE(unpack_snappy(snappy.substr(0, i), 1000).ok()) << i;
    for (std::size_t i = 0; i < gzip.size(); ++i)
        EXPECT_FALSE(unpack_gzip(gzip.substr(0, i), 1000).ok()) << i;
}

}  // namespace
}  // namespace klarsyn
