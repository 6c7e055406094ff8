#include "indicators/header_values.h"

namespace klarsyn {
namespace {

// "75", "0.75", "75 %": the exact fraction value / scale.
std::optional<std::pair<std::int64_t, std::int64_t>> parse_exact(std::string_view text) {
    text = trim(text);
    std::int64_t scale = 1;
    if (text.ends_with('%')) {
        scale = 100;
        text = trim(text.substr(0, text.size() - 1));
    }
    std::int64_t value = 0;
    bool digits = false;
    bool fraction = false;
    for (const char c : text) {
        if (c == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (c < '0' || c > '9' || value > 1'000'000'000'000) return std::nullopt;
        value = value * 10 + (c - '0');
        if (fraction) scale *= 10;
        digits = true;
    }
    if (!digits) return std::nullopt;
    return std::pair{value, scale};
}

}  // namespace

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r' ||
                             text.back() == '\n')) {
        text.remove_suffix(1);
    }
    return text;
}

std::optional<Bound> parse_bound(std::string_view text) {
    text = trim(text);
    Bound bound;
    if (text.starts_with(">=")) {
        bound.op = Bound::Op::greater_equal;
    } else if (text.starts_with("<=")) {
        bound.op = Bound::Op::less_equal;
    } else if (text.starts_with(">")) {
        bound.op = Bound::Op::greater;
    } else if (text.starts_with("<")) {
        bound.op = Bound::Op::less;
    } else {
        return std::nullopt;
    }
    const auto exact = parse_exact(text.substr(text.size() > 1 && text[1] == '=' ? 2 : 1));
    if (!exact) return std::nullopt;
    bound.value = exact->first;
    bound.scale = exact->second;
    return bound;
}

std::optional<DatedTarget> parse_target(std::string_view text) {
    DatedTarget target;
    const auto from = text.find(" from ");
    const auto bound = parse_bound(text.substr(0, from));
    if (!bound) return std::nullopt;
    target.bound = *bound;
    target.from = day_of({1900, 1, 1});
    if (from != std::string_view::npos) {
        const auto day = parse_iso_date(trim(text.substr(from + 6)));
        if (!day.ok()) return std::nullopt;
        target.from = day.value();
    }
    return target;
}

std::vector<std::string> parse_words(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const auto comma = text.find(',');
        const auto word = trim(text.substr(0, comma));
        if (!word.empty()) words.emplace_back(word);
        if (comma == std::string_view::npos) break;
        text = text.substr(comma + 1);
    }
    return words;
}

}  // namespace klarsyn
