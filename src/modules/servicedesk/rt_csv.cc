// Input format rt-csv: Request Tracker's searches of tickets, one row per ticket as it was at its
// last update, and of transactions, one row per change; as spreadsheet or from REST 2 as JSON.
// docs/guides/rt-csv.md says which columns are read.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "modules/servicedesk/case_time.h"
#include "modules/servicedesk/change_rows.h"
#include "modules/servicedesk/headings.h"
#include "modules/servicedesk/mapping.h"
#include "modules/servicedesk/rt_words.h"

namespace klarsyn::servicedesk {
namespace {

enum ListColumn : std::size_t {
    kId,
    kStatus,
    kQueue,
    kCreated,
    kUpdated,
    kResolved,
    kPriority,
    kRequestors,
    kCategory,
    kTypeField,
    kSubject,
};
enum LogColumn : std::size_t { kLine, kTicket, kType, kField, kOld, kNew, kDate, kCreator };

const std::vector<Heading>& list_headings() {
    static const std::vector<Heading> kHeadings{
        {{"id"}, true},
        {{"Status"}, true},
        {{"QueueName", "Queue", "KøNavn", "Kø"}, true},
        {{"Created", "Oprettet"}, true},
        {{"LastUpdated", "Last Updated", "Sidst opdateret"}, true},
        {{"Resolved", "Løst"}},
        {{"Priority", "Prioritet"}},
        {{"Requestors", "Requestor", "Rekvirenter", "Rekvirent"}},
        {{"CustomField.{Category}", "CF.{Category}", "Category", "Kategori"}},
        {{"CustomField.{Type}", "CF.{Type}", "Sagstype"}},
        {{"Subject", "Emne"}},
    };
    return kHeadings;
}

const std::vector<Heading>& log_headings() {
    static const std::vector<Heading> kHeadings{
        {{"id"}, true},
        {{"ObjectId", "Object", "Ticket Id", "Ticket"}, true},
        {{"Type"}, true},
        {{"Field", "Felt"}, true},
        {{"OldValue", "Old Value", "Gammel værdi"}, true},
        {{"NewValue", "New Value", "Ny værdi"}, true},
        {{"Created", "Oprettet"}, true},
        {{"Creator", "CreatedBy", "Created By", "Oprettet af"}},
    };
    return kHeadings;
}

struct RtContext : ChangeContext {
    bool log = false;
    Mapping mapping;
};

using Fields = std::vector<std::string_view>;

std::optional<RtState> state_of(std::string_view text, const RtContext& context) {
    const auto mapped = context.mapping.states.find(text);
    if (mapped != context.mapping.states.end()) return rt_state_of_mapping(mapped->second);
    return rt_state(text);
}

std::string_view group_of(std::string_view text, const RtContext& context) {
    const auto mapped = context.mapping.groups.find(text);
    return mapped == context.mapping.groups.end() ? text : std::string_view(mapped->second);
}

RowFault read_date(std::string_view text, std::string_view column, const RtContext& context,
                   std::optional<CaseTime>& out) {
    if (rt_unset(text)) return {};
    out = rt_time(text, context.zone);
    if (!out) return {"servicedesk.reject.time_unreadable", column, text};
    return {};
}

RowFault read_keys(std::string_view number, std::string_view number_column, std::string_view date,
                   std::string_view date_column, const RtContext& context, CaseChange& out) {
    if (number.empty()) return missing(number_column);
    if (number.find_first_not_of("0123456789") != std::string_view::npos)
        return {"servicedesk.reject.not_a_count", number_column, number};
    out.number = number;
    std::optional<CaseTime> at;
    if (RowFault fault = read_date(date, date_column, context, at); !fault.key.empty())
        return fault;
    if (!at) return missing(date_column);
    out.at = *at;
    out.to_the_minute = std::count(date.begin(), date.end(), ':') < 2;
    return {};
}

RowFault read_list(const Fields& fields, const RtContext& context, CaseChange& out) {
    out.whole = true;
    if (RowFault fault = read_keys(context.field(fields, kId), "id",
                                   context.field(fields, kUpdated), "LastUpdated", context, out);
        !fault.key.empty())
        return fault;
    if (RowFault fault = read_date(context.field(fields, kCreated), "Created", context, out.opened);
        !fault.key.empty())
        return fault;
    if (!out.opened) return missing("Created");
    std::optional<CaseTime> ended;
    if (RowFault fault = read_date(context.field(fields, kResolved), "Resolved", context, ended);
        !fault.key.empty())
        return fault;
    const std::string_view status = context.field(fields, kStatus);
    if (status.empty()) return missing("Status");
    const auto state = state_of(status, context);
    if (!state) return {"servicedesk.reject.state_unknown", "Status", status};
    out.is[Told::state] = state->state;
    if (state->state == "Closed") out.closed = ended;
    if (state->resolves) out.resolved = ended.value_or(out.at);
    out.is[Told::group] = group_of(context.field(fields, kQueue), context);
    out.is[Told::priority] = rt_priority(context.field(fields, kPriority));
    out.is[Told::category] = context.field(fields, kCategory);
    out.is[Told::type] = context.field(fields, kTypeField);
    out.requestors = context.field(fields, kRequestors);
    out.texts = {context.field(fields, kSubject), {}, out.requestors};
    out.key = hash64("list", static_cast<std::uint64_t>(out.at.at));
    return {};
}

RowFault read_status(std::string_view before, std::string_view after, const RtContext& context,
                     CaseChange& out) {
    const auto state = state_of(after, context);
    if (!state) return {"servicedesk.reject.state_unknown", "NewValue", after};
    out.is[Told::state] = state->state;
    if (const auto was = state_of(before, context)) out.was[Told::state] = was->state;
    if (state->state == "Closed") out.closed = out.at;
    if (state->resolves) out.resolved = out.at;
    return {};
}

RowFault read_log(const Fields& fields, const RtContext& context, CaseChange& out) {
    if (RowFault fault = read_keys(context.field(fields, kTicket), "ObjectId",
                                   context.field(fields, kDate), "Created", context, out);
        !fault.key.empty())
        return fault;
    const std::string_view line = context.field(fields, kLine);
    if (line.empty()) return missing("id");
    out.key = hash64(line, hash64("transaction"));
    const std::string_view type = context.field(fields, kType);
    if (type.empty()) return missing("Type");
    const std::string_view name = context.field(fields, kField);
    const std::string_view before = context.field(fields, kOld);
    const std::string_view after = context.field(fields, kNew);
    out.by = context.field(fields, kCreator);
    out.tells_replies = true;
    if (type == "Create") out.opened = out.at;
    if (type == "Correspond") out.corresponds = true;
    if (type == "Status" || (type == "Set" && name == "Status"))
        return read_status(before, after, context, out);
    if (type == "AddLink" && name == "MergedInto") {
        out.is[Told::state] = "Closed";
        out.closed = out.at;
        out.joined = true;
    }
    if (type == "Set" && name == "Queue") {
        out.is[Told::group] = group_of(after, context);
        out.was[Told::group] = group_of(before, context);
    }
    if (type == "Set" && name == "Subject") out.texts.title = after;
    if (type == "Set" && name == "Priority") {
        out.is[Told::priority] = rt_priority(after);
        out.was[Told::priority] = rt_priority(before);
    }
    return {};
}

RowFault read_change(const Fields& fields, const ChangeContext& context, KeptTexts& /*kept*/,
                     CaseChange& out) {
    const auto& own = static_cast<const RtContext&>(context);
    return own.log ? read_log(fields, own, out) : read_list(fields, own, out);
}

// Columns and times are as Request Tracker writes them: a mapping names states and queues only.
Result<Mapping> rt_mapping(const ImportOptions& options) {
    KL_TRY(Mapping mapping, parse_mapping(options.mapping, options.mapping_name));
    const bool columns = std::any_of(mapping.columns.begin(), mapping.columns.end(),
                                     [](const std::string& column) { return !column.empty(); });
    if (!columns && mapping.time_format.empty()) return mapping;
    Error error = make_error(ErrorCode::invalid_input, "servicedesk.error.mapping_key_unknown",
                             {{"key", columns ? "columns" : "time"}});
    error.file = options.mapping_name;
    return error;
}

Result<std::shared_ptr<RtContext>> make_context(const TableShape& shape, Zone zone,
                                                const ImportOptions& options) {
    KL_TRY(Mapping mapping, rt_mapping(options));
    const bool log = find_heading(log_headings()[kOld].known, shape.columns) &&
                     find_heading(log_headings()[kNew].known, shape.columns);
    KL_TRY(auto places, find_headings(log ? log_headings() : list_headings(), shape.columns));
    return std::make_shared<RtContext>(
        RtContext{{shape, std::move(places), std::move(zone)}, log, std::move(mapping)});
}

Result<ScannedFile> scan(std::string_view content, const ImportOptions& options,
                         const std::vector<std::int64_t>* wanted) {
    KL_TRY(Zone zone, Zone::find(options.zone));
    KL_TRY(OpenedTable opened, open_case_file(content, options));
    KL_TRY(const auto context, make_context(opened.table.shape(), std::move(zone), options));
    if (!context->log) notice_absent(list_headings(), context->places, opened.file);
    return scan_changes(std::move(opened), options, wanted, context, read_change);
}

RowIdentity identify(const GroupRow& row) { return identify_change(row, read_change); }

void derive(const DeriveInput& input, FactSink& sink) {
    derive_changes_of(input, sink, read_change);
}

}  // namespace

Format rt_csv_format() { return case_format("rt-csv", scan, identify, derive); }

}  // namespace klarsyn::servicedesk
