#include "web/sessions.h"

#include <sodium.h>

namespace klarsyn {
namespace {

constexpr std::size_t kTokenBytes = 32;

std::string base64url(const unsigned char* bytes, std::size_t size) {
    constexpr int kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::string out(sodium_base64_encoded_len(size, kVariant), '\0');
    sodium_bin2base64(out.data(), out.size(), bytes, size, kVariant);
    out.pop_back();  // the terminating zero
    return out;
}

Result<void> write(Connection& db, std::string_view sql, const Params& params) {
    KL_CHECK(db.begin_write());
    const auto rows = db.run(sql, params);
    if (!rows) {
        db.rollback();
        return rows.error();
    }
    return db.commit();
}

}  // namespace

std::string random_token() {
    KL_ASSERT(sodium_init() >= 0);
    unsigned char bytes[kTokenBytes];
    randombytes_buf(bytes, sizeof bytes);
    return base64url(bytes, sizeof bytes);
}

std::string hash_token(std::string_view token) {
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, reinterpret_cast<const unsigned char*>(token.data()), token.size());
    char hex[2 * sizeof hash + 1];
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    return hex;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

Sessions::Sessions() : csrf_key_(random_token()) {}

Sessions::Started Sessions::start(std::int64_t user_id, UtcSecond now) {
    Started started;
    started.token = random_token();
    started.session = {hash_token(started.token), user_id, now, now + kLifetimeSeconds};
    const std::lock_guard lock(mutex_);
    if (by_hash_.size() >= kSessionsMax)
        std::erase_if(by_hash_, [&](const auto& item) { return item.second.expires_at <= now; });
    if (by_hash_.size() >= kSessionsMax) by_hash_.erase(by_hash_.begin());
    by_hash_[started.session.token_hash] = started.session;
    return started;
}

std::optional<Session> Sessions::find(std::string_view token, UtcSecond now) {
    if (token.empty()) return std::nullopt;
    const std::string hash = hash_token(token);
    const std::lock_guard lock(mutex_);
    const auto found = by_hash_.find(hash);
    if (found == by_hash_.end()) return std::nullopt;
    if (found->second.expires_at <= now) {
        by_hash_.erase(found);
        return std::nullopt;
    }
    return found->second;
}

std::string Sessions::end(std::string_view token) {
    const std::string hash = hash_token(token);
    const std::lock_guard lock(mutex_);
    return by_hash_.erase(hash) > 0 ? hash : std::string();
}

std::size_t Sessions::end_all_of(std::int64_t user_id) {
    const std::lock_guard lock(mutex_);
    return std::erase_if(by_hash_, [&](const auto& item) { return item.second.user_id == user_id; });
}

std::string Sessions::csrf(std::string_view cookie) const {
    return hash_token(csrf_key_ + ":" + std::string(cookie));
}

bool Sessions::csrf_fits(std::string_view cookie, std::string_view field) const {
    return !cookie.empty() && equal_in_constant_time(csrf(cookie), field);
}

Result<void> Sessions::load(Connection& db, UtcSecond now) {
    KL_TRY(const auto rows, db.query("SELECT token_hash, user_id, created_at, expires_at"
                                     " FROM core_session WHERE expires_at > :now",
                                     {{":now", now}}));
    const std::lock_guard lock(mutex_);
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return {};
        Session session{std::string(rows->text(0)), rows->i64(1), rows->i64(2), rows->i64(3)};
        by_hash_[session.token_hash] = session;
    }
}

Result<void> store_session(Connection& db, const Session& session) {
    KL_CHECK(write(db, "DELETE FROM core_session WHERE expires_at <= :now",
                   {{":now", session.created_at}}));
    return write(db, "INSERT INTO core_session (token_hash, user_id, created_at, expires_at)"
                     " VALUES (:hash, :user, :created, :expires)",
                 {{":hash", session.token_hash}, {":user", session.user_id},
                  {":created", session.created_at}, {":expires", session.expires_at}});
}

Result<void> erase_session(Connection& db, const std::string& token_hash) {
    return write(db, "DELETE FROM core_session WHERE token_hash = :hash", {{":hash", token_hash}});
}

}  // namespace klarsyn
