#include "modules/servicedesk/desk/clock_folds.h"

#include <fmt/format.h>

#include "core/time.h"

namespace klarsyn::servicedesk {
namespace {

constexpr UtcSecond kWeeksFor_s = 53 * 7 * 86400;
constexpr std::size_t kShortFold = 2;  // stretches

enum class By { week, month };

std::string key_of(UtcSecond at, By by) {
    const Day day = Zone::copenhagen().to_local(at).day;
    if (by == By::week) {
        const IsoWeek week = iso_week_of(day);
        return fmt::format("{:04}-W{:02}", week.year, week.week);
    }
    const Date date = date_of(day);
    return fmt::format("{:04}-{:02}", date.year, date.month);
}

void add(ClockFold& fold, const Stretch& stretch) {
    const std::int64_t seconds = stretch.to - stretch.from;
    switch (stretch.stretch) {
        case StretchClass::running: fold.running_s += seconds; break;
        case StretchClass::outside: fold.outside_s += seconds; break;
        case StretchClass::paused: fold.paused_s += seconds; break;
        case StretchClass::resolved: fold.resolved_s += seconds; break;
    }
}

}  // namespace

std::vector<ClockFold> fold_stretches(std::span<const Stretch> stretches,
                                      std::optional<UtcSecond> breached_at,
                                      std::string_view asked) {
    std::vector<ClockFold> folds;
    if (stretches.empty()) return folds;
    const bool all = stretches.size() <= kFoldedFrom || asked == kAllOpen;
    const bool weeks = stretches.back().to - stretches.front().from <= kWeeksFor_s;
    for (std::size_t i = 0; i < stretches.size(); ++i) {
        const std::string key = all ? "" : key_of(stretches[i].from, weeks ? By::week : By::month);
        if (folds.empty() || folds.back().key != key) {
            folds.emplace_back();
            folds.back().key = key;
            folds.back().begin = i;
            folds.back().open = all || key == asked;
        }
        ClockFold& fold = folds.back();
        fold.end = i + 1;
        add(fold, stretches[i]);
        if (breached_at && *breached_at >= stretches[i].from && *breached_at < stretches[i].to)
            fold.open = true;
    }
    for (ClockFold& fold : folds) fold.open = fold.open || fold.end - fold.begin <= kShortFold;
    return folds;
}

}  // namespace klarsyn::servicedesk
