#include "modules/servicedesk/desk/projection.h"

#include <boost/json/serialize.hpp>

#include <limits>

#include "modules/servicedesk/desk/live_facts.h"
#include "modules/servicedesk/practice/object.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::string_view kColumns[] = {
    "source",     "version",     "state",          "open",         "type",        "title",
    "system",     "org",         "impact",         "urgency",      "priority",    "contact",
    "caller_name", "caller_account", "caller_phone", "caller_mail", "category",   "grp",
    "level",      "assignee",    "hold_reason",    "wake_at",      "opened_at",   "updated_at",
    "resolved_at", "closed_at",  "due_at",         "next_breach_at", "rank_at",     "parent",
    "merged_into", "problem",    "change_no",      "major",        "call",        "reopen_count"};

std::string insert_sql() {
    std::string columns = "num, number", values = ":num, :number";
    for (const std::string_view column : kColumns) {
        columns += ", " + std::string(column);
        values += ", :" + std::string(column);
    }
    return "INSERT INTO servicedesk_case (" + columns + ") VALUES (" + values + ")";
}

std::string update_sql() {
    std::string sets;
    for (const std::string_view column : kColumns)
        sets += (sets.empty() ? "" : ", ") + std::string(column) + " = :" + std::string(column);
    return "UPDATE servicedesk_case SET " + sets + " WHERE number = :number";
}

Value optional_value(const std::optional<UtcSecond>& time) {
    return time ? Value(*time) : Value();
}

}  // namespace

Params projection_values(const CaseState& state, const LiveCase& live) {
    const std::optional<UtcSecond> due = live.due_at();
    return {{":source", std::string(kOwnSource)},
            {":version", state.version},
            {":state", std::string(status_name(state.status))},
            {":open", std::int64_t{state.open() ? 1 : 0}},
            {":type", state.type},
            {":title", state.title},
            {":system", state.system},
            {":org", state.org},
            {":impact", state.impact},
            {":urgency", state.urgency},
            {":priority", state.priority},
            {":contact", state.contact},
            {":caller_name", state.caller.name},
            {":caller_account", state.caller.account},
            {":caller_phone", state.caller.phone},
            {":caller_mail", state.caller.mail},
            {":category", state.category},
            {":grp", state.group},
            {":level", state.level},
            {":assignee", state.assignee},
            {":hold_reason", state.hold_reason},
            {":wake_at", optional_value(state.wake_at)},
            {":opened_at", state.opened_at},
            {":updated_at", state.updated_at},
            {":resolved_at", optional_value(state.resolved_at)},
            {":closed_at", optional_value(state.closed_at)},
            {":due_at", optional_value(due)},
            {":next_breach_at", optional_value(live.next_breach_at())},
            {":rank_at", due.value_or(std::numeric_limits<std::int64_t>::max())},
            {":parent", state.parent},
            {":merged_into", state.merged_into},
            {":problem", state.problem},
            {":change_no", state.change},
            {":major", state.major},
            {":call", state.call},
            {":reopen_count", state.reopen_count}};
}

Result<void> write_projection(WriteTurn& turn, const LiveCase& live, const CaseTouch& touch) {
    static const std::string kInsert = insert_sql();
    static const std::string kUpdate = update_sql();
    Params values = projection_values(touch.after, live);
    values.emplace_back(":number", touch.after.number);
    if (touch.before.exists()) {
        KL_TRY(const auto changed, turn.db.run(kUpdate, values));
        KL_ASSERT(changed == 1);
        return {};
    }
    KL_TRY(const auto last, query_i64(turn.db, "SELECT MAX(num) FROM servicedesk_case"));
    values.emplace_back(":num", last + 1);
    KL_TRY([[maybe_unused]] const auto added, turn.db.run(kInsert, values));
    return {};
}

