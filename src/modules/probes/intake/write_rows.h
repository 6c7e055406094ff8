// Remote-write into rows. What a series' labels mean is read once and remembered by their bytes:
// senders send the same labels minute after minute.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "modules/probes/intake/live_rows.h"
#include "modules/probes/intake/mapping.h"

namespace klarsyn::probes {

struct WrittenRows {
    LiveRows rows;
    UnmappedCounts unmapped;  // series that cannot be read too, as "damaged"
};

// Of a packed request, as parse_write_request and ProbeMapping::map have it. `latest`: what lies
// later is refused as "time". On a reader's thread and connection.
Result<WrittenRows> read_write(Connection& db, ThreadMemory& memory, const std::string& source,
                               const std::shared_ptr<const ProbeMapping>& mapping,
                               std::string_view packed, UtcSecond latest);

}  // namespace klarsyn::probes
