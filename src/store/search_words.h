// Words as the search compares them. Pure; linear; thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace klarsyn {

// The words of a text in their order, as spelled for comparison: lower case, accents dropped, ø, oe
// and o are one letter, å, aa and a are one, æ is ae. Words end at whatever is no letter or digit;
// invisible characters are looked through. Longer words are cut at 64 bytes.
std::vector<std::string> words_of(std::string_view text);

// The different words, sorted, at most 4,000 (of a longer text the first ones).
std::vector<std::string> distinct_words(std::string_view text);

// A word that has three digits or more: numbers, names of machines. They are found as they are and
// by their beginning, not by a part and not tolerantly.
bool is_number_word(std::string_view word);

// How far other words are from one: how many letters must be put in, left out, exchanged or swapped
// with their neighbour (Hyyrö's bit vectors; a step per letter). The word has at most 64 bytes.
class EditDistance {
public:
    explicit EditDistance(std::string_view word);
    struct To {
        int whole = 0;      // to the other word
        int beginning = 0;  // to the nearest beginning of the other word; at most whole
    };
    To operator()(std::string_view other) const;

private:
    std::array<std::uint64_t, 256> places_{};  // of each byte in the word
    int size_ = 0;
};

}  // namespace klarsyn
