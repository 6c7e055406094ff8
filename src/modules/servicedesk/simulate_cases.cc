// The ordinary life of a case: solved at once, passed on, put on hold, solved, reopened, closed.
#include <algorithm>
#include <array>
#include <cstddef>

#include "modules/servicedesk/simulate.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::array<double, 5> kUrgency = {1, 0.15, 0.5, 1.0, 1.6};  // by priority 1..4
constexpr double kWorkMinutesMax = 15000;  // six weeks: then somebody asks
constexpr LocalMinute kClosedAfter = 5 * kMinutesPerDay;

class CaseLife {
public:
    CaseLife(Random& random, const CaseWorld& world, SimulatedCase& simulated)
        : random_(random), world_(world), case_(simulated) {}

    void live() {
        const double start = random_.uniform();
        level_ = start < 0.80 ? 1 : start < 0.94 ? 2 : 3;
        const int group = world_.draw_group(random_, level_, case_.hospital);
        const bool unassigned = random_.chance(0.015);
        now_ = first_change(random_, case_, unassigned ? kNoGroup : group);
        // The case exists at midnight on the day it was opened: no row of it comes a day later.
        if (now_.at / kMinutesPerDay != case_.opened / kMinutesPerDay) now_.at = case_.opened;
        case_.changes.push_back(now_);
        if (unassigned) {
            now_.group = group;
            change(now_.at + random_.between(3, 90), SimulatedState::opened);
        }
        if (level_ == 1 && random_.chance(0.60)) {
            resolve(now_.at + static_cast<LocalMinute>(random_.lognormal(12, 0.8)) + 1);
            return finish(random_.chance(0.7));
        }
        work();
        finish(case_.request && random_.chance(0.5));
    }

private:
    void change(LocalMinute at, SimulatedState state) {
        now_.at = std::max(existing(at), now_.at);
        now_.state = state;
        case_.changes.push_back(now_);
    }
    void resolve(LocalMinute at) { change(at, SimulatedState::resolved); }

    LocalMinute worked(double median, double sigma) {
        const double urgency = kUrgency.at(static_cast<std::size_t>(now_.priority));
        const double minutes = random_.lognormal(median * urgency, sigma) + 1;
        return after_work(now_.at, std::min(minutes, kWorkMinutesMax));
    }

    void move_to(int level) {
        level_ = level;
        now_.group = world_.draw_group(random_, level, case_.hospital);
        change(worked(45, 0.9), SimulatedState::active);
    }

    // Passed on between the levels, held up, corrected, and in the end resolved.
    void work() {
        if (level_ == 1 && random_.chance(0.88)) move_to(random_.chance(0.72) ? 2 : 3);
        if (level_ == 2 && random_.chance(0.10)) move_to(3);
        if (level_ == 2 && random_.chance(0.05)) move_to(2);
        if (level_ == 3 && random_.chance(0.09)) move_to(random_.chance(0.8) ? 2 : 1);
        if (random_.chance(0.05)) {
            now_.category = (now_.category + 1 + static_cast<int>(random_.below(8))) % 10;
            change(worked(30, 0.6), SimulatedState::active);
        }
        if (random_.chance(0.03)) {
            now_.priority = std::clamp(now_.priority + (random_.chance(0.6) ? -1 : 1), 1, 4);
            change(worked(40, 0.6), SimulatedState::active);
        }
        if (random_.chance(0.16)) hold();
        constexpr std::array<double, 4> kMedianMinutes = {0, 90, 260, 620};
        resolve(worked(kMedianMinutes.at(static_cast<std::size_t>(level_)), 1.15));
    }

    void hold() {
        const double reason = random_.uniform();
        change(worked(60, 0.8), reason < 0.6    ? SimulatedState::awaiting_user
                                : reason < 0.85 ? SimulatedState::awaiting_vendor
                                                : SimulatedState::awaiting_problem);
        change(worked(700, 0.9), SimulatedState::active);
    }

    void reopen(LocalMinute at) {
        ++now_.reopened;
        change(at, SimulatedState::active);
        resolve(worked(200, 1.0));
    }

    // Closed by the caller's word, or by the system five days later on the hour.
    void close(bool at_once) {
        const LocalMinute due = now_.at + kClosedAfter;
        change(at_once ? now_.at + random_.between(0, 30) : (due + 59) / 60 * 60,
               SimulatedState::closed);
    }

    void finish(bool at_once) {
        if (!at_once && random_.chance(0.035)) {
            reopen(after_work(now_.at, static_cast<double>(random_.between(60, 1400))));
        }
        close(at_once);
        if (random_.chance(0.004)) {
            reopen(after_work(now_.at, static_cast<double>(random_.between(300, 6000))));
            close(false);
        }
    }

    Random& random_;
    const CaseWorld& world_;
    SimulatedCase& case_;
    SimulatedChange now_;
    int level_ = 1;
};

}  // namespace

void CaseSimulator::month(int year, int month, int count, AuditWriter& writer) {
    Random random = Random::stream(seed_, "cases", static_cast<std::uint64_t>(year * 12 + month));
    const Date next = month == 12 ? Date{year + 1, 1, 1} : Date{year, month + 1, 1};
    const Period period{day_of({year, month, 1}), day_of(next) - 1};
    for (const LocalMinute opened : draw_openings(random, period, count)) {
        SimulatedCase simulated = draw_case(random);
        simulated.number = number_++;
        simulated.opened = opened;
        CaseLife(random, world_, simulated).live();
        writer.add(simulated);
    }
}

}  // namespace klarsyn::servicedesk
