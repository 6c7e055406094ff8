// What a probe measured: one timed try of an action of a system from a seat at a site. Pure values
// and rules; thread-safe. Times are UTC seconds, durations whole milliseconds.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"
#include "ingest/format.h"

namespace klarsyn::probes {

enum class Outcome { ok, failed, timeout };
std::string_view outcome_name(Outcome outcome);  // "ok", "failed", "timeout"
std::optional<Outcome> outcome_named(std::string_view word);

constexpr std::int64_t kMsMax = 86'400'000;       // a try that lasts longer is a mistake
constexpr std::int64_t kStandardLimitMs = 3'000;  // the sources' limits
constexpr std::int64_t kDataHeavyLimitMs = 15'000;
constexpr std::string_view kStandard = "standard";
constexpr std::string_view kDataHeavy = "data_heavy";
constexpr std::string_view kOnPc = "pc";  // of the PC itself: log-on; its limit must be stated

// Flags of a measurement whose local time was not plain: bits.
enum TimeFlag : unsigned { kAmbiguous = 1, kSkipped = 2 };
std::string_view flag_names(unsigned flags);  // "", "ambiguous", "skipped"

struct Measurement {
    std::string_view system, action, site, seat;  // seat may be empty
    UtcSecond at = 0;                             // when the try began
    std::optional<std::int64_t> ms;               // always set for ok
    Outcome outcome = Outcome::ok;
    unsigned flags = 0;  // TimeFlag
};

// The tables of the module's facts, in the order in which every format of it lists them. The first is
// history: measurements as they were kept before they had blocks (measurements.h).
enum Table { kResultTable, kMissingTable, kActionTable, kWindowTable, kScheduleTable };
std::vector<FactTableSpec> fact_tables();

// Groups of different kinds of facts never meet: each kind has numbers of its own.
std::int64_t missing_group(Day day);
std::int64_t rule_group(Table table, std::string_view source, std::string_view key);

// "system/action/site/seat", with '%' and '/' inside the parts written as %25 and %2F.
std::string series_key(std::string_view system, std::string_view action, std::string_view site,
                       std::string_view seat);

// probe-csv: time,system,action,site,seat,ms,outcome.
Format probe_csv_format();
// probe-actions-csv: system,action,kind,limit_ms,from,to.
Format probe_actions_format();
// probe-schedule-csv: system,action,site,seat,every_s,from,to.
Format probe_schedule_format();
// window-csv: system,site,from,to,announced.
Format window_format();

}  // namespace klarsyn::probes
