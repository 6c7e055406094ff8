#include "ingest/raw.h"

#include <zstd.h>

#include <algorithm>
#include <memory>

#include "core/hash.h"

namespace klarsyn {
namespace {

constexpr std::size_t kPartBytes = std::size_t{16} << 20;
constexpr std::size_t kStartBytes = std::size_t{64} << 10;
constexpr std::size_t kAsideFrom = std::size_t{1} << 20;  // smaller files are not worth a thread
constexpr int kLevel = 1;  // logs shrink tenfold at any level; import speed decides

struct RawFile {
    std::int64_t size = 0;
    std::string base;
    std::int64_t base_size = 0;
};

Result<std::optional<RawFile>> find_raw(Connection& db, const std::string& sha256) {
    KL_TRY(auto rows,
           db.query("SELECT size, base_sha256, base_size FROM core_raw WHERE sha256 = :s",
                    {{":s", Value(sha256)}}));
    KL_TRY(const bool found, rows->next());
    if (!found) return std::optional<RawFile>();
    RawFile raw;
    raw.size = rows->i64(0);
    if (!rows->is_null(1)) raw.base = std::string(rows->text(1));
    raw.base_size = rows->i64(2);
    return std::optional(raw);
}

Result<void> append_own(Connection& db, const std::string& sha256, std::string& content) {
    KL_TRY(auto rows,
           db.stream("SELECT size, bytes FROM core_raw_part WHERE sha256 = :s ORDER BY part",
                     {{":s", Value(sha256)}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return {};
        KL_TRY(const auto part, decompress(rows->blob(1), static_cast<std::size_t>(rows->i64(0))));
        content += part;
    }
}

std::vector<std::string> pack_parts(std::string_view content) {
    std::vector<std::string> parts;
    std::string room(ZSTD_compressBound(std::min(kPartBytes, content.size())), '\0');
    for (std::size_t at = 0; at < content.size(); at += kPartBytes) {
        const std::string_view part = content.substr(at, kPartBytes);
        const std::size_t size =
            ZSTD_compress(room.data(), room.size(), part.data(), part.size(), kLevel);
        KL_ASSERT(!ZSTD_isError(size));
        parts.emplace_back(room, 0, size);
    }
    return parts;
}

// Whether the kept file begins as `content` does, as far as a little of it tells: most files of a
// source did not grow from the one before, and hashing as much again would cost more than this.
Result<bool> begins_alike(Connection& db, const RawFile& candidate, const std::string& sha256,
                          std::string_view content) {
    std::string at = sha256;
    for (std::string base = candidate.base; !base.empty();) {
        at = base;
        KL_TRY(const auto raw, find_raw(db, at));
        base = raw ? raw->base : std::string();
    }
    KL_TRY(auto rows, db.query("SELECT bytes FROM core_raw_part WHERE sha256 = :s AND part = 0",
                               {{":s", Value(at)}}));
    KL_TRY(const bool found, rows->next());
    if (!found) return true;
    const std::string_view packed = rows->blob(0);
    std::string start(kStartBytes, '\0');
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    ZSTD_outBuffer out{start.data(), start.size(), 0};
    const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(),
                                                                            ZSTD_freeDStream);
    if (ZSTD_isError(ZSTD_decompressStream(stream.get(), &out, &in))) return true;
    const std::size_t size = std::min(out.pos, content.size());
    return content.substr(0, size) == std::string_view(start).substr(0, size);
}

}  // namespace

std::string compress(std::string_view bytes) {
    std::string packed(ZSTD_compressBound(bytes.size()), '\0');
    const std::size_t size =
        ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), kLevel);
    KL_ASSERT(!ZSTD_isError(size));
    packed.resize(size);
    return packed;
}

Result<std::string> decompress(std::string_view bytes, std::size_t size) {
    std::string content(size, '\0');
    const std::size_t got = ZSTD_decompress(content.data(), size, bytes.data(), bytes.size());
    if (ZSTD_isError(got) || got != size) {
        return make_error(ErrorCode::internal, "ingest.raw_damaged");
    }
    return content;
}

