#include "modules/servicedesk/desk/clock_task.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

constexpr int kEverySeconds = 5;
constexpr std::int64_t kCasesPerTurn = 200;

DeskActor the_clock() {
    DeskActor actor;
    actor.name = "system";
    actor.person = false;
    actor.via = "clock";
    return actor;
}

// One rule of the clock: which cases are due, and the record that it writes.
struct ClockRule {
    std::string_view sql;  // numbers, with :now and :max
    std::string_view kind;
    json::object (*body)(const CaseState& state);
};

const ClockRule kRules[] = {
    {"SELECT number FROM servicedesk_case WHERE next_breach_at <= :now"
     " ORDER BY next_breach_at LIMIT :max",
     "breached", [](const CaseState&) { return json::object(); }},
    {"SELECT number FROM servicedesk_case WHERE wake_at <= :now AND state = 'on_hold'"
     " ORDER BY wake_at LIMIT :max",
     "resumed",
     [](const CaseState& state) {
         return json::object{{"by_clock", true}, {"was", state.hold_reason}};
     }},
    {"SELECT number FROM servicedesk_case WHERE state = 'resolved' AND source = 'klarsyn'"
     " AND resolved_at <= :solved"
     " ORDER BY resolved_at LIMIT :max",
     "closed", [](const CaseState&) { return json::object{{"reason", "solved"}, {"by_clock", true}}; }},
};

Result<std::vector<std::string>> due_numbers(Connection& db, const ClockRule& rule, UtcSecond now,
                                             std::int64_t max) {
    KL_TRY(const auto rows, db.query(rule.sql, {{":now", now},
                                                {":solved", now - kCloseAfterSeconds},
                                                {":max", max}}));
    std::vector<std::string> numbers;
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return numbers;
        numbers.emplace_back(rows->text(0));
    }
}

Result<bool> anything_due(BackgroundTools& tools) {
    KL_TRY(const WorkerTools reader, tools.open());
    for (const ClockRule& rule : kRules) {
        KL_TRY(const auto numbers, due_numbers(*reader.db, rule, tools.site.clock.now(), 1));
        if (!numbers.empty()) return true;
    }
    return false;
}

void run(BackgroundTools& tools) {
    // Asked of a reader first: a desk where nothing is due costs the writer nothing.
    const auto due = anything_due(tools);
    if (!due.ok() || !*due) return;
    std::int64_t done = kCasesPerTurn;
    while (done == kCasesPerTurn && !tools.stopping()) {
        const auto ran = run_in_turn(tools.services, [&done](WriteTurn& turn) -> Result<void> {
            KL_TRY(done, run_desk_clock(turn, kCasesPerTurn));
            return {};
        });
        if (!ran.ok()) return;  // tried again at the next beat
    }
}

}  // namespace

Result<std::int64_t> run_desk_clock(WriteTurn& turn, std::int64_t max) {
    std::int64_t most = 0;
    for (const ClockRule& rule : kRules) {
        KL_TRY(const auto numbers, due_numbers(turn.db, rule, turn.now, max));
        most = std::max(most, static_cast<std::int64_t>(numbers.size()));
        for (const std::string& number : numbers) {
            KL_TRY(DeskEntry entry, DeskEntry::begin(turn, the_clock()));
            KL_TRY(const CaseState* state, entry.find(number));
            KL_CHECK(entry.record(number, std::string(rule.kind), rule.body(*state)));
            KL_CHECK(entry.end());
        }
    }
    return most;
}

Background desk_clock() { return {"servicedesk.clock", kEverySeconds, run}; }

}  // namespace klarsyn::servicedesk
