#include "modules/servicedesk/practice/statutory.h"

#include <algorithm>

namespace klarsyn::servicedesk {
namespace {

constexpr UtcSecond kHour = 3600;

struct Step {
    std::string_view law, step;
    UtcSecond hours = 0;  // after awareness; 0: a month after `begins_with`
    std::string_view begins_with;
};
constexpr Step kSteps[] = {
    {"nis2", "early_warning", 24, ""},
    {"nis2", "notification", 72, ""},
    {"nis2", "final_report", 0, "notification"},
    {"gdpr", "notification", 72, ""},
};

DutyClock clock_of(const LegalDuty& duty, const Step& step, UtcSecond now) {
    DutyClock clock;
    clock.law = step.law;
    clock.step = step.step;
    if (step.hours > 0) {
        clock.from = duty.aware_at;
        if (clock.from) clock.due_at = *clock.from + step.hours * kHour;
    } else if (const DutyReport* first = duty.report(step.begins_with)) {
        clock.from = first->at;
        clock.due_at = month_after(first->at);
    }
    if (const DutyReport* sent = duty.report(step.step)) {
        clock.done_at = sent->at;
        clock.reference = sent->reference;
    }
    using State = DutyClock::State;
    if (clock.done_at)
        clock.state = !clock.due_at || *clock.done_at <= *clock.due_at ? State::met : State::late;
    else if (clock.due_at)
        clock.state = now <= *clock.due_at ? State::running : State::overdue;
    return clock;
}

}  // namespace

const DutyReport* LegalDuty::report(std::string_view step) const {
    for (auto one = reports.rbegin(); one != reports.rend(); ++one)
        if (one->step == step) return &*one;
    return nullptr;
}

std::string_view clock_state_name(DutyClock::State state) {
    constexpr std::string_view kNames[] = {"waiting", "running", "overdue", "met", "late"};
    return kNames[static_cast<std::size_t>(state)];
}

bool known_law(std::string_view law) {
    return std::any_of(std::begin(kSteps), std::end(kSteps),
                       [&](const Step& step) { return step.law == law; });
}

bool known_step(std::string_view law, std::string_view step) {
    return std::any_of(std::begin(kSteps), std::end(kSteps),
                       [&](const Step& one) { return one.law == law && one.step == step; });
}

std::vector<DutyClock> statutory_clocks(std::span<const LegalDuty> duties, UtcSecond now) {
    std::vector<DutyClock> clocks;
    for (const Step& step : kSteps)
        for (const LegalDuty& duty : duties)
            if (duty.applies && duty.law == step.law) clocks.push_back(clock_of(duty, step, now));
    return clocks;
}

UtcSecond month_after(UtcSecond at) {
    const LocalTime local = Zone::copenhagen().to_local(at);
    Date date = date_of(local.day);
    if (++date.month > 12) {
        date.month = 1;
        ++date.year;
    }
    while (!valid_date(date)) --date.day;
    return Zone::copenhagen().to_utc({day_of(date), local.second}).utc;
}

}  // namespace klarsyn::servicedesk
