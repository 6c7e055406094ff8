// The agents of a simulated queue: shifts, log-ins and log-offs, pauses.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "modules/telephony/simulate.h"

namespace klarsyn::telephony {
namespace {

constexpr int kShiftSeconds = 8 * 3600;   // shifts begin at 6, 14 and 22 o'clock
constexpr int kAgentsPerShift = 100;
constexpr std::array<std::string_view, 5> kReasons = {"frokost", "efterbehandling", "sidemand",
                                                      "driftsmode", "pause"};

}  // namespace

AgentPool::AgentPool(Random random, std::string queue, int pool)
    : random_(random), queue_(std::move(queue)), pool_(pool) {}

// The first queue's agents are phones that join the queue, the second's log in with a number.
std::string AgentPool::name_of(int agent) const {
    return fmt::format("{}/{}", pool_ == 0 ? "SIP" : "Agent", agent);
}

void AgentPool::line(UtcSecond at, const Seat& seat, std::string_view callid,
                     std::string_view rest, LogLines& lines) {
    lines.add(at, fmt::format("{}|{}|{}|{}", callid, queue_, name_of(seat.agent), rest));
}

void AgentPool::begin_shift(UtcSecond now) {
    const LocalTime local = Zone::copenhagen().to_local(now);
    const int since_six = local.second - 6 * 3600;
    const Day day = since_six < 0 ? local.day - 1 : local.day;
    const int of_day = since_six < 0 ? 2 : since_six / kShiftSeconds;
    shift_ = std::int64_t{day} * 3 + of_day;
    const auto instant = [](Day at, int second) {
        return Zone::copenhagen().to_utc({at + second / 86400, second % 86400}).utc;
    };
    shift_begin_ = instant(day, 6 * 3600 + of_day * kShiftSeconds);
    shift_end_ = instant(day, 6 * 3600 + (of_day + 1) * kShiftSeconds);
}

void AgentPool::log_in(Seat& seat, UtcSecond at, LogLines& lines) {
    seat.logged_in = std::max(shift_begin_, at - random_.between(20, 900));
    seat.free_at = seat.logged_in;
    if (pool_ == 0) {
        line(seat.logged_in, seat, "REALTIME", "ADDMEMBER|", lines);
        if (random_.chance(0.05)) line(seat.logged_in, seat, "NONE", "PENALTY|2", lines);
        if (random_.chance(0.01)) line(seat.logged_in, seat, "NONE", "RINGINUSE|0", lines);
    } else if (seat.agent % 3 == 0) {
        line(seat.logged_in, seat, "NONE", fmt::format("AGENTCALLBACKLOGIN|{}@intern", seat.agent),
             lines);
    } else {
        line(seat.logged_in, seat, "NONE", fmt::format("AGENTLOGIN|SIP/{}-1", seat.agent), lines);
    }
}

void AgentPool::log_off(const Seat& seat, LogLines& lines) {
    const UtcSecond planned = shift_end_ - random_.between(0, 900);
    const UtcSecond at = std::max(planned, seat.free_at + random_.between(2, 120));
    maybe_pause(seat, at, lines);
    const std::int64_t worked = at - seat.logged_in;
    if (pool_ == 0) {
        line(at, seat, "REALTIME", "REMOVEMEMBER|", lines);
    } else if (seat.agent % 3 == 0) {
        line(at, seat, "NONE",
             fmt::format("AGENTCALLBACKLOGOFF|{}@intern|{}|", seat.agent, worked), lines);
    } else {
        line(at, seat, "NONE", fmt::format("AGENTLOGOFF|SIP/{}-1|{}", seat.agent, worked), lines);
    }
}

// Somebody without a call for twenty minutes often said why.
void AgentPool::maybe_pause(const Seat& seat, UtcSecond until, LogLines& lines) {
    if (until - seat.free_at < 1200 || !random_.chance(0.4)) return;
    const auto reason = kReasons[static_cast<std::size_t>(random_.below(kReasons.size()))];
    const std::string_view all = random_.chance(0.1) ? "ALL" : "";
    line(seat.free_at + random_.between(1, 60), seat, "NONE",
         fmt::format("PAUSE{}|{}", all, reason), lines);
    line(until - random_.between(30, 300), seat, "NONE", fmt::format("UNPAUSE{}|", all), lines);
}

void AgentPool::advance(UtcSecond now, LogLines& lines) {
    if (shift_ < 0 || now < shift_end_) return;
    for (const Seat& seat : seats_) log_off(seat, lines);
    seats_.clear();
    shift_ = -1;
}

AgentPool::Assigned AgentPool::assign(UtcSecond ring_start, UtcSecond busy_until,
                                      LogLines& lines) {
    advance(ring_start, lines);
    if (shift_ < 0) begin_shift(ring_start);
    Seat* longest_idle = nullptr;
    for (Seat& seat : seats_) {
        if (seat.free_at <= ring_start && (!longest_idle || seat.free_at < longest_idle->free_at)) {
            longest_idle = &seat;
        }
    }
    if (longest_idle == nullptr) {
        const auto index = static_cast<std::int64_t>(seats_.size());
        const std::int64_t number = (index * 7 + shift_ / 3 * 13) % kAgentsPerShift;
        Seat seat;
        seat.agent = static_cast<int>(4000 + pool_ * 1000 + shift_ % 3 * kAgentsPerShift + number);
        seats_.push_back(seat);
        longest_idle = &seats_.back();
        log_in(*longest_idle, ring_start, lines);
    } else {
        maybe_pause(*longest_idle, ring_start, lines);
    }
    const std::int64_t idle = ring_start - longest_idle->free_at;
    longest_idle->free_at = busy_until;
    return {longest_idle->agent, idle};
}

}  // namespace klarsyn::telephony
