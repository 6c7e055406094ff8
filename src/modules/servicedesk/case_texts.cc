#include "modules/servicedesk/case_texts.h"

#include <algorithm>
#include <cstddef>

#include "protocols/csv.h"
#include "protocols/html_text.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::size_t kTitleBytesMax = 300;
constexpr std::size_t kTextBytesMax = 20'000;
constexpr std::size_t kCallerBytesMax = 200;

enum class Lines { one, many };

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

std::string cut(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return std::string(text);
    std::size_t end = bytes_max;
    while (end > 0 && continues(text[end])) --end;
    return std::string(text.substr(0, end));
}

std::string clean(std::string_view text, std::size_t bytes_max, Lines lines) {
    std::string result;
    result.reserve(std::min(text.size(), bytes_max + 4));
    for (std::size_t i = 0; i < text.size() && result.size() <= bytes_max; ++i) {
        char c = text[i];
        if (c == '\r') c = '\n';
        if (c == '\n' && i > 0 && text[i - 1] == '\r' && text[i] == '\n') continue;
        if (is_control(c) && (lines == Lines::one || (c != '\n' && c != '\t'))) c = ' ';
        if (c == ' ' && (result.empty() || (lines == Lines::one && result.back() == ' '))) continue;
        if (c == '\n' && result.empty()) continue;
        result += c;
    }
    result = cut(result, bytes_max);
    while (!result.empty() && (result.back() == ' ' || result.back() == '\n')) result.pop_back();
    if (valid_utf8(result)) return result;
    for (char& c : result)
        if (static_cast<unsigned char>(c) >= 0x80U) c = '?';
    return result;
}

std::string without_entities(std::string_view text) {
    struct Entity {
        std::string_view written;
        char is;
    };
    static constexpr Entity kEntities[] = {{"&lt;", '<'},  {"&#60;", '<'}, {"&gt;", '>'},
                                           {"&#62;", '>'}, {"&amp;", '&'}, {"&#38;", '&'}};
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const auto* found =
            text[i] != '&'
                ? std::end(kEntities)
                : std::find_if(std::begin(kEntities), std::end(kEntities), [&](const Entity& one) {
                      return text.substr(i).starts_with(one.written);
                  });
        const bool entity = found != std::end(kEntities);
        plain += entity ? found->is : text[i];
        i += entity ? found->written.size() : 1;
    }
    return plain;
}

}  // namespace

void CaseTexts::take(const CaseTexts& later) {
    if (!later.title.empty()) title = later.title;
    if (!later.text.empty()) text = later.text;
    if (!later.caller.empty()) caller = later.caller;
}

std::string kept_title(const CaseTexts& texts) {
    return clean(texts.title, kTitleBytesMax, Lines::one);
}
std::string kept_text(const CaseTexts& texts) {
    return clean(texts.text, kTextBytesMax, Lines::many);
}
std::string kept_caller(const CaseTexts& texts) {
    return clean(texts.caller, kCallerBytesMax, Lines::one);
}

std::string_view plain_html(std::string_view text, std::deque<std::string>& kept) {
    if (text.find_first_of("<&") == std::string_view::npos) return text;
    return kept.emplace_back(html_to_text(without_entities(text), kTextBytesMax));
}

}  // namespace klarsyn::servicedesk
