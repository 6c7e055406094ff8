// What was measured lately, asked across modules: the modules of measurements and of readings
// answer (modules.cc names them), the alerts ask. Values only. Times are UTC seconds, durations
// whole milliseconds. That nothing was measured is no error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "store/database.h"

namespace klarsyn {

struct Measured {
    UtcSecond at = 0;
    std::int32_t ms = -1;  // below 0: it did not succeed, or nobody knows
    enum class Outcome : std::uint8_t { ok, failed, timeout } outcome = Outcome::ok;
    enum class Met : std::uint8_t {
        unknown,
        no,
        yes
    } met = Met::unknown;  // unknown: no limit in force
};

struct MeasuredSeries {
    std::string system, action, site, seat;
    std::int64_t every_s = 0;        // of the schedule in force at the end; 0: none is
    UtcSecond scheduled_from = 0;    // where that schedule begins; 0 without one
    std::vector<Measured> measured;  // oldest first
};

// A maintenance window that was announced before it began; from <= t < to. An empty system or site
// stands for all.
struct PlannedWindow {
    std::string system, site;
    UtcSecond from = 0, to = 0;
};

struct MeasuredNow {
    std::vector<MeasuredSeries> series;  // measured in the time, or scheduled at its end
    std::vector<PlannedWindow> windows;  // that touch it
    bool too_many = false;               // more than kMeasuredMost: `measured` is not complete
};
inline constexpr std::int64_t kMeasuredMost = 2'000'000;

// How full a place is, and when its limit of 90 % is reached as things grow.
struct CapacityOutlook {
    std::string kind, place;           // kind "power" or "storage"
    std::int64_t used = 0, total = 0;  // watts or bytes
    Day last = 0;                      // of the readings
    bool reached = false;              // already
    std::optional<Day> expected, earliest;
};

// A number that was read of a thing: days until a certificate ends, ...
struct StoredReading {
    std::string kind, system, site, seat;
    std::int64_t value = 0;
    UtcSecond at = 0;  // the latest
};

struct MeasurementSource {
    // Measurements with from < at <= to.
    Result<MeasuredNow> (*recent)(Connection& db, UtcSecond from, UtcSecond to) = nullptr;
    Result<std::vector<CapacityOutlook>> (*outlook)(Connection& db, Day today) = nullptr;
    // Latest readings since `from`; null where no module keeps any.
    Result<std::vector<StoredReading>> (*readings)(Connection& db, UtcSecond from) = nullptr;
};

}  // namespace klarsyn
