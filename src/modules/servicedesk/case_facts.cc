#include "modules/servicedesk/case_facts.h"

#include <string>
#include <utility>

#include "ingest/fact_text.h"
#include "modules/servicedesk/case_row.h"
#include "modules/servicedesk/target_facts.h"

namespace klarsyn::servicedesk {
namespace {

constexpr int kEventTable = 0;
constexpr int kStayTable = 1;
constexpr int kTargetTable = 2;
constexpr int kHopTable = 3;
constexpr int kCaseRowTable = 4;

// The how-manieth event of its kind at its time.
int ordinal_of(const std::vector<CaseEvent>& events, std::size_t index) {
    int ordinal = 1;
    for (std::size_t i = index; i-- > 0 && events[i].at == events[index].at;) {
        if (events[i].kind == events[index].kind) ++ordinal;
    }
    return ordinal;
}

void write_event(const CaseEvent& event, UtcSecond opened_at, std::string_view case_no,
                 std::int64_t source, FactSink& sink) {
    sink.i64(event.day);
    sink.text(kind_name(event.kind));
    sink.i64(event.at);
    write_dims(event.dims, sink);
    sink.i64(sink.name(event.was));
    sink.i64(event.level_changed ? 1 : 0);
    write_optional(event.elapsed_s, sink);
    write_optional(event.moves, sink);
    sink.text(case_no);
    sink.i64(opened_at);
    sink.text(flag_words(event.flags));
    sink.i64(source);
}

void write_stay(const CaseStay& stay, UtcSecond opened_at, std::string_view case_no,
                std::int64_t source, FactSink& sink) {
    sink.i64(stay.from);
    write_optional(stay.to, sink);
    sink.i64(length_class(stay));
    write_dims(stay.dims, sink);
    sink.text(case_no);
    sink.i64(opened_at);
    sink.i64(source);
}

}  // namespace

std::vector<FactTableSpec> case_tables() {
    return {{"servicedesk_event",
             {"day", "kind", "at", "level", "org", "grp", "category", "type", "priority", "contact",
              "system", "was", "level_changed", "elapsed_s", "moves", "case_no", "opened_at",
              "flags", "source"},
             {"day"},
             {"kind", "case_no", "flags"},
             {"system"}},
            {"servicedesk_stay",
             {"from_day", "to_day", "cls", "level", "org", "grp", "category", "type", "priority",
              "contact", "system", "case_no", "opened_at", "source"},
             {"from_day", "to_day"},
             {"case_no"},
             {"system"}},
            target_table(),
            hop_table()};
}

void write_case(const CaseHistory& history, std::string_view source, std::string_view case_no,
                FactSink& sink) {
    const std::int64_t source_id = sink.name(source);
    std::string key;
    append_key_part(key, source);
    append_key_part(key, case_no);
    const std::size_t prefix = key.size();
    for (std::size_t i = 0; i < history.events.size(); ++i) {
        const CaseEvent& event = history.events[i];
        key.resize(prefix);
        append_key_part(key, kind_name(event.kind));
        append_key_number(key, event.at);
        if (const int ordinal = ordinal_of(history.events, i); ordinal > 1) {
            key += '.';
            append_key_number(key, ordinal);
        }
        sink.begin(kEventTable, key);
        write_event(event, history.opened_at, case_no, source_id, sink);
        sink.end();
    }
    for (const CaseStay& stay : history.stays) {
        key.resize(prefix);
        append_key_number(key, stay.from);
        sink.begin(kStayTable, key);
        write_stay(stay, history.opened_at, case_no, source_id, sink);
        sink.end();
    }
    key.resize(prefix);
    write_targets(history, case_no, source_id, kTargetTable, key, sink);
    write_hops(history, case_no, source_id, kHopTable, key, sink);
}

std::vector<FactTableSpec> import_tables() {
    std::vector<FactTableSpec> tables = case_tables();
    tables.push_back(case_row_table());
    return tables;
}

void write_imported_case(const CaseHistory& history, const CaseRules& rules,
                         const ImportedAs& as, FactSink& sink) {
    write_case(history, as.source, as.case_no, sink);
    write_case_row(history, as, *rules.service, kCaseRowTable, sink);
}

std::int64_t case_group(std::string_view source, std::string_view case_no) {
    std::string exact(source);
    exact += '\n';
    exact += case_no;
    std::size_t begin = case_no.size();
    while (begin > 0 && case_no[begin - 1] >= '0' && case_no[begin - 1] <= '9') --begin;
    std::uint64_t number = 0;
    const auto [end, error] =
        std::from_chars(case_no.data() + begin, case_no.data() + case_no.size(), number);
    const bool has_number = error == std::errc{} && begin < case_no.size();
    return group_key(has_number ? number : hash64(case_no), exact);
}

}  // namespace klarsyn::servicedesk
