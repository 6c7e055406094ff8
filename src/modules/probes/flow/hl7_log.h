// Input format hl7-log: `time TAB hop TAB message`, one message per line, CR written as \r. Only
// MSH and MSA are read and kept: the other segments, with all that is said of patients, are taken
// out of the file before it is hashed or stored.
#pragma once

#include <string>
#include <string_view>

#include "indicators/catalogue.h"
#include "ingest/format.h"
#include "modules/probes/flow/flow.h"
#include "modules/probes/rows.h"

namespace klarsyn::probes {

Format hl7_log_format();
FactTable flow_table();  // probes_flow, for the catalogue

// Why a line is no event: a text key, and the field; empty for a good line.
struct LineFault {
    std::string key, field;
};

class LogLineReader {
public:
    explicit LogLineReader(const Zone& zone) : moments_(zone) {}
    // `flags`: those of the time (MomentReader).
    LineFault read(std::string_view line, FlowEvent& event, unsigned* flags = nullptr);

private:
    MomentReader moments_;
};

// The group of all events with one number, and the row that a step is in probes_flow.
std::int64_t flow_group(std::string_view source, std::string_view number);
void write_step(const FlowStep& step, std::string_view source, FactSink& sink);

}  // namespace klarsyn::probes
