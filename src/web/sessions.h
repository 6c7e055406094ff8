// Who is logged in. The table in memory decides; the database keeps a copy, so that sessions outlive
// a restart even while a long import holds the writer. Tokens are 256 random bits and stored only as
// hashes. Thread-safe. A session ends by logout or after twelve hours.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/result.h"
#include "core/time.h"
#include "store/database.h"

namespace klarsyn {

struct Session {
    std::string token_hash;
    std::int64_t user_id = 0;
    UtcSecond created_at = 0;
    UtcSecond expires_at = 0;
};

std::string random_token();                       // 256 bits, base64url
std::string hash_token(std::string_view token);   // hex
bool equal_in_constant_time(std::string_view a, std::string_view b);

class Sessions {
public:
    static constexpr UtcSecond kLifetimeSeconds = 12 * 3600;
    static constexpr std::size_t kSessionsMax = 20'000;

    Sessions();

    // Starts a session and returns it with its token, which exists nowhere else.
    struct Started {
        std::string token;
        Session session;
    };
    Started start(std::int64_t user_id, UtcSecond now);
    std::optional<Session> find(std::string_view token, UtcSecond now);
    // The hash of the ended session's token, empty when there was none.
    std::string end(std::string_view token);
    // All of the account's, at once; how many there were.
    std::size_t end_all_of(std::int64_t user_id);

    // What a form must carry to act with this cookie; of this process, so a restart asks again.
    std::string csrf(std::string_view cookie) const;
    bool csrf_fits(std::string_view cookie, std::string_view field) const;

    Result<void> load(Connection& db, UtcSecond now);

private:
    std::mutex mutex_;
    std::unordered_map<std::string, Session> by_hash_;
    std::string csrf_key_;
};

// The copy in the database; each in a write transaction of its own.
Result<void> store_session(Connection& db, const Session& session);
Result<void> erase_session(Connection& db, const std::string& token_hash);

}  // namespace klarsyn
