// Input format hl7-log: `time TAB hop TAB message`, one message per line, CR written as \r. Only
// MSH and MSA are read and kept: the other segments, with all that is said of patients, are taken
// out of the file before it is hashed or stored.
#pragma once

#include <string>
#include <string_view>

#include "indicators/catalogue.h"
#include "ingest/format.h"

namespace klarsyn::probes {

Format hl7_log_format();
FactTable flow_table();  // probes_flow, for the catalogue

// The content without any segment but MSH and MSA; lines that are none of this format become "-".
// Doing it twice changes nothing more.
std::string without_patients(std::string_view content);

}  // namespace klarsyn::probes
