// Messages by mail: who wants them, of which system, place and staff group. Only people who are logged in
// subscribe, to their own address; a signed link in every letter ends a subscription without login.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/turn.h"
#include "modules/notices/notice.h"
#include "web/accounts.h"
#include "web/json_body.h"

namespace klarsyn::notices {

struct Subscription {
    std::int64_t id = 0;
    std::string mail;
    Language language = Language::da;
    std::string system, org, role;  // empty: all
};

// {system, org, role}. The id; the standing one's where the account has the same already. invalid_input
// with faults for an unknown system, place or role; conflict for an account without a mail address and
// for more than kSubscriptionsMax.
inline constexpr std::int64_t kSubscriptionsMax = 50;
Result<std::int64_t> subscribe(WriteTurn& turn, const Account& account, Language language,
                               JsonBody& body);
// not_found where the account has no such subscription.
Result<void> unsubscribe(WriteTurn& turn, const Account& account, std::int64_t id);
// The account's own that stand, oldest first.
Result<std::vector<Subscription>> subscriptions_of(Connection& db, std::string_view account);
// Whoever is to hear of the message: one row per address.
Result<std::vector<Subscription>> subscribers_of(Connection& db, const Notice& notice,
                                                 UtcSecond now);

// What a letter's link carries: nobody without the key of the journal can make one.
std::string unsubscribe_token(const std::string& key, std::int64_t id);
// Ends the subscription of a genuine token; a second time changes nothing. not_found otherwise.
Result<void> unsubscribe_by_token(WriteTurn& turn, std::string_view token);

}  // namespace klarsyn::notices
