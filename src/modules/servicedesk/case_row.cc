#include "modules/servicedesk/case_row.h"

#include <algorithm>
#include <limits>

namespace klarsyn::servicedesk {
namespace {

constexpr std::int64_t kDerivation = 4;

std::int64_t level_number(std::string_view level) {
    return level.size() == 1 && level[0] >= '1' && level[0] <= '9' ? level[0] - '0' : 0;
}

// Why it waits, in the desk's words; empty where the source's word says nothing.
std::string_view hold_reason(const CaseNow& now, const RuleVersion& rules) {
    if (now.state != "on_hold") return {};
    const Wait wait = rules.sla.wait_of(now.waits);
    return wait == Wait::unspecified ? std::string_view() : wait_name(wait);
}

std::optional<UtcSecond> due_at(const CaseHistory& history, const CaseNow& now) {
    std::optional<UtcSecond> due;
    if (now.state == "closed" || now.state == "resolved") return due;
    for (const TargetResult& target : history.targets) {
        if (target.fulfilled_at || !target.due_at) continue;
        due = due ? std::min(*due, *target.due_at) : *target.due_at;
    }
    return due;
}

void write_time(const std::optional<UtcSecond>& time, FactSink& sink) {
    if (time)
        sink.i64(*time);
    else
        sink.null();
}

void write_nothing(int columns, FactSink& sink) {
    for (int i = 0; i < columns; ++i) sink.text("");
}

std::size_t place_of(std::string_view column) {
    const auto& columns = case_row_columns();
    const auto found = std::find(columns.begin(), columns.end(), column);
    KL_ASSERT(found != columns.end());
    return static_cast<std::size_t>(found - columns.begin());
}

FoundBy found_by(std::string_view number, const FactCell* cells) {
    struct Places {
        std::size_t title = place_of("title"), text = place_of("text"), system = place_of("system"),
                    org = place_of("org"), category = place_of("category"), group = place_of("grp"),
                    caller = place_of("caller_name"), open = place_of("open");
    };
    static const Places kPlaces;
    const auto text = [&](std::size_t place) { return cells[place].text; };
    const ImportedWords words{text(kPlaces.title),  text(kPlaces.text),     text(kPlaces.system),
                              text(kPlaces.org),    text(kPlaces.category), text(kPlaces.group),
                              text(kPlaces.caller), cells[kPlaces.open].integer != 0};
    return {imported_document(number, words), words.org};
}

}  // namespace

std::string case_number(std::string_view source, std::string_view case_no) {
    if (source == kOwnSource) return std::string(case_no);
    return std::string(source) + ":" + std::string(case_no);
}

const std::vector<std::string>& case_row_columns() {
    static const std::vector<std::string> kColumns = {
        "source",      "version",        "state",        "open",           "type",
        "title",       "system",         "org",          "impact",         "urgency",
        "priority",    "contact",        "caller_name",  "caller_account", "caller_phone",
        "caller_mail", "category",       "grp",          "level",          "assignee",
        "hold_reason", "wake_at",        "opened_at",    "updated_at",     "resolved_at",
        "closed_at",   "due_at",         "next_breach_at", "rank_at",      "parent",
        "merged_into", "problem",        "change_no",    "major",          "call",
        "reopen_count", "text"};
    return kColumns;
}

FactTableSpec case_row_table() {
    FactTableSpec spec;
    spec.name = "servicedesk_case";
    spec.columns = case_row_columns();
    spec.derivation = kDerivation;
    spec.projection = ProjectionSpec{
        "num", "number",
        "SELECT DISTINCT s.text || ':' || e.case_no FROM servicedesk_event AS e"
        " JOIN core_name AS s ON s.id = e.source"
        " WHERE e.group_key = :group AND e.retracted_seq IS NULL",
        "SELECT COUNT(*) FROM servicedesk_case WHERE number > :source || ':'"
        " AND number < :source || ';' AND source = :source",
        kCaseKind, found_by};
    return spec;
}

CaseNow case_now(const CaseHistory& history) {
    CaseNow now;
    const bool open = !history.stays.empty() && !history.stays.back().to;
    bool resolved = false, held = false;
    now.updated_at = history.opened_at;
    for (const CaseEvent& event : history.events) {
        now.updated_at = std::max(now.updated_at, event.at);
        switch (event.kind) {
            case EventKind::on_hold:
                held = true;
                now.waits = event.was;
                break;
            case EventKind::resumed: held = false; break;
            case EventKind::resolved:
                resolved = true;
                now.resolved_at = event.at;
                break;
            case EventKind::solved: now.resolved_at = event.at; break;
            case EventKind::reopened:
                resolved = false;
                now.resolved_at.reset();
                ++now.reopened;
                break;
            case EventKind::closed: now.closed_at = event.at; break;
            default: break;
        }
    }
    if (open) now.closed_at.reset();
    now.state = !open ? "closed" : resolved ? "resolved" : held ? "on_hold" : "active";
    now.dims = open ? &history.stays.back().dims : &history.events.back().dims;
    return now;
}

SearchDocument imported_document(std::string_view number, const ImportedWords& words) {
    SearchDocument document;
    document.kind = kCaseKind;
    document.object = number;
    document.imported = true;
    document.marks = {words.open ? "open" : "closed"};
    document.text = words.title;
    for (const std::string_view one : {words.text, words.system, words.org, words.category,
                                       words.group, words.caller}) {
        if (one.empty()) continue;
        document.text += '\n';
        document.text += one;
    }
    return document;
}

void write_case_row(const CaseHistory& history, const ImportedAs& as, const ServiceRules& rules,
                    int table, FactSink& sink) {
    if (history.events.empty()) return;
    const CaseNow now = case_now(history);
    const RuleVersion& version = rules.at(history.opened_at);
    const Dims& dims = *now.dims;
    sink.begin(table, case_number(as.source, as.case_no));
    sink.text(as.source);
    sink.i64(1);  // there is no other version of it to build on
    sink.text(now.state);
    sink.i64(now.state == "closed" ? 0 : 1);
    sink.text(dims.type);
    sink.text(kept_title(as.texts));
    sink.text(dims.system);
    sink.text(dims.org);
    sink.i64(0);  // impact and urgency are not told
    sink.i64(0);
    sink.i64(version.priority->find(dims.priority).value_or(0));
    sink.text(dims.contact);
    sink.text(kept_caller(as.texts));
    write_nothing(3, sink);  // the caller's account, phone, mail
    sink.text(dims.category);
    sink.text(dims.group);
    sink.i64(level_number(dims.level));
    write_nothing(1, sink);  // assignee
    sink.text(hold_reason(now, version));
    sink.null();  // wake_at
    sink.i64(history.opened_at);
    sink.i64(now.updated_at);
    write_time(now.resolved_at, sink);
    write_time(now.closed_at, sink);
    write_time(due_at(history, now), sink);
    sink.null();  // next_breach_at: the desk's clock has nothing to do with it
    sink.i64(std::numeric_limits<std::int64_t>::max());  // behind the desk's own work
    write_nothing(6, sink);  // parent, merged_into, problem, change_no, major, call
    sink.i64(now.reopened);
    sink.text(kept_text(as.texts));
    sink.end();
}

}  // namespace klarsyn::servicedesk
