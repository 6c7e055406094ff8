#include "store/search_words.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/text.h"
#include "core/utf8.h"

namespace klarsyn {

namespace {

constexpr std::size_t kLongestWord = 64;
constexpr std::size_t kMostWords = 4000;

bool in_word(std::uint32_t code) {
    if (code < 0x80) {
        return (code >= 'a' && code <= 'z') || (code >= '0' && code <= '9') ||
               (code >= 'A' && code <= 'Z');
    }
    // Signs of Latin-1, general punctuation up to symbols and arrows, CJK punctuation.
    return code >= 0xc0 && !(code >= 0x2000 && code <= 0x2bff) &&
           !(code >= 0x3000 && code <= 0x303f) && code != 0xd7 && code != 0xf7;
}

// fold has made ø "oe" and å "aa"; here both spellings become one letter.
bool repeats_a_letter(const std::string& word, char next) {
    if (word.empty()) return false;
    return (next == 'e' && word.back() == 'o') || (next == 'a' && word.back() == 'a');
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string folded = fold(text), word;
    auto finish = [&] {
        if (!word.empty()) words.push_back(std::move(word));
        word.clear();
    };
    for (std::size_t at = 0; at < folded.size();) {
        CodePoint next = decode_utf8(folded, at);
        std::string_view bytes = std::string_view(folded).substr(at, next.length);
        at += next.length;
        if (is_invisible(next.code)) continue;
        const bool malformed = next.length == 1 && next.code >= 0x80;
        if (malformed || !in_word(next.code)) {
            finish();
        } else if (word.size() + bytes.size() <= kLongestWord &&
                   !repeats_a_letter(word, bytes.front())) {
            word += bytes;
        }
    }
    finish();
    return words;
}

std::vector<std::string> distinct_words(std::string_view text) {
    std::vector<std::string> words = words_of(text);
    if (words.size() > kMostWords) words.resize(kMostWords);
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return words;
}

bool is_number_word(std::string_view word) {
    return std::count_if(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; }) >=
           3;
}

bool within_edits(std::string_view a, std::string_view b, int most) {
    if (a.size() > kLongestWord || b.size() > kLongestWord) return a == b;
    const int rows = static_cast<int>(a.size()), columns = static_cast<int>(b.size());
    if (std::abs(rows - columns) > most) return false;
    using Row = std::array<int, kLongestWord + 1>;
    Row before{}, above{}, row{};
    for (int j = 0; j <= columns; ++j) above[j] = j;
    for (int i = 1; i <= rows; ++i) {
        row[0] = i;
        int least = i;
        for (int j = 1; j <= columns; ++j) {
            const int exchanged = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({exchanged, above[j] + 1, row[j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
            least = std::min(least, row[j]);
        }
        if (least > most) return false;
        before = above;
        above = row;
    }
    return above[columns] <= most;
}

}  // namespace klarsyn
