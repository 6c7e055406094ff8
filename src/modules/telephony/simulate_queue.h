// One phone queue in one month: callers arrive, wait for one of a changing number of agents, lose
// patience or are answered. The simulation is a real first-come queue, so that waits, hang-ups and
// staffing belong together; afterwards it can be adjusted to published monthly figures.
// Values and pure functions: everything derives from the seed. Times are UTC seconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/time.h"

namespace klarsyn::telephony {

// What a published table states of one queue in one month.
struct PublishedMonth {
    int offered = 0;
    int abandoned = 0;
    int wait_mean_seconds = 0;  // of answered calls, rounded half up
    int wait_max_seconds = 0;   // of all ended calls
};

enum class QueueHours { always, daytime };

struct QueuePlan {
    std::string name;
    QueueHours hours = QueueHours::always;
    double talk_seconds_mean = 270;
    double offered_mean = 0;  // a Poisson number of calls, unless figures are published
    std::optional<PublishedMonth> published;
};

enum class VisitEnd : std::uint8_t { answered, abandoned, key, timeout, empty, withdrawn };
enum class Transfer : std::uint8_t { none, blind, attended };

struct SimulatedVisit {
    UtcSecond entered = 0;
    std::int32_t wait_seconds = 0;
    std::int32_t talk_seconds = 0;   // of answered visits
    std::int32_t ring_seconds = 0;   // of answered visits and of those abandoned while it rang
    std::int32_t queue = 0;          // index of the plan
    VisitEnd end = VisitEnd::answered;
    Transfer transfer = Transfer::none;
    // Filled while the log is written.
    std::int32_t entry_position = 1;
    std::int32_t end_position = 1;
    std::int32_t agent = 0;          // 0 = none
    bool missed_ring = false;        // the agent let an earlier ring pass
    UtcSecond call_entered = 0;      // the call's id: its first entry and a number
    std::int64_t call_number = 0;

    bool rang() const { return end == VisitEnd::answered || ring_seconds > 0; }
    UtcSecond left_queue() const { return entered + wait_seconds; }
    UtcSecond ended() const { return left_queue() + talk_seconds; }
};

// The visits of a month, by time of entry. Every caller's visit has ended; the last ones may end
// after the month.
std::vector<SimulatedVisit> simulate_queue(std::uint64_t seed, int year, int month,
                                           const QueuePlan& plan);

}  // namespace klarsyn::telephony
