// Input format case-csv: one row per case with its dates, as CSV or as a JSON table. The dates
// become the rows of a history, so that all formats follow the same rules.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "modules/servicedesk/case_facts.h"
#include "modules/servicedesk/case_time.h"
#include "modules/servicedesk/mapping.h"
#include "modules/servicedesk/readers.h"
#include "modules/servicedesk/service_rules.h"

namespace klarsyn::servicedesk {
namespace {

// What a row's bytes mean in its file.
struct FileContext {
    TableShape shape;
    char decimal_mark = '.';
    FieldPlaces places;
    Mapping mapping;
    bool servicenow = false;  // its raw states are numbers
    const Zone zone;
};

struct SimpleCase {
    std::string_view number;
    CaseRow values;  // of the opening; resolved and closed as stated
    std::optional<CaseTime> updated;
    std::optional<std::int64_t> moves;
    CaseTexts texts;
};

using Fields = std::vector<std::string_view>;

std::string_view field(const Fields& fields, const FileContext& context, CaseField wanted) {
    const auto& place = context.places[wanted];
    if (!place || *place >= fields.size()) return {};
    const std::string_view text = trimmed(fields[*place]);
    return is_missing(text) ? std::string_view() : text;
}

RowFault read_time(const Fields& fields, const FileContext& context, CaseField wanted,
                   std::optional<CaseTime>& out) {
    const std::string_view text = field(fields, context, wanted);
    if (text.empty()) return {};
    if (context.mapping.time_format.empty()) {
        out = parse_case_time(text, context.zone);
        if (!out) return {"servicedesk.reject.time_unreadable", field_name(wanted), text};
    } else {
        out = parse_case_time(text, context.mapping.time_format, context.zone);
        if (!out) return {"servicedesk.reject.time_pattern", field_name(wanted), text};
    }
    return {};
}

// The state in words: by the mapping file, or by the numbers of ServiceNow's incident table.
std::string_view state_word(std::string_view text, const FileContext& context) {
    const auto named = context.mapping.states.find(text);
    if (named != context.mapping.states.end()) return named->second;
    if (!context.servicenow || text.size() != 1) return text;
    switch (text.front()) {
        case '1': return "New";
        case '2': return "In Progress";
        case '3': return "On Hold";
        case '6': return "Resolved";
        case '7': return "Closed";
        case '8': return "Canceled";
        default: return text;
    }
}

RowFault read_case(const Fields& fields, const FileContext& context, SimpleCase& out) {
    out.number = field(fields, context, kCaseNumber);
    if (RowFault fault = check_number(out.number, field_name(kCaseNumber)); !fault.key.empty())
        return fault;
    CaseRow& row = out.values;
    std::optional<CaseTime> opened;
    for (const auto& [wanted, target] :
         {std::pair{kCaseOpened, &opened}, std::pair{kCaseResolved, &row.resolved},
          std::pair{kCaseClosed, &row.closed}, std::pair{kCaseUpdated, &out.updated}}) {
        if (RowFault fault = read_time(fields, context, wanted, *target); !fault.key.empty())
            return fault;
    }
    if (!opened) return {"servicedesk.reject.missing", field_name(kCaseOpened), ""};
    row.opened = *opened;
    // A case that says it is closed without saying when would stay in the backlog for ever.
    const bool says_closed =
        state_class(state_word(field(fields, context, kCaseState), context)) == StateClass::closed;
    if (says_closed && !row.closed) row.closed = row.resolved;
    if (says_closed && !row.closed)
        return {"servicedesk.reject.missing", field_name(kCaseClosed), ""};
    row.group = field(fields, context, kCaseGroup);
    const auto named = context.mapping.groups.find(row.group);
    if (named != context.mapping.groups.end()) row.group = named->second;
    row.category = field(fields, context, kCaseCategory);
    row.priority = field(fields, context, kCasePriority);
    row.contact = field(fields, context, kCaseContact);
    row.type = field(fields, context, kCaseType);
    row.system = field(fields, context, kCaseSystem);
    out.texts = {field(fields, context, kCaseTitle), field(fields, context, kCaseText),
                 field(fields, context, kCaseCaller)};
    const std::string_view moves = field(fields, context, kCaseMoves);
    if (!moves.empty()) {
        out.moves = parse_integer(moves, context.decimal_mark);
        if (!out.moves || *out.moves < 0)
            return {"servicedesk.reject.not_a_count", field_name(kCaseMoves), moves};
    }
    return {};
}

// The history that the dates tell: new, then resolved, then closed.
std::vector<CaseRow> history_of(const SimpleCase& simple) {
    CaseRow row = simple.values;
    row.updated = row.opened;
    row.state = "New";
    std::vector<CaseRow> rows{row};
    if (row.resolved) {
        const bool closed_first = row.closed && row.closed->at < row.resolved->at;
        row.updated = closed_first ? *row.closed : *row.resolved;
        row.state = "Resolved";
        rows.push_back(row);
    }
    if (row.closed) {
        row.updated = *row.closed;
        row.state = "Closed";
        rows.push_back(row);
    }
    return rows;
}

Result<std::shared_ptr<FileContext>> make_context(const TableShape& shape, Zone zone,
                                                  const ImportOptions& options) {
    KL_TRY(Mapping mapping, parse_mapping(options.mapping, options.mapping_name));
    KL_TRY(FieldPlaces places, find_fields(mapping, shape.columns));
    const char mark =
        options.decimal.empty() ? usual_decimal_mark(shape.delimiter) : options.decimal.front();
    return std::make_shared<FileContext>(
        FileContext{shape, mark, std::move(places), std::move(mapping),
                    shape.column("sys_id").has_value(), std::move(zone)});
}

Notice guessed_columns(const FileContext& context) {
    std::string list;
    for (std::size_t i = 0; i < kCaseFieldCount; ++i) {
        if (!context.places[i]) continue;
        if (!list.empty()) list += ", ";
        list += std::string(field_name(static_cast<CaseField>(i))) + " = " +
                context.shape.columns[*context.places[i]];
    }
    return {"servicedesk.notice.columns_guessed", {{"columns", list}}};
}

Result<ScannedFile> scan(std::string_view content, const ImportOptions& options,
                         const std::vector<std::int64_t>* wanted) {
    KL_TRY(Zone zone, Zone::find(options.zone));
    KL_TRY(OpenedTable opened, open_case_file(content, options));
    KL_TRY(const auto context, make_context(opened.table.shape(), std::move(zone), options));
    if (options.mapping.empty()) opened.file.notices.push_back(guessed_columns(*context));
    return scan_rows(std::move(opened), options, wanted, context,
                     [&](const Fields& fields, RowPlace& place) {
                         SimpleCase parsed;
                         const RowFault fault = read_case(fields, *context, parsed);
                         place = {parsed.number, parsed.values.group, parsed.values.opened.at};
                         return fault;
                     });
}

// A case has one row per time of change, where the export tells it: another is a correction.
RowIdentity identify(const GroupRow& row) {
    const auto& context = *static_cast<const FileContext*>(row.context);
    RowParser parser;
    SimpleCase parsed;
    read_case(parser.parse(row.bytes, context.shape), context, parsed);
    const auto updated = static_cast<std::uint64_t>(parsed.updated ? parsed.updated->at : 0);
    return {hash64(parsed.number, updated), hash64(row.bytes)};
}

struct PlacedCase {
    SimpleCase simple;
    std::int64_t batch = 0;
    std::uint32_t file = 0;
    std::uint32_t line = 0;
    // Of rows without a time of change the one that was imported last holds.
    auto order() const {
        return std::tuple(simple.number, simple.updated ? simple.updated->at : 0, batch, file,
                          line);
    }
};

void derive(const DeriveInput& input, FactSink& sink) {
    RowParser parser;
    std::vector<PlacedCase> placed;
    placed.reserve(input.rows.size());
    for (const GroupRow& row : input.rows) {
        const auto& context = *static_cast<const FileContext*>(row.context);
        PlacedCase next;
        const Fields& fields = parser.parse(row.bytes, context.shape);
        if (!read_case(fields, context, next.simple).key.empty()) continue;
        next.batch = row.batch;
        next.file = row.file;
        next.line = row.line;
        placed.push_back(next);
    }
    std::sort(placed.begin(), placed.end(),
              [](const PlacedCase& a, const PlacedCase& b) { return a.order() < b.order(); });
    const CaseRules& rules = case_rules(input.state);
    for (std::size_t i = 0; i < placed.size(); ++i) {
        const SimpleCase& simple = placed[i].simple;
        if (i + 1 < placed.size() && placed[i + 1].simple.number == simple.number) continue;
        CaseHistory history = derive_case(history_of(simple), rules.groups, rules.service.get());
        for (CaseEvent& event : history.events) {
            // Without a column of moves nothing is known of them; none is not the same as unknown.
            if (event.kind == EventKind::closed) event.moves = simple.moves;
        }
        write_imported_case(history, rules, {input.source, simple.number, simple.texts}, sink);
    }
}

}  // namespace

Format case_csv_format() { return case_format("case-csv", scan, identify, derive); }

}  // namespace klarsyn::servicedesk
