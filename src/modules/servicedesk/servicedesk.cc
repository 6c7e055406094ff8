#include "modules/servicedesk/servicedesk.h"

#include <algorithm>
#include <array>
#include <utility>

#include "modules/servicedesk/case_clock.h"

namespace klarsyn::servicedesk {
namespace {

Day local_day(UtcSecond at) { return Zone::copenhagen().to_local(at).day; }

// What one row does to the case, and when. Made for all rows before any event is written: only then
// is it known which closing and which resolution is the last.
struct Step {
    UtcSecond at = 0;
    unsigned flags = 0;
    StateClass state = StateClass::active;
    bool reopens_closed = false;
    bool reopens_resolved = false;
    bool unresolves = false;  // the clock of the targets runs again
    bool resolves = false;
    bool still_resolved = false;  // reopened and resolved in one row
    bool closes = false;
};

// Nothing counts before the case was opened.
CaseTime not_before(CaseTime time, UtcSecond earliest) {
    if (time.at >= earliest) return time;
    return {earliest, time.flags | kBeforeOpened};
}

std::vector<Step> steps_of(std::span<const CaseRow> rows, UtcSecond opened_at) {
    std::vector<Step> steps(rows.size());
    StateClass state = StateClass::active;
    bool is_closed = false;
    std::optional<std::int64_t> reopen_count;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        Step& step = steps[i];
        const CaseTime time = not_before(rows[i].updated, opened_at);
        step.at = i == 0 ? time.at : std::max(time.at, steps[i - 1].at);
        step.flags = time.flags | (step.at > time.at ? kReordered : 0U);
        step.state = rows[i].state.empty() ? state : state_class(rows[i].state);
        const bool rises = reopen_count && rows[i].reopen_count > reopen_count;
        if (is_closed && (rises || step.state != StateClass::closed)) {
            step.reopens_closed = true;
            if (!rises) step.flags |= kImplied;
            is_closed = false;
        } else if (rises) {
            step.reopens_resolved = true;
        }
        step.resolves = step.state == StateClass::resolved && step.state != state;
        step.unresolves = step.reopens_closed || step.reopens_resolved ||
                          (state == StateClass::resolved && step.state < StateClass::resolved);
        step.still_resolved =
            step.reopens_resolved && !step.resolves && step.state == StateClass::resolved;
        // A case that was reopened and says Closed in the same row has closed anew.
        step.closes = step.state == StateClass::closed && !is_closed;
        is_closed = is_closed || step.closes;
        reopen_count = std::max(reopen_count, rows[i].reopen_count);
        state = step.state;
    }
    return steps;
}

template <typename Predicate>
std::optional<std::size_t> last_step(const std::vector<Step>& steps, Predicate wanted) {
    for (std::size_t i = steps.size(); i-- > 0;) {
        if (wanted(steps[i])) return i;
    }
    return std::nullopt;
}

// The export repeats the final resolved_at and closed_at on every row; the newest row knows best.
std::optional<CaseTime> stated(std::span<const CaseRow> rows,
                               std::optional<CaseTime> CaseRow::*field) {
    for (std::size_t i = rows.size(); i-- > 0;) {
        if (rows[i].*field) return rows[i].*field;
    }
    return std::nullopt;
}

// The first reopening after the closing at `index`: the closing cannot stand behind it.
std::optional<UtcSecond> reopened_after(const std::vector<Step>& steps, std::size_t index) {
    for (std::size_t i = index + 1; i < steps.size(); ++i) {
        if (steps[i].reopens_closed) return steps[i].at;
    }
    return std::nullopt;
}

// For the clock a resolution stands between the reopenings around it, whatever time is stated.
UtcSecond resolution_on_clock(const std::vector<Step>& steps, std::size_t index, UtcSecond at) {
    for (std::size_t i = index + 1; i-- > 0;) {
        if (!steps[i].unresolves) continue;
        at = std::max(at, steps[i].at);
        break;
    }
    for (std::size_t i = index + 1; i < steps.size(); ++i) {
        if (steps[i].unresolves) return std::min(at, steps[i].at);
    }
    return at;
}

class CaseWalk {
public:
    CaseWalk(const GroupMap& groups, CaseTime opened)
        : groups_(groups), opened_at_(opened.at), changed_at_(opened.at) {
        history_.opened_at = opened.at;
    }

