// Telling other systems what happens, by Standard Webhooks: signed POSTs to addresses that an
// administrator has entered. What is told names things and says what kind of change it was; whoever
// wants more asks the API. Nothing personal leaves the house this way.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "ingest/turn.h"
#include "store/database.h"

namespace klarsyn {

struct Webhook {
    std::int64_t id = 0;
    std::string url;
    std::vector<std::string> events;  // "case.opened", "case.*", "*"
    std::string org;                  // only what belongs to this organisation; empty: everything
    std::string secret;               // "whsec_..."
    std::string actor;
    UtcSecond created_at = 0;
};

Result<std::vector<Webhook>> list_webhooks(Connection& db);

// Puts the event into the outbox of everybody who wants it, in the transaction of its cause.
// `type` is "case.resolved"; `data` names the thing.
struct WebhookEvent {
    std::int64_t seq = 0;
    std::string type;
    std::string cause;      // "K1/3"
    std::string org;
    UtcSecond at = 0;
    UtcSecond not_before = 0;
    boost::json::object data;
};
Result<void> tell_webhooks(Connection& db, const WebhookEvent& event);

// "case.*" fits "case.opened".
bool wants_event(const Webhook& webhook, std::string_view type);

// v1,<base64 of HMAC-SHA256 over "id.timestamp.body"> with the secret behind "whsec_".
std::string webhook_signature(const std::string& secret, const std::string& id, UtcSecond timestamp,
                              const std::string& body);

}  // namespace klarsyn
