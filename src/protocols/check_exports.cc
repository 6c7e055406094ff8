#include "protocols/check_exports.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include "protocols/sample.h"

namespace klarsyn {
namespace {

namespace json = boost::json;

Error fault(std::string_view key, std::string_view field) {
    Error error = make_error(ErrorCode::invalid_input, "protocols.exports." + std::string(key));
    error.field = field;
    return error;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// 'a ''quoted'' label' or a word, up to the equals sign, which is taken too.
Result<std::string> take_label(std::string_view& rest) {
    std::string label;
    if (rest.starts_with('\'')) {
        rest.remove_prefix(1);
        while (true) {
            const auto end = rest.find('\'');
            if (end == std::string_view::npos) return fault("quote_open", "label");
            label += rest.substr(0, end);
            rest.remove_prefix(end + 1);
            if (!rest.starts_with('\'')) break;
            label += '\'';
            rest.remove_prefix(1);
        }
    } else {
        const auto end = rest.find_first_of("= \t\r\n");
        label = rest.substr(0, end);
        rest.remove_prefix(label.size());
    }
    if (!rest.starts_with('=') || label.empty()) return fault("no_value", "label");
    if (!well_formed_utf8(label)) return fault("not_utf8", "label");
    rest.remove_prefix(1);
    return label;
}

Result<PerfValue> parse_value(std::string label, std::string_view text) {
    PerfValue value;
    value.label = std::move(label);
    std::array<std::string_view, 5> parts;
    for (auto& one : parts) {
        const auto end = text.find(';');
        one = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    value.warn = parts[1];
    value.crit = parts[2];
    value.min = parts[3];
    value.max = parts[4];
    if (parts[0] == "U") return value;
    // Some plugins write a decimal comma where their locale says so.
    std::string digits(parts[0].substr(0, parts[0].find_first_not_of("0123456789.,-+eE")));
    // "5e" is no exponent; "E" may be the unit exabyte's beginning.
    while (!digits.empty() && (digits.back() == 'e' || digits.back() == 'E')) digits.pop_back();
    value.unit = parts[0].substr(digits.size());
    for (char& c : digits)
        if (c == ',') c = '.';
    const char* begin = digits.data() + (digits.starts_with('+') ? 1 : 0);
    double number = 0;
    const auto [end, error] = std::from_chars(begin, digits.data() + digits.size(), number);
    if (error != std::errc{} || end != digits.data() + digits.size() || !std::isfinite(number))
        return fault("no_number", value.label);
    if (value.unit.size() > 16 || !well_formed_utf8(value.unit)) return fault("no_number", value.label);
    value.value = number;
    return value;
}

CheckState state_of(std::string_view word) {
    if (word == "OK" || word == "UP" || word == "0") return CheckState::ok;
    if (word == "WARNING" || word == "1") return CheckState::warning;
    if (word == "CRITICAL" || word == "DOWN" || word == "2") return CheckState::critical;
    if (word == "UNKNOWN" || word == "UNREACHABLE" || word == "3") return CheckState::unknown;
    return CheckState::unsaid;
}

std::vector<std::string_view> split_tabs(std::string_view line) {
    std::vector<std::string_view> fields;
    while (true) {
        const auto end = line.find('\t');
        fields.push_back(line.substr(0, end));
        if (end == std::string_view::npos) return fields;
        line.remove_prefix(end + 1);
    }
}

// Key and value of a line of either template, as PNP4Nagios names them.
std::map<std::string, std::string_view, std::less<>> keys_of(std::string_view line) {
    std::map<std::string, std::string_view, std::less<>> keys;
    const auto fields = split_tabs(line);
    if (fields[0] == "[SERVICEPERFDATA]" && fields.size() >= 8) {
        keys = {{"TIMET", fields[1]},
                {"HOSTNAME", fields[2]},
                {"SERVICEDESC", fields[3]},
                {"SERVICEPERFDATA", fields[7]}};
    } else if (fields[0] == "[HOSTPERFDATA]" && fields.size() >= 6) {
        keys = {{"TIMET", fields[1]}, {"HOSTNAME", fields[2]}, {"HOSTPERFDATA", fields[5]}};
    } else {
        for (const auto field : fields) {
            const auto mark = field.find("::");
            if (mark != std::string_view::npos)
                keys.emplace(field.substr(0, mark), field.substr(mark + 2));
        }
    }
    return keys;
}

}  // namespace

Result<std::vector<PerfValue>> parse_perfdata(std::string_view text) {
    std::vector<PerfValue> values;
    while (true) {
        while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
        if (text.empty()) return values;
        KL_TRY(auto label, take_label(text));
        std::size_t end = 0;
        while (end < text.size() && !is_blank(text[end])) ++end;
        KL_TRY(auto value, parse_value(std::move(label), text.substr(0, end)));
        values.push_back(std::move(value));
        text.remove_prefix(end);
    }
}

std::string write_perfdata(const std::vector<PerfValue>& values) {
    std::string out;
    for (const auto& value : values) {
        if (!out.empty()) out += ' ';
        out += '\'';
        for (const char c : value.label) out += c == '\'' ? std::string("''") : std::string(1, c);
        out += "'=" + (value.value ? fmt::format("{}", *value.value) : "U") + value.unit;
        std::string rest;
        for (const auto* part : {&value.warn, &value.crit, &value.min, &value.max})
            rest += ';' + *part;
        while (rest.ends_with(';')) rest.pop_back();
        out += rest;
    }
    return out;
}

Result<PerfLine> parse_perf_line(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto keys = keys_of(line);
    const auto get = [&](std::string_view key) {
        const auto found = keys.find(key);
        return found == keys.end() ? std::string_view() : found->second;
    };
    PerfLine result;
    const std::string_view time = get("TIMET");
    const auto [end, error] = std::from_chars(time.data(), time.data() + time.size(), result.time);
    if (time.empty() || error != std::errc{} || end != time.data() + time.size() || result.time < 0)
        return fault("time", "TIMET");
    result.host = get("HOSTNAME");
    result.service = get("SERVICEDESC");
    if (result.host.empty()) return fault("missing", "HOSTNAME");
    if (!well_formed_utf8(result.host)) return fault("not_utf8", "HOSTNAME");
    if (!well_formed_utf8(result.service)) return fault("not_utf8", "SERVICEDESC");
    const bool service = !result.service.empty();
    result.state = state_of(get(service ? "SERVICESTATE" : "HOSTSTATE"));
    KL_TRY(result.values, parse_perfdata(get(service ? "SERVICEPERFDATA" : "HOSTPERFDATA")));
    return result;
}

Result<ZabbixValue> parse_zabbix_line(std::string_view line) {
    boost::system::error_code failed;
    const json::value parsed = json::parse(line, failed);
    const json::object* object = failed ? nullptr : parsed.if_object();
    if (object == nullptr) return fault("no_object", {});
    ZabbixValue result;
    const auto whole = [&](std::string_view name, std::int64_t& number) {
        const json::value* value = object->if_contains(name);
        if (value == nullptr || !value->is_int64()) return false;
        number = value->get_int64();
        return number >= 0;
    };
    const json::value* host = object->if_contains("host");
    // Since 5.0 an object of technical and visible name; before, the visible name.
    if (host != nullptr && host->is_object()) host = host->get_object().if_contains("host");
    if (host == nullptr || !host->is_string()) return fault("missing", "host");
    result.host = std::string(host->get_string());
    const json::value* item = object->if_contains("name");
    if (item == nullptr || !item->is_string()) return fault("missing", "name");
    result.item = std::string(item->get_string());
    if (!whole("clock", result.time_s)) return fault("time", "clock");
    if (object->if_contains("ns") && (!whole("ns", result.ns) || result.ns > 999'999'999))
        return fault("time", "ns");
    if (object->if_contains("itemid")) whole("itemid", result.itemid);
    const json::value* value = object->if_contains("value");
    if (value == nullptr) return fault("missing", "value");
    if (value->is_number()) result.value = value->to_number<double>();
    return result;
}

}  // namespace klarsyn
