// Support of the electronic health record, winter 2017-2018. Unlike ordinary life, here the week
// rules: the quarter report tells how many cases a week brought and how many were solved, so each
// week's solving is planned from what the week brings, and people take cases from what is open.
#include <algorithm>
#include <array>
#include <cstddef>
#include <queue>
#include <tuple>

#include "modules/servicedesk/simulate.h"

namespace klarsyn::servicedesk {
namespace {

constexpr double kFirstLinePerDay = 123;  // levels 1 and 2; a normal week brings a good 600
constexpr LocalMinute kClosedAfter = 3 * kMinutesPerDay;
constexpr int kCleanupYear = 2018, kCleanupWeek = 16;  // level 3 hands user help back to level 2

enum class Line { first, third };  // levels 1 and 2 together, and level 3

struct Task {
    enum class Kind { arrive, pass_on, escalate, hold, solve, close, reopen, hand_back };
    LocalMinute at = 0;
    std::int64_t order = 0;  // equal minutes in the order they were planned
    Kind kind = Kind::arrive;
    int subject = 0;  // the case; of solve: the line, or kHandedBack
    friend bool operator>(const Task& a, const Task& b) {
        return std::tie(a.at, a.order) > std::tie(b.at, b.order);
    }
};
constexpr int kHandedBack = 2;

class Platform {
public:
    Platform(std::uint64_t seed, const CaseWorld& world, Period period, std::int64_t first_number)
        : random_(Random::stream(seed, "platform")),
          world_(world),
          period_(period),
          number_(first_number) {}

    std::vector<SimulatedCase> operator()() {
        for (Day day = period_.from; day <= period_.to;) {
            const Day week_end = std::min(bucket_of(Bucket::week, day).to, period_.to);
            plan_week({day, week_end});
            day = week_end + 1;
        }
        const LocalMinute end = (period_.to + LocalMinute{1}) * kMinutesPerDay;
        while (!tasks_.empty() && tasks_.top().at < end) {
            const Task task = tasks_.top();
            tasks_.pop();
            now_ = task.at;
            perform(task);
        }
        return std::move(cases_);
    }

private:
    // --- planning

    void plan(LocalMinute at, Task::Kind kind, int subject) {
        tasks_.push({existing(at), order_++, kind, subject});
    }

    // Cases reported to level 3 in a week fall through the spring: user help finds its way.
    static double third_line_per_day(IsoWeek week) {
        return week.year < 2018 ? 36.0 : 36.0 - 11.0 * std::min(week.week, 17) / 17.0;
    }

    int plan_arrivals(Period week, double per_day, Line line) {
        int planned = 0;
        for (Day day = week.from; day <= week.to; ++day) {
            const auto expected = per_day * cases_weight(day);
            const auto count = std::max<std::int64_t>(1, random_.poisson(expected));
            planned += static_cast<int>(count);
            const Period only{day, day};
            for (const LocalMinute at : draw_openings(random_, only, static_cast<int>(count))) {
                plan(at, Task::Kind::arrive, static_cast<int>(line));
            }
        }
        return planned;
    }

    // Solving happens in working hours, and a little at weekends.
    void plan_solving(Period week, double count, int line) {
        std::vector<double> weights;
        for (Day day = week.from; day <= week.to; ++day) {
            weights.push_back(is_workday(day) ? std::max(cases_weight(day), 0.5) : 0.04);
        }
        for (int i = 0; i < static_cast<int>(count); ++i) {
            const Day day = week.from + static_cast<Day>(random_.pick(weights));
            plan(day * kMinutesPerDay + random_.between(7 * 60 + 30, 16 * 60 + 30),
                 Task::Kind::solve, line);
        }
    }

