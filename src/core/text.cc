#include "core/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "core/text_catalogue.h"

namespace klarsyn {

namespace {

const CatalogueText* find_text(std::string_view key) {
    std::span<const CatalogueText> all = text_catalogue();
    auto at =
        std::lower_bound(all.begin(), all.end(), key,
                         [](const CatalogueText& a, std::string_view b) { return a.key < b; });
    return at != all.end() && at->key == key ? &*at : nullptr;
}

const std::string* find_arg(const TextArgs& args, std::string_view name) {
    for (const auto& [arg, value] : args)
        if (arg == name) return &value;
    return nullptr;
}

// One pass, so that a value which itself holds braces is shown as it is.
std::string fill(std::string_view pattern, const TextArgs& args) {
    std::string out;
    while (!pattern.empty()) {
        std::size_t open = pattern.find('{');
        out += pattern.substr(0, open);
        if (open == std::string_view::npos) break;
        std::size_t close = pattern.find('}', open);
        KL_ASSERT(close != std::string_view::npos);  // the build checks the catalogue
        std::string_view name = pattern.substr(open + 1, close - open - 1);
        if (const std::string* value = find_arg(args, name))
            out += *value;
        else
            out += pattern.substr(open, close - open + 1);
        pattern.remove_prefix(close + 1);
    }
    return out;
}

std::string unknown_text(std::string_view key) {
    static const bool strict = std::getenv("KLARSYN_STRICT_TEXTS") != nullptr;
    if (!strict) return std::string(key);
    std::fprintf(stderr, "no text for key %.*s\n", static_cast<int>(key.size()), key.data());
    std::abort();
}

std::string number_key(std::string_view prefix, int number) {
    return fmt::format("{}.{}", prefix, number);
}

constexpr std::string_view kNoBreakSpace = "\u00a0";

std::string group_thousands(std::string digits, char separator) {
    for (std::size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, 1, separator);
    }
    return digits;
}

// `units` counts steps of 10^-decimals.
std::string fixed_point(bool negative, std::uint64_t units, int decimals, Language language) {
    std::string digits = std::to_string(units);
    std::size_t wanted = static_cast<std::size_t>(decimals) + 1;
    if (digits.size() < wanted) digits.insert(0, wanted - digits.size(), '0');
    std::string whole = digits.substr(0, digits.size() - static_cast<std::size_t>(decimals));
    std::string out = negative && units != 0 ? "-" : "";
    out += group_thousands(whole, language == Language::da ? '.' : ',');
    if (decimals > 0) {
        out += language == Language::da ? ',' : '.';
        out += digits.substr(digits.size() - static_cast<std::size_t>(decimals));
    }
    return out;
}

std::uint64_t magnitude(std::int64_t value) {
    return value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
}

// num * scale / den, half up away from zero, without overflow for any counts that fit 64 bits.
std::uint64_t rounded_ratio(std::uint64_t num, std::uint64_t scale, std::uint64_t den) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((Wide{num} * scale * 2 + den) / (Wide{den} * 2));
}

std::uint64_t power_of_ten(int exponent) {
    std::uint64_t power = 1;
    while (exponent-- > 0) power *= 10;
    return power;
}

}  // namespace

std::string_view language_code(Language language) { return language == Language::da ? "da" : "en"; }

std::optional<Language> parse_language(std::string_view code) {
    if (code == "da") return Language::da;
    if (code == "en") return Language::en;
    return std::nullopt;
}

std::string text(Language language, std::string_view key, const TextArgs& args) {
    const CatalogueText* found = find_text(key);
    const std::string* count = found ? nullptr : find_arg(args, "count");
    if (count) found = find_text(std::string(key) + (*count == "1" ? ".one" : ".other"));
    if (!found && count) found = find_text(std::string(key) + ".other");
    if (!found) return unknown_text(key);
    return fill(language == Language::da ? found->da : found->en, args);
}

bool has_text(Language, std::string_view key) {
    // The build checks that both languages have the same keys.
    return find_text(key) || find_text(std::string(key) + ".other");
}

std::string describe(const Error& error, Language language) {
    std::string where = error.file;
    auto add = [&](const std::string& part) { where += (where.empty() ? "" : ", ") + part; };
    if (error.line > 0)
        add(text(language, "core.where.line", {{"line", std::to_string(error.line)}}));
    if (!error.field.empty()) add(text(language, "core.where.field", {{"field", error.field}}));
    std::string what = text(language, error.key, error.args);
    return where.empty() ? what : where + ": " + what;
}