namespace {

// Compares the standing row of a case with what its records say.
Result<bool> row_differs(Connection& db, const std::string& number,
                         const std::vector<Record>& records, const LiveCase& live) {
    std::string columns;
    for (const std::string_view column : kColumns)
        columns += (columns.empty() ? "" : ", ") + std::string(column);
    KL_TRY(const auto rows, db.query("SELECT " + columns + " FROM servicedesk_case"
                                     " WHERE number = :number",
                                     {{":number", number}}));
    KL_TRY(const bool found, rows->next());
    if (!found) return true;
    const CaseState state = replay(number, records);
    int column = 0;
    for (const auto& [name, value] : projection_values(state, live)) {
        const int at = column++;
        if (std::holds_alternative<std::monostate>(value)) {
            if (!rows->is_null(at)) return true;
        } else if (const auto* integer = std::get_if<std::int64_t>(&value)) {
            if (rows->is_null(at) || rows->i64(at) != *integer) return true;
        } else if (rows->text(at) != std::get<std::string>(value)) {
            return true;
        }
    }
    return false;
}

Result<std::vector<std::string>> own_numbers(Connection& db) {
    std::vector<std::string> numbers;
    KL_TRY(const auto rows, db.query("SELECT object FROM servicedesk_record WHERE n = 1"
                                     " UNION SELECT number FROM servicedesk_case WHERE source = :own"
                                     " AND number > 'K' AND number < 'L'"
                                     " ORDER BY 1",
                                     {{":own", std::string(kOwnSource)}}));
    while (true) {
        KL_TRY(const bool more, rows->next());
        if (!more) return numbers;
        if (rows->text(0).starts_with('K')) numbers.emplace_back(rows->text(0));
    }
}

}  // namespace

Result<std::int64_t> count_desk_faults(Store& store) {
    Connection& db = store.writer();
    ThreadMemory memory(db);
    KL_CHECK(db.begin_write());  // derived again and thrown away
    const auto count = [&]() -> Result<std::int64_t> {
        KL_TRY(const auto head, head_seq(db));
        const UtcSecond now = SystemClock().now();
        KL_TRY(const auto rules,
               desk_rules(db, memory, Zone::copenhagen().to_local(now).day));
        KL_TRY(const auto numbers, own_numbers(db));
        const Format format = desk_format();
        KL_TRY(const auto facts, FactWriter::open(db, format, head + 1, memory.names));
        std::int64_t faults = 0;
        for (const std::string& number : numbers) {
            KL_TRY(const auto records, load_records(db, number));
            const LiveCase live(records, *rules);
            KL_TRY(const bool differs, row_differs(db, number, records, live));
            faults += differs ? 1 : 0;
            KL_CHECK(derive_live(*facts, live, records, number, FactWriter::Group::may_exist));
        }
        KL_CHECK(facts->flush());
        KL_TRY(const auto others, count_object_faults(db, head + 1, memory.names));
        return faults + others + facts->digest().rows_came + facts->digest().rows_went;
    }();
    db.rollback();
    return count;
}

Result<std::int64_t> derive_desk(Store& store, const Clock& clock, const DeriveReason& reason) {
    static const Format kFormat = desk_format();
    static const std::string kUpdate = update_sql();
    Connection& db = store.writer();
    ThreadMemory memory(db);
    KL_CHECK(db.begin_write());
    std::int64_t changed = 0;
    const auto derive = [&]() -> Result<void> {
        KL_TRY(const auto numbers, own_numbers(db));
        if (numbers.empty()) return {};
        WriteTurn turn(db, memory, store.journal_key(), clock);
        KL_TRY(const auto rules,
               desk_rules(db, memory, Zone::copenhagen().to_local(turn.now).day));
        KL_TRY([[maybe_unused]] const auto seq, turn.begin_entry());
        KL_TRY(FactWriter* const facts, turn.facts(kFormat));
        for (const std::string& number : numbers) {
            KL_TRY(const auto records, load_records(db, number));
            const LiveCase live(records, *rules);
            KL_CHECK(derive_live(*facts, live, records, number, FactWriter::Group::may_exist));
            Params row = projection_values(replay(number, records), live);
            row.emplace_back(":number", number);
            KL_TRY([[maybe_unused]] const auto updated, db.run(kUpdate, row));
        }
        KL_CHECK(turn.end_entry(reason.actor, "derive",
                                boost::json::serialize(boost::json::object{
                                    {"format", kFormat.name}, {"why", reason.why}})));
        changed = facts->digest().rows_came + facts->digest().rows_went;
        return turn.finish();
    };
    if (auto derived = derive(); !derived.ok()) {
        db.rollback();
        return derived.error();
    }
    KL_CHECK(db.commit());
    return changed;
}

}  // namespace klarsyn::servicedesk
