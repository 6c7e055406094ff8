// Evaluation straight from the records: the truth that cells are compared with. Internal.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "indicators/question.h"

namespace klarsyn {

// The rows that models were given last: several indicators ask for the same ones.
struct ModelRows {
    struct Kept {
        std::string question;  // query, entry, days, filters
        std::shared_ptr<const std::vector<ModelRow>> rows;
    };
    std::vector<Kept> kept;
    std::size_t next = 0;
};

// Adds the records of the days in `period` (within the question's) to `groups`. For balances and
// latest: what holds on the last day of every bucket of the question; `period` is ignored.
Result<void> add_from_records(Connection& db, const Catalogue& catalogue,
                              const BoundQuestion& question, Period period, Groups& groups,
                              ModelRows* known = nullptr);

// The days on which a balance is read: bucket key -> last day of the bucket within the period.
std::map<GroupKey, Day> balance_days(const BoundQuestion& question);

// "(...) AS i WHERE ...": the last reading of each thing at or before the day :to. The question's
// filters follow, because a reading elsewhere later is the thing's last all the same.
std::string latest_relation(const BoundQuestion& question);

// First second after day D: ages of open cases are counted to there.
UtcSecond balance_instant(Day day);

}  // namespace klarsyn
