// Alerts of other monitors: the webhook of Alertmanager (version 4), kept by fingerprint and
// followed by the engine like our own. The same delivery twice changes nothing.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <vector>

#include "ingest/turn.h"
#include "modules/alerts/engine.h"
#include "web/json_body.h"

namespace klarsyn::alerts {

struct ExternalAlert {
    std::string rule, fingerprint, title;
    Group group;
    bool firing = false;
    UtcSecond starts_at = 0;  // 0: not said
};

// An alert that cannot be used: its place in the delivery, and why.
struct AlertFault {
    std::size_t index = 0;
    std::string field, key;  // text key
};

struct Delivery {
    std::vector<ExternalAlert> alerts;
    std::vector<AlertFault> faults;
    std::int64_t cut = 0;  // that the sender left out of the delivery
};

// Pure. The body's faults tell what is wrong with the delivery as a whole.
Delivery read_delivery(const AlertRules& rules, JsonBody& body);

// Notes them and returns how many changed; a journal entry where any did.
Result<std::int64_t> keep_delivery(WriteTurn& turn, const Delivery& delivery,
                                   const std::string& actor);

// What they say now, one for each group of a rule.
Result<std::vector<Judged>> judge_external(Connection& db, const AlertRules& rules);
// Forgets what was resolved a week ago.
Result<void> forget_external(Connection& db, UtcSecond now);

}  // namespace klarsyn::alerts
