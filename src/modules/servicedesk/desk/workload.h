// Who has how much to do: open cases by group, person and age, and moves between groups. The page's
// numbers and the lists behind them come from the same conditions. Reads only; a Connection belongs
// to one thread.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "modules/servicedesk/desk/lists.h"

namespace klarsyn::servicedesk {

// Days since a case was opened, rounded down: the classes of the ageing table.
struct AgeClass {
    std::int64_t from_days = 0;
    std::optional<std::int64_t> to_days;  // inclusive; none = no end
};
inline constexpr std::array<AgeClass, 6> kAgeClasses = {
    {{0, 0}, {1, 2}, {3, 6}, {7, 13}, {14, 29}, {30, std::nullopt}}};

// What of the open cases is meant. "unowned": unsolved without an assignee; "late": past its limit.
enum class WorkPart { open, fresh, active, on_hold, resolved, unowned, late };
std::optional<WorkPart> parse_work_part(std::string_view word);
std::string_view work_part_name(WorkPart part);

struct WorkFilter {
    std::optional<std::string> group = std::nullopt;     // none = any; empty = in no group
    std::optional<std::string> assignee = std::nullopt;  // none = any; empty = nobody's
    std::optional<std::size_t> age = std::nullopt;       // of kAgeClasses
    WorkPart part = WorkPart::open;
};

struct WorkTally {
    std::int64_t open = 0, fresh = 0, active = 0, on_hold = 0, resolved = 0, unowned = 0, late = 0;
    std::array<std::int64_t, kAgeClasses.size()> ages{};
    std::optional<UtcSecond> oldest;  // when it was opened
    std::int64_t of(WorkPart part) const;
};

struct Workload {
    WorkTally all;
    std::vector<std::pair<std::string, WorkTally>> groups, people;  // by name
};

Result<Workload> read_workload(Connection& db, const CaseViewer& viewer);

Result<std::int64_t> count_work(Connection& db, const WorkFilter& filter, const CaseViewer& viewer);
// The oldest first, at most `limit`.
Result<std::vector<CaseItem>> list_work(Connection& db, const WorkFilter& filter,
                                        const CaseViewer& viewer, std::int64_t limit);

// Moves from one group to another on the days of a period, with how long the cases had stood there.
struct GroupMoves {
    std::string from, to;
    std::int64_t count = 0;
    std::int64_t median_s = 0, longest_s = 0;  // nearest rank
};
struct Move {
    std::string number, from, to;
    UtcSecond at = 0;
    std::optional<std::int64_t> stood_s;
};
// Those that the viewer may see, by time; `from` and `to` choose where given.
Result<std::vector<Move>> read_moves(Connection& db, Period days, const CaseViewer& viewer,
                                     const std::optional<std::string>& from,
                                     const std::optional<std::string>& to);
// By count, most first.
std::vector<GroupMoves> group_moves(const std::vector<Move>& moves);

}  // namespace klarsyn::servicedesk
