#include "modules/telephony/simulate_queue.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <queue>

#include "core/random.h"
#include "core/result.h"

namespace klarsyn::telephony {
namespace {

// Calls by hour of the day, relative. Weekdays peak at nine; weekends are flat.
constexpr std::array<double, 24> kWorkdayHours = {0.25, 0.20, 0.18, 0.18, 0.22, 0.50, 1.70, 5.20,
                                                  9.20, 10.0, 9.40, 8.40, 6.60, 7.80, 7.20, 5.40,
                                                  3.50, 2.20, 1.60, 1.30, 1.00, 0.80, 0.60, 0.40};
constexpr std::array<double, 24> kWeekendHours = {0.60, 0.50, 0.45, 0.45, 0.50, 0.80, 2.00, 4.00,
                                                  6.00, 7.20, 7.40, 7.00, 6.20, 6.00, 5.80, 5.60,
                                                  5.20, 4.80, 4.20, 3.60, 3.00, 2.40, 1.60, 1.00};
constexpr std::array<double, 8> kWeekdays = {0, 1.16, 1.05, 1.00, 0.98, 0.85, 0.14, 0.13};
constexpr int kSlotSeconds = 1800;
constexpr int kOpens = 7, kCloses = 21;   // daytime queues take calls from 7 to 21
constexpr int kNightTimeoutSeconds = 600; // at night the queue gives up and the duty phone rings

// Relative number of calls on a day. Public holidays are like Sundays; the days around Christmas
// and before Easter are quieter than ordinary ones, and no other dip is assumed.
double day_weight(Day day) {
    const double weekday = kWeekdays.at(static_cast<std::size_t>(weekday_of(day)));
    if (is_holiday(day)) return kWeekdays[7] * 1.15;
    const Date date = date_of(day);
    if (date.month == 12 && (date.day == 24 || date.day == 31)) return std::min(weekday, 0.35);
    if (date.month == 12 && date.day > 26) return weekday * 0.8;
    const Day to_easter = easter_sunday(date.year) - day;
    if (to_easter >= 4 && to_easter <= 6) return weekday * 0.9;
    return weekday;
}

const std::array<double, 24>& hours_of(Day day) {
    return is_workday(day) ? kWorkdayHours : kWeekendHours;
}

bool takes_calls(QueueHours hours, int hour) {
    return hours == QueueHours::always || (hour >= kOpens && hour < kCloses);
}

struct Caller {
    UtcSecond entered = 0;
    double patience_unit = 0;            // times the month's patience
    std::int32_t patience_fixed = 0;     // > 0: hangs up or presses a key after this many seconds
    std::int32_t patience_limit = 0;     // closing time, night timeout, or the longest wait
    VisitEnd gives_up = VisitEnd::abandoned;
    VisitEnd at_limit = VisitEnd::abandoned;
    std::int32_t talk_seconds = 0;
    std::int32_t ring_seconds = 0;
};

// From `time` on, floor(shape * scale + offset) agents, at least `least`.
struct StaffStep {
    UtcSecond time = 0;
    double shape = 0;
    double offset = 0;
    int least = 0;
};

struct Month {
    Period period;
    std::vector<Caller> callers;
    std::vector<StaffStep> staff;
};

struct Tuning {
    double staff = 1.0;
    double patience_seconds = 600;
};

struct Totals {
    int abandoned = 0;
    int answered = 0;
    std::int64_t wait_sum = 0;
    double wait_mean() const { return answered == 0 ? 0.0 : double(wait_sum) / answered; }
};

std::vector<double> hour_weights(Random& random, Period period, QueueHours hours) {
    std::vector<double> weights;
    for (Day day = period.from; day <= period.to; ++day) {
        const double weight = day_weight(day) * random.lognormal(1.0, 0.07);
        for (int hour = 0; hour < 24; ++hour) {
            const double at_hour = hours_of(day)[static_cast<std::size_t>(hour)];
            weights.push_back(takes_calls(hours, hour) ? weight * at_hour : 0.0);
        }
    }
    return weights;
}

// `count` arrivals of a Poisson process whose rate follows the weights: given their number, they
// are independent draws from it.
std::vector<UtcSecond> draw_arrivals(Random& random, Period period, QueueHours hours, int count) {
    const std::vector<double> weights = hour_weights(random, period, hours);
    std::vector<double> cumulative;
    double total = 0;
    for (const double weight : weights) cumulative.push_back(total += weight);
    std::vector<UtcSecond> arrivals;
    arrivals.reserve(static_cast<std::size_t>(count));
    while (static_cast<int>(arrivals.size()) < count) {
        const double drawn = random.uniform() * total;
        const auto slot = std::upper_bound(cumulative.begin(), cumulative.end() - 1, drawn);
        const auto index = static_cast<int>(slot - cumulative.begin());
        const LocalTime local{period.from + index / 24,
                              index % 24 * 3600 + static_cast<int>(random.below(3600))};
        const Zone::Instant instant = Zone::copenhagen().to_utc(local);
        // Of an hour that occurs twice, half the calls belong to the second one.
        const bool second = instant.ambiguous && random.chance(0.5);
        arrivals.push_back(instant.utc + (second ? 3600 : 0));
    }
    std::sort(arrivals.begin(), arrivals.end());
    return arrivals;
}

Caller draw_caller(Random& random, UtcSecond entered, const QueuePlan& plan, int longest) {
    Caller caller;
    caller.entered = entered;
    // Nobody waits longer than the longest wait, and few give up just before it.
    caller.patience_limit = static_cast<std::int32_t>(longest * random.uniform(0.5, 1.0));
    caller.talk_seconds = static_cast<std::int32_t>(
        std::clamp(random.lognormal(plan.talk_seconds_mean * 0.78, 0.7), 12.0, 5400.0));
    caller.ring_seconds = static_cast<std::int32_t>(random.between(2, 8));
    const double kind = random.uniform();
    caller.patience_unit = random.exponential(1.0);
    if (kind < 0.05) {
        caller.patience_fixed = static_cast<std::int32_t>(random.between(1, 10));
    } else if (kind < 0.062) {
        caller.patience_fixed = static_cast<std::int32_t>(random.between(12, 240));
        caller.gives_up = random.chance(0.9) ? VisitEnd::key : VisitEnd::withdrawn;
    } else if (kind < 0.10) {
        caller.patience_unit *= 4.0;  // those who put the call on loudspeaker and work on
    }
    const LocalTime local = Zone::copenhagen().to_local(entered);
    if (plan.hours == QueueHours::daytime) {
        const int closes = kCloses * 3600 - local.second + static_cast<int>(random.between(5, 40));
        if (closes < caller.patience_limit) {
            caller.patience_limit = closes;
            caller.at_limit = VisitEnd::empty;
        }
    } else if ((local.hour() >= 22 || local.hour() < 6) &&
               kNightTimeoutSeconds < caller.patience_limit) {
        caller.patience_limit = kNightTimeoutSeconds;
        caller.at_limit = VisitEnd::timeout;
    }
    return caller;
}

// Agents needed for the calls expected in each half hour: no plan knows the day's own luck or that
// Mondays are worse, and mornings and lunch are short of people.
std::vector<StaffStep> plan_staff(Random& random, Period period, const QueuePlan& plan,
                                  double offered) {
    double total = 0;
    for (Day day = period.from; day <= period.to; ++day) total += day_weight(day);
    std::vector<StaffStep> steps;
    double offset = 0;
    for (Day day = period.from; day <= period.to + 1; ++day) {
        const double weight = is_workday(day) ? std::min(1.0, day_weight(day)) : day_weight(day);
        double hours_total = 0;
        for (int hour = 0; hour < 24; ++hour) {
            if (takes_calls(plan.hours, hour)) {
                hours_total += hours_of(day)[static_cast<std::size_t>(hour)];
            }
        }
        for (int half = 0; half < 48; ++half) {
            const int hour = half / 2;
            const double calls = offered * weight / total *
                                 hours_of(day)[static_cast<std::size_t>(hour)] / hours_total;
            const double load = calls * (plan.talk_seconds_mean + 12) / 3600.0;
            double shape = load + 0.35 * std::sqrt(load);
            if (hour >= 8 && hour < 10) shape *= 0.88;
            if (half >= 23 && half < 25) shape *= 0.86;
            if (half % 4 == 0) offset = random.uniform();
            const bool open = takes_calls(plan.hours, hour);
            steps.push_back({Zone::copenhagen().to_utc({day, half * kSlotSeconds}).utc,
                             open ? shape : 0.0, open ? offset : 0.0, open ? 1 : 0});
        }
    }
    // The half hours of the skipped hour in spring fall on the same instant as those after it.
    std::stable_sort(steps.begin(), steps.end(),
                     [](const StaffStep& a, const StaffStep& b) { return a.time < b.time; });
    return steps;
}

// A disruption on one working day during which nobody answers: where a month's longest wait of
// more than an hour comes from.
void add_disruption(Random& random, Period period, int longest, std::vector<StaffStep>& steps) {
    Day day = period.from;
    do {
        day = period.from + static_cast<Day>(random.below(period.days()));
    } while (!is_workday(day) || day_weight(day) < 0.8);
    const UtcSecond begin = day_start(day) + random.between(8 * 3600 + 1800, 11 * 3600);
    const UtcSecond end = begin + static_cast<UtcSecond>(longest * random.uniform(0.88, 0.95));
    StaffStep after;
    std::vector<StaffStep> changed;
    for (const StaffStep& step : steps) {
        if (step.time <= end) after = step;
        if (step.time < begin || step.time > end) changed.push_back(step);
    }
    after.time = end;
    changed.push_back({begin, 0.0, 0.0, 0});
    changed.push_back(after);
    std::stable_sort(changed.begin(), changed.end(),
                     [](const StaffStep& a, const StaffStep& b) { return a.time < b.time; });
    steps = std::move(changed);
}

// Runs the queue once and forms the visits of the callers, in order.
class Run {
public:
    Run(const Month& month, Tuning tuning, std::vector<SimulatedVisit>& visits)
        : month_(month), tuning_(tuning), visits_(visits) {}

