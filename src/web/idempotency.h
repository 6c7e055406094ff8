// Idempotency-Key: a repeated POST gets the first answer and changes nothing. The answer is kept in
// the transaction of what it tells of, so there is never one without the other; for a week. Writer
// thread only.
#pragma once

#include <optional>
#include <string>

#include "web/context.h"

namespace klarsyn {

class IdempotencyKey {
public:
    // `account` keeps the keys of people apart; the same key with another request is a mistake.
    IdempotencyKey(const Request& request, const Account& account);
    bool given() const { return !hash_.empty(); }
    // Too long or empty where one is given: invalid_input.
    Result<void> check() const;
    // The kept answer, marked "Idempotency-Replayed: true"; conflict when the key came with another
    // request before.
    Result<std::optional<Response>> kept(Connection& db) const;
    // Errors are not kept: nothing happened that a retry could double.
    Result<void> keep(WriteTurn& turn, const Response& response) const;

private:
    std::string hash_;
    std::int64_t request_hash_ = 0;
    bool malformed_ = false;
};

}  // namespace klarsyn
