#include "ingest/raw.h"

#include <zstd.h>

#include <algorithm>
#include <future>
#include <thread>
#include <vector>

#include "core/hash.h"

namespace klarsyn {
namespace {

constexpr std::size_t kPartBytes = std::size_t{16} << 20;
constexpr int kLevel = 1;  // logs shrink tenfold at any level; import speed decides

struct RawFile {
    std::int64_t size = 0;
    std::string base;
    std::int64_t base_size = 0;
};

Result<std::optional<RawFile>> find_raw(Connection& db, const std::string& sha256) {
    KL_TRY(auto rows, db.query("SELECT size, base_sha256, base_size FROM core_raw WHERE sha256 = :s",
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

// Several parts are compressed at once: on the way of a large import nothing takes longer.
Result<void> keep_parts(Connection& db, const std::string& sha256, std::string_view content) {
    const std::size_t threads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4);
    std::int64_t part = 0;
    for (std::size_t at = 0; at < content.size();) {
        std::vector<std::string_view> pieces;
        std::vector<std::future<std::string>> packed;
        for (; pieces.size() < threads && at < content.size(); at += kPartBytes) {
            pieces.push_back(content.substr(at, kPartBytes));
            const bool last = pieces.size() == threads || at + kPartBytes >= content.size();
            packed.push_back(std::async(last ? std::launch::deferred : std::launch::async,
                                        [piece = pieces.back()] { return compress(piece); }));
        }
        packed.back().wait();  // the caller's own share
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            KL_TRY([[maybe_unused]] const auto added,
                   db.run("INSERT INTO core_raw_part (sha256, part, size, bytes) "
                          "VALUES (:s, :part, :size, :bytes)",
                          {{":s", Value(sha256)},
                           {":part", Value(part++)},
                           {":size", Value(static_cast<std::int64_t>(pieces[i].size()))},
                           {":bytes", Value(Blob{packed[i].get()})}}));
        }
    }
    return {};
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

Result<std::string> keep_raw(Connection& db, std::string_view content,
                             const std::string& candidate_base) {
    const std::string sha256 = sha256_hex(content);
    KL_TRY(const auto known, find_raw(db, sha256));
    if (known) return sha256;
    std::string base;
    std::size_t base_size = 0;
    if (!candidate_base.empty()) {
        KL_TRY(const auto candidate, find_raw(db, candidate_base));
        const auto size = candidate ? static_cast<std::size_t>(candidate->size) : content.size();
        if (size < content.size() && sha256_hex(content.substr(0, size)) == candidate_base) {
            base = candidate_base;
            base_size = size;
        }
    }
    KL_TRY([[maybe_unused]] const auto changed,
           db.run("INSERT INTO core_raw (sha256, size, base_sha256, base_size) "
                  "VALUES (:s, :size, :base, :base_size)",
                  {{":s", Value(sha256)},
                   {":size", Value(static_cast<std::int64_t>(content.size()))},
                   {":base", base.empty() ? Value() : Value(base)},
                   {":base_size", Value(static_cast<std::int64_t>(base_size))}}));
    KL_CHECK(keep_parts(db, sha256, content.substr(base_size)));
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
