// Writes logs of HL7 messages (hl7-log) as the message hub of a region would: what the ordering
// system GS sends to the laboratory (Labka) and to medication (EPM3), seen where it leaves GS, at
// the hub and where it arrives, with what acknowledges it. Transit times are log-normal in whole
// milliseconds; a known number is lost or comes twice, and one morning nothing reaches the
// laboratory for forty minutes. The flows, counts and times are made up. Same seed, same bytes.
#pragma once

#include <cstdint>
#include <string>

#include "core/time.h"

namespace klarsyn::probes {

enum class SimulatedFlow { laboratory, medication };

struct FlowLog {
    std::string log;
    // What the log holds: messages as they left GS, those of them that a hop did not pass on, and
    // how often one came again.
    std::int64_t messages = 0, lost = 0, repeated = 0;
};

// The messages that leave GS within the days; what follows of the last ones is in it, too.
FlowLog simulate_flow(std::uint64_t seed, SimulatedFlow flow, Period days);

}  // namespace klarsyn::probes
