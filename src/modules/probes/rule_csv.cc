// Input formats probe-actions-csv, probe-schedule-csv and window-csv: dated rows that say what
// measurements are judged by and when they are expected. A row's key is what it names and its
// beginning: a later batch with the same key corrects it. A file that says two things under one key
// is wrong, and its second row is rejected; windows alone may begin together.

#include <algorithm>
#include <map>
#include <tuple>

#include "ingest/fact_text.h"
#include "modules/probes/probes.h"
#include "modules/probes/rows.h"
#include "modules/probes/settle.h"
#include "modules/probes/slots.h"

namespace klarsyn::probes {
namespace {

constexpr std::size_t kNamesMax = 4;

// One row of any of the three formats.
struct RuleRow {
    std::array<std::string_view, kNamesMax> names{};
    Span span;
    std::string_view kind;               // of an action
    std::int64_t number = 0;             // limit_ms or every_s
    std::optional<UtcSecond> announced;  // of a window
};

Fault read_names(RowReader& row, std::span<const std::string_view> columns, std::size_t count,
                 std::size_t required, RuleRow& out) {
    for (std::size_t i = 0; i < count; ++i) {
        out.names[i] = row.field(i);
        if (Fault fault = check_name(out.names[i], columns[i], i < required); !fault.key.empty())
            return fault;
    }
    return {};
}

// A whole number of 1 or more.
std::optional<std::int64_t> read_number(RowReader& row, std::size_t column, std::int64_t most) {
    const auto number = parse_integer(row.field(column), row.context().decimal_mark);
    if (!number || *number < 1 || *number > most) return std::nullopt;
    return number;
}

struct Actions {
    static constexpr Table kTable = kActionTable;
    static constexpr std::string_view kName = "probe-actions-csv";
    static constexpr std::array<std::string_view, 6> kColumns{"system",   "action", "kind",
                                                              "limit_ms", "from",   "to"};
    static constexpr std::size_t kNames = 2;
    static constexpr bool kSeveral = false;

    static Fault read(RowReader& row, RuleRow& out) {
        if (Fault fault = read_names(row, kColumns, 2, 2, out); !fault.key.empty()) return fault;
        const std::string_view kind = row.field(2);
        if (kind == kStandard) {
            out.kind = kStandard;
            out.number = kStandardLimitMs;
        } else if (kind == kDataHeavy || kind == "data-heavy") {
            out.kind = kDataHeavy;
            out.number = kDataHeavyLimitMs;
        } else if (kind == kOnPc) {
            out.kind = kOnPc;
        } else {
            return {"probes.reject.kind", kColumns[2], kind};
        }
        if (!row.field(3).empty()) {
            const auto limit = read_number(row, 3, kMsMax);
            if (!limit) return {"probes.reject.limit", kColumns[3], row.field(3)};
            out.number = *limit;
        } else if (kind == kOnPc) {
            return {"probes.reject.limit_missing", kColumns[3], {}};
        }
        return read_span(row.moments, row.field(4), row.field(5), out.span);
    }
    static void write(const RuleRow& row, FactSink& sink) {
        sink.i64(sink.name(row.names[0]));
        sink.i64(sink.name(row.names[1]));
        sink.i64(sink.name(row.kind));
        sink.i64(row.number);
    }
};

struct Schedules {
    static constexpr Table kTable = kScheduleTable;
    static constexpr std::string_view kName = "probe-schedule-csv";
    static constexpr std::array<std::string_view, 7> kColumns{"system",  "action", "site", "seat",
                                                              "every_s", "from",   "to"};
    static constexpr std::size_t kNames = 4;
    static constexpr bool kSeveral = false;

