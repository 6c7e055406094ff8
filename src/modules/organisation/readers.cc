// Input format org.

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "modules/organisation/organisation.h"
#include "protocols/csv.h"

namespace klarsyn::organisation {
namespace {

constexpr int kOrgTable = 0;
constexpr int kAliasTable = 1;
constexpr Day kOpenBeginning = 0;
constexpr Day kOpenEnd = 0x7fffffff;
constexpr std::size_t kRawBytesMax = 2000;
constexpr std::array<std::string_view, 6> kKinds{"region",     "hospital", "centre",
                                                 "department", "queue",    "group"};

enum Column : std::size_t { kKind, kCode, kName, kParent, kFrom, kTo, kAliases, kColumnCount };
constexpr std::array<std::string_view, kColumnCount> kColumnNames{
    "kind", "code", "name", "parent", "from", "to", "aliases"};

// What a row's bytes mean in its file.
struct FileContext {
    char delimiter = ',';
    std::size_t columns = 0;
    std::array<std::size_t, kColumnCount> at{};
};

struct Unit {
    std::string kind, code, name, parent;
    Day from = kOpenBeginning;
    Day to = kOpenEnd;
    std::set<std::string> spellings;  // code, name and aliases
};

struct Fault {
    std::string_view key;
    std::string_view field;
    TextArgs args;
};

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

std::string cell(const CsvRow& row, const FileContext& context, Column column) {
    return std::string(trimmed(row.fields[context.at[column]]));
}

Fault read_days(const CsvRow& row, const FileContext& context, Unit& unit) {
    for (const auto& [column, target] : {std::pair{kFrom, &unit.from}, std::pair{kTo, &unit.to}}) {
        const std::string text = cell(row, context, column);
        if (text.empty()) continue;
        const auto day = parse_iso_date(text);
        if (!day) return {"organisation.reject.date", kColumnNames[column], {{"value", text}}};
        *target = *day;
    }
    if (unit.to < unit.from) return {"organisation.reject.end_first", "to", {}};
    return {};
}

Fault read_unit(const CsvRow& row, const FileContext& context, Unit& unit) {
    unit.kind = cell(row, context, kKind);
    unit.code = cell(row, context, kCode);
    unit.name = cell(row, context, kName);
    unit.parent = cell(row, context, kParent);
    if (std::find(kKinds.begin(), kKinds.end(), unit.kind) == kKinds.end())
        return {"organisation.reject.kind", "kind", {{"value", unit.kind}}};
    if (unit.code.empty()) return {"organisation.reject.missing", "code", {}};
    if (unit.name.empty()) return {"organisation.reject.missing", "name", {}};
    if (Fault fault = read_days(row, context, unit); !fault.key.empty()) return fault;
    unit.spellings = {unit.code, unit.name};
    const std::string aliases = cell(row, context, kAliases);
    std::string_view rest = aliases;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('|'), rest.size());
        const std::string_view alias = trimmed(rest.substr(0, end));
        if (!alias.empty()) unit.spellings.emplace(alias);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return {};
}

struct Claim {
    std::string code;
    Day from = 0;
    Day to = 0;
};

// What the rows of one file have claimed so far.
class Claims {
public:
    Fault add(const Unit& unit) {
        for (const Claim& claim : units_[unit.code]) {
            if (touches(claim, unit))
                return {"organisation.reject.overlap", "from", {{"code", unit.code}}};
        }
        for (const std::string& spelling : unit.spellings) {
            for (const Claim& claim : spellings_[fold(spelling)]) {
                if (claim.code == unit.code || !touches(claim, unit)) continue;
                return {"organisation.reject.alias_taken",
                        "aliases",
                        {{"alias", spelling}, {"code", claim.code}}};
            }
        }
        const Claim claim{unit.code, unit.from, unit.to};
        units_[unit.code].push_back(claim);
        for (const std::string& spelling : unit.spellings)
            spellings_[fold(spelling)].push_back(claim);
        return {};
    }

private:
    static bool touches(const Claim& claim, const Unit& unit) {
        return claim.from <= unit.to && unit.from <= claim.to;
    }
    std::map<std::string, std::vector<Claim>> units_;
    std::map<std::string, std::vector<Claim>> spellings_;  // by folded text
};

Reject reject_of(const CsvRow& row, std::string key, std::string_view field, TextArgs args) {
    Reject reject;
    reject.line = row.line;
    reject.field = std::string(field);
    reject.key = std::move(key);
    reject.args = std::move(args);
    // Raw bytes that are no text would break every page that shows them.
    reject.raw = valid_utf8(row.bytes) ? std::string(row.bytes.substr(0, kRawBytesMax)) : "";
    return reject;
}

Result<std::shared_ptr<FileContext>> make_context(const CsvReader& reader) {
    auto context = std::make_shared<FileContext>();
    context->delimiter = reader.delimiter();
    context->columns = reader.columns().size();
    for (std::size_t i = 0; i < kColumnCount; ++i) {
        const auto at = reader.column(kColumnNames[i]);
        if (!at) {
            Error error = make_error(ErrorCode::invalid_input, "organisation.error.column_missing",
                                     {{"column", std::string(kColumnNames[i])}});
            error.line = 1;
            error.field = std::string(kColumnNames[i]);
            return error;
        }
        context->at[i] = *at;
    }
    return context;
}

// All rows of a code form one group.
std::int64_t code_group(std::string_view source, std::string_view code) {
    return group_key(hash64(code), std::string(source) + '\n' + std::string(code));
}

Result<ScannedFile> scan(std::string_view content, const ImportOptions& options,
                         const std::vector<std::int64_t>* wanted) {
    KL_TRY(DecodedText decoded, decode_text(content, options.encoding));
    CsvOptions csv;
    csv.delimiter = options.delimiter;
    csv.well_formed = decoded.well_formed;
    KL_TRY(CsvReader reader, CsvReader::open(decoded.text, csv));
    KL_TRY(const auto context, make_context(reader));
    ScannedFile file;
    file.owned_text = decoded.owned;
    file.text = decoded.text;
    file.bytes_read = content.size();
    file.context = context;
    Claims claims;
    CsvRow row;
    while (true) {
        KL_TRY(const bool more, reader.next(row));
        if (!more) return file;
        ++file.rows_read;
        if (row.fault != CsvFault::none) {
            auto [key, args] = fault_reason(row, context->columns);
            file.rejects.push_back(reject_of(row, std::move(key), "", std::move(args)));
            continue;
        }
        Unit unit;
        Fault fault = read_unit(row, *context, unit);
        if (fault.key.empty()) fault = claims.add(unit);
        if (!fault.key.empty()) {
            file.rejects.push_back(
                reject_of(row, std::string(fault.key), fault.field, std::move(fault.args)));
            continue;
        }
        const std::int64_t group = code_group(options.source, unit.code);
        if (wanted && !std::binary_search(wanted->begin(), wanted->end(), group)) continue;
        file.rows.push_back({group, day_start(unit.from), row.offset, row.length,
                             static_cast<std::uint32_t>(row.line)});
    }
}

Unit unit_of(const GroupRow& source) {
    const auto& context = *static_cast<const FileContext*>(source.context);
    CsvRow row;
    parse_csv_row(source.bytes, context.delimiter, context.columns, row);
    Unit unit;
    read_unit(row, context, unit);
    return unit;
}

RowIdentity identify(const GroupRow& row) {
    const Unit unit = unit_of(row);
    return {hash64(unit.code, static_cast<std::uint64_t>(unit.from)), hash64(row.bytes)};
}

void write_days(const Unit& unit, FactSink& sink) {
    sink.i64(unit.from);
    if (unit.to == kOpenEnd)
        sink.null();
    else
        sink.i64(unit.to);
}

void write_unit(const Unit& unit, std::string_view source, FactSink& sink) {
    const std::string key = std::string(source) + '/' + unit.code + '/' + iso_date(unit.from);
    sink.begin(kOrgTable, key);
    for (const std::string* text : {&unit.code, &unit.kind, &unit.name, &unit.parent})
        sink.text(*text);
    write_days(unit, sink);
    sink.end();
    std::set<std::string> folded;  // spellings that differ only in case are one
    for (const std::string& spelling : unit.spellings) {
        if (!folded.insert(fold(spelling)).second) continue;
        sink.begin(kAliasTable, key + '/' + fold(spelling));
        sink.text(spelling);
        sink.text(fold(spelling));
        sink.text(unit.code);
        write_days(unit, sink);
        sink.end();
    }
}

// The newest file that names a code says all that holds of it.
void derive(const DeriveInput& input, FactSink& sink) {
    struct Said {
        std::pair<std::int64_t, std::uint32_t> by{};  // batch and file
        std::map<Day, Unit> units;
    };
    std::map<std::string, Said> codes;
    for (const GroupRow& row : input.rows) {
        const Unit unit = unit_of(row);
        Said& said = codes[unit.code];
        const std::pair by{row.batch, row.file};
        if (by < said.by) continue;
        if (by > said.by) said = {by, {}};
        said.units[unit.from] = unit;
    }
    for (const auto& [code, said] : codes) {
        for (const auto& [from, unit] : said.units) write_unit(unit, input.source, sink);
    }
}

}  // namespace

Format org_format() {
    Format format;
    format.name = "org";
    format.module = "organisation";
    format.tables = {{"core_org",
                      {"code", "kind", "name", "parent", "valid_from", "valid_to"},
                      {},
                      {"code", "kind", "name", "parent"}},
                     {"core_org_alias",
                      {"alias", "folded", "code", "valid_from", "valid_to"},
                      {},
                      {"alias", "folded", "code"}}};
    format.scan = scan;
    format.identify = identify;
    format.derive = derive;
    return format;
}

}  // namespace klarsyn::organisation