    void create(const CaseRow& row, CaseTime opened) {
        day_ = since_ = local_day(opened.at);
        own_ = own_of(row);
        dims_ = located(values_of(row), own_, day_);
        open_ = true;
        history_.places.push_back({opened.at, dims_});
        history_.tells_replies = row.tells_replies;
        history_.in_call = row.in_call;
        push(EventKind::created, opened, dims_);
        if (!dims_.group.empty()) push(EventKind::assigned, opened, dims_);
    }

    // Takes the row's values. A closed case only remembers the row: its moves count when it
    // reopens.
    void take(const CaseRow& row, CaseTime time) {
        if (!open_) {
            while_closed_.push_back(&row);
            return;
        }
        // Without a change there is no reason to pass the day: the case may have closed before.
        const Dims values = values_of(row);
        if (own_of(row) == own_ && located(values, own_, day_) == located(dims_, own_, day_))
            return;
        advance(local_day(time.at));
        change_to(values, own_of(row), time);
    }

    void hold(const CaseRow& row, StateClass state_class, CaseTime time) {
        std::string_view held;
        if (state_class == StateClass::on_hold)
            held = row.hold_reason.empty() ? row.state : row.hold_reason;
        if (row.state.empty()) held = held_;  // a row without a state keeps the state
        if (held == held_) return;
        const Dims dims = located(dims_, own_, local_day(time.at));
        if (!held_.empty()) {
            push(EventKind::resumed, time, dims).was = held_;
            mark(MarkKind::resumed, time.at);
        }
        if (!held.empty()) {
            push(EventKind::on_hold, time, dims).was = held;
            mark(MarkKind::held, time.at, held);
        }
        held_ = held;
    }

    // The values are those of the row; level and organisation those of the event's own day.
    void resolve(CaseTime time, bool is_last) {
        const Dims dims = located(dims_, own_, local_day(time.at));
        const std::int64_t elapsed = time.at - opened_at_;
        push(EventKind::resolved, time, dims).elapsed_s = elapsed;
        if (is_last) push(EventKind::solved, time, dims).elapsed_s = elapsed;
    }

    void mark(MarkKind kind, UtcSecond at, std::string_view text = {}) {
        SlaMark& added = history_.marks.emplace_back();
        added.kind = kind;
        added.at = at;
        added.text = text;
    }

    void reopen_resolved(CaseTime time) {
        push(EventKind::reopened, time, located(dims_, own_, local_day(time.at))).was = "resolved";
    }

    // Comes back with the values it was closed with, in the group's level of that day, and then
    // takes what changed in the meantime.
    void reopen_closed(CaseTime time) {
        open_ = true;
        day_ = since_ = local_day(time.at);
        changed_at_ = time.at;
        dims_ = located(dims_, own_, day_);
        history_.places.push_back({time.at, dims_});
        history_.joined = false;
        push(EventKind::reopened, time, dims_).was = "closed";
        for (const CaseRow* row : while_closed_) change_to(values_of(*row), own_of(*row), time);
        while_closed_.clear();
    }

    // A case does not close before it came to where the rows say it closed, nor after it reopened.
    void close(CaseTime time, bool is_last, std::optional<UtcSecond> latest, bool joined) {
        UtcSecond at = std::max(time.at, changed_at_);
        if (latest) at = std::min(at, *latest);
        if (at != time.at) time = {at, time.flags | kReordered};
        advance(local_day(time.at));
        CaseEvent& event = push(EventKind::closed, time, dims_);
        event.elapsed_s = time.at - opened_at_;
        if (is_last) event.moves = moves_;
        mark(MarkKind::closed, time.at);
        history_.joined = joined;
        end_stay(local_day(time.at));
        open_ = false;
    }

    CaseHistory finish(const ServiceRules* rules) {
        advance(GroupSpan::kOpenEnd);
        if (open_) history_.stays.push_back({since_, std::nullopt, dims_});
        std::stable_sort(history_.events.begin(), history_.events.end(),
                         [](const CaseEvent& a, const CaseEvent& b) { return a.at < b.at; });
        run_clocks(history_, rules);
        return std::move(history_);
    }

private:
    CaseEvent& push(EventKind kind, CaseTime time, const Dims& dims) {
        CaseEvent event;
        event.kind = kind;
        event.at = time.at;
        event.day = local_day(time.at);
        event.dims = dims;
        event.flags = time.flags;
        history_.events.push_back(event);
        return history_.events.back();
    }

