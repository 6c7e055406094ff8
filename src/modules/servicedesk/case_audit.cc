// Input format case-audit: one row per change of a case.

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "modules/servicedesk/case_facts.h"
#include "modules/servicedesk/case_time.h"
#include "modules/servicedesk/readers.h"
#include "modules/servicedesk/service_rules.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

enum Column : std::size_t {
    kNumber,
    kState,
    kOpened,
    kUpdated,
    kModCount,
    kReopenCount,
    kResolved,
    kClosed,
    kGroup,
    kCategory,
    kPriority,
    kContact,
    kType,
    kTitle,
    kText,
    kCaller,
    kColumnCount,
};

struct ColumnNames {
    std::string_view name;
    std::string_view other;  // what other exports call it
    bool required;
};
constexpr std::array<ColumnNames, kColumnCount> kColumns{{
    {"number", "", true},
    {"incident_state", "state", true},
    {"opened_at", "", true},
    {"sys_updated_at", "sys_updated_on", true},
    {"sys_mod_count", "", true},
    {"reopen_count", "", false},
    {"resolved_at", "", false},
    {"closed_at", "", false},
    {"assignment_group", "", false},
    {"category", "", false},
    {"priority", "", false},
    {"contact_type", "", false},
    {"type", "sys_class_name", false},
    {"short_description", "title", false},
    {"description", "text", false},
    {"caller_id", "caller", false},
}};

// What a row's bytes mean in its file.
struct FileContext {
    TableShape shape;
    std::array<std::size_t, kColumnCount> at{};
    const Zone zone;
};

struct AuditRow {
    std::string_view number;
    std::int64_t mod_count = 0;
    CaseRow row;
    CaseTexts texts;
};

using Fields = std::vector<std::string_view>;

std::string_view field(const Fields& fields, const FileContext& context, Column column) {
    const std::size_t at = context.at[column];
    if (at == kAbsent || at >= fields.size()) return {};
    const std::string_view text = trimmed(fields[at]);
    return is_missing(text) ? std::string_view() : text;
}

