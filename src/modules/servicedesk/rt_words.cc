#include "modules/servicedesk/rt_words.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "core/text.h"
#include "modules/servicedesk/case_time.h"

namespace klarsyn::servicedesk {
namespace {

std::optional<int> number_of(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<int> month_of(std::string_view word) {
    static constexpr std::array<std::string_view, 12> kMonths{
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
    const std::string folded = fold(word).substr(0, 3);
    if (folded == "maj") return 5;
    if (folded == "okt") return 10;
    for (std::size_t i = 0; i < kMonths.size(); ++i) {
        if (folded == kMonths[i]) return static_cast<int>(i) + 1;
    }
    return std::nullopt;
}

// The parts of a time with its month in letters, in whatever order they stand.
struct WordedTime {
    std::string_view clock, offset;
    std::optional<int> year, month, day;

    void take(std::string_view word) {
        while (!word.empty() && (word.back() == ',' || word.back() == '.')) word.remove_suffix(1);
        if (word.find(':') != std::string_view::npos)
            clock = word;
        else if (!word.empty() && (word.front() == '+' || word.front() == '-'))
            offset = word;
        else if (const auto number = number_of(word))
            (word.size() == 4 ? year : day) = number;
        else if (!month)
            month = month_of(word);
    }
};

}  // namespace

std::optional<RtState> rt_state(std::string_view text) {
    struct Word {
        std::string_view written;
        RtState means;
    };
    static constexpr std::array kStates{
        Word{"new", {"New"}},
        Word{"ny", {"New"}},
        Word{"open", {"Active"}},
        Word{"aaben", {"Active"}},
        Word{"stalled", {"Pending"}},
        Word{"sat i bero", {"Pending"}},
        Word{"resolved", {"Closed", true}},
        Word{"loest", {"Closed", true}},
        Word{"rejected", {"Closed"}},
        Word{"afvist", {"Closed"}},
        Word{"deleted", {"Closed"}},
        Word{"slettet", {"Closed"}},
    };
    const std::string folded = fold(text);
    for (const Word& word : kStates) {
        if (folded == word.written) return word.means;
    }
    return std::nullopt;
}

RtState rt_state_of_mapping(std::string_view state) {
    if (state == "new") return {"New"};
    if (state == "on_hold") return {"Pending"};
    if (state == "resolved") return {"Closed", true};
    return {state == "closed" ? "Closed" : "Active"};
}

std::string_view rt_priority(std::string_view text) {
    if (const auto number = number_of(text))
        return *number >= 75 ? "1" : *number >= 50 ? "2" : *number >= 25 ? "3" : "4";
    const std::string folded = fold(text);
    if (folded == "high" || folded == "hoej") return "1";
    if (folded == "medium" || folded == "mellem") return "2";
    if (folded == "low" || folded == "lav") return "4";
    return text;
}

std::optional<CaseTime> rt_time(std::string_view text, const Zone& zone) {
    if (auto time = parse_case_time(text, zone)) return time;
    WordedTime parts;
    std::size_t words = 0;
    while (!text.empty() && words < 8) {
        const std::size_t end = std::min(text.find(' '), text.size());
        if (end > 0) parts.take(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        ++words;
    }
    if (!text.empty() || !parts.year || !parts.month || !parts.day || parts.clock.empty())
        return std::nullopt;
    return parse_case_time(fmt::format("{}-{:02}-{:02} {}{}", *parts.year, *parts.month, *parts.day,
                                       parts.clock, parts.offset),
                           zone);
}

bool rt_unset(std::string_view text) {
    const std::string folded = fold(text);
    return folded.empty() || folded == "not set" || folded == "ikke sat" ||
           text.starts_with("1970-01-01");
}

}  // namespace klarsyn::servicedesk
