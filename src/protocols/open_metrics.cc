#include "protocols/open_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <unordered_set>

#include "protocols/open_metrics_rules.h"

namespace klarsyn {
namespace {

constexpr std::array<std::string_view, 8> kTypes = {
    "unknown", "gauge", "counter", "histogram", "gaugehistogram", "summary", "info", "stateset"};

bool name_begins(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}
bool name_goes_on(char c) { return name_begins(c) || (c >= '0' && c <= '9'); }

// A number as OpenMetrics has it; empty for anything else. from_chars reads neither "+1" nor
// "+Inf".
std::optional<double> number(std::string_view text) {
    std::string_view digits = text;
    if (digits.starts_with('+')) digits.remove_prefix(1);
    if (digits.starts_with('+') || digits.empty()) return std::nullopt;
    std::string lower(digits);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (lower == "inf" || lower == "infinity") return std::numeric_limits<double>::infinity();
    if (lower == "-inf" || lower == "-infinity") return -std::numeric_limits<double>::infinity();
    if (lower == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (lower.find_first_not_of("0123456789+-.e") != std::string::npos) return std::nullopt;
    double value = 0;
    const auto [end, error] = std::from_chars(lower.data(), lower.data() + lower.size(), value);
    if (end != lower.data() + lower.size()) return std::nullopt;
    if (error == std::errc::result_out_of_range) {
        // Too large is infinite, too small is 0, as every reader of such texts has it.
        const bool small = lower.find("e-") != std::string::npos;
        return small ? 0.0 : std::numeric_limits<double>::infinity();
    }
    if (error != std::errc{}) return std::nullopt;
    return value;
}

// Seconds with any number of decimals as whole milliseconds, downwards: exactly where written as
// plain decimals, else by way of a double.
std::optional<std::int64_t> milliseconds(std::string_view text) {
    const auto real = number(text);
    if (!real || !std::isfinite(*real) || std::fabs(*real) > 1e12) return std::nullopt;
    std::string_view rest = text;
    const bool minus = rest.starts_with('-');
    if (minus || rest.starts_with('+')) rest.remove_prefix(1);
    if (rest.find_first_not_of("0123456789.") != std::string_view::npos)
        return static_cast<std::int64_t>(std::floor(*real * 1000));
    const auto dot = rest.find('.');
    std::int64_t value = 0;
    for (const char c : rest.substr(0, dot)) value = value * 10 + (c - '0');
    std::string_view decimals = dot == std::string_view::npos ? "" : rest.substr(dot + 1);
    bool more = false;
    for (std::size_t i = 0; i < 3; ++i)
        value = value * 10 + (i < decimals.size() ? decimals[i] - '0' : 0);
    for (std::size_t i = 3; i < decimals.size(); ++i) more = more || decimals[i] != '0';
    return minus ? -value - (more ? 1 : 0) : value;
}

class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) {}

    Result<std::vector<MetricFamily>> read() {
        if (!well_formed_utf8(text_)) return fault("not_utf8");
        bool ended = false;
        while (!text_.empty()) {
            ++line_;
            const auto end = text_.find('\n');
            const std::string_view line = text_.substr(0, end);
            text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
            if (ended) return fault("behind_end");
            if (line == "# EOF") {
                ended = true;
            } else if (end == std::string_view::npos) {
                return fault("cut");
            } else if (line.starts_with("# ")) {
                KL_CHECK(metadata(line.substr(2)));
            } else {
                KL_CHECK(sample(line));
            }
        }
        if (!ended) return fault("cut");
        KL_CHECK(end_family());
        return std::move(families_);
    }

private:
    Error fault(std::string_view what) const {
        Error error =
            make_error(ErrorCode::invalid_input, "protocols.openmetrics." + std::string(what));
        error.line = line_;
        return error;
    }

    Result<void> end_family() {
        if (families_.empty()) return {};
        if (const auto what = family_fault(families_.back()); !what.empty()) return fault(what);
        return {};
    }

    Result<void> begin_family(std::string_view name) {
        KL_CHECK(end_family());
        if (!names_.emplace(name).second) return fault("interleaved");
        MetricFamily family;
        family.name = name;
        families_.push_back(std::move(family));
        seen_.clear();
        said_.clear();
        return {};
    }

    Result<void> metadata(std::string_view rest) {
        const auto kind_end = rest.find(' ');
        const std::string_view kind = rest.substr(0, kind_end);
        if (kind_end == std::string_view::npos) return fault("metadata");
        rest.remove_prefix(kind_end + 1);
        const auto name_end = rest.find(' ');
        const std::string_view name = rest.substr(0, name_end);
        const std::string_view value =
            name_end == std::string_view::npos ? std::string_view() : rest.substr(name_end + 1);
        if (name.empty() || !name_begins(name.front()) ||
            !std::all_of(name.begin(), name.end(), name_goes_on))
            return fault("name");
        if (families_.empty() || families_.back().name != name) KL_CHECK(begin_family(name));
        MetricFamily& family = families_.back();
        if (!family.samples.empty()) return fault("metadata_late");
        if (!said_.emplace(kind).second) return fault("metadata_twice");
        if (kind == "TYPE") {
            const auto found = std::find(kTypes.begin(), kTypes.end(), value);
            if (found == kTypes.end()) return fault("type");
            family.type = static_cast<MetricType>(found - kTypes.begin());
        } else if (kind == "UNIT") {
            family.unit = value;
            if (!family.unit.empty() && !family.name.ends_with("_" + family.unit))
                return fault("unit");
        } else if (kind == "HELP") {
            KL_TRY(family.help, unescape(value));
        } else {
            return fault("metadata");
        }
        return {};
    }