    Totals operator()() {
        visits_.assign(month_.callers.size(), {});
        std::size_t arriving = 0;
        std::size_t step = 0;
        while (arriving < month_.callers.size() || head_ < arriving) {
            constexpr UtcSecond kNever = INT64_MAX;
            const UtcSecond arrival =
                arriving < month_.callers.size() ? month_.callers[arriving].entered : kNever;
            const UtcSecond change = step < month_.staff.size() ? month_.staff[step].time : kNever;
            const UtcSecond freed = busy_.empty() ? kNever : busy_.top();
            const UtcSecond now = std::min({arrival, change, freed});
            KL_ASSERT(now != kNever);
            if (freed == now) {
                busy_.pop();
            } else if (change == now) {
                const StaffStep& next = month_.staff[step++];
                const double agents = next.shape * tuning_.staff + next.offset;
                agents_ = std::max(next.least, static_cast<int>(agents));
            } else {
                ++arriving;
            }
            serve(now, arriving);
        }
        return totals_;
    }

private:
    std::pair<std::int32_t, VisitEnd> patience(const Caller& caller) const {
        double seconds = caller.patience_unit * tuning_.patience_seconds + 4.0;
        if (caller.patience_fixed > 0) seconds = caller.patience_fixed;
        if (seconds < caller.patience_limit) {
            return {static_cast<std::int32_t>(seconds), caller.gives_up};
        }
        return {caller.patience_limit, caller.at_limit};
    }

