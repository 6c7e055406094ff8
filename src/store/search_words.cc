#include "store/search_words.h"

#include <algorithm>

#include "core/result.h"
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

EditDistance::EditDistance(std::string_view word) {
    KL_ASSERT(word.size() <= kLongestWord);
    size_ = static_cast<int>(word.size());
    for (std::size_t i = 0; i < word.size(); ++i)
        places_[static_cast<unsigned char>(word[i])] |= std::uint64_t{1} << i;
}

// The columns of the matrix of distances as differences from row to row: `up` has a bit where the
// distance grows, `down` where it falls.
EditDistance::To EditDistance::operator()(std::string_view other) const {
    if (size_ == 0) return {static_cast<int>(other.size()), 0};
    const std::uint64_t last = std::uint64_t{1} << (size_ - 1);
    std::uint64_t up = ~std::uint64_t{0}, down = 0, diagonal = 0, places_before = 0;
    To to{size_, size_};
    for (const char letter : other) {
        const std::uint64_t places = places_[static_cast<unsigned char>(letter)];
        const std::uint64_t swapped = ((~diagonal & places) << 1) & places_before;
        diagonal = (((places & up) + up) ^ up) | places | down | swapped;
        std::uint64_t right_up = down | ~(diagonal | up);
        std::uint64_t right_down = diagonal & up;
        to.whole += (right_up & last) != 0 ? 1 : 0;
        to.whole -= (right_down & last) != 0 ? 1 : 0;
        right_up = right_up << 1 | 1;
        right_down <<= 1;
        up = right_down | ~(diagonal | right_up);
        down = right_up & diagonal;
        places_before = places;
        to.beginning = std::min(to.beginning, to.whole);
    }
    return to;
}

}  // namespace klarsyn