std::optional<std::int64_t> count_of(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

RowFault read_keys(const Fields& fields, const FileContext& context, AuditRow& out) {
    out.number = field(fields, context, kNumber);
    if (RowFault fault = check_number(out.number, "number"); !fault.key.empty()) return fault;
    const std::string_view updated = field(fields, context, kUpdated);
    if (updated.empty()) return {"servicedesk.reject.missing", "sys_updated_at", ""};
    const auto time = parse_case_time(updated, context.zone);
    if (!time) return {"servicedesk.reject.time_unreadable", "sys_updated_at", updated};
    out.row.updated = *time;
    const std::string_view mod_count = field(fields, context, kModCount);
    if (mod_count.empty()) return {"servicedesk.reject.missing", "sys_mod_count", ""};
    const auto count = count_of(mod_count);
    if (!count) return {"servicedesk.reject.not_a_count", "sys_mod_count", mod_count};
    out.mod_count = *count;
    return {};
}

RowFault read_optional_time(const Fields& fields, const FileContext& context, Column column,
                            std::optional<CaseTime>& out) {
    const std::string_view text = field(fields, context, column);
    if (text.empty()) return {};
    out = parse_case_time(text, context.zone);
    if (!out) return {"servicedesk.reject.time_unreadable", kColumns[column].name, text};
    return {};
}

RowFault read_row(const Fields& fields, const FileContext& context, AuditRow& out) {
    if (RowFault fault = read_keys(fields, context, out); !fault.key.empty()) return fault;
    CaseRow& row = out.row;
    const std::string_view opened = field(fields, context, kOpened);
    if (opened.empty()) return {"servicedesk.reject.missing", "opened_at", ""};
    const auto opened_at = parse_case_time(opened, context.zone);
    if (!opened_at) return {"servicedesk.reject.time_unreadable", "opened_at", opened};
    row.opened = *opened_at;
    for (const auto& [column, target] :
         {std::pair{kResolved, &row.resolved}, std::pair{kClosed, &row.closed}}) {
        if (RowFault fault = read_optional_time(fields, context, column, *target);
            !fault.key.empty())
            return fault;
    }
    const std::string_view reopened = field(fields, context, kReopenCount);
    if (!reopened.empty()) {
        row.reopen_count = count_of(reopened);
        if (!row.reopen_count) return {"servicedesk.reject.not_a_count", "reopen_count", reopened};
    }
    row.state = field(fields, context, kState);
    row.group = field(fields, context, kGroup);
    row.category = field(fields, context, kCategory);
    row.priority = field(fields, context, kPriority);
    row.contact = field(fields, context, kContact);
    row.type = field(fields, context, kType);
    out.texts = {field(fields, context, kTitle), field(fields, context, kText),
                 field(fields, context, kCaller)};
    return {};
}

Result<std::shared_ptr<FileContext>> make_context(const TableShape& shape, Zone zone) {
    auto context = std::make_shared<FileContext>(FileContext{shape, {}, std::move(zone)});
    for (std::size_t i = 0; i < kColumnCount; ++i) {
        auto at = shape.column(kColumns[i].name);
        if (!at && !kColumns[i].other.empty()) at = shape.column(kColumns[i].other);
        if (!at && kColumns[i].required) {
            Error error = make_error(ErrorCode::invalid_input, "servicedesk.error.column_missing",
                                     {{"column", std::string(kColumns[i].name)}});
            error.line = 1;
            error.field = std::string(kColumns[i].name);
            return error;
        }
        context->at[i] = at.value_or(kAbsent);
    }
    return context;
}

Result<ScannedFile> scan(std::string_view content, const ImportOptions& options,
                         const std::vector<std::int64_t>* wanted) {
    KL_TRY(Zone zone, Zone::find(options.zone));
    KL_TRY(OpenedTable opened, open_case_file(content, options));
    KL_TRY(const auto context, make_context(opened.table.shape(), std::move(zone)));
    return scan_rows(std::move(opened), options, wanted, context,
                     [&](const Fields& fields, RowPlace& place) {
                         AuditRow parsed;
                         const RowFault fault = read_row(fields, *context, parsed);
                         place = {parsed.number, parsed.row.group, parsed.row.updated.at};
                         return fault;
                     });
}

// A row is the same row where case, time and count of changes agree.
RowIdentity identify(const GroupRow& row) {
    const auto& context = *static_cast<const FileContext*>(row.context);
    RowParser parser;
    AuditRow parsed;
    read_keys(parser.parse(row.bytes, context.shape), context, parsed);
    const std::array<std::int64_t, 2> order{parsed.row.updated.at, parsed.mod_count};
    const std::string_view order_bytes(reinterpret_cast<const char*>(order.data()), sizeof order);
    return {hash64(order_bytes, hash64(parsed.number)), hash64(row.bytes)};
}

struct PlacedRow {
    AuditRow audit;
    std::int64_t batch = 0;
    std::uint32_t file = 0;
    std::uint32_t line = 0;

    auto key() const { return std::tie(audit.number, audit.row.updated.at, audit.mod_count); }
    auto origin() const { return std::tie(batch, file); }
};

// Orders the rows, and of rows with the same key keeps those of the latest file that has any.
void unite(std::vector<PlacedRow>& rows) {
    std::sort(rows.begin(), rows.end(), [](const PlacedRow& a, const PlacedRow& b) {
        return std::tuple(a.key(), a.origin(), a.line) < std::tuple(b.key(), b.origin(), b.line);
    });
    std::vector<PlacedRow> kept;
    kept.reserve(rows.size());
    for (const PlacedRow& row : rows) {
        while (!kept.empty() && kept.back().key() == row.key() &&
               kept.back().origin() != row.origin())
            kept.pop_back();
        kept.push_back(row);
    }
    rows = std::move(kept);
}

void derive(const DeriveInput& input, FactSink& sink) {
    RowParser parser;
    std::vector<PlacedRow> placed;
    placed.reserve(input.rows.size());
    for (const GroupRow& row : input.rows) {
        const auto& context = *static_cast<const FileContext*>(row.context);
        PlacedRow next;
        const Fields& fields = parser.parse(row.bytes, context.shape);
        if (!read_row(fields, context, next.audit).key.empty()) continue;
        next.batch = row.batch;
        next.file = row.file;
        next.line = row.line;
        placed.push_back(next);
    }
    unite(placed);
    const CaseRules& rules = case_rules(input.state);
    std::vector<CaseRow> rows;
    CaseTexts texts;
    for (std::size_t i = 0; i < placed.size(); ++i) {
        rows.push_back(placed[i].audit.row);
        texts.take(placed[i].audit.texts);
        const std::string_view number = placed[i].audit.number;
        if (i + 1 < placed.size() && placed[i + 1].audit.number == number) continue;
        write_imported_case(derive_case(rows, rules.groups, rules.service.get()), rules,
                            {input.source, number, texts}, sink);
        rows.clear();
        texts = {};
    }
}

}  // namespace

Format case_audit_format() { return case_format("case-audit", scan, identify, derive); }

}  // namespace klarsyn::servicedesk