    void serve(UtcSecond now, std::size_t arrived) {
        while (head_ < arrived) {
            const Caller& caller = month_.callers[head_];
            const auto [seconds, end] = patience(caller);
            const bool gone = caller.entered + seconds <= now;
            if (!gone && static_cast<int>(busy_.size()) >= agents_) return;
            SimulatedVisit& visit = visits_[head_++];
            visit.entered = caller.entered;
            const UtcSecond connected = now + caller.ring_seconds;
            if (gone || caller.entered + seconds <= connected) {
                visit.wait_seconds = seconds;
                visit.end = end;
                totals_.abandoned += end == VisitEnd::abandoned ? 1 : 0;
                if (gone) continue;
                visit.ring_seconds = static_cast<std::int32_t>(caller.entered + seconds - now);
                busy_.push(caller.entered + seconds);
                continue;
            }
            visit.wait_seconds = static_cast<std::int32_t>(connected - caller.entered);
            visit.ring_seconds = caller.ring_seconds;
            visit.talk_seconds = caller.talk_seconds;
            busy_.push(connected + caller.talk_seconds + 12);
            ++totals_.answered;
            totals_.wait_sum += visit.wait_seconds;
        }
    }

    const Month& month_;
    Tuning tuning_;
    std::vector<SimulatedVisit>& visits_;
    std::priority_queue<UtcSecond, std::vector<UtcSecond>, std::greater<>> busy_;
    std::size_t head_ = 0;  // the caller who has waited longest
    int agents_ = 0;
    Totals totals_;
};

Totals run(const Month& month, Tuning tuning, std::vector<SimulatedVisit>& visits) {
    return Run(month, tuning, visits)();
}

// The largest staffing at which at least the published number hang up.
double tune_staff(const Month& month, Tuning tuning, int abandoned, double low, double high,
                  int steps, std::vector<SimulatedVisit>& visits) {
    for (int i = 0; i < steps; ++i) {
        tuning.staff = (low + high) / 2;
        (run(month, tuning, visits).abandoned >= abandoned ? low : high) = tuning.staff;
    }
    return low;
}

// Staffing and patience at which the queue nearly has the published hang-ups and mean wait.
Tuning tune(const Month& month, const PublishedMonth& published,
            std::vector<SimulatedVisit>& visits) {
    Tuning tuning;
    tuning.patience_seconds =
        1.2 * published.wait_mean_seconds * published.offered / published.abandoned;
    tuning.staff = tune_staff(month, tuning, published.abandoned, 0.1, 4.0, 11, visits);
    for (int round = 0; round < 8; ++round) {
        const double mean = run(month, tuning, visits).wait_mean();
        const double ratio = published.wait_mean_seconds / mean;
        if (std::fabs(ratio - 1.0) < 0.003) break;
        tuning.patience_seconds *= ratio;
        tuning.staff = tune_staff(month, tuning, published.abandoned, tuning.staff * 0.75,
                                  tuning.staff * 1.25, 9, visits);
    }
    tuning.staff = tune_staff(month, tuning, published.abandoned, tuning.staff * 0.95,
                              tuning.staff * 1.05, 12, visits);
    return tuning;
}

std::vector<std::size_t> with_end(const std::vector<SimulatedVisit>& visits, VisitEnd end) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < visits.size(); ++i) {
        if (visits[i].end == end) found.push_back(i);
    }
    return found;
}

