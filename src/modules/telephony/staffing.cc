#include "modules/telephony/staffing.h"

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>
#include <map>

namespace klarsyn::telephony {
namespace {

// A caller who never hung up would wait V. Where V > 0 its density is proportional to e^φ(t),
//   φ(t) = λ (1 − e^(−θt)) / θ − nμ t,
// which is concave: all integrals run over where φ lies less than kDepth below its maximum, and
// are scaled by that maximum, so that neither large queues nor long overloads overflow.
constexpr double kDepth = 42;  // e^-42 is below the precision of a double
constexpr int kPanels = 32;
constexpr double kGrowth = 1.4;

class WaitDensity {
public:
    WaitDensity(double arrivals, double services, double hang_ups)
        : arrivals_(arrivals), services_(services), hang_ups_(hang_ups) {
        if (hang_ups_ > 0 && arrivals_ > services_) {
            peak_ = std::log(arrivals_ / services_) / hang_ups_;
        }
        top_ = exponent(peak_);
        double step = 1 / (arrivals_ + services_);
        while (exponent(peak_ + step) > top_ - kDepth) step *= 2;
        end_ = fall_between(peak_, peak_ + step);
        if (peak_ > 0 && exponent(0) < top_ - kDepth) begin_ = fall_between(peak_, 0);
    }

    double exponent(double t) const {
        const double gone = hang_ups_ > 0 ? -std::expm1(-hang_ups_ * t) / hang_ups_ : t;
        return arrivals_ * gone - services_ * t;
    }
    double top() const { return top_; }

    // ∫ weight(t) e^(φ(t) − top) from 0 to `until`.
    template <class Weight>
    double integral(Weight weight, double until) const {
        const double end = std::min(until, end_);
        if (end <= begin_) return 0;
        const auto f = [&](double t) { return weight(t) * std::exp(exponent(t) - top_); };
        // Small panels at first, for e^(−θt) falls fast where callers are impatient.
        const double widest = (end - begin_) / kPanels;
        const double first = 1 / (4 * (arrivals_ + services_ + hang_ups_));
        double width = std::min(widest, std::max(first, begin_ * (kGrowth - 1)));
        double sum = 0;
        for (double from = begin_; from < end; from += width) {
            if (from > begin_) width = std::min(widest, width * kGrowth);
            const double to = std::min(from + width, end);
            sum += boost::math::quadrature::gauss<double, 10>::integrate(f, from, to);
        }
        return sum;
    }

private:
    // Where φ has fallen by kDepth between the peak and `far`.
    double fall_between(double near, double far) const {
        for (int i = 0; i < 60; ++i) {
            const double middle = (near + far) / 2;
            (exponent(middle) > top_ - kDepth ? near : far) = middle;
        }
        return far;
    }

