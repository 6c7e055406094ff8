#include "protocols/csv.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace klarsyn {

namespace {

// A quoted field that spans more than this is a quote that somebody forgot.
constexpr std::size_t kRowBytesMax = 16u << 20;

// Parses one row at text[at]; returns the position of its end (of LF, or the text's size), or npos
// for a quote that never ends.
class RowParser {
public:
    RowParser(std::string_view text, std::size_t at, char delimiter, CsvRow& row)
        : text_(text), begin_(at), at_(at), delimiter_(delimiter), row_(row) {}

    std::size_t parse() {
        row_.fields.clear();
        row_.fault = CsvFault::none;
        const char* base = text_.data();
        const void* newline = std::memchr(base + at_, '\n', text_.size() - at_);
        std::size_t end = newline
                              ? static_cast<std::size_t>(static_cast<const char*>(newline) - base)
                              : text_.size();
        if (!std::memchr(base + at_, '"', end - at_)) {
            split_plain(end);
            return finish(end);
        }
        std::size_t quoted_end = split_quoted();
        return quoted_end == std::string_view::npos ? quoted_end : finish(quoted_end);
    }

private:
    static std::size_t without_cr(std::string_view text, std::size_t begin, std::size_t end) {
        return end > begin && text[end - 1] == '\r' ? end - 1 : end;
    }

    void split_plain(std::size_t line_end) {
        const char* at = text_.data() + begin_;
        const char* end = text_.data() + without_cr(text_, begin_, line_end);
        while (const void* found =
                   std::memchr(at, delimiter_, static_cast<std::size_t>(end - at))) {
            const char* stop = static_cast<const char*>(found);
            row_.fields.emplace_back(at, static_cast<std::size_t>(stop - at));
            at = stop + 1;
        }
        row_.fields.emplace_back(at, static_cast<std::size_t>(end - at));
    }

    std::size_t split_quoted() {
        for (;;) {
            bool more = at_ < text_.size() && text_[at_] == '"' ? quoted_field() : plain_field();
            if (broken_) return std::string_view::npos;
            if (!more) break;
        }
        undouble();
        return at_;
    }

    // Both return whether a delimiter follows, and leave at_ behind it or on the row's end.
    bool plain_field() {
        std::size_t begin = at_;
        while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n') ++at_;
        bool more = at_ < text_.size() && text_[at_] == delimiter_;
        std::size_t end = more ? at_ : without_cr(text_, begin, at_);
        row_.fields.push_back(text_.substr(begin, end - begin));
        if (more) ++at_;
        return more;
    }

    bool quoted_field() {
        std::size_t begin = ++at_;
        bool doubled = false;
        for (;;) {
            at_ = text_.find('"', at_);
            if (at_ == std::string_view::npos || at_ - begin_ > kRowBytesMax) {
                broken_ = true;
                return false;
            }
            if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
            doubled = true;
            at_ += 2;
        }
        if (doubled) doubled_.push_back(row_.fields.size());
        row_.fields.push_back(text_.substr(begin, at_ - begin));
        ++at_;
        std::size_t after = at_;
        while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n') ++at_;
        bool more = at_ < text_.size() && text_[at_] == delimiter_;
        if ((more ? at_ : without_cr(text_, after, at_)) != after)
            row_.fault = CsvFault::text_after_quote;
        if (more) ++at_;
        return more;
    }

    void undouble() {
        if (doubled_.empty()) return;
        std::size_t total = 0;
        for (std::size_t field : doubled_) total += row_.fields[field].size();
        row_.scratch.clear();
        row_.scratch.reserve(total);  // so that the fields' views stay where they are
        for (std::size_t field : doubled_) {
            std::string_view raw = row_.fields[field];
            std::size_t begin = row_.scratch.size();
            for (std::size_t i = 0; i < raw.size(); ++i) {
                row_.scratch += raw[i];
                if (raw[i] == '"') ++i;
            }
            row_.fields[field] = std::string_view(row_.scratch).substr(begin);
        }
    }

