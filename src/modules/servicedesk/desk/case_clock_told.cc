#include "modules/servicedesk/desk/case_clock_told.h"

#include <algorithm>
#include <utility>

#include "modules/servicedesk/case_facts.h"

namespace klarsyn::servicedesk {
namespace {

std::optional<MarkKind> mark_kind(std::string_view kind) {
    if (kind == "on_hold") return MarkKind::held;
    if (kind == "resumed") return MarkKind::resumed;
    if (kind == "resolved") return MarkKind::resolved;
    if (kind == "reopened") return MarkKind::reopened;
    if (kind == "closed") return MarkKind::closed;
    return std::nullopt;
}

// Events that carry the values from then on; a reopening has those from before, and what changed
// meanwhile follows it.
bool brings_values(std::string_view kind) {
    return kind == "created" || kind == "assigned" || kind == "moved_in" ||
           kind.ends_with("_changed");
}

bool same_values(const ClockEvent& a, const ClockEvent& b) {
    return a.priority == b.priority && a.type == b.type && a.system == b.system;
}

const ClockFact* fact_of(const std::vector<ClockFact>& facts, TargetKind target) {
    for (const ClockFact& fact : facts)
        if (fact.target == target_name(target)) return &fact;
    return nullptr;
}

Result<std::vector<ClockEvent>> load_events(Connection& db, const Params& of) {
    KL_TRY(const auto rows,
           db.query("SELECT e.kind, e.at, p.text, t.text, s.text, w.text FROM servicedesk_event AS e"
                    " LEFT JOIN core_name AS p ON p.id = e.priority AND e.priority <> 0"
                    " LEFT JOIN core_name AS t ON t.id = e.type AND e.type <> 0"
                    " LEFT JOIN core_name AS s ON s.id = e.system AND e.system <> 0"
                    " LEFT JOIN core_name AS w ON w.id = e.was AND e.was <> 0"
                    " WHERE e.group_key = :group AND e.retracted_seq IS NULL AND e.case_no = :number"
                    " ORDER BY e.at, e.id",
                    of));
    const auto text = [&](int column) {
        return rows->is_null(column) ? std::string() : std::string(rows->text(column));
    };
    std::vector<ClockEvent> events;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return events;
        events.push_back({text(0), rows->i64(1), text(2), text(3), text(4), text(5)});
    }
}

// Where each target counts without pauses; also the answer that counts apart from it.
Result<std::vector<ClockFact>> load_facts(Connection& db, const Params& of) {
    KL_TRY(const auto rows,
           db.query("SELECT n.text, f.kept, f.at, f.elapsed_s, f.lacks FROM servicedesk_target AS f"
                    " JOIN core_name AS n ON n.id = f.target"
                    " WHERE f.group_key = :group AND f.retracted_seq IS NULL AND f.case_no = :number"
                    " AND f.clock IN (1, 3, 5, 7) ORDER BY f.id",
                    of));
    std::vector<ClockFact> facts;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return facts;
        ClockFact& fact = facts.emplace_back();
        fact.target = rows->text(0);
        if (!rows->is_null(1)) fact.kept = rows->i64(1) == 1;
        fact.at = rows->i64(2);
        if (!rows->is_null(3)) fact.elapsed_s = rows->i64(3);
        fact.lacks = rows->text(4);
    }
}

bool agrees(const TargetResult& result, const ClockFact* fact) {
    if (fact == nullptr) return result.net.outcome == Outcome::open;
    if (result.net.outcome == Outcome::open || result.net.at != fact->at) return false;
    if (!fact->kept) return result.net.outcome == Outcome::lacking;
    return result.net.outcome == (*fact->kept ? Outcome::kept : Outcome::breached);
}

}  // namespace

ToldMarks marks_of(UtcSecond opened_at, std::vector<ClockEvent>& events,
                   const std::vector<ClockFact>& facts) {
    // At one second the new values come first, then what was done with them, as it was done.
    std::stable_sort(events.begin(), events.end(), [](const ClockEvent& a, const ClockEvent& b) {
        return std::pair(a.at, !brings_values(a.kind)) < std::pair(b.at, !brings_values(b.kind));
    });
    ToldMarks told;
    told.opened_at = opened_at;
    const ClockFact* reply = fact_of(facts, TargetKind::first_response);
    told.tells_replies = reply != nullptr && (reply->lacks.empty() || reply->elapsed_s || reply->kept);
    bool ended = false;
    const ClockEvent* before = nullptr;
    for (const ClockEvent& event : events) {
        if (brings_values(event.kind)) {
            if (before == nullptr || !same_values(*before, event)) {
                SlaMark& mark = told.marks.emplace_back();
                mark.at = event.at;
                mark.priority = event.priority;
                mark.type = event.type;
                mark.system = event.system;
            }
            before = &event;
        }
        const auto kind = mark_kind(event.kind);
        if (!kind) continue;
        ended = *kind != MarkKind::reopened && (ended || *kind == MarkKind::closed);
        SlaMark& mark = told.marks.emplace_back();
        mark.at = event.at;
        mark.kind = *kind;
        mark.text = event.was;
    }
    if (reply != nullptr && reply->elapsed_s) {
        SlaMark answer;
        answer.at = opened_at + *reply->elapsed_s;
        answer.kind = MarkKind::replied;
        const auto later = [](UtcSecond at, const SlaMark& mark) { return at < mark.at; };
        const auto place =
            std::upper_bound(told.marks.begin(), told.marks.end(), answer.at, later);
        told.marks.insert(place, answer);
    }
    told.joined = ended && facts.empty();  // merged cases have no targets, all others lack at least
    return told;
}

Result<ImportedClock> imported_clock(Connection& db, const RuleVersion& rules,
                                     std::string_view source, std::string_view case_no,
                                     UtcSecond opened_at, UtcSecond now) {
    const Params of = {{":group", Value(case_group(source, case_no))},
                       {":number", Value(std::string(case_no))}};
    KL_TRY(auto events, load_events(db, of));
    KL_TRY(const auto facts, load_facts(db, of));
    const ToldMarks told = marks_of(opened_at, events, facts);
    ImportedClock clock;
    clock.joined = told.joined;
    clock.targets = explain(told.input(), rules, now);
    for (const TargetClock& target : clock.targets) {
        clock.exact = clock.exact && agrees(target.result, fact_of(facts, target.result.target));
    }
    return clock;
}

}  // namespace klarsyn::servicedesk