    void plan_week(Period days) {
        const IsoWeek week = iso_week_of(days.from);
        const bool before = week.year < 2018;
        const int first = plan_arrivals(days, kFirstLinePerDay, Line::first);
        const int third = plan_arrivals(days, third_line_per_day(week), Line::third);
        const bool easter = days.contains(easter_sunday(week.year));
        // Until New Year some of the cases stay open; then the first line keeps up.
        plan_solving(days, first * (before ? 0.92 : random_.uniform(1.0, 1.04)), 0);
        double pace = random_.uniform(0.80, 0.90);
        if (!before && week.week >= 10) pace = random_.uniform(1.20, 1.34);
        if (easter) pace = 0.85;
        plan_solving(days, third * pace, 1);
        if (week.year != kCleanupYear) return;
        if (week.week == kCleanupWeek) {
            for (int i = 0; i < 150; ++i) {
                const Day day = days.from + static_cast<Day>(random_.below(5));
                plan(day * kMinutesPerDay + random_.between(8 * 60, 15 * 60), Task::Kind::hand_back,
                     0);
            }
        }
        if (week.week == kCleanupWeek + 1) plan_solving(days, 125, kHandedBack);
    }

    // --- the cases

    SimulatedCase& subject(int index) { return cases_[static_cast<std::size_t>(index)]; }
    std::vector<int>& open(Line line) { return open_[static_cast<std::size_t>(line)]; }
    int level_of(const SimulatedCase& simulated) const {
        const int group = simulated.changes.back().group;
        return world_.groups[static_cast<std::size_t>(group)].level;
    }

    SimulatedChange& change(int index, SimulatedState state) {
        auto& changes = subject(index).changes;
        SimulatedChange next = changes.back();
        next.at = std::max(next.at, now_);
        next.state = state;
        changes.push_back(next);
        return changes.back();
    }

    bool leave(Line line, int index) {
        auto& waiting = open(line);
        const auto found = std::find(waiting.rbegin(), waiting.rend(), index);
        if (found == waiting.rend()) return false;
        waiting.erase(std::next(found).base());
        return true;
    }

    void arrive(Line line) {
        SimulatedCase simulated = draw_case(random_);
        simulated.number = number_++;
        simulated.opened = now_;
        const int level = line == Line::third ? 3 : random_.chance(0.74) ? 1 : 2;
        const int group = world_.draw_group(random_, level, simulated.hospital);
        SimulatedChange first = first_change(random_, simulated, group);
        if (first.at / kMinutesPerDay != now_ / kMinutesPerDay) first.at = now_;
        simulated.changes.push_back(first);
        const auto index = static_cast<int>(cases_.size());
        cases_.push_back(std::move(simulated));
        open(line).push_back(index);
        if (level == 1 && random_.chance(0.25)) {
            plan(now_ + random_.between(20, 400), Task::Kind::pass_on, index);
        } else if (level < 3 && random_.chance(0.02)) {
            plan(now_ + random_.between(60, 2000), Task::Kind::escalate, index);
        }
        if (random_.chance(0.14)) {
            plan(after_work(now_, static_cast<double>(random_.between(60, 900))), Task::Kind::hold,
                 index);
        }
    }

    bool is_open(Line line, int index) {
        auto& waiting = open(line);
        return std::find(waiting.rbegin(), waiting.rend(), index) != waiting.rend();
    }

    void pass_on(int index, int level) {
        if (!is_open(Line::first, index)) return;
        if (level == 3) {
            leave(Line::first, index);
            open(Line::third).push_back(index);
        }
        const int group = world_.draw_group(random_, level, subject(index).hospital);
        change(index, SimulatedState::active).group = group;
    }

    // The new ones first, mostly; but every day somebody also takes one from the pile.
    int take(Line line) {
        auto& waiting = open(line);
        if (waiting.empty()) return -1;
        const auto size = static_cast<std::int64_t>(waiting.size());
        const double recent = line == Line::first ? 60 : 40;
        std::int64_t at = random_.below(size);
        if (random_.chance(line == Line::first ? 0.85 : 0.6)) {
            at = size - 1 - static_cast<std::int64_t>(random_.exponential(recent));
        }
        if (at < 0) at = random_.below(size);
        const int taken = waiting[static_cast<std::size_t>(at)];
        waiting.erase(waiting.begin() + at);
        return taken;
    }