// Exactly the published number of hang-ups: the few too many press a key instead, and the few
// missing ones are answered callers who hang up at the last moment.
void adjust_abandoned(Random& random, int published, std::vector<SimulatedVisit>& visits) {
    std::vector<std::size_t> abandoned = with_end(visits, VisitEnd::abandoned);
    std::vector<std::size_t> answered = with_end(visits, VisitEnd::answered);
    auto count = static_cast<int>(abandoned.size());
    const auto take = [&random](std::vector<std::size_t>& from) {
        const auto at = static_cast<std::size_t>(random.below(static_cast<int>(from.size())));
        const std::size_t taken = from[at];
        from[at] = from.back();
        from.pop_back();
        return taken;
    };
    for (; count > published; --count) {
        SimulatedVisit& visit = visits[take(abandoned)];
        visit.end = VisitEnd::key;
        visit.ring_seconds = 0;
    }
    for (; count < published; ++count) {
        SimulatedVisit& visit = visits[take(answered)];
        visit.end = VisitEnd::abandoned;
        visit.talk_seconds = 0;
    }
}

// The longest wait becomes exactly the published one; the queue kept all others below it.
std::size_t adjust_longest(int published, std::vector<SimulatedVisit>& visits) {
    std::size_t longest = 0;
    for (std::size_t i = 0; i < visits.size(); ++i) {
        if (visits[i].wait_seconds > visits[longest].wait_seconds) longest = i;
    }
    visits[longest].wait_seconds = published;
    return longest;
}