    // A row without a group keeps the group that is known.
    Dims values_of(const CaseRow& row) const {
        Dims dims;
        dims.group = row.group.empty() ? dims_.group : row.group;
        dims.category = row.category;
        dims.type = row.type;
        dims.priority = row.priority;
        dims.contact = row.contact;
        dims.system = row.system;
        return dims;
    }

    // What the case itself says of its place, whatever its group's is.
    struct Own {
        std::string_view level, org;
        friend bool operator==(const Own&, const Own&) = default;
    };
    static Own own_of(const CaseRow& row) { return {row.own_level, row.own_org}; }

    Dims located(Dims dims, const Own& own, Day day) const {
        const GroupSpan* span = groups_.find(dims.group, day);
        dims.level = span ? std::string_view(span->level) : std::string_view();
        dims.org = span ? std::string_view(span->org) : std::string_view();
        if (!own.level.empty()) dims.level = own.level;
        if (!own.org.empty()) dims.org = own.org;
        return dims;
    }

    // Passes the days on which the group of the open case got another level or organisation.
    void advance(Day day) {
        while (open_) {
            const std::optional<Day> next = groups_.next_change(dims_.group, day_);
            if (!next || *next > day) break;
            day_ = *next;
            change_to(dims_, own_, {day_start(day_), 0});
        }
        day_ = std::max(day_, day);
    }

    void change_to(const Dims& values, const Own& own, CaseTime time) {
        const Dims before = dims_;
        const Dims after = located(values, own, local_day(time.at));
        own_ = own;
        if (after == before) return;
        end_stay(local_day(time.at));
        dims_ = after;
        changed_at_ = time.at;
        history_.places.push_back({time.at, dims_});
        if (after.group != before.group) {
            if (before.group.empty())
                push(EventKind::assigned, time, after);
            else
                ++moves_;
        }
        if (after.group != before.group || after.level != before.level || after.org != before.org) {
            const bool level_changed = after.level != before.level;
            push(EventKind::moved_out, time, before).level_changed = level_changed;
            push(EventKind::moved_in, time, after).level_changed = level_changed;
        }
        if (after.category != before.category)
            push(EventKind::category_changed, time, after).was = before.category;
        if (after.priority != before.priority)
            push(EventKind::priority_changed, time, after).was = before.priority;
        if (after.system != before.system)
            push(EventKind::system_changed, time, after).was = before.system;
    }

    // Stretches that begin and end on one day are never seen at the end of a day.
    void end_stay(Day day) {
        if (day > since_) history_.stays.push_back({since_, day, dims_});
        since_ = day;
    }

    const GroupMap& groups_;
    UtcSecond opened_at_;
    UtcSecond changed_at_;  // of the opening, the last change or the last reopening
    CaseHistory history_;
    Dims dims_;
    Own own_;
    bool open_ = false;
    Day day_ = 0;    // up to which changes of groups have been passed
    Day since_ = 0;  // first day of the present stay
    std::string_view held_;
    std::int64_t moves_ = 0;
    std::vector<const CaseRow*> while_closed_;
};

bool starts_with(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() &&
           std::equal(prefix.begin(), prefix.end(), text.begin(), [](char a, char b) {
               return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b);
           });
}

}  // namespace

void GroupMap::add(std::string group, GroupSpan span) {
    auto& list = spans_[std::move(group)];
    const auto place =
        std::upper_bound(list.begin(), list.end(), span,
                         [](const GroupSpan& a, const GroupSpan& b) { return a.from < b.from; });
    list.insert(place, std::move(span));
}

const GroupSpan* GroupMap::find(std::string_view group, Day day) const {
    const auto found = spans_.find(group);
    if (found == spans_.end()) return nullptr;
    for (const GroupSpan& span : found->second) {
        if (span.from <= day && day <= span.to) return &span;
    }
    return nullptr;
}