    void solve(int line) {
        int index = -1;
        if (line == kHandedBack) {
            while (index < 0 && !handed_back_.empty()) {
                if (leave(Line::first, handed_back_.back())) index = handed_back_.back();
                handed_back_.pop_back();
            }
        } else {
            index = take(line == 0 ? Line::first : Line::third);
        }
        if (index < 0) return;
        change(index, SimulatedState::resolved);
        if (random_.chance(0.02)) {
            return plan(after_work(now_, static_cast<double>(random_.between(60, 900))),
                        Task::Kind::reopen, index);
        }
        const LocalMinute midnight = (now_ / kMinutesPerDay + 1) * kMinutesPerDay;
        const bool at_once = line == kHandedBack || random_.chance(line == 0 ? 0.65 : 0.78);
        plan(at_once ? std::min(now_ + random_.between(0, 120), midnight - 1)
                     : (now_ + kClosedAfter + 59) / 60 * 60,
             Task::Kind::close, index);
    }

    void close(int index) {
        change(index, SimulatedState::closed);
        if (random_.chance(0.004)) {
            plan(after_work(now_, static_cast<double>(random_.between(200, 4000))),
                 Task::Kind::reopen, index);
        }
    }

    void reopen(int index) {
        ++change(index, SimulatedState::active).reopened;
        open(level_of(subject(index)) == 3 ? Line::third : Line::first).push_back(index);
    }

    void hold(int index) {
        if (!is_open(Line::first, index) && !is_open(Line::third, index)) return;
        const SimulatedState state = subject(index).changes.back().state;
        const bool held =
            state == SimulatedState::awaiting_user || state == SimulatedState::awaiting_vendor;
        if (held) {
            change(index, SimulatedState::active);
            return;
        }
        change(index, random_.chance(0.7) ? SimulatedState::awaiting_user
                                          : SimulatedState::awaiting_vendor);
        plan(after_work(now_, static_cast<double>(random_.between(200, 2500))), Task::Kind::hold,
             index);
    }

    // User help that had landed on level 3 goes to the hospital's own people: the same case, moved.
    void hand_back() {
        auto& waiting = open(Line::third);
        if (waiting.empty()) return;
        const auto at = random_.below(static_cast<std::int64_t>(waiting.size()));
        const int index = waiting[static_cast<std::size_t>(at)];
        waiting.erase(waiting.begin() + at);
        const int group = world_.draw_group(random_, 2, subject(index).hospital);
        change(index, SimulatedState::active).group = group;
        open(Line::first).insert(open(Line::first).begin(), index);
        handed_back_.push_back(index);
    }

    void perform(const Task& task) {
        switch (task.kind) {
            case Task::Kind::arrive: return arrive(static_cast<Line>(task.subject));
            case Task::Kind::pass_on: return pass_on(task.subject, 2);
            case Task::Kind::escalate: return pass_on(task.subject, 3);
            case Task::Kind::hold: return hold(task.subject);
            case Task::Kind::solve: return solve(task.subject);
            case Task::Kind::close: return close(task.subject);
            case Task::Kind::reopen: return reopen(task.subject);
            case Task::Kind::hand_back: return hand_back();
        }
    }

    Random random_;
    const CaseWorld& world_;
    Period period_;
    std::int64_t number_;
    std::int64_t order_ = 0;
    LocalMinute now_ = 0;
    std::priority_queue<Task, std::vector<Task>, std::greater<>> tasks_;
    std::vector<SimulatedCase> cases_;
    std::array<std::vector<int>, 2> open_;  // unresolved cases of each line, the newest last
    std::vector<int> handed_back_;
};

}  // namespace

std::vector<SimulatedCase> simulate_platform(std::uint64_t seed, const CaseWorld& world,
                                             Period period, std::int64_t first_number) {
    return Platform(seed, world, period, first_number)();
}

}  // namespace klarsyn::servicedesk