// The waits of answered calls are stretched or shortened by well under a percent, so that their
// mean rounds to the published one. Agents are assigned afterwards, so nothing else is disturbed.
void adjust_mean(Random& random, const PublishedMonth& published, std::size_t longest,
                 std::vector<SimulatedVisit>& visits) {
    const std::vector<std::size_t> answered = with_end(visits, VisitEnd::answered);
    std::int64_t sum = 0;
    std::int64_t movable = 0;
    for (const std::size_t i : answered) {
        sum += visits[i].wait_seconds;
        movable += i == longest ? 0 : visits[i].wait_seconds;
    }
    const auto count = static_cast<double>(answered.size());
    const auto wanted = static_cast<std::int64_t>(
        (published.wait_mean_seconds + random.uniform(-0.45, 0.45)) * count);
    std::int64_t missing = wanted - sum;
    const double factor = static_cast<double>(missing) / static_cast<double>(movable);
    double carried = 0;
    const auto shift = [&](SimulatedVisit& visit, std::int64_t seconds) {
        const std::int64_t wait =
            std::clamp<std::int64_t>(visit.wait_seconds + seconds, visit.ring_seconds,
                                     published.wait_max_seconds - 1);
        missing -= wait - visit.wait_seconds;
        visit.wait_seconds = static_cast<std::int32_t>(wait);
    };
    for (const std::size_t i : answered) {
        if (i == longest) continue;
        carried += factor * visits[i].wait_seconds;
        const auto whole = static_cast<std::int64_t>(carried);
        carried -= static_cast<double>(whole);
        shift(visits[i], whole);
    }
    while (missing != 0) {
        const auto at = static_cast<std::size_t>(random.below(static_cast<int>(answered.size())));
        if (answered[at] != longest) shift(visits[answered[at]], missing > 0 ? 1 : -1);
    }
}

Period month_period(int year, int month) {
    const Date next = month == 12 ? Date{year + 1, 1, 1} : Date{year, month + 1, 1};
    return {day_of({year, month, 1}), day_of(next) - 1};
}

}  // namespace

std::vector<SimulatedVisit> simulate_queue(std::uint64_t seed, int year, int month,
                                           const QueuePlan& plan) {
    const auto index = static_cast<std::uint64_t>(year * 12 + month);
    Random random = Random::stream(seed, plan.name, index);
    Random staffing = Random::stream(seed, plan.name + ".staff", index);
    const int count = plan.published ? plan.published->offered
                                     : static_cast<int>(random.poisson(plan.offered_mean));
    const int longest = plan.published ? plan.published->wait_max_seconds - 1 : 7200;

    Month simulated;
    simulated.period = month_period(year, month);
    for (const UtcSecond entered : draw_arrivals(random, simulated.period, plan.hours, count)) {
        simulated.callers.push_back(draw_caller(random, entered, plan, longest));
    }
    simulated.staff = plan_staff(staffing, simulated.period, plan, count);
    std::vector<SimulatedVisit> visits;
    if (!plan.published) {
        run(simulated, {}, visits);
        return visits;
    }
    add_disruption(staffing, simulated.period, longest, simulated.staff);
    run(simulated, tune(simulated, *plan.published, visits), visits);
    adjust_abandoned(random, plan.published->abandoned, visits);
    const std::size_t at = adjust_longest(plan.published->wait_max_seconds, visits);
    adjust_mean(random, *plan.published, at, visits);
    return visits;
}

}  // namespace klarsyn::telephony
