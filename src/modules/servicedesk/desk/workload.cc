#include "modules/servicedesk/desk/workload.h"

#include <algorithm>
#include <map>

namespace klarsyn::servicedesk {
namespace {

constexpr std::int64_t kDay_s = 24 * 3600;
constexpr std::array<std::string_view, 7> kParts = {"open",     "new",     "active", "on_hold",
                                                    "resolved", "unowned", "late"};

using Bound = std::vector<std::pair<std::string, Value>>;

Params params_of(const Bound& bound) {
    Params result;
    for (const auto& [name, value] : bound) result.emplace_back(name, value);
    return result;
}

// Whole days since the case was opened; a case from a clock that runs ahead is new.
constexpr std::string_view kAgeDays = "((:now - opened_at) / 86400)";

std::string part_condition(WorkPart part) {
    switch (part) {
        case WorkPart::open: return "";
        case WorkPart::unowned: return " AND assignee = '' AND state <> 'resolved'";
        case WorkPart::late: return " AND due_at < :now";
        default: return " AND state = '" + std::string(work_part_name(part)) + "'";
    }
}

// "open = 1 AND ..." with its parameters; :now is always one of them.
std::string conditions(const WorkFilter& filter, const CaseViewer& viewer, Bound& bound) {
    std::string sql = "open = 1" + part_condition(filter.part);
    bound.emplace_back(":now", Value(viewer.now));
    if (filter.group) {
        sql += " AND grp = :grp";
        bound.emplace_back(":grp", Value(*filter.group));
    }
    if (filter.assignee) {
        sql += " AND assignee = :assignee";
        bound.emplace_back(":assignee", Value(*filter.assignee));
    }
    if (filter.age) {
        const AgeClass& age = kAgeClasses.at(*filter.age);
        // The first class also has what was opened in the future.
        if (age.from_days > 0)
            sql += " AND opened_at <= :now - " + std::to_string(age.from_days * kDay_s);
        if (age.to_days)
            sql += " AND opened_at > :now - " + std::to_string((*age.to_days + 1) * kDay_s);
    }
    const ScopeSql scope = scope_sql(viewer.scope, "org");
    for (const auto& [name, value] : scope.params) bound.emplace_back(name, value);
    return sql + " AND " + scope.condition;
}

std::size_t age_class(std::int64_t days) {
    std::size_t found = 0;
    for (std::size_t i = 0; i < kAgeClasses.size(); ++i)
        if (days >= kAgeClasses[i].from_days) found = i;
    return found;
}

struct Counted {
    std::string group, assignee, state;
    bool late = false;
    std::int64_t days = 0, count = 0;
    UtcSecond oldest = 0;
};

void add(WorkTally& tally, const Counted& row) {
    tally.open += row.count;
    if (row.state == "new") tally.fresh += row.count;
    if (row.state == "active") tally.active += row.count;
    if (row.state == "on_hold") tally.on_hold += row.count;
    if (row.state == "resolved") tally.resolved += row.count;
    if (row.assignee.empty() && row.state != "resolved") tally.unowned += row.count;
    if (row.late) tally.late += row.count;
    tally.ages[age_class(row.days)] += row.count;
    tally.oldest = std::min(tally.oldest.value_or(row.oldest), row.oldest);
}

std::int64_t nearest_rank_median(const std::vector<std::int64_t>& sorted) {
    return sorted.empty() ? 0 : sorted[(sorted.size() + 1) / 2 - 1];
}

}  // namespace

std::optional<WorkPart> parse_work_part(std::string_view word) {
    const auto found = std::find(kParts.begin(), kParts.end(), word);
    if (found == kParts.end()) return std::nullopt;
    return static_cast<WorkPart>(found - kParts.begin());
}

std::string_view work_part_name(WorkPart part) { return kParts[static_cast<std::size_t>(part)]; }

std::int64_t WorkTally::of(WorkPart part) const {
    switch (part) {
        case WorkPart::open: return open;
        case WorkPart::fresh: return fresh;
        case WorkPart::active: return active;
        case WorkPart::on_hold: return on_hold;
        case WorkPart::resolved: return resolved;
        case WorkPart::unowned: return unowned;
        case WorkPart::late: return late;
    }
    return 0;
}

Result<Workload> read_workload(Connection& db, const CaseViewer& viewer) {
    Bound bound;
    const std::string where = conditions({}, viewer, bound);
    KL_TRY(auto rows,
           db.query(
               "SELECT grp, assignee, state, late, days, COUNT(*), MIN(opened_at) FROM "
               "(SELECT grp, assignee, state, CASE WHEN due_at < :now THEN 1 ELSE 0 END AS late, " +
                   std::string(kAgeDays) + " AS days, opened_at FROM servicedesk_case WHERE " +
                   where + ") AS work GROUP BY grp, assignee, state, late, days",
               params_of(bound)));
    Workload work;
    std::map<std::string, WorkTally> groups, people;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        Counted row;
        row.group = rows->text(0);
        row.assignee = rows->text(1);
        row.state = rows->text(2);
        row.late = rows->i64(3) != 0;
        row.days = rows->i64(4);
        row.count = rows->i64(5);
        row.oldest = rows->i64(6);
        add(work.all, row);
        add(groups[row.group], row);
        add(people[row.assignee], row);
    }
    work.groups.assign(groups.begin(), groups.end());
    work.people.assign(people.begin(), people.end());
    return work;
}

