// The clocks that the law starts when an organisation becomes aware of a serious incident.
//
// NIS2 (directive 2022/2555, article 23): early warning within 24 hours and notification within 72
// hours of awareness, final report one month after the notification. GDPR (article 33):
// notification within 72 hours of awareness. Hours are elapsed hours, whatever the wall clock does;
// the month ends on the same date and time of day in Copenhagen, or on the last day of a shorter
// month. Nothing is put off for weekends: a limit that is kept early is kept. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace klarsyn::servicedesk {

// A report that was sent to an authority.
struct DutyReport {
    std::string step;  // "early_warning", "notification", "final_report"
    UtcSecond at = 0;
    std::string reference, actor;
};

// What was decided about one law.
struct LegalDuty {
    std::string law;  // "nis2", "gdpr"
    bool applies = false;
    std::string reason;
    std::optional<UtcSecond> aware_at;
    std::vector<DutyReport> reports;  // the last one of a step holds

    const DutyReport* report(std::string_view step) const;
};

struct DutyClock {
    enum class State {
        waiting,  // has not begun: its month begins with the notification
        running,
        overdue,  // the limit has passed and nothing was sent
        met,      // sent in time; exactly at the limit is in time
        late,     // sent after the limit
    };
    std::string_view law, step;
    std::optional<UtcSecond> from, due_at, done_at;
    std::string reference;
    State state = State::waiting;
};
std::string_view clock_state_name(DutyClock::State state);  // "waiting", "running", ...

bool known_law(std::string_view law);
// Whether the law asks for such a report.
bool known_step(std::string_view law, std::string_view step);

// The clocks of the laws that apply, in the order of the laws and their steps.
std::vector<DutyClock> statutory_clocks(std::span<const LegalDuty> duties, UtcSecond now);

UtcSecond month_after(UtcSecond at);

}  // namespace klarsyn::servicedesk
