#include "indicators/figures_json.h"

#include <fmt/format.h>

#include <cmath>

namespace klarsyn {
namespace {

// Length of the valid UTF-8 sequence at `at`, 0 where there is none.
std::size_t sequence_length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(at);
    if (lead < 0x80) return 1;
    std::size_t length = 0;
    if (lead >= 0xC2 && lead <= 0xDF) length = 2;
    if (lead >= 0xE0 && lead <= 0xEF) length = 3;
    if (lead >= 0xF0 && lead <= 0xF4) length = 4;
    if (length == 0 || at + length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(at + i) & 0xC0) != 0x80) return 0;
    const unsigned char second = byte(at + 1);
    if (lead == 0xE0 && second < 0xA0) return 0;  // overlong
    if (lead == 0xED && second > 0x9F) return 0;  // surrogate
    if (lead == 0xF0 && second < 0x90) return 0;  // overlong
    if (lead == 0xF4 && second > 0x8F) return 0;  // beyond U+10FFFF
    return length;
}

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    if (static_cast<unsigned char>(c) < 0x20)
        out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
        out += c;
}

std::string dim_json(const DimValue& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    return json_string(std::get<std::string>(value));
}

template <typename T>
std::string or_null(const std::optional<T>& value) {
    if (!value) return "null";
    if constexpr (std::is_same_v<T, double>)
        return json_number(*value);
    else
        return std::to_string(*value);
}

std::string period_json(Period period) {
    return fmt::format(R"({{"from":{},"to":{}}})", json_day(period.from), json_day(period.to));
}

std::string gap_json(const std::vector<Day>& gap) {
    if (gap.empty()) return "null";
    std::string out = "[";
    for (const Day day : gap) {
        if (out.size() > 1) out += ',';
        out += json_day(day);
    }
    return out + "]";
}

std::string row_json(const FigureRow& row) {
    std::string out = "{";
    for (const auto& [dim, value] : row.key) out += json_string(dim) + ":" + dim_json(value) + ",";
    out += fmt::format(R"("value":{},"num":{},"den":{},"records":{},"status":{},"target":{},)",
                       or_null(row.value), or_null(row.num), or_null(row.den), row.records,
                       row.status.empty() ? "null" : json_string(row.status), or_null(row.target));
    if (row.interval)
        out += fmt::format(R"("interval":{{"low":{},"high":{},"certain":{}}},)",
                           json_number(row.interval->between.low),
                           json_number(row.interval->between.high), row.interval->certain);
    if (row.behind)
        out += fmt::format("\"behind\":{},\"too_few\":{},", *row.behind, row.too_few);
    out += fmt::format("\"gap\":{},\"gap_records\":{}}}", gap_json(row.gap), row.gap_records);
    return out;
}

std::string field_json(const RecordField& field) {
    if (const auto* number = std::get_if<std::int64_t>(&field.value))
        return std::to_string(*number);
    if (const auto* text = std::get_if<std::string>(&field.value)) return json_string(*text);
    return "null";
}

bool has_field(const RecordItem& item, std::string_view name) {
    for (const RecordField& field : item.fields)
        if (field.name == name) return true;
    return false;
}

std::string both_languages(std::string_view da, std::string_view en) {
    return fmt::format(R"({{"da":{},"en":{}}})", json_string(da), json_string(en));
}

std::string_view aggregate_name(Aggregate aggregate) {
    switch (aggregate) {
        case Aggregate::count: return "count";
        case Aggregate::sum: return "sum";
        case Aggregate::mean: return "mean";
        case Aggregate::min: return "min";
        case Aggregate::max: return "max";
        case Aggregate::ratio: return "ratio";
        case Aggregate::balance: return "balance";
        case Aggregate::latest: return "latest";
        case Aggregate::distinct: return "distinct";
        case Aggregate::percentile: return "percentile";
    }
    return "";
}

std::string_view status_name(IndicatorStatus status) {
    switch (status) {
        case IndicatorStatus::published: return "published";
        case IndicatorStatus::under_review: return "under_review";
        case IndicatorStatus::withheld: return "withheld";
    }
    return "";
}

std::string bound_json(const Bound& bound) {
    static constexpr std::string_view kOps[] = {"<", "<=", ">", ">="};
    return fmt::format(R"("op":"{}","value":{})", kOps[static_cast<int>(bound.op)],
                       json_number(static_cast<double>(bound.value) /
                                   static_cast<double>(bound.scale)));
}

std::string targets_json(const std::vector<DatedTarget>& targets) {
    std::string out = "[";
    for (const DatedTarget& target : targets) {
        if (out.size() > 1) out += ',';
        out += fmt::format(R"({{{},"from":{}}})", bound_json(target.bound), json_day(target.from));
    }
    return out + "]";
}

constexpr char separator(RecordsCsv dialect) { return dialect == RecordsCsv::excel_da ? ';' : ','; }

}  // namespace

