#include "modules/servicedesk/case_clock.h"

#include <algorithm>
#include <utility>

#include "modules/servicedesk/service_rules.h"

namespace klarsyn::servicedesk {
namespace {

bool earlier(const CasePlace& a, const CasePlace& b) { return a.at < b.at; }
bool earlier_mark(const SlaMark& a, const SlaMark& b) { return a.at < b.at; }

bool same_values(const Dims& a, const Dims& b) {
    return a.priority == b.priority && a.type == b.type && a.system == b.system;
}

// At one moment the new values come before what was done with them.
void add_values(CaseHistory& history) {
    std::vector<SlaMark> marks;
    marks.reserve(history.marks.size() + history.places.size());
    std::size_t next = 0;
    const Dims* before = nullptr;
    for (const CasePlace& place : history.places) {
        while (next < history.marks.size() && history.marks[next].at < place.at)
            marks.push_back(history.marks[next++]);
        if (before && same_values(*before, place.dims)) continue;
        before = &place.dims;
        SlaMark& mark = marks.emplace_back();
        mark.at = place.at;
        mark.priority = place.dims.priority;
        mark.type = place.dims.type;
        mark.system = place.dims.system;
    }
    marks.insert(marks.end(), history.marks.begin() + static_cast<std::ptrdiff_t>(next),
                 history.marks.end());
    history.marks = std::move(marks);
}

class HopWalk {
public:
    explicit HopWalk(CaseHistory& history) : history_(history) {}

    void run() {
        std::size_t next = 0;
        for (const SlaMark& mark : history_.marks) {
            while (next < history_.places.size() && history_.places[next].at <= mark.at)
                move(history_.places[next++]);
            take(mark);
        }
        while (next < history_.places.size()) move(history_.places[next++]);
    }

private:
    void move(const CasePlace& place) {
        const bool same = place_ && place_->dims.group == place.dims.group &&
                          place_->dims.level == place.dims.level;
        if (since_ && !same && place_) {
            end(place.at, true);
            since_ = place.at;
        }
        if (!place_) since_ = place.at;
        place_ = &place;
    }

    void take(const SlaMark& mark) {
        if (mark.kind == MarkKind::resolved || mark.kind == MarkKind::closed) end(mark.at, false);
        if (mark.kind == MarkKind::reopened) since_ = mark.at;
    }

    // Time without group and level is nobody's.
    void end(UtcSecond at, bool moved) {
        if (since_ && place_ && !(place_->dims.group.empty() && place_->dims.level.empty()))
            history_.hops.push_back({*since_, at, place_->dims, moved});
        since_.reset();
    }

    CaseHistory& history_;
    const CasePlace* place_ = nullptr;
    std::optional<UtcSecond> since_;  // none while resolved or closed
};

}  // namespace

const Dims& CaseHistory::dims_at(UtcSecond at) const {
    const auto after =
        std::upper_bound(places.begin(), places.end(), at,
                         [](UtcSecond time, const CasePlace& place) { return time < place.at; });
    return after == places.begin() ? places.front().dims : std::prev(after)->dims;
}

void run_clocks(CaseHistory& history, const ServiceRules* rules) {
    std::stable_sort(history.places.begin(), history.places.end(), earlier);
    std::stable_sort(history.marks.begin(), history.marks.end(), earlier_mark);
    add_values(history);
    HopWalk(history).run();
    history.targets[1].target = TargetKind::resolution;
    if (rules) history.targets = replay(history.sla_input(), rules->at(history.opened_at));
}

}  // namespace klarsyn::servicedesk