Result<std::int64_t> count_work(Connection& db, const WorkFilter& filter,
                                const CaseViewer& viewer) {
    Bound bound;
    const std::string where = conditions(filter, viewer, bound);
    return query_i64(db, "SELECT COUNT(*) FROM servicedesk_case WHERE " + where, params_of(bound));
}

Result<std::vector<CaseItem>> list_work(Connection& db, const WorkFilter& filter,
                                        const CaseViewer& viewer, std::int64_t limit) {
    Bound bound;
    const std::string where = conditions(filter, viewer, bound);
    KL_TRY(auto rows, db.query("SELECT number FROM servicedesk_case WHERE " + where +
                                   " ORDER BY opened_at, num LIMIT " + std::to_string(limit),
                               params_of(bound)));
    std::vector<std::string> numbers;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) break;
        numbers.emplace_back(rows->text(0));
    }
    std::vector<CaseItem> items;
    for (const auto& number : numbers) {
        KL_TRY(auto item, find_item(db, number, viewer.scope));
        if (!item) continue;
        item->breached = is_breached(*item, viewer.now);
        items.push_back(std::move(*item));
    }
    return items;
}

Result<std::vector<Move>> read_moves(Connection& db, Period days, const CaseViewer& viewer,
                                     const std::optional<std::string>& from,
                                     const std::optional<std::string>& to) {
    Bound bound = {{":from", Value(std::int64_t{days.from})},
                   {":to", Value(std::int64_t{days.to})}};
    std::string more;
    const auto choose = [&](const std::optional<std::string>& group, const std::string& column,
                            const std::string& name) {
        if (!group) return;
        more += " AND " + column + " = " + name;
        bound.emplace_back(name, Value(*group));
    };
    choose(from, "a.text", ":left");
    choose(to, "b.text", ":came");
    const ScopeSql scope = scope_sql(viewer.scope, "CASE WHEN o.org = 0 THEN '' ELSE org.text END");
    for (const auto& [name, value] : scope.params) bound.emplace_back(name, value);
    // A move is two events: out of one place and into the next, under one key but for the kind.
    KL_TRY(
        auto rows,
        db.query("SELECT o.case_no, s.text, a.text, b.text, o.at, MAX(h.seconds) "
                 "FROM servicedesk_event AS o JOIN servicedesk_event AS i "
                 "ON i.group_key = o.group_key AND i.retracted_seq IS NULL AND i.source_key = "
                 "REPLACE(o.source_key, '/moved_out/', '/moved_in/') AND i.grp <> o.grp "
                 "JOIN core_name AS a ON a.id = o.grp JOIN core_name AS b ON b.id = i.grp "
                 "JOIN core_name AS s ON s.id = o.source "
                 "LEFT JOIN core_name AS org ON org.id = o.org "
                 "LEFT JOIN servicedesk_hop AS h ON h.group_key = o.group_key "
                 "AND h.retracted_seq IS NULL AND h.case_no = o.case_no AND h.at = o.at "
                 "AND h.grp = o.grp WHERE o.kind = 'moved_out' AND o.retracted_seq IS NULL "
                 "AND o.grp <> 0 AND o.day BETWEEN :from AND :to AND " +
                     (viewer.scope.all ? std::string("1 = 1") : scope.condition) + more +
                     " GROUP BY o.id, o.case_no, s.text, a.text, b.text, o.at ORDER BY o.at, o.id",
                 params_of(bound)));
    std::vector<Move> moves;
    while (true) {
        KL_TRY(const bool got, rows->next());
        if (!got) return moves;
        Move move;
        const std::string source(rows->text(1));
        move.number = (source == "klarsyn" ? "" : source + ":") + std::string(rows->text(0));
        move.from = rows->text(2);
        move.to = rows->text(3);
        move.at = rows->i64(4);
        if (!rows->is_null(5)) move.stood_s = rows->i64(5);
        moves.push_back(std::move(move));
    }
}

std::vector<GroupMoves> group_moves(const std::vector<Move>& moves) {
    std::map<std::pair<std::string, std::string>, std::vector<std::int64_t>> times;
    std::map<std::pair<std::string, std::string>, std::int64_t> counts;
    for (const Move& move : moves) {
        ++counts[{move.from, move.to}];
        if (move.stood_s) times[{move.from, move.to}].push_back(*move.stood_s);
    }
    std::vector<GroupMoves> found;
    for (const auto& [pair, count] : counts) {
        auto& stood = times[pair];
        std::sort(stood.begin(), stood.end());
        found.push_back({pair.first, pair.second, count, nearest_rank_median(stood),
                         stood.empty() ? 0 : stood.back()});
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const GroupMoves& a, const GroupMoves& b) { return a.count > b.count; });
    return found;
}

}  // namespace klarsyn::servicedesk
