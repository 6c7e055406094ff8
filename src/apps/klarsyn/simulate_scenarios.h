// Scenarios of a made-up region: raw files as the region's systems would write them, and a manifest
// that imports them. Nothing is read and no database is touched.
//
// hovedstaden-2013  phones and cases, September 2012 to April 2013; every month equals the
//                   published figures exactly. Response times, log-ons on some of the PCs of
//                   registers-2013 and logs of messages between systems from February on, made up
// platform-2018     cases of the electronic health record's support, October 2017 to April 2018;
//                   response times from January on
// probes            response times of 11 systems x 10 actions x 8 hospitals by the minute, a file a
//                   day: 38 million in 30 days
// flow-2013         the logs of messages alone
// logon-2013        a register of 400 PCs and their log-ons in April 2013
// load              years of a region's ordinary days, streamed month by month, for benchmarks
//
// The same seed writes the same bytes on every machine; another seed another region with the same
// published figures. Memory holds a few months, whatever the number of years.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace klarsyn {

struct SimulateRequest {
    std::string scenario;
    std::uint64_t seed = 1;
    int years = 10;             // of `load`
    int days = 30;              // of `probes`
    int every_s = 60;           // of `probes`: between two tries of an action
    std::string directory;      // made if missing; files in it are replaced
};

// Told after every file.
struct SimulateProgress {
    std::string_view file;      // within the directory
    std::int64_t months_done = 0;
    std::int64_t months_total = 0;
    std::int64_t lines = 0;     // written so far
};

std::vector<std::string_view> scenario_names();

// Errors: not_found (unknown scenario), invalid_input (years), unavailable (a file or directory
// that cannot be written; the error names it). The manifest is written last: without it, the
// directory is not complete.
Result<void> simulate(const SimulateRequest& request,
                      const std::function<void(const SimulateProgress&)>& progress = {});

}  // namespace klarsyn