Result<RawKeeping> RawKeeping::begin(Connection& db, std::string_view content,
                                     const std::string& candidate_base) {
    RawKeeping keeping;
    keeping.content_ = content;
    if (!candidate_base.empty()) {
        KL_TRY(const auto candidate, find_raw(db, candidate_base));
        const auto size = candidate ? static_cast<std::size_t>(candidate->size) : content.size();
        if (size < content.size()) {
            KL_TRY(const bool alike, begins_alike(db, *candidate, candidate_base, content));
            if (alike && sha256_hex(content.substr(0, size)) == candidate_base) {
                keeping.base_ = candidate_base;
                keeping.base_size_ = size;
            }
        }
    }
    const auto how = content.size() < kAsideFrom ? std::launch::deferred : std::launch::async;
    keeping.hash_ = std::async(how, [content] { return sha256_hex(content); });
    keeping.parts_ =
        std::async(how, [rest = content.substr(keeping.base_size_)] { return pack_parts(rest); });
    return keeping;
}

Result<std::string> RawKeeping::name(Connection& db) {
    sha256_ = hash_.get();
    KL_TRY(const auto known, find_raw(db, sha256_));
    known_ = known.has_value();
    if (known_) return sha256_;
    KL_TRY([[maybe_unused]] const auto changed,
           db.run("INSERT INTO core_raw (sha256, size, base_sha256, base_size) "
                  "VALUES (:s, :size, :base, :base_size)",
                  {{":s", Value(sha256_)},
                   {":size", Value(static_cast<std::int64_t>(content_.size()))},
                   {":base", base_.empty() ? Value() : Value(base_)},
                   {":base_size", Value(static_cast<std::int64_t>(base_size_))}}));
    return sha256_;
}

Result<void> RawKeeping::end(Connection& db) {
    if (known_) return {};
    std::vector<std::string> parts = parts_.get();
    const std::size_t whole = content_.size() - base_size_;
    for (std::size_t part = 0; part < parts.size(); ++part) {
        const std::size_t size = std::min(kPartBytes, whole - part * kPartBytes);
        KL_TRY([[maybe_unused]] const auto added,
               db.run("INSERT INTO core_raw_part (sha256, part, size, bytes) "
                      "VALUES (:s, :part, :size, :bytes)",
                      {{":s", Value(sha256_)},
                       {":part", Value(static_cast<std::int64_t>(part))},
                       {":size", Value(static_cast<std::int64_t>(size))},
                       {":bytes", Value(Blob{std::move(parts[part])})}}));
    }
    return {};
}

Result<std::string> keep_raw(Connection& db, std::string_view content,
                             const std::string& candidate_base) {
    KL_TRY(auto keeping, RawKeeping::begin(db, content, candidate_base));
    KL_TRY(auto sha256, keeping.name(db));
    KL_CHECK(keeping.end(db));
    return sha256;
}

Result<std::string> load_raw(Connection& db, const std::string& sha256) {
    std::vector<std::string> chain;  // newest first
    std::string at = sha256;
    std::int64_t size = 0;
    while (!at.empty()) {
        KL_TRY(const auto raw, find_raw(db, at));
        if (!raw) return make_error(ErrorCode::not_found, "ingest.raw_missing", {{"sha256", at}});
        if (chain.empty()) size = raw->size;
        chain.push_back(at);
        at = raw->base;
    }
    std::string content;
    content.reserve(static_cast<std::size_t>(size));
    for (std::size_t i = chain.size(); i-- > 0;) KL_CHECK(append_own(db, chain[i], content));
    if (sha256_hex(content) != sha256) {
        return make_error(ErrorCode::internal, "ingest.raw_damaged", {{"sha256", sha256}});
    }
    return content;
}

}  // namespace klarsyn