    std::size_t finish(std::size_t end) {
        row_.offset = begin_;
        row_.bytes = text_.substr(begin_, without_cr(text_, begin_, end) - begin_);
        row_.length = static_cast<std::uint32_t>(row_.bytes.size());
        return end;
    }

    std::string_view text_;
    std::size_t begin_;
    std::size_t at_;
    char delimiter_;
    CsvRow& row_;
    std::vector<std::size_t> doubled_;
    bool broken_ = false;
};

void check_width(CsvRow& row, std::size_t columns) {
    if (row.fault != CsvFault::none) return;
    if (row.fields.size() < columns) row.fault = CsvFault::too_few_fields;
    if (row.fields.size() > columns) row.fault = CsvFault::too_many_fields;
}

void check_bytes(CsvRow& row) {
    if (row.bytes.find('\0') != std::string_view::npos)
        row.fault = CsvFault::nul_byte;
    else if (!valid_utf8(row.bytes))
        row.fault = CsvFault::not_utf8;
}

// The candidate that stands most often in the header outside quotes.
char detect_delimiter(std::string_view text) {
    constexpr char kCandidates[] = {';', ',', '\t'};
    int counts[3] = {};
    bool quoted = false;
    for (char c : text) {
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        if (c == '\n') break;
        for (int i = 0; i < 3; ++i) counts[i] += c == kCandidates[i];
    }
    int best = 0;
    for (int i = 1; i < 3; ++i)
        if (counts[i] > counts[best]) best = i;
    return counts[best] == 0 ? ',' : kCandidates[best];
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

Error header_error(std::string key, TextArgs args = {}) {
    Error error = make_error(ErrorCode::invalid_input, std::move(key), std::move(args));
    error.line = 1;
    return error;
}

}  // namespace

Result<CsvReader> CsvReader::open(std::string_view text, const CsvOptions& options) {
    CsvReader reader;
    reader.text_ = text;
    if (options.delimiter.empty()) {
        reader.delimiter_ = detect_delimiter(text);
        reader.delimiter_detected_ = true;
    } else if (options.delimiter == "," || options.delimiter == ";" || options.delimiter == "\t") {
        reader.delimiter_ = options.delimiter[0];
    } else {
        return make_error(ErrorCode::invalid_input, "error.csv.delimiter_unknown",
                          {{"delimiter", options.delimiter}});
    }
    reader.bad_bytes_ = text.find('\0') != std::string_view::npos ||
                        (!options.well_formed && !valid_utf8(text));
    CsvRow header;
    KL_TRY(bool found, reader.next(header));
    if (!found) return header_error("error.csv.no_header");
    if (header.fault != CsvFault::none) {
        auto [key, args] = fault_reason(header, header.fields.size());
        return header_error(std::move(key), std::move(args));
    }
    for (std::string_view field : header.fields) {
        std::string name(trim(field));
        if (!name.empty() && reader.column(name))
            return header_error("error.csv.column_twice", {{"column", name}});
        reader.columns_.push_back(std::move(name));
    }
    return reader;
}

std::optional<std::size_t> CsvReader::column(std::string_view name) const {
    auto at = std::find(columns_.begin(), columns_.end(), name);
    if (at == columns_.end()) return std::nullopt;
    return static_cast<std::size_t>(at - columns_.begin());
}

Result<bool> CsvReader::next(CsvRow& row) {
    while (at_ < text_.size()) {
        std::size_t end = RowParser(text_, at_, delimiter_, row).parse();
        if (end == std::string_view::npos) {
            Error error = make_error(ErrorCode::invalid_input, "error.csv.quote_open");
            error.line = line_;
            return error;
        }
        row.line = line_;
        line_ += std::count(row.bytes.begin(), row.bytes.end(), '\n') + 1;
        at_ = end + 1;
        if (row.bytes.empty()) continue;
        if (!columns_.empty()) check_width(row, columns_.size());
        if (bad_bytes_) check_bytes(row);
        return true;
    }
    return false;
}

void parse_csv_row(std::string_view bytes, char delimiter, std::size_t columns, CsvRow& row) {
    std::size_t end = RowParser(bytes, 0, delimiter, row).parse();
    if (end == std::string_view::npos) row.fault = CsvFault::text_after_quote;
    check_width(row, columns);
}

std::pair<std::string, TextArgs> fault_reason(const CsvRow& row, std::size_t columns) {
    TextArgs widths{{"fields", std::to_string(row.fields.size())},
                    {"columns", std::to_string(columns)}};
    switch (row.fault) {
        case CsvFault::too_few_fields: return {"reject.csv.too_few_fields", std::move(widths)};
        case CsvFault::too_many_fields: return {"reject.csv.too_many_fields", std::move(widths)};
        case CsvFault::text_after_quote: return {"reject.csv.text_after_quote", {}};
        case CsvFault::nul_byte: return {"reject.csv.nul_byte", {}};
        case CsvFault::not_utf8: return {"reject.csv.not_utf8", {}};
        case CsvFault::none: break;
    }
    KL_ASSERT(false && "a row without fault has no reason");
    return {};
}

double Decimal::value() const {
    double value = static_cast<double>(units);
    for (int i = 0; i < scale; ++i) value /= 10;
    return value;
}

char usual_decimal_mark(char delimiter) { return delimiter == ';' ? ',' : '.'; }

namespace {

constexpr std::string_view kNoBreakSpace = "\u00a0";

// Takes the thousands marks out of the whole part; empty when they do not stand in threes.
std::optional<std::string> ungrouped(std::string_view whole, char group) {
    std::string digits;
    std::size_t since_group = 0;
    bool grouped = false;
    for (char c : whole) {
        if (c == group) {
            bool first = !grouped;
            if (first ? since_group < 1 || since_group > 3 : since_group != 3) return std::nullopt;
            grouped = true;
            since_group = 0;
        } else if (c >= '0' && c <= '9') {
            digits += c;
            ++since_group;
        } else {
            return std::nullopt;
        }
    }
    if (digits.empty() || (grouped && (since_group != 3 || digits[0] == '0'))) return std::nullopt;
    return digits;
}

}  // namespace

std::optional<Decimal> parse_decimal(std::string_view text, char mark) {
    std::string plain(trim(text));
    for (std::size_t at; (at = plain.find(kNoBreakSpace)) != std::string::npos;)
        plain.erase(at, kNoBreakSpace.size());
    bool negative = !plain.empty() && plain[0] == '-';
    std::string_view rest = plain;
    if (negative || (!plain.empty() && plain[0] == '+')) rest.remove_prefix(1);
    std::size_t point = rest.find(mark);
    std::optional<std::string> digits = ungrouped(rest.substr(0, point), mark == ',' ? '.' : ',');
    if (!digits) return std::nullopt;
    Decimal decimal;
    if (point != std::string_view::npos) {
        std::string_view fraction = rest.substr(point + 1);
        if (fraction.empty() || fraction.find_first_not_of("0123456789") != std::string_view::npos)
            return std::nullopt;
        *digits += fraction;
        decimal.scale = static_cast<int>(fraction.size());
    }
    for (char c : *digits) {
        int digit = c - '0';
        if (decimal.units > (std::numeric_limits<std::int64_t>::max() - digit) / 10)
            return std::nullopt;
        decimal.units = decimal.units * 10 + digit;
    }
    if (negative) decimal.units = -decimal.units;
    return decimal;
}

std::optional<char> told_decimal_mark(std::string_view text) {
    const bool comma = parse_decimal(text, ',').has_value();
    if (comma == parse_decimal(text, '.').has_value()) return std::nullopt;
    return comma ? ',' : '.';
}

std::optional<std::int64_t> parse_integer(std::string_view text, char mark) {
    std::optional<Decimal> decimal = parse_decimal(text, mark);
    if (!decimal) return std::nullopt;
    for (; decimal->scale > 0; --decimal->scale) {
        if (decimal->units % 10 != 0) return std::nullopt;
        decimal->units /= 10;
    }
    return decimal->units;
}

}  // namespace klarsyn