    double arrivals_, services_, hang_ups_;
    double peak_ = 0, top_ = 0, begin_ = 0, end_ = 0;
};

// Erlang B: the share of calls that find all of `agents` busy where nobody can wait.
double blocked_share(double load, int agents) {
    double blocked = 1;
    for (int k = 1; k <= agents; ++k) blocked = load * blocked / (k + load * blocked);
    return blocked;
}

constexpr double kTiny = 1e-200;  // below it, quotients of two such numbers mean nothing
constexpr double kDoubt = 1e-7;   // far above the closed form's error
constexpr double kEverywhere = std::numeric_limits<double>::infinity();

// Nobody is served, or without hang-ups the queue grows without end.
bool never_rests(const QueueLoad& load, int agents) {
    return agents <= 0 ||
           (load.hang_ups_per_s <= 0 && load.arrivals_per_s >= agents / load.handling_s);
}

// The wait that callers are offered, of a queue that comes to rest.
class Waiting {
public:
    Waiting(const QueueLoad& load, int agents)
        : rate_(load.hang_ups_per_s),
          density_(load.arrivals_per_s, agents / load.handling_s, load.hang_ups_per_s),
          mass_(density_.integral([](double) { return 1.0; }, kEverywhere)) {
        const double blocked = blocked_share(load.arrivals_per_s * load.handling_s, agents - 1);
        // P(V > 0) : P(V = 0), as a logarithm: either may be beyond a double.
        odds_ = std::log(load.arrivals_per_s * mass_) + density_.top() + std::log(blocked);
    }
    double share() const { return 1 / (1 + std::exp(-odds_)); }
    // Of those who wait.
    template <class Weight>
    double mean(Weight weight, double until) const {
        return density_.integral(weight, until) / mass_;
    }
    // Of all calls, after at most so long.
    double answered(double within_s) const {
        const double at_once = 1 / (1 + std::exp(odds_));
        if (within_s <= 0) return at_once;
        const auto stays = [this](double t) { return std::exp(-rate_ * t); };
        return at_once + share() * mean(stays, within_s);
    }

private:
    double rate_;
    WaitDensity density_;
    double mass_;
    double odds_ = 0;
};

// What Waiting::answered says, from incomplete gamma functions instead of integrals: with
// x = λ/θ · e^(−θt) the density becomes x^(a−1) e^(−x), a = nμ/θ. None where a double cannot hold
// the functions' values; see `reached` for how exact it has to be.
std::optional<double> answered_in_closed_form(const QueueLoad& load, int agents, double within_s) {
    const double services = agents / load.handling_s;
    const double blocked = blocked_share(load.arrivals_per_s * load.handling_s, agents - 1);
    double mass = 0;   // ∫ e^φ
    double stays = 0;  // ∫ e^(φ − θt) up to `within_s`, of the mass
    if (load.hang_ups_per_s <= 0) {
        mass = 1 / (services - load.arrivals_per_s);
        stays = -std::expm1(-within_s / mass);
    } else {
        const double a = services / load.hang_ups_per_s;
        const double x = load.arrivals_per_s / load.hang_ups_per_s;
        const double below = boost::math::gamma_p(a, x);
        const double slope = boost::math::gamma_p_derivative(a, x);
        if (!(below > kTiny) || !(slope > kTiny)) return std::nullopt;
        mass = below / (load.arrivals_per_s * slope);
        const double end = x * std::exp(-load.hang_ups_per_s * within_s);
        const double left = end > 0 ? boost::math::gamma_p(a + 1, end) : 0;
        stays = a / x * (boost::math::gamma_p(a + 1, x) - left) / below;
    }
    const double odds = load.arrivals_per_s * mass * blocked;
    if (!std::isfinite(odds)) return std::nullopt;
    return (1 + odds * stays) / (1 + odds);
}

// Whether so many agents reach the goal. The closed form decides except so near the goal that its
// own error could.
bool reached(const QueueLoad& load, int agents, const ServiceGoal& goal) {
    if (never_rests(load, agents)) return false;
    const auto quick = answered_in_closed_form(load, agents, goal.within_s);
    if (quick && std::abs(*quick - goal.share) > kDoubt) return *quick >= goal.share;
    return Waiting(load, agents).answered(goal.within_s) >= goal.share;
}

// agents_needed, searched from a guess: the nearer it is, the fewer trials.
std::optional<int> agents_from(const QueueLoad& load, const ServiceGoal& goal, int guess) {
    if (load.arrivals_per_s <= 0) return 0;
    int high = std::clamp(guess, 1, kAgentsMax);
    int low = 0;  // not enough
    int step = 1;
    if (reached(load, high, goal)) {
        for (int fewer = high - 1; fewer > 0; fewer = high - (step *= 2)) {
            if (!reached(load, fewer, goal)) {
                low = fewer;
                break;
            }
            high = fewer;
        }
    } else {
        do {
            if (high == kAgentsMax) return std::nullopt;
            low = high;
            high = std::min(kAgentsMax, high + step);
            step *= 2;
        } while (!reached(load, high, goal));
    }
    while (high - low > 1) {
        const int middle = low + (high - low) / 2;
        (reached(load, middle, goal) ? high : low) = middle;
    }
    return high;
}

QueueService never_answered(const QueueLoad& load) {
    QueueService service;
    service.waits = 1;
    service.hangs_up = load.hang_ups_per_s > 0 ? 1 : 0;
    service.mean_wait_s =
        load.hang_ups_per_s > 0 ? 1 / load.hang_ups_per_s : std::numeric_limits<double>::infinity();
    return service;
}

constexpr double kTogether = 0.95;                      // the three intervals of a need
constexpr double kEach = 1 - (1 - kTogether) / 3;       // so each of them (Bonferroni)
constexpr double kEachDeviations = 2.3939797998185104;  // of a normal variable, for kEach
constexpr std::int64_t kOwnHandlingMin = 30;
constexpr int kQuarterSeconds = 900;

// A mean of times.
struct Sample {
    std::int64_t count = 0;
    double sum = 0, squares = 0;

    void add(double value) {
        ++count;
        sum += value;
        squares += value * value;
    }
    Estimate mean(double added) const {
        const auto n = static_cast<double>(count);
        const double mean = sum / n;
        const double variance = count > 1 ? std::max(0.0, squares - n * mean * mean) / (n - 1) : 0;
        const double half = kEachDeviations * std::sqrt(variance / n);
        return {std::max(1.0, mean + added), std::max(1.0, mean - half + added),
                std::max(1.0, mean + half + added)};
    }
};

struct Quarter {
    std::int64_t offered = 0;
    Sample busy;
};

using Quarters = std::map<std::pair<int, int>, Quarter>;  // weekday, quarter

std::array<int, 8> weekdays_in(Period period) {
    std::array<int, 8> days{};
    for (Day day = period.from; day <= period.to; ++day) {
        ++days[static_cast<std::size_t>(weekday_of(day))];
    }
    return days;
}

// The needs of one period. Quarter hours alike are asked once, and each search starts from the
// answer before it: neighbours differ little.
class Needs {
public:
    Needs(const Estimate& hang_ups, const ServiceGoal& goal) : hang_ups_(hang_ups), goal_(goal) {}