std::optional<Day> GroupMap::next_change(std::string_view group, Day day) const {
    const auto found = spans_.find(group);
    if (found == spans_.end()) return std::nullopt;
    std::optional<Day> next;
    const auto consider = [&](Day candidate) {
        if (candidate > day && (!next || candidate < *next)) next = candidate;
    };
    for (const GroupSpan& span : found->second) {
        consider(span.from);
        if (span.to != GroupSpan::kOpenEnd) consider(span.to + 1);
    }
    return next;
}

std::string flag_words(unsigned flags) {
    static constexpr std::array<std::pair<Flag, std::string_view>, 5> kWords{{
        {kAmbiguous, "ambiguous"},
        {kSkipped, "skipped"},
        {kBeforeOpened, "before_opened"},
        {kReordered, "reordered"},
        {kImplied, "implied"},
    }};
    std::string words;
    for (const auto& [flag, word] : kWords) {
        if (!(flags & flag)) continue;
        if (!words.empty()) words += ' ';
        words += word;
    }
    return words;
}

StateClass state_class(std::string_view state) {
    static constexpr std::array<std::pair<std::string_view, StateClass>, 13> kStates{{
        {"closed", StateClass::closed},
        {"lukket", StateClass::closed},
        {"cancel", StateClass::closed},
        {"annulleret", StateClass::closed},
        {"resolved", StateClass::resolved},
        {"løst", StateClass::resolved},
        {"solved", StateClass::resolved},
        {"awaiting", StateClass::on_hold},
        {"on hold", StateClass::on_hold},
        {"on_hold", StateClass::on_hold},
        {"pending", StateClass::on_hold},
        {"afventer", StateClass::on_hold},
        {"sat i bero", StateClass::on_hold},
    }};
    for (const auto& [prefix, found] : kStates) {
        if (starts_with(state, prefix)) return found;
    }
    return StateClass::active;
}

std::string_view kind_name(EventKind kind) {
    static constexpr std::array<std::string_view, 14> kNames{
        "created",          "assigned",         "moved_out",     "moved_in", "on_hold",
        "resumed",          "resolved",         "solved",        "reopened", "closed",
        "priority_changed", "category_changed", "system_changed", "known_error"};
    return kNames[static_cast<std::size_t>(kind)];
}

int length_class(const CaseStay& stay) {
    if (!stay.to) return -1;
    int k = 0;
    while ((std::int64_t{1} << k) <= std::int64_t{*stay.to} - stay.from) ++k;
    return k;
}

CaseHistory derive_case(std::span<const CaseRow> rows, const GroupMap& groups,
                        const ServiceRules* rules) {
    const CaseTime opened = rows.front().opened;
    const std::vector<Step> steps = steps_of(rows, opened.at);

    const auto last_closing = last_step(steps, [](const Step& step) { return step.closes; });
    const auto last_resolution = last_step(steps, [](const Step& step) { return step.resolves; });
    std::optional<CaseTime> closing_time = stated(rows, &CaseRow::closed);
    std::optional<CaseTime> resolution_time = stated(rows, &CaseRow::resolved);
    if (closing_time) closing_time = not_before(*closing_time, opened.at);
    if (resolution_time) resolution_time = not_before(*resolution_time, opened.at);

    CaseWalk walk(groups, opened);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Step& step = steps[i];
        const CaseTime time{step.at, step.flags};
        if (i == 0) walk.create(rows[i], opened);
        if (step.reopens_closed) walk.reopen_closed(time);
        if (i > 0) walk.take(rows[i], time);
        if (step.reopens_resolved) walk.reopen_resolved(time);
        if (step.unresolves) walk.mark(MarkKind::reopened, step.at);
        if (step.still_resolved) walk.mark(MarkKind::resolved, step.at);
        walk.hold(rows[i], step.state, time);
        if (step.resolves) {
            const bool is_last = i == *last_resolution;
            const CaseTime solved = is_last && resolution_time ? *resolution_time : time;
            walk.resolve(solved, is_last);
            walk.mark(MarkKind::resolved, resolution_on_clock(steps, i, solved.at));
        }
        if (rows[i].replied) walk.mark(MarkKind::replied, step.at);
        if (step.closes) {
            const bool is_last = i == *last_closing;
            walk.close(is_last && closing_time ? *closing_time : time, is_last,
                       reopened_after(steps, i), rows[i].joined);
        }
    }
    return walk.finish(rules);
}

}  // namespace klarsyn::servicedesk