    Result<std::string> unescape(std::string_view text) const {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '\\' || i + 1 == text.size()) {
                out += text[i];
                continue;
            }
            const char next = text[++i];
            if (next == 'n')
                out += '\n';
            else if (next == '\\' || next == '"')
                out += next;
            else
                (out += '\\') += next;
        }
        return out;
    }

    // {a="b",c="d"} at the beginning of `rest`, which is moved behind it.
    Result<Labels> labels(std::string_view& rest) const {
        Labels found;
        rest.remove_prefix(1);
        while (!rest.starts_with('}')) {
            if (!found.empty()) {
                if (!rest.starts_with(',')) return fault("labels");
                rest.remove_prefix(1);
            }
            std::size_t end = 0;
            while (end < rest.size() && name_goes_on(rest[end]) && rest[end] != ':') ++end;
            const std::string_view name = rest.substr(0, end);
            if (name.empty() || !name_begins(name.front())) return fault("labels");
            rest.remove_prefix(end);
            if (!rest.starts_with("=\"")) return fault("labels");
            rest.remove_prefix(2);
            end = 0;
            while (end < rest.size() && rest[end] != '"') end += rest[end] == '\\' ? 2 : 1;
            if (end >= rest.size()) return fault("labels");
            KL_TRY(auto value, unescape(rest.substr(0, end)));
            found.emplace_back(name, std::move(value));
            rest.remove_prefix(end + 1);
        }
        rest.remove_prefix(1);
        return found;
    }

    // The next word of " word word"; empty where there is none.
    static std::string_view word(std::string_view& rest) {
        if (!rest.starts_with(' ')) return {};
        rest.remove_prefix(1);
        const std::string_view found = rest.substr(0, rest.find(' '));
        rest.remove_prefix(found.size());
        return found;
    }

    Result<void> sample(std::string_view line) {
        std::string_view rest = line;
        std::size_t end = 0;
        while (end < rest.size() && name_goes_on(rest[end])) ++end;
        if (end == 0 || !name_begins(rest.front())) return fault("sample");
        OpenSample sample;
        sample.name = rest.substr(0, end);
        rest.remove_prefix(end);
        if (rest.starts_with('{')) {
            KL_TRY(sample.labels, labels(rest));
            if (const auto why = check_labels(sample.labels); !why.empty()) return fault("labels");
        }
        const auto value = number(word(rest));
        if (!value) return fault("value");
        sample.value = *value;
        if (!rest.empty() && !rest.starts_with(" #")) {
            sample.time_ms = milliseconds(word(rest));
            if (!sample.time_ms) return fault("time");
        }
        if (!rest.empty()) KL_CHECK(exemplar(sample.name, rest));
        return take(std::move(sample));
    }

    Result<void> exemplar(std::string_view name, std::string_view rest) const {
        if (!name.ends_with("_total") && !name.ends_with("_bucket")) return fault("exemplar");
        if (!rest.starts_with(" # {")) return fault("exemplar");
        rest.remove_prefix(3);
        KL_TRY([[maybe_unused]] const auto read, labels(rest));
        if (!number(word(rest))) return fault("exemplar");
        if (!rest.empty() && !milliseconds(word(rest))) return fault("exemplar");
        if (!rest.empty()) return fault("exemplar");
        return {};
    }

    Result<void> take(OpenSample sample) {
        if (families_.empty() || !belongs(families_.back(), sample.name)) {
            // A sample without metadata is a family of its own, of unknown type.
            KL_CHECK(begin_family(sample.name));
        }
        if (const auto what = sample_fault(families_.back(), sample); !what.empty())
            return fault(what);
        std::string key = series_text(sample.name, sample.labels);
        if (sample.time_ms) key += ' ' + std::to_string(*sample.time_ms);
        if (!seen_.insert(std::move(key)).second) return fault("sample_twice");
        families_.back().samples.push_back(std::move(sample));
        return {};
    }

    std::string_view text_;
    std::int64_t line_ = 0;
    std::vector<MetricFamily> families_;
    std::set<std::string, std::less<>> names_;
    std::set<std::string, std::less<>> said_;  // metadata of the present family
    std::unordered_set<std::string> seen_;     // its samples
};

std::string number_text(double value, bool decimal_point) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    std::string text = fmt::format("{}", value);
    if (decimal_point && text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        out += c == '\n' ? std::string("\\n") : std::string(1, c);
    }
    return out;
}

std::string time_text(std::int64_t time_ms) {
    const std::int64_t seconds = time_ms / 1000;
    const std::int64_t rest = time_ms % 1000;
    const std::string sign = time_ms < 0 ? "-" : "";
    return fmt::format("{}{}.{:03}", sign, std::abs(seconds), std::abs(rest));
}

}  // namespace

std::string_view metric_type_name(MetricType type) {
    return kTypes[static_cast<std::size_t>(type)];
}

Result<std::vector<MetricFamily>> parse_open_metrics(std::string_view text) {
    return Reader(text).read();
}

std::string write_open_metrics(const std::vector<MetricFamily>& families) {
    std::string out;
    for (const auto& family : families) {
        out += fmt::format("# TYPE {} {}\n", family.name, metric_type_name(family.type));
        if (!family.unit.empty()) out += fmt::format("# UNIT {} {}\n", family.name, family.unit);
        if (!family.help.empty())
            out += fmt::format("# HELP {} {}\n", family.name, escaped(family.help));
        for (const auto& sample : family.samples) {
            out += series_text(sample.name, sample.labels) + ' ' + number_text(sample.value, false);
            if (sample.time_ms) out += ' ' + time_text(*sample.time_ms);
            out += '\n';
        }
    }
    return out + "# EOF\n";
}

}  // namespace klarsyn
