// The rules of cases: the ordered rows of one case become its events and its stays. Pure: no I/O,
// no clock, thread-safe. Every text is a view into the caller's rows and groups and lives as long.
//
// What holds for any input, however disordered: for every level and day
//   opening + created + reopened from closed + moved in - closed - moved out = closing.
// Disorder is no error: a time that contradicts the order of the rows is moved, and the event says
// so.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"
#include "modules/servicedesk/sla.h"

namespace klarsyn::servicedesk {

// A stretch of days in which a group has one level and one place in the organisation.
struct GroupSpan {
    Day from = 0;
    Day to = kOpenEnd;  // inclusive
    std::string level;
    std::string org;
    static constexpr Day kOpenEnd = 0x7fffffff;
    friend bool operator==(const GroupSpan&, const GroupSpan&) = default;
};

// Level and organisation of each group by date. A group that is not in it, or not on that day, has
// neither: both are unknown.
class GroupMap {
public:
    // Spans of one group must not overlap; the reader of the groups file has seen to that.
    void add(std::string group, GroupSpan span);
    const GroupSpan* find(std::string_view group, Day day) const;
    // The first day after `day` on which the group's span begins or has just ended, if any.
    std::optional<Day> next_change(std::string_view group, Day day) const;
    bool contains(std::string_view group) const { return spans_.count(group) > 0; }
    const std::map<std::string, std::vector<GroupSpan>, std::less<>>& spans() const {
        return spans_;
    }

private:
    std::map<std::string, std::vector<GroupSpan>, std::less<>> spans_;  // by first day
};

// Why a record's time or kind is not simply what the row says.
enum Flag : unsigned {
    kAmbiguous = 1,     // the local time occurs twice (autumn); the first one was taken
    kSkipped = 2,       // the local time does not exist (spring); it was moved on
    kBeforeOpened = 4,  // stated before opened_at; counts at opened_at
    kReordered = 8,     // stated before a change, or after a reopening, that the rows put otherwise
    kImplied = 16,      // left Closed although reopen_count did not rise
};
std::string flag_words(unsigned flags);  // "ambiguous before_opened"; empty without flags

struct CaseTime {
    UtcSecond at = 0;
    unsigned flags = 0;
};

// One row of a case: its state after one change. Empty texts are unknown.
struct CaseRow {
    CaseTime updated;
    std::string_view state, group, category, type, priority, contact;
    std::optional<std::int64_t> reopen_count;
    CaseTime opened;
    std::optional<CaseTime> resolved, closed;
    std::string_view system;       // the service the case is about
    std::string_view own_org;      // the case's own organisation; wins over the group's
    std::string_view own_level;    // the case's own level; wins over the group's
    std::string_view by;           // who made this change
    std::string_view hold_reason;  // why it waits: "awaiting_user"; empty: by the state's name
    bool replied = false;          // this row is a person's public reply
    bool joined = false;           // closed because it was merged into another case
    bool in_call = false;          // first row: opened while its call was going on
    // Whether the source tells replies at all. Without it a first response is not known, not late.
    bool tells_replies = false;
};

enum class StateClass { active, on_hold, resolved, closed };
// Understands ServiceNow's English and Danish state names; any other state is active.
StateClass state_class(std::string_view state);

enum class EventKind {
    created,
    assigned,
    moved_out,
    moved_in,
    on_hold,
    resumed,
    resolved,
    solved,
    reopened,
    closed,
    priority_changed,
    category_changed,
    system_changed,
    known_error,  // the answer was known: linked to a known error
};
std::string_view kind_name(EventKind kind);

struct Dims {
    std::string_view level, org, group, category, type, priority, contact, system;
    friend bool operator==(const Dims&, const Dims&) = default;
};

struct CaseEvent {
    EventKind kind = EventKind::created;
    UtcSecond at = 0;
    Day day = 0;
    Dims dims;
    std::string_view was;  // on_hold, resumed: the state; reopened: resolved or closed; *_changed;
                          // known_error: its number
    std::optional<std::int64_t> elapsed_s;  // resolved, solved, closed: since the case was opened
    std::optional<std::int64_t> moves;      // the last closing: moves between known groups
    bool level_changed = false;             // moved_out, moved_in
    unsigned flags = 0;
};

// Open from the end of `from` and until the end of the day before `to`, with unchanged dimensions.
struct CaseStay {
    Day from = 0;
    std::optional<Day> to;
    Dims dims;
};
// Smallest k with to - from < 2^k; -1 while open.
int length_class(const CaseStay& stay);

// A stretch in which a case stood at one group and level: until it moved on, was resolved or
// closed.
struct CaseHop {
    UtcSecond from = 0;
    UtcSecond to = 0;
    Dims dims;
    bool moved = false;  // it ended because the case moved on
};

// Where a case stood from a moment on, in its order of rows.
struct CasePlace {
    UtcSecond at = 0;
    Dims dims;
};

struct CaseHistory {
    UtcSecond opened_at = 0;
    std::vector<CaseEvent> events;  // by time
    std::vector<CaseStay> stays;    // by day, without overlap
    std::vector<CaseHop> hops;      // by time, those that ended
    std::vector<CasePlace> places;
    std::vector<SlaMark> marks;  // by time
    bool tells_replies = false;
    bool in_call = false;
    bool joined = false;
    std::array<TargetResult, kTargets> targets;  // all open where derive had no rules

    SlaInput sla_input() const { return {opened_at, marks, tells_replies, in_call, joined}; }
    // The place at a moment, with level and organisation of that day.
    const Dims& dims_at(UtcSecond at) const;
};

struct ServiceRules;

// `rows` by (updated, modification count, line), superseded rows left out; at least one. Without
// rules no target is worked out.
CaseHistory derive_case(std::span<const CaseRow> rows, const GroupMap& groups,
                        const ServiceRules* rules = nullptr);

}  // namespace klarsyn::servicedesk
