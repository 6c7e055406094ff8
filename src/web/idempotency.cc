#include "web/idempotency.h"

#include "core/hash.h"
#include "web/http.h"

namespace klarsyn {
namespace {

constexpr std::size_t kKeyBytesMax = 255;
constexpr UtcSecond kKeptSeconds = 7 * 86400;

std::string headers_text(const Pairs& headers) {
    std::string text;
    for (const auto& [name, value] : headers) text += name + ": " + value + "\n";
    return text;
}

Pairs headers_from(std::string_view text) {
    Pairs headers;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (const std::size_t colon = line.find(": "); colon != std::string_view::npos)
            headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
    return headers;
}

}  // namespace

IdempotencyKey::IdempotencyKey(const Request& request, const Account& account) {
    const std::string_view key = request.header("idempotency-key");
    if (key.empty() || request.method != "POST") return;
    malformed_ = key.size() > kKeyBytesMax;
    hash_ = sha256_hex(std::to_string(account.id) + "\n" + std::string(key));
    request_hash_ = static_cast<std::int64_t>(hash64(request.body, hash64(request.path)));
}

Result<void> IdempotencyKey::check() const {
    if (!malformed_) return {};
    Error error = make_error(ErrorCode::invalid_input, "web.idempotency.long",
                             {{"maximum", std::to_string(kKeyBytesMax)}});
    error.field = "Idempotency-Key";
    return error;
}

Result<std::optional<Response>> IdempotencyKey::kept(Connection& db) const {
    KL_TRY(const auto rows,
           db.query("SELECT request_hash, status, headers, type, etag, body FROM core_idempotency"
                    " WHERE key_hash = :key",
                    {{":key", hash_}}));
    KL_TRY(const bool found, rows->next());
    if (!found) return std::optional<Response>();
    if (rows->i64(0) != request_hash_)
        return make_error(ErrorCode::conflict, "web.idempotency.other_request");
    Response response;
    response.status = static_cast<int>(rows->i64(1));
    response.headers = headers_from(rows->text(2));
    response.type = rows->text(3);
    response.etag = rows->text(4);
    response.body = rows->text(5);
    response.headers.emplace_back("Idempotency-Replayed", "true");
    return std::optional(std::move(response));
}

Result<void> IdempotencyKey::keep(WriteTurn& turn, const Response& response) const {
    KL_TRY([[maybe_unused]] const auto old,
           turn.db.run("DELETE FROM core_idempotency WHERE at < :limit",
                       {{":limit", turn.now - kKeptSeconds}}));
    KL_TRY([[maybe_unused]] const auto rows,
           turn.db.run("INSERT INTO core_idempotency"
                       " (key_hash, request_hash, status, headers, type, etag, body, at)"
                       " VALUES (:key, :request, :status, :headers, :type, :etag, :body, :at)",
                       {{":key", hash_}, {":request", request_hash_},
                        {":status", std::int64_t{response.status}},
                        {":headers", headers_text(response.headers)}, {":type", response.type},
                        {":etag", response.etag}, {":body", std::string(response.content())},
                        {":at", turn.now}}));
    return {};
}

}  // namespace klarsyn