    static Fault read(RowReader& row, RuleRow& out) {
        if (Fault fault = read_names(row, kColumns, 4, 3, out); !fault.key.empty()) return fault;
        const auto every = read_number(row, 4, kEveryMax_s);
        if (!every) return {"probes.reject.every", kColumns[4], row.field(4)};
        out.number = *every;
        if (row.field(5).empty()) return {"probes.reject.missing", kColumns[5], {}};
        return read_span(row.moments, row.field(5), row.field(6), out.span);
    }
    static void write(const RuleRow& row, FactSink& sink) {
        for (const std::string_view name : row.names) sink.i64(sink.name(name));
        sink.i64(row.number);
    }
};

struct Windows {
    static constexpr Table kTable = kWindowTable;
    static constexpr std::string_view kName = "window-csv";
    static constexpr std::array<std::string_view, 5> kColumns{"system", "site", "from", "to",
                                                              "announced"};
    static constexpr std::size_t kNames = 2;
    static constexpr bool kSeveral = true;  // windows may begin together

    static Fault read(RowReader& row, RuleRow& out) {
        if (Fault fault = read_names(row, kColumns, 2, 0, out); !fault.key.empty()) return fault;
        if (row.field(2).empty()) return {"probes.reject.missing", kColumns[2], {}};
        if (Fault fault = read_span(row.moments, row.field(2), row.field(3), out.span);
            !fault.key.empty()) {
            return fault;
        }
        const std::string_view announced = row.field(4);
        if (announced.empty()) return {};
        const auto moment = row.moments.read(announced);
        if (!moment) return {"probes.reject.time", kColumns[4], announced};
        out.announced = moment->at;
        return {};
    }
    static void write(const RuleRow& row, FactSink& sink) {
        sink.i64(sink.name(row.names[0]));
        sink.i64(sink.name(row.names[1]));
    }
};

// What a row is about: its names and when it begins.
template <typename Kind>
std::string key_of(const RuleRow& row) {
    std::string key;
    for (std::size_t i = 0; i < Kind::kNames; ++i) append_key_part(key, row.names[i]);
    return key + (row.span.from == Span().from ? std::string() : iso_utc(row.span.from));
}

// What it says about it.
std::uint64_t content_of(const RuleRow& row) {
    std::uint64_t content = hash64(row.kind, static_cast<std::uint64_t>(row.number));
    for (const UtcSecond part : {row.span.to, row.announced.value_or(-1)}) {
        content = content * 0x9e3779b97f4a7c15ULL + static_cast<std::uint64_t>(part);
    }
    return content;
}

template <typename Kind>
Result<ScannedFile> scan_rules(std::string_view content, const ImportOptions& options,
                               const std::vector<std::int64_t>* wanted) {
    KL_TRY(OpenedFile opened, open_rows(content, options, Kind::kColumns));
    ScannedFile& file = opened.file;
    RowReader reader(*opened.context);
    std::map<std::string, std::uint64_t> said;
    CsvRow row;
    while (true) {
        KL_TRY(const bool more, opened.reader.next(row));
        if (!more) return std::move(opened.file);
        ++file.rows_read;
        if (row.fault != CsvFault::none) {
            file.rejects.push_back(reject_of(row, opened.context->columns));
            continue;
        }
        reader.take(row);
        RuleRow rule;
        Fault fault = Kind::read(reader, rule);
        if (!Kind::kSeveral && fault.key.empty()) {
            const auto [known, added] = said.emplace(key_of<Kind>(rule), content_of(rule));
            if (!added && known->second != content_of(rule))
                fault = {"probes.reject.twice", "from", {}};
        }
        if (!fault.key.empty()) {
            file.rejects.push_back(reject_of(row, fault));
            continue;
        }
        const std::int64_t group = rule_group(Kind::kTable, options.source, key_of<Kind>(rule));
        if (wanted && !std::binary_search(wanted->begin(), wanted->end(), group)) continue;
        file.rows.push_back({group, std::max<UtcSecond>(rule.span.from, 0), row.offset, row.length,
                             static_cast<std::uint32_t>(row.line)});
    }
}

template <typename Kind>
RuleRow rule_of(RowReader& reader, const GroupRow& row) {
    reader.parse(row.bytes);
    RuleRow rule;
    Kind::read(reader, rule);
    return rule;
}

template <typename Kind>
RowIdentity identify_rule(const GroupRow& row) {
    RowReader reader(*static_cast<const FileContext*>(row.context));
    const RuleRow rule = rule_of<Kind>(reader, row);
    return {hash64(key_of<Kind>(rule)), content_of(rule)};
}

void write_span(const Span& span, FactSink& sink) {
    const Span open;
    const bool begins = span.from != open.from;
    const bool ends = span.to != open.to;
    const auto maybe = [&](bool known, std::int64_t value) {
        if (known)
            sink.i64(value);
        else
            sink.null();
    };
    maybe(begins, span.from);
    maybe(ends, span.to);
    sink.i64(begins ? Zone::copenhagen().to_local(span.from).day : 0);
    maybe(ends, ends ? Zone::copenhagen().to_local(span.to - 1).day : 0);
}

template <typename Kind>
void write_rule(const RuleRow& rule, const std::string& key, std::string_view source,
                FactSink& sink) {
    sink.begin(Kind::kTable, std::string(source) + '/' + key);
    Kind::write(rule, sink);
    write_span(rule.span, sink);
    if constexpr (Kind::kTable == kWindowTable) {
        if (rule.announced)
            sink.i64(*rule.announced);
        else
            sink.null();
    }
    sink.i64(sink.name(source));
    sink.end();
}

// What the file that said it last says under one key.
struct Said {
    std::pair<std::int64_t, std::uint32_t> by;  // batch, file
    std::uint32_t line = 0;
    std::vector<RuleRow> rules;  // one, or what a file says of several that begin together
};

template <typename Kind>
void add_rule(const GroupRow& row, const RuleRow& rule, Said& said) {
    const std::pair by{row.batch, row.file};
    const bool first = said.rules.empty();
    if (!first && by < said.by) return;
    if (first || said.by < by || (!Kind::kSeveral && said.line < row.line)) {
        said = {by, row.line, {rule}};
    } else if (Kind::kSeveral &&
               std::none_of(said.rules.begin(), said.rules.end(), [&](const RuleRow& other) {
                   return content_of(other) == content_of(rule);
               })) {
        said.rules.push_back(rule);
    }
}

template <typename Kind>
void derive_rules(const DeriveInput& input, FactSink& sink) {
    std::map<std::string, Said> rules;
    std::deque<RowReader> readers;
    for (const GroupRow& row : input.rows) {
        readers.emplace_back(*static_cast<const FileContext*>(row.context));
        const RuleRow rule = rule_of<Kind>(readers.back(), row);
        add_rule<Kind>(row, rule, rules[key_of<Kind>(rule)]);
    }
    for (auto& [key, said] : rules) {
        std::sort(said.rules.begin(), said.rules.end(), [](const RuleRow& a, const RuleRow& b) {
            return std::tie(a.span.to, a.announced) < std::tie(b.span.to, b.announced);
        });
        for (std::size_t i = 0; i < said.rules.size(); ++i)
            write_rule<Kind>(said.rules[i], i == 0 ? key : key + '#' + std::to_string(i + 1),
                             input.source, sink);
    }
}

template <typename Kind>
Format rule_format() {
    Format format;
    format.name = Kind::kName;
    format.module = "probes";
    format.tables = fact_tables();
    format.scan = scan_rules<Kind>;
    format.identify = identify_rule<Kind>;
    format.derive = derive_rules<Kind>;
    format.settle = settle;
    format.covers_days = false;
    return format;
}

}  // namespace

Format probe_actions_format() { return rule_format<Actions>(); }
Format probe_schedule_format() { return rule_format<Schedules>(); }
Format window_format() { return rule_format<Windows>(); }

}  // namespace klarsyn::probes