std::string json_string(std::string_view text) {
    std::string out = "\"";
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = sequence_length(text, at);
        if (length == 0) {
            out += "\xEF\xBF\xBD";
            ++at;
        } else if (length == 1) {
            append_escaped(out, text[at++]);
        } else {
            out.append(text.substr(at, length));
            at += length;
        }
    }
    return out + "\"";
}

std::string json_number(double value) {
    if (!std::isfinite(value)) return "null";
    return fmt::format("{}", value == 0 ? 0.0 : value);
}

std::string json_day(Day day) { return "\"" + iso_date(day) + "\""; }

std::string figure_json(const FigureAnswer& answer) {
    std::string out = fmt::format(
        R"({{"figure":{},"definition":{},"as_of":{},"unit":{},"period":{},"rows":[)",
        json_string(answer.id), json_string(answer.definition), answer.as_of,
        json_string(answer.unit), period_json(answer.period));
    for (std::size_t i = 0; i < answer.rows.size(); ++i) {
        if (i > 0) out += ',';
        out += row_json(answer.rows[i]);
    }
    return out + "]}";
}

std::string record_json(const RecordItem& item) {
    std::string out = "{\"ref\":" + json_string(item.ref);
    if (!has_field(item, "day")) out += ",\"day\":" + json_day(item.day);
    for (const RecordField& field : item.fields)
        out += "," + json_string(field.name) + ":" + field_json(field);
    return out + ",\"batch\":\"B" + std::to_string(item.seq) + "\"}";
}

std::string records_json(const RecordPage& page) {
    std::string out = "{\"records\":[";
    for (std::size_t i = 0; i < page.items.size(); ++i) {
        if (i > 0) out += ',';
        out += record_json(page.items[i]);
    }
    return out + "],\"hidden\":" + std::to_string(page.hidden) + "}";
}

std::string indicator_json(const Indicator& indicator) {
    std::string dims = "[";
    for (const std::string& dim : indicator.dims) {
        if (dims.size() > 1) dims += ',';
        dims += json_string(dim);
    }
    dims += "]";
    return fmt::format(
        R"({{"figure":{},"module":{},"title":{},"description":{},"formula":{},"formula_da":{},"aggregate":"{}",)"
        R"("unit":{},"dims":{},"targets":{},"status":"{}","caveat":{},"owner":{},"definition":{}}})",
        json_string(indicator.id), json_string(indicator.module),
        both_languages(indicator.title_da, indicator.title_en),
        both_languages(indicator.definition_da, indicator.definition_en),
        json_string(indicator.formula), json_string(indicator.formula_da),
        aggregate_name(indicator.aggregate),
        json_string(indicator.unit), dims, targets_json(indicator.targets),
        status_name(indicator.status),
        indicator.caveat_da.empty() && indicator.caveat_en.empty()
            ? "null"
            : both_languages(indicator.caveat_da, indicator.caveat_en),
        json_string(indicator.owner), json_string(indicator.definition));
}

std::string catalogue_json(const Catalogue& catalogue) {
    std::string out = "{\"figures\":[";
    for (const Indicator& indicator : catalogue.indicators()) {
        if (out.back() == '}') out += ',';
        out += indicator_json(indicator);
    }
    return out + "]}";
}

std::string records_csv_field(std::string_view text, RecordsCsv dialect) {
    std::string value;
    if (!text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos)
        value = "'";
    value += text;
    const std::string special = std::string("\"\r\n") + separator(dialect);
    if (value.find_first_of(special) == std::string::npos) return value;
    std::string quoted = "\"";
    for (const char c : value) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + "\"";
}

std::string records_csv_header(const std::vector<std::string>& columns, RecordsCsv dialect) {
    std::string out = dialect == RecordsCsv::excel_da ? "\xEF\xBB\xBF" : "";
    out += "ref";
    bool has_day = false;
    for (const std::string& column : columns) has_day = has_day || column == "day";
    if (!has_day) out += separator(dialect) + std::string("day");
    for (const std::string& column : columns)
        out += separator(dialect) + records_csv_field(column, dialect);
    return out + separator(dialect) + "batch\r\n";
}

std::string record_csv(const RecordItem& item, RecordsCsv dialect) {
    std::string out = records_csv_field(item.ref, dialect);
    if (!has_field(item, "day")) out += separator(dialect) + iso_date(item.day);
    for (const RecordField& field : item.fields) {
        out += separator(dialect);
        if (const auto* number = std::get_if<std::int64_t>(&field.value))
            out += std::to_string(*number);
        else if (const auto* text = std::get_if<std::string>(&field.value))
            out += records_csv_field(*text, dialect);
    }
    return out + separator(dialect) + "B" + std::to_string(item.seq) + "\r\n";
}

}  // namespace klarsyn
