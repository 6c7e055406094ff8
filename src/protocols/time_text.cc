#include "protocols/time_text.h"

#include <algorithm>
#include <array>

namespace klarsyn {
namespace {

constexpr int kFirstYear = 1970;
constexpr int kLastYear = 2099;

struct Parts {
    Date date;
    int hour = 0, minute = 0, second = 0;
    std::optional<int> offset_s;
};

// Reads a text from the left.
class Cursor {
public:
    explicit Cursor(std::string_view text) : text_(text) {}
    bool at_end() const { return text_.empty(); }
    std::size_t digits() const {
        std::size_t count = 0;
        while (count < text_.size() && text_[count] >= '0' && text_[count] <= '9') ++count;
        return count;
    }
    std::optional<int> number(std::size_t min_digits, std::size_t max_digits) {
        const std::size_t count = std::min(digits(), max_digits);
        if (count < min_digits) return std::nullopt;
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) value = value * 10 + (text_[i] - '0');
        text_.remove_prefix(count);
        return value;
    }
    std::optional<char> any_of(std::string_view characters) {
        if (text_.empty() || characters.find(text_.front()) == std::string_view::npos)
            return std::nullopt;
        const char found = text_.front();
        text_.remove_prefix(1);
        return found;
    }
    bool word(std::string_view word) {
        if (!text_.starts_with(word)) return false;
        text_.remove_prefix(word.size());
        return true;
    }
    void spaces() {
        while (!text_.empty() && text_.front() == ' ') text_.remove_prefix(1);
    }

private:
    std::string_view text_;
};

bool read_date(Cursor& cursor, Parts& parts) {
    const bool year_first = cursor.digits() == 4;
    const auto first = cursor.number(1, 4);
    const auto separator = cursor.any_of("-./");
    if (!first || !separator) return false;
    const auto month = cursor.number(1, 2);
    if (!month || !cursor.any_of(std::string_view(&*separator, 1))) return false;
    const auto last = year_first ? cursor.number(1, 2) : cursor.number(4, 4);
    if (!last) return false;
    parts.date = year_first ? Date{*first, *month, *last} : Date{*last, *month, *first};
    return true;
}

bool read_offset(Cursor& cursor, Parts& parts) {
    if (cursor.word("Z")) {
        parts.offset_s = 0;
        return true;
    }
    const auto sign = cursor.any_of("+-");
    if (!sign) return true;
    const auto hours = cursor.number(2, 2);
    cursor.word(":");
    const auto minutes = cursor.number(2, 2);
    if (!hours || !minutes || *hours > 14 || *minutes > 59) return false;
    parts.offset_s = (*hours * 3600 + *minutes * 60) * (*sign == '-' ? -1 : 1);
    return true;
}

bool read_time(Cursor& cursor, Parts& parts) {
    const auto hour = cursor.number(1, 2);
    const auto separator = cursor.any_of(":.");
    const auto minute = cursor.number(2, 2);
    if (!hour || !separator || !minute) return false;
    parts.hour = *hour;
    parts.minute = *minute;
    if (cursor.any_of(std::string_view(&*separator, 1))) {
        const auto second = cursor.number(2, 2);
        if (!second) return false;
        parts.second = *second;
        // Fractions are read and dropped: everything counts in whole seconds.
        if (cursor.any_of(".,") && !cursor.number(1, 9)) return false;
    }
    return read_offset(cursor, parts);
}

std::optional<WrittenTime> to_written(const Parts& parts, const Zone& zone) {
    if (parts.date.year < kFirstYear || parts.date.year > kLastYear || !valid_date(parts.date))
        return std::nullopt;
    if (parts.hour > 23 || parts.minute > 59 || parts.second > 59) return std::nullopt;
    const Day day = day_of(parts.date);
    const int second = parts.hour * 3600 + parts.minute * 60 + parts.second;
    WrittenTime time;
    time.day = day;
    if (parts.offset_s) {
        time.at = day * UtcSecond{86400} + second - *parts.offset_s;
        return time;
    }
    const Zone::Instant instant = zone.to_utc({day, second});
    time.at = instant.utc;
    time.ambiguous = instant.ambiguous;
    time.skipped = instant.skipped;
    return time;
}

struct Token {
    std::string_view word;
    int Parts::*time;  // null for parts of the date
    int Date::*date;
};
constexpr std::array<Token, 6> kTokens{{
    {"yyyy", nullptr, &Date::year},
    {"mm", nullptr, &Date::month},
    {"dd", nullptr, &Date::day},
    {"HH", &Parts::hour, nullptr},
    {"MM", &Parts::minute, nullptr},
    {"SS", &Parts::second, nullptr},
}};

const Token* token_at(std::string_view pattern) {
    for (const Token& token : kTokens) {
        if (pattern.starts_with(token.word)) return &token;
    }
    return nullptr;
}

}  // namespace

std::string_view trimmed_text(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::optional<WrittenTime> parse_written_time(std::string_view text, const Zone& zone) {
    Cursor cursor(text);
    Parts parts;
    if (!read_date(cursor, parts)) return std::nullopt;
    if (!cursor.at_end()) {
        if (!cursor.word("T")) {
            if (!cursor.any_of(" ")) return std::nullopt;
            cursor.spaces();
            if (cursor.word("kl.") || cursor.word("kl")) cursor.spaces();
        }
        if (!read_time(cursor, parts) || !cursor.at_end()) return std::nullopt;
    }
    return to_written(parts, zone);
}

std::optional<WrittenTime> parse_written_time(std::string_view text, std::string_view pattern,
                                        const Zone& zone) {
    Cursor cursor(text);
    Parts parts;
    while (!pattern.empty()) {
        if (const Token* token = token_at(pattern)) {
            const std::size_t most = token->word.size();
            const auto number = cursor.number(most == 4 ? 4 : 1, most);
            if (!number) return std::nullopt;
            if (token->date)
                parts.date.*(token->date) = *number;
            else
                parts.*(token->time) = *number;
            pattern.remove_prefix(most);
            continue;
        }
        if (!cursor.word(pattern.substr(0, 1))) return std::nullopt;
        pattern.remove_prefix(1);
    }
    if (!cursor.at_end()) return std::nullopt;
    return to_written(parts, zone);
}

bool valid_time_pattern(std::string_view pattern) {
    std::array<int, kTokens.size()> seen{};
    while (!pattern.empty()) {
        const Token* token = token_at(pattern);
        if (token) ++seen[static_cast<std::size_t>(token - kTokens.data())];
        pattern.remove_prefix(token ? token->word.size() : 1);
    }
    return seen[0] == 1 && seen[1] == 1 && seen[2] == 1 && seen[3] <= 1 && seen[4] <= 1 &&
           seen[5] <= 1;
}

}  // namespace klarsyn
