// The facts of targets and hops. `key` is the case's part of the source keys, "source/case/".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingest/format.h"
#include "modules/servicedesk/servicedesk.h"

namespace klarsyn::servicedesk {

FactTableSpec target_table();
FactTableSpec hop_table();

// For what a row of servicedesk_target counts; bits of `clock`.
enum TargetClockBit : unsigned { kNetClock = 1, kGrossClock = 2, kResponseClock = 4 };

void write_targets(const CaseHistory& history, std::string_view case_no, std::int64_t source,
                   int table, std::string& key, FactSink& sink);
void write_hops(const CaseHistory& history, std::string_view case_no, std::int64_t source,
                int table, std::string& key, FactSink& sink);

// What both kinds of rows end with; also events and stays have it in the middle.
void write_dims(const Dims& dims, FactSink& sink);

}  // namespace klarsyn::servicedesk
