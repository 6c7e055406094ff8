#include "web/compress.h"

#include <sodium.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace klarsyn {
namespace {

constexpr int kWindowBitsGzip = 15 + 16;  // zlib: 16 more means a gzip head instead of its own
constexpr int kMemoryLevel = 8;
constexpr std::uint32_t kPaddingMax = 96;

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

// "gzip;q=0.000" is a refusal.
bool refused(std::string_view parameters) {
    const auto weight = parameters.find("q=");
    if (weight == std::string_view::npos) return false;
    return trim(parameters.substr(weight + 2)).find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

bool takes_gzip(const Request& request) { return takes_gzip(request.header("accept-encoding")); }

bool takes_gzip(std::string_view accept_encoding) {
    const std::string accepted = lower(accept_encoding);
    std::string_view rest = accepted;
    std::optional<bool> named, any;
    while (!rest.empty()) {
        const auto comma = std::min(rest.find(','), rest.size());
        const std::string_view item = rest.substr(0, comma);
        const auto semicolon = std::min(item.find(';'), item.size());
        const std::string_view coding = trim(item.substr(0, semicolon));
        const bool taken = !refused(item.substr(semicolon));
        if (coding == "gzip" || coding == "x-gzip") named = taken;
        if (coding == "*") any = taken;
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return named.value_or(any.value_or(false));
}

bool compressible(const Response& response) {
    if (response.status == 204 || response.status == 304 || response.next_piece) return false;
    if (response.size() < kCompressFrom) return false;
    for (const auto& [name, value] : response.headers)
        if (lower(name) == "content-encoding") return false;
    const std::string_view type = response.type;
    if (type.starts_with("text/event-stream")) return false;
    return type.starts_with("text/") || type.starts_with("application/json") ||
           type.starts_with("application/problem+json") || type.starts_with("image/svg+xml") ||
           type.starts_with("application/openmetrics-text");
}

std::string packed_tag(std::string_view etag) {
    if (etag.empty() || etag.back() != '"') return std::string(etag);
    return std::string(etag.substr(0, etag.size() - 1)) + "-gz\"";
}

std::string gzip(std::string_view text, int level) {
    z_stream stream{};
    const int begun = deflateInit2(&stream, level, Z_DEFLATED, kWindowBitsGzip, kMemoryLevel,
                                   Z_DEFAULT_STRATEGY);
    KL_ASSERT(begun == Z_OK);
    std::array<Bytef, kPaddingMax> padding{};
    randombytes_buf(padding.data(), padding.size());
    gz_header head{};
    head.os = 255;
    head.extra = padding.data();
    head.extra_len = randombytes_uniform(kPaddingMax) + 1;
    deflateSetHeader(&stream, &head);
    std::string out(deflateBound(&stream, static_cast<uLong>(text.size())) + kPaddingMax, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int done = deflate(&stream, Z_FINISH);  // the bound holds: it ends in one go
    KL_ASSERT(done == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

PackedAssets::PackedAssets(const std::vector<std::string_view>& texts) {
    constexpr int kSmall = 9;
    for (const std::string_view text : texts) {
        if (text.size() >= kCompressFrom) packed_.emplace(text.data(), gzip(text, kSmall));
    }
}

std::string_view PackedAssets::find(std::string_view text) const {
    const auto found = packed_.find(text.data());
    return found == packed_.end() ? std::string_view() : std::string_view(found->second);
}

Packing choose_packing(const Request& request, const PackedAssets& assets, Where where,
                       Response& response) {
    if (!compressible(response)) return Packing::none;
    const bool versioned =
        !response.etag.empty() && response.type.starts_with("application/json") &&
        response.fixed_body.empty();
    if (versioned) return Packing::none;
    response.headers.emplace_back("Vary", "Accept-Encoding");
    if (!takes_gzip(request)) return Packing::none;
    const bool prepared = response.body.empty() && !assets.find(response.fixed_body).empty();
    if (!prepared && where == Where::network) return Packing::none;
    response.etag = packed_tag(response.etag);
    return prepared ? Packing::prepared : Packing::now;
}

void pack(Packing packing, const PackedAssets& assets, Response& response) {
    constexpr int kQuick = 1;
    if (packing == Packing::none || response.status == 304) return;
    if (packing == Packing::prepared) {
        response.fixed_body = assets.find(response.fixed_body);
    } else {
        response.body = gzip(response.content(), kQuick);
        response.fixed_body = {};
    }
    response.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace klarsyn