    // More calls and longer ones take more agents; more hang-ups may take fewer (a shorter queue)
    // or more (those who hang up were not answered), so both ends are asked for.
    void set_agents(QuarterNeed& need, bool& beyond) {
        const Estimate& calls = need.arrivals_per_hour;
        const Estimate& handling = need.handling_s;
        need.agents = ask(calls.value, handling.value, hang_ups_.value, beyond);
        need.agents_low =
            std::min({need.agents, ask(calls.low, handling.low, hang_ups_.low, beyond),
                      ask(calls.low, handling.low, hang_ups_.high, beyond)});
        need.agents_high =
            std::max({need.agents, ask(calls.high, handling.high, hang_ups_.low, beyond),
                      ask(calls.high, handling.high, hang_ups_.high, beyond)});
    }

private:
    int ask(double per_hour, double handling, double rate, bool& beyond) {
        const auto [at, unknown] = known_.try_emplace({per_hour, handling, rate});
        if (unknown) {
            at->second = agents_from({per_hour / 3600, handling, rate}, goal_, last_);
            last_ = at->second.value_or(kAgentsMax);
        }
        if (!at->second) beyond = true;
        return at->second.value_or(kAgentsMax);
    }

    Estimate hang_ups_;
    ServiceGoal goal_;
    std::map<std::array<double, 3>, std::optional<int>> known_;
    int last_ = 1;
};

}  // namespace

QueueService queue_service(const QueueLoad& load, int agents, double within_s) {
    if (load.arrivals_per_s <= 0) return {0, 0, 0, agents > 0 ? 1.0 : 0.0};
    if (never_rests(load, agents)) return never_answered(load);
    const double rate = load.hang_ups_per_s;
    const Waiting waiting(load, agents);
    const auto waited = [&](double t) { return rate > 0 ? -std::expm1(-rate * t) / rate : t; };
    QueueService service;
    service.waits = waiting.share();
    service.mean_wait_s = service.waits * waiting.mean(waited, kEverywhere);
    service.hangs_up = rate * service.mean_wait_s;
    service.within = waiting.answered(within_s);
    return service;
}

std::optional<int> agents_needed(const QueueLoad& load, const ServiceGoal& goal) {
    return agents_from(load, goal, static_cast<int>(load.arrivals_per_s * load.handling_s) + 1);
}

Estimate poisson_rate(std::int64_t events, double exposure, double confidence) {
    const double tail = (1 - confidence) / 2;
    const auto count = static_cast<double>(events);
    const double low = events > 0 ? boost::math::gamma_p_inv(count, tail) : 0;
    const double high = boost::math::gamma_q_inv(count + 1, tail);
    return {count / exposure, low / exposure, high / exposure};
}

std::optional<StaffingNeed> staffing_need(std::span<const StaffCall> calls,
                                          const StaffingQuestion& question) {
    StaffingNeed need;
    Quarters quarters;
    Sample busy;
    for (const auto& call : calls) {
        const LocalTime local = Zone::copenhagen().to_local(call.entered);
        if (!question.period.contains(local.day)) continue;
        auto& quarter = quarters[{weekday_of(local.day), local.second / kQuarterSeconds}];
        ++need.offered;
        ++quarter.offered;
        need.answered += call.answered ? 1 : 0;
        need.hang_ups += call.abandoned ? 1 : 0;
        need.waited_seconds += call.wait_s.value_or(0);
        if (call.answered && call.wait_s &&
            static_cast<double>(*call.wait_s) <= question.goal.within_s) {
            ++need.answered_in_time;
        }
        if (!call.answered || !call.busy_s) continue;
        quarter.busy.add(static_cast<double>(*call.busy_s));
        busy.add(static_cast<double>(*call.busy_s));
    }
    if (busy.count == 0) return std::nullopt;
    need.handling_s = busy.mean(question.after_call_s);
    const auto waited = static_cast<double>(std::max<std::int64_t>(1, need.waited_seconds));
    need.hang_ups_per_s = poisson_rate(need.hang_ups, waited, kEach);

    Needs needs(need.hang_ups_per_s, question.goal);
    const auto days = weekdays_in(question.period);
    constexpr double kQuartersPerHour = 4;
    for (const auto& [at, quarter] : quarters) {
        QuarterNeed item;
        item.weekday = at.first;
        item.quarter = at.second;
        item.days = days[static_cast<std::size_t>(at.first)];
        item.offered = quarter.offered;
        item.arrivals_per_hour = poisson_rate(quarter.offered, item.days / kQuartersPerHour, kEach);
        item.own_handling = quarter.busy.count >= kOwnHandlingMin;
        item.handling_s =
            item.own_handling ? quarter.busy.mean(question.after_call_s) : need.handling_s;
        needs.set_agents(item, need.beyond);
        const double hours = item.days / kQuartersPerHour;
        need.agent_hours += item.agents * hours;
        need.agent_hours_low += item.agents_low * hours;
        need.agent_hours_high += item.agents_high * hours;
        need.quarters.push_back(item);
    }
    return need;
}

}  // namespace klarsyn::telephony
