#include "modules/servicedesk/desk/live_facts.h"

#include <algorithm>
#include <set>

#include "modules/servicedesk/case_facts.h"
#include "modules/servicedesk/desk/call_facts.h"
#include "modules/servicedesk/selfservice/survey_facts.h"

namespace klarsyn::servicedesk {
namespace {

namespace json = boost::json;

std::string_view source_state(CaseStatus status) {
    switch (status) {
        case CaseStatus::fresh: return "New";
        case CaseStatus::active: return "Active";
        case CaseStatus::on_hold: return "On Hold";
        case CaseStatus::resolved: return "Resolved";
        case CaseStatus::closed: return "Closed";
    }
    return {};
}

bool is_reply(const Record& record) {
    const auto* person = record.body.if_contains("person");
    return record.kind == "commented" && person != nullptr && person->is_bool() &&
           person->as_bool() && body_text(record.body, "visibility") == "public";
}

// Records that change nothing that is counted bring no row.
bool counts(const Record& record) {
    static constexpr std::string_view kKinds[] = {"opened",  "changed",  "moved",    "held",
                                                  "resumed", "resolved", "reopened", "closed"};
    for (const std::string_view kind : kKinds)
        if (record.kind == kind) return true;
    return is_reply(record);
}

// Its place among desk_format's tables: after those of case_tables.
constexpr int kCallCaseTable = 4;
constexpr int kSurveyTable = 5;

}  // namespace

Format desk_format() {
    Format format;
    format.name = "desk";
    format.module = "servicedesk";
    format.tables = case_tables();
    format.tables.push_back(call_case_table());
    format.tables.push_back(survey_table());
    return format;
}

Result<void> cover_days(WriteTurn& turn, std::int64_t seq) {
    const Day today = Zone::copenhagen().to_local(turn.now).day;
    const Params of = {{":module", std::string("servicedesk")}, {":source", std::string(kOwnSource)}};
    KL_TRY(const std::int64_t last,
           query_i64(turn.db, "SELECT MAX(day) FROM core_feed_day WHERE module = :module"
                              " AND source = :source AND retracted_seq IS NULL",
                     of, today - 1));
    for (std::int64_t day = last + 1; day <= today; ++day) {
        Params row = of;
        row.emplace_back(":seq", seq);
        row.emplace_back(":day", day);
        KL_TRY([[maybe_unused]] const auto added,
               turn.db.run("INSERT INTO core_feed_day (seq, retracted_seq, module, source, day)"
                           " VALUES (:seq, NULL, :module, :source, :day)",
                           row));
    }
    return {};
}

LiveCase::LiveCase(std::span<const Record> records, const DeskRules& rules) {
    CaseState state;
    for (const Record& record : records) {
        apply(state, record);
        if (!record.undone && counts(record)) add(state, record);
    }
    if (rows_.empty()) return;
    history_ = derive_case(rows_, rules.group_map, rules.service.get());
    known_until_ = records.back().at;
    // A limit that ends later than anything known has not ended yet: the desk's clock writes a
    // record when it does (clock_task.cc).
    for (TargetResult& target : history_.targets) {
        for (TargetCount* count : {&target.net, &target.gross})
            if (count->at > known_until_) *count = {};
    }
    if (!history_.joined) add_known_errors(records, state);
}

// The answer was known: somebody linked the case to a known error, and the link stands.
void LiveCase::add_known_errors(std::span<const Record> records, const CaseState& state) {
    std::set<std::string, std::less<>> counted;
    for (const Record& record : records) {
        const json::value* known = record.body.if_contains("known_error");
        if (record.kind != "linked" || record.undone || known == nullptr || !known->is_bool() ||
            !known->as_bool())
            continue;
        const std::string to = body_text(record.body, "to");
        const bool stands =
            std::any_of(state.links.begin(), state.links.end(), [&](const CaseLink& link) {
                return link.to == to && link.relation == "problem";
            });
        if (!stands || !counted.insert(to).second) continue;
        CaseEvent event;
        event.kind = EventKind::known_error;
        event.at = record.at;
        event.day = Zone::copenhagen().to_local(record.at).day;
        event.dims = history_.dims_at(record.at);
        event.was = keep(to);
        history_.events.push_back(std::move(event));
    }
}

std::optional<UtcSecond> LiveCase::next_breach_at() const {
    std::optional<UtcSecond> next;
    for (const TargetResult& target : history_.targets) {
        if (target.fulfilled_at || !target.due_at || *target.due_at <= known_until_) continue;
        next = next ? std::min(*next, *target.due_at) : *target.due_at;
    }
    return next;
}

std::optional<UtcSecond> LiveCase::due_at() const {
    std::optional<UtcSecond> due;
    for (const TargetResult& target : history_.targets) {
        if (target.fulfilled_at || !target.due_at) continue;
        due = due ? std::min(*due, *target.due_at) : *target.due_at;
    }
    return due;
}

std::string_view LiveCase::keep(std::string text) { return texts_.emplace_back(std::move(text)); }

void LiveCase::add(const CaseState& state, const Record& record) {
    CaseRow row;
    row.updated = {record.at, 0};
    row.state = source_state(state.status);
    row.group = keep(state.group);
    row.category = keep(state.category);
    row.type = keep(state.type);
    row.priority = keep(std::to_string(state.priority));
    row.contact = keep(state.contact);
    row.system = keep(state.system);
    row.own_org = keep(state.org);
    if (state.level > 0) row.own_level = keep(std::to_string(state.level));
    row.by = keep(record.actor);
    row.hold_reason = keep(state.hold_reason);
    row.reopen_count = state.reopen_count;
    row.opened = {state.opened_at, 0};
    row.replied = is_reply(record);
    row.joined = state.close_reason == "merged";
    row.in_call = record.kind == "opened" && !state.call.empty();
    row.tells_replies = true;
    rows_.push_back(row);
}

Result<void> derive_live(FactWriter& facts, const LiveCase& live,
                         std::span<const Record> records, std::string_view number,
                         FactWriter::Group group) {
    KL_CHECK(facts.begin_group(case_group(kOwnSource, number), group));
    if (!live.history().events.empty()) {
        write_case(live.history(), kOwnSource, number, facts);
        write_call_case(records, live.history(), number, kCallCaseTable, facts);
        write_survey(records, live.history(), number, kSurveyTable, facts);
    }
    return facts.end_group();
}

Result<void> write_live_facts(WriteTurn& turn, const LiveCase& live, const CaseTouch& touch) {
    static const Format kFormat = desk_format();
    KL_TRY(FactWriter* const facts, turn.facts(kFormat));
    KL_CHECK(derive_live(*facts, live, touch.records, touch.after.number,
                         touch.before.exists() ? FactWriter::Group::may_exist
                                               : FactWriter::Group::fresh));
    return cover_days(turn, touch.records.back().seq);
}

}  // namespace klarsyn::servicedesk
