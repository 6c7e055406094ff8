// Coverage: which days the feeds of a module cover, and which covered days lack any line.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "indicators/catalogue.h"
#include "store/database.h"

namespace klarsyn {

struct FeedCoverage {
    std::string source;
    std::vector<Period> covered;   // stated and from first to last line; merged, ordered
    std::vector<Day> missing;      // covered days without any line, ordered
};

struct Coverage {
    std::vector<FeedCoverage> feeds;
    std::vector<Period> covered;   // by any feed; merged, ordered
    // Days inside some feed's coverage.
    int days_covered(Period period) const;
    // Covered days on which a covering feed has no line; ordered, each once.
    std::vector<Day> gap(Period period) const;
};

// As known at `as_of`. `feeds`: only the days of these; null: of every feed of the module.
Result<Coverage> load_coverage(Connection& db, std::string_view module, std::int64_t as_of,
                               const TableFeeds* feeds = nullptr);

// Which feeds can tell of an indicator's records; null: every feed of its module.
const TableFeeds* feeds_of(const Catalogue& catalogue, const Indicator& indicator);

}  // namespace klarsyn
