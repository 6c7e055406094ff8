#include "modules/probes/rows.h"

#include <algorithm>

namespace klarsyn::probes {
namespace {

constexpr int kFirstYear = 1970;
constexpr int kLastYear = 2099;
constexpr std::size_t kRawBytesMax = 2000;
constexpr std::size_t kValueBytesMax = 80;
constexpr std::size_t kDateBytes = 10;  // "2013-04-01", "01-04-2013"

// The number that `count` digits at `at` write, or -1.
int digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return -1;
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

std::optional<Day> read_day(std::string_view text) {
    if (text.size() != kDateBytes) return std::nullopt;
    Date date;
    if (text[4] == '-' && text[7] == '-') {
        date = {digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)};
    } else if ((text[2] == '-' || text[2] == '.' || text[2] == '/') && text[2] == text[5]) {
        date = {digits(text, 6, 4), digits(text, 3, 2), digits(text, 0, 2)};
    } else {
        return std::nullopt;
    }
    if (date.year < kFirstYear || date.year > kLastYear || date.month < 1 || date.day < 1 ||
        !valid_date(date)) {
        return std::nullopt;
    }
    return day_of(date);
}

// At most `max` bytes, not cut inside a character; bytes that are no text become '?': they would
// break every page that shows them.
std::string shown(std::string_view text, std::size_t max) {
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
    if (text.size() > max) {
        while (max > 0 && continues(text[max])) --max;
        text = text.substr(0, max);
    }
    std::string clean(text);
    std::replace(clean.begin(), clean.end(), '\0', '?');
    if (valid_utf8(clean)) return clean;
    for (char& c : clean) {
        if (static_cast<unsigned char>(c) >= 0x80U) c = '?';
    }
    return clean;
}

struct ClockTime {
    int second = 0;
    std::optional<int> offset_s;
};

// "08:00", "08:00:00", "08:00:00.123", each perhaps with Z or an offset.
std::optional<ClockTime> read_clock(std::string_view text) {
    if (text.size() < 5 || text[2] != ':') return std::nullopt;
    const int hour = digits(text, 0, 2);
    const int minute = digits(text, 3, 2);
    int second = 0;
    std::size_t at = 5;
    if (at < text.size() && text[at] == ':') {
        second = digits(text, at + 1, 2);
        at += 3;
        if (at < text.size() && (text[at] == '.' || text[at] == ',')) {
            const std::size_t first = ++at;
            while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
            if (at == first) return std::nullopt;
        }
    }
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return std::nullopt;
    ClockTime clock{hour * 3600 + minute * 60 + second, std::nullopt};
    if (at >= text.size()) return clock;
    const char sign = text[at];
    if ((sign == 'Z' || sign == 'z') && at + 1 == text.size()) {
        clock.offset_s = 0;
        return clock;
    }
    if (sign != '+' && sign != '-') return std::nullopt;
    const int hours = digits(text, at + 1, 2);
    const bool colon = at + 3 < text.size() && text[at + 3] == ':';
    const std::size_t minutes_at = at + (colon ? 4 : 3);
    const int minutes = digits(text, minutes_at, 2);
    if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59 || minutes_at + 2 != text.size())
        return std::nullopt;
    clock.offset_s = (hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
    return clock;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::optional<Moment> MomentReader::read(std::string_view text) {
    const std::string_view date = text.substr(0, kDateBytes);
    if (date != date_) {
        const auto day = read_day(date);
        if (!day) return std::nullopt;
        date_ = std::string(date);
        day_ = *day;
    }
    if (text.size() == kDateBytes) {
        return Moment{zone_.to_utc({day_, 0}).utc, 0, zone_.to_utc({day_ + 1, 0}).utc};
    }
    const char between = text[kDateBytes];
    if (between != 'T' && between != 't' && between != ' ') return std::nullopt;
    const auto clock = read_clock(text.substr(kDateBytes + 1));
    if (!clock) return std::nullopt;
    if (clock->offset_s)
        return Moment{day_ * UtcSecond{86'400} + clock->second - *clock->offset_s, 0, std::nullopt};
    const Zone::Instant instant = zone_.to_utc({day_, clock->second});
    return Moment{instant.utc,
                  (instant.ambiguous ? kAmbiguous : 0U) | (instant.skipped ? kSkipped : 0U),
                  std::nullopt};
}

Fault read_span(MomentReader& moments, std::string_view from, std::string_view to, Span& out) {
    out = {};
    if (!from.empty()) {
        const auto moment = moments.read(from);
        if (!moment) return {"probes.reject.time", "from", from};
        out.from = moment->at;
    }
    if (!to.empty()) {
        const auto moment = moments.read(to);
        if (!moment) return {"probes.reject.time", "to", to};
        out.to = moment->next.value_or(moment->at);
    }
    if (out.to <= out.from) return {"probes.reject.end_first", "to", to};
    return {};
}

Fault check_name(std::string_view name, std::string_view field, bool required) {
    if (name.empty() && required) return {"probes.reject.missing", field, {}};
    if (name.size() > kNameBytesMax) return {"probes.reject.too_long", field, {}};
    return {};
}

Result<OpenedFile> open_rows(std::string_view content, const ImportOptions& options,
                             std::span<const std::string_view> columns) {
    KL_TRY(DecodedText decoded, decode_text(content, options.encoding));
    KL_TRY(Zone zone, Zone::find(options.zone));
    CsvOptions csv;
    csv.delimiter = options.delimiter;
    csv.well_formed = decoded.well_formed;
    KL_TRY(CsvReader reader, CsvReader::open(decoded.text, csv));
    auto context = std::make_shared<FileContext>();
    context->delimiter = reader.delimiter();
    context->decimal_mark =
        options.decimal.empty() ? usual_decimal_mark(reader.delimiter()) : options.decimal.front();
    context->columns = reader.columns().size();
    context->zone = std::move(zone);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto at = reader.column(columns[i]);
        if (!at) {
            Error error = make_error(ErrorCode::invalid_input, "probes.error.column_missing",
                                     {{"column", std::string(columns[i])}});
            error.line = 1;
            error.field = std::string(columns[i]);
            return error;
        }
        context->at[i] = *at;
    }
    ScannedFile file;
    file.owned_text = decoded.owned;
    file.text = decoded.text;
    file.bytes_read = content.size();
    file.context = context;
    if (decoded.detected) {
        file.notices.push_back({"notice.csv.encoding_detected",
                                {{"encoding", std::string(encoding_name(decoded.encoding))}}});
    }
    if (reader.delimiter_detected()) {
        file.notices.push_back(
            {"notice.csv.delimiter_detected", {{"delimiter", std::string(1, reader.delimiter())}}});
    }
    return OpenedFile{std::move(file), std::move(reader), std::move(context)};
}

Reject reject_of(const CsvRow& row, const Fault& fault) {
    Reject reject;
    reject.line = row.line;
    reject.field = std::string(fault.field);
    reject.key = std::string(fault.key);
    reject.args.emplace_back("value", shown(fault.value, kValueBytesMax));
    reject.raw = shown(row.bytes, kRawBytesMax);
    return reject;
}

Reject reject_of(const CsvRow& row, std::size_t columns) {
    auto [key, args] = fault_reason(row, columns);
    Reject reject = reject_of(row, Fault{key, {}, {}});
    reject.args = std::move(args);
    return reject;
}

void RowReader::parse(std::string_view bytes) {
    parse_csv_row(bytes, context_.delimiter, context_.columns, row_);
    fields_ = row_.fields;
    if (row_.scratch.empty() || bytes.find('"') == std::string_view::npos) return;
    // Fields that were rewritten stand in the row's scratch, which the next row takes.
    for (std::string_view& field : fields_) field = kept_.emplace_back(field);
}

}  // namespace klarsyn::probes
