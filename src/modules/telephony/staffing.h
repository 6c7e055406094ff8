// How many agents a phone queue needs. Erlang A (callers lose patience at a constant rate) and
// Erlang C (nobody hangs up) exactly, and what the calls of a period would have taken per weekday
// and quarter hour, with the uncertainty of what was measured. Pure; safe from several threads.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/time.h"

namespace klarsyn::telephony {

// What arrives at a queue. Rates per second, times in seconds.
struct QueueLoad {
    double arrivals_per_s = 0;
    double handling_s = 0;      // mean time that a call holds an agent; > 0
    double hang_ups_per_s = 0;  // of one waiting caller: 1 / mean patience; 0 = nobody hangs up
};

// What callers then meet, as shares of all calls offered.
struct QueueService {
    double waits = 0;
    double hangs_up = 0;
    double mean_wait_s = 0;  // of all calls; infinite where the queue never comes to rest
    double within = 0;       // answered within the time asked for
};

// The long run of a queue with `agents` >= 0 agents. Without hang-ups and with too few agents the
// queue grows without end: everybody waits, nobody is answered within any time.
QueueService queue_service(const QueueLoad& load, int agents, double within_s);

// A share of calls answered within a time. 0 < share < 1.
struct ServiceGoal {
    double share = 0.75;
    double within_s = 300;
};

inline constexpr int kAgentsMax = 5000;

// The fewest agents that reach the goal; 0 for a queue without calls, none where kAgentsMax do not.
std::optional<int> agents_needed(const QueueLoad& load, const ServiceGoal& goal);

// A measured value with its interval.
struct Estimate {
    double value = 0;
    double low = 0;
    double high = 0;
};

// `events` in `exposure` (seconds, days, ...; > 0): the rate and its exact Poisson interval at
// `confidence`. No events: value and low are 0.
Estimate poisson_rate(std::int64_t events, double exposure, double confidence);

// One call to a queue, as telephony_visit has it.
struct StaffCall {
    UtcSecond entered = 0;
    bool answered = false;
    bool abandoned = false;
    std::optional<std::int64_t> wait_s;
    std::optional<std::int64_t> busy_s;  // of answered: ring + talk
};

struct StaffingQuestion {
    Period period;
    ServiceGoal goal;
    double after_call_s = 0;  // work after each call that the phone does not see
};

// One quarter hour of a weekday. Only those that had a call in the period.
struct QuarterNeed {
    int weekday = 1;  // 1 = Monday
    int quarter = 0;  // of the day, 0..95, by the clock in Copenhagen
    int days = 0;     // how many of these weekdays the period has
    std::int64_t offered = 0;
    Estimate arrivals_per_hour;
    Estimate handling_s;
    bool own_handling = false;  // from this quarter hour's calls; else from all of the period
    int agents = 0, agents_low = 0, agents_high = 0;
};

// The intervals of arrivals, handling time and patience hold together with at least 95 %; the
// need's own interval is the smallest and largest need within them.
struct StaffingNeed {
    std::int64_t offered = 0;
    std::int64_t answered = 0;
    std::int64_t answered_in_time = 0;
    std::int64_t hang_ups = 0;        // what patience is fitted from:
    std::int64_t waited_seconds = 0;  // the time that all callers together waited
    Estimate hang_ups_per_s;
    Estimate handling_s;
    std::vector<QuarterNeed> quarters;                                  // by weekday and quarter
    double agent_hours = 0, agent_hours_low = 0, agent_hours_high = 0;  // of the whole period
    bool beyond = false;  // some quarter hour cannot reach the goal with kAgentsMax agents
};

// None where no call was answered: nothing says how long a call takes.
std::optional<StaffingNeed> staffing_need(std::span<const StaffCall> calls,
                                          const StaffingQuestion& question);

}  // namespace klarsyn::telephony
