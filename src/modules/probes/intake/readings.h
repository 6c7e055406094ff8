// What checks saw besides their time, as agents deliver it with a measurement: the latest of each
// kind and series.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <vector>

#include "modules/probes/intake/mapping.h"
#include "store/database.h"

namespace klarsyn::probes {

struct ProbeReading {
    std::string kind;  // "certificate_days"
    std::string system, action, site, seat;
    std::int64_t value = 0;
    UtcSecond at = 0;
};

// The member "readings" of a result; what cannot be read of it is left out.
void read_readings(const boost::json::object& result, const KeptMeasurement& measurement,
                   std::vector<ProbeReading>& into);
// In a write transaction; an older one than is kept changes nothing.
Result<void> note_readings(Connection& db, const std::vector<ProbeReading>& readings);
// Those seen since, in the order of their names.
Result<std::vector<ProbeReading>> latest_readings(Connection& db, UtcSecond since);

}  // namespace klarsyn::probes