std::string format_integer(std::int64_t value, Language language) {
    return fixed_point(value < 0, magnitude(value), 0, language);
}

std::string format_decimal(double value, int decimals, Language language) {
    if (!std::isfinite(value)) return text(language, "core.not_available");
    double scaled = std::fabs(value) * static_cast<double>(power_of_ten(decimals));
    if (scaled >= 9e15) return fmt::format("{:.0f}", value);  // no digits of a fraction are left
    return fixed_point(value < 0, static_cast<std::uint64_t>(std::llround(scaled)), decimals,
                       language);
}

std::string format_share(std::int64_t num, std::int64_t den, int decimals, Language language) {
    if (den == 0) return text(language, "core.not_available");
    bool negative = (num < 0) != (den < 0);
    std::uint64_t units =
        rounded_ratio(magnitude(num), 100 * power_of_ten(decimals), magnitude(den));
    std::string out = fixed_point(negative, units, decimals, language);
    if (language == Language::da) out += kNoBreakSpace;
    return out + "%";
}

std::string format_duration(std::int64_t num, std::int64_t den) {
    KL_ASSERT(den != 0);
    bool negative = num != 0 && (num < 0) != (den < 0);
    std::uint64_t seconds = rounded_ratio(magnitude(num), 1, magnitude(den));
    return fmt::format("{}{}:{:02}:{:02}", negative && seconds ? "-" : "", seconds / 3600,
                       seconds / 60 % 60, seconds % 60);
}

std::string format_month(int year, int month, Language language) {
    return text(language, number_key("core.month", month)) + " " + std::to_string(year);
}

std::string format_month_short(int month, Language language) {
    return text(language, number_key("core.month_short", month));
}

std::string format_date(Day day, Language language) {
    Date date = date_of(day);
    if (language == Language::da)
        return fmt::format("{:02}.{:02}.{:04}", date.day, date.month, date.year);
    return std::to_string(date.day) + " " + format_month(date.year, date.month, language);
}

std::string format_timestamp(UtcSecond utc, Language language) {
    LocalTime local = Zone::copenhagen().to_local(utc);
    char between = language == Language::da ? '.' : ':';
    std::string time = fmt::format("{:02}{}{:02}", local.hour(), between, local.second / 60 % 60);
    return text(language, "core.time.timestamp",
                {{"date", format_date(local.day, language)}, {"time", time}});
}

namespace {

std::optional<Bucket> whole_bucket(Period period) {
    for (Bucket kind : {Bucket::year, Bucket::quarter, Bucket::month, Bucket::week, Bucket::day})
        if (bucket_of(kind, period.from) == period) return kind;
    return std::nullopt;
}

std::string format_bucket(Bucket kind, Day day, Language language) {
    Date date = date_of(day);
    TextArgs args{{"year", std::to_string(date.year)},
                  {"quarter", std::to_string((date.month + 2) / 3)}};
    switch (kind) {
        case Bucket::year: return text(language, "core.period.year", args);
        case Bucket::quarter: return text(language, "core.period.quarter", args);
        case Bucket::month: return format_month(date.year, date.month, language);
        case Bucket::week: {
            IsoWeek week = iso_week_of(day);
            return text(language, "core.period.week",
                        {{"year", std::to_string(week.year)}, {"week", std::to_string(week.week)}});
        }
        case Bucket::day: return format_date(day, language);
    }
    KL_ASSERT(false);
    return {};
}

bool bounded_by(Bucket kind, Period period) {
    return bucket_of(kind, period.from).from == period.from &&
           bucket_of(kind, period.to).to == period.to;
}

}  // namespace

std::string format_period(Period period, Language language) {
    if (std::optional<Bucket> kind = whole_bucket(period))
        return format_bucket(*kind, period.from, language);
    Bucket kind = Bucket::day;
    for (Bucket candidate : {Bucket::week, Bucket::month, Bucket::year})
        if (bounded_by(candidate, period)) kind = candidate;
    std::string from = format_bucket(kind, period.from, language);
    Date first = date_of(period.from);
    if (kind == Bucket::month && first.year == date_of(period.to).year)
        from = text(language, number_key("core.month", first.month));
    return text(language, "core.period.range",
                {{"from", from}, {"to", format_bucket(kind, period.to, language)}});
}

std::string escape_html(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += c;
        }
    }
    return out;
}

}  // namespace klarsyn
