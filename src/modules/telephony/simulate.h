// Writes an Asterisk queue_log as a phone system would: month after month, several queues, agents
// who log in, pause and miss rings, calls that are transferred from one queue to the other, and
// every event kind that app_queue knows. Same seed, same bytes, on every machine.
//
// A QueueLogSimulator holds the state that crosses midnight on the last of a month (agents at work,
// calls not yet ended) and at most one month of text. Not thread-safe; nothing here fails.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "core/time.h"
#include "modules/telephony/simulate_queue.h"

namespace klarsyn::telephony {

// Lines in any order of time; `take_until` gives those before a time, in order.
class LogLines {
public:
    // Adds a line; `text` lacks its time and its line feed: "callid|queue|agent|EVENT|parameters".
    void add(UtcSecond time, std::string_view text);
    std::string take_until(UtcSecond end);
    std::int64_t taken() const { return taken_; }

private:
    struct Line {
        UtcSecond time = 0;
        std::uint32_t order = 0;   // lines of the same second stay in the order they were added
        std::uint32_t length = 0;
        std::size_t begin = 0;
    };
    std::vector<Line> lines_;
    std::string text_;
    std::int64_t taken_ = 0;
    UtcSecond taken_until_ = 0;  // what comes late is written as of then: a log never goes back
};

// The agents of one queue: who is logged in this shift, and who takes the next call.
class AgentPool {
public:
    AgentPool(Random random, std::string queue, int pool);

    // An agent who is free from `ring_start` until `busy_until`; logs one in if all are taken.
    // Calls come by the time at which they begin to ring. `idle_seconds` is how long the agent had
    // nothing to do before.
    struct Assigned {
        int agent = 0;
        std::int64_t idle_seconds = 0;
    };
    Assigned assign(UtcSecond ring_start, UtcSecond busy_until, LogLines& lines);
    // Logs everybody off whose shift is over by `now`.
    void advance(UtcSecond now, LogLines& lines);
    std::string name_of(int agent) const;

private:
    struct Seat {
        int agent = 0;
        UtcSecond free_at = 0;
        UtcSecond logged_in = 0;
    };
    void begin_shift(UtcSecond now);
    void log_in(Seat& seat, UtcSecond at, LogLines& lines);
    void log_off(const Seat& seat, LogLines& lines);
    void maybe_pause(const Seat& seat, UtcSecond until, LogLines& lines);
    void line(UtcSecond at, const Seat& seat, std::string_view callid, std::string_view rest,
              LogLines& lines);

    Random random_;
    std::string queue_;
    int pool_ = 0;
    std::vector<Seat> seats_;
    std::int64_t shift_ = -1;      // three a day
    UtcSecond shift_begin_ = 0;
    UtcSecond shift_end_ = 0;
};

class QueueLogSimulator {
public:
    explicit QueueLogSimulator(std::uint64_t seed) : seed_(seed) {}

    // The lines of a month. Months come in order, with the same queues each time.
    std::string month(int year, int month, std::span<const QueuePlan> plans);
    // What is still to be said after the last month: calls that ended after midnight, log-offs.
    std::string finish();
    std::int64_t lines() const { return lines_.taken(); }

private:
    void begin(UtcSecond time, std::span<const QueuePlan> plans);

    std::uint64_t seed_;
    std::int64_t call_number_ = 100;
    std::vector<AgentPool> pools_;
    LogLines lines_;
};

}  // namespace klarsyn::telephony
