// The probes of the scenarios: measurements, their limits, schedule and windows.
#pragma once

#include <cstdint>

#include "apps/klarsyn/simulate_output.h"

namespace klarsyn {

// February to April 2013, every hour, two actions of each system: three monthly files.
Result<void> write_probes_2013(std::uint64_t seed, std::int64_t lines, Output& output);
// February to April 2013: messages from GS to two systems, a log a month and flow: six files.
Result<void> write_flows_2013(std::uint64_t seed, std::int64_t lines, Output& output);
// April 2013: a register of PCs, and how long log-on took on them.
Result<void> write_logon_2013(std::uint64_t seed, Output& output);
// February to April 2013: how long log-on took on some of the PCs of registers-2013, three monthly
// files and the limit.
Result<void> write_log_ons_2013(std::uint64_t seed, std::int64_t lines, Output& output);
// January to April 2018, every three hours: four monthly files.
Result<void> write_probes_2018(std::uint64_t seed, std::int64_t lines, Output& output);
// Scenario probes: all ten actions, one file a day, `days` days from 1 April 2013, a try every
// `every_s` seconds. 30 days by the minute are 38,016,000 measurements (fewer where a probe is
// off).
Result<void> write_all_probes(const SimulateRequest& request, Output& output);

}  // namespace klarsyn
