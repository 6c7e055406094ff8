// Folding for search and alias matching; declared in text.h.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/text.h"
#include "core/utf8.h"

namespace klarsyn {

namespace {

struct Folded {
    std::uint32_t code;
    std::string_view ascii;
};

// Lower-case letters of Latin-1 and Latin Extended-A with their base letters; the Danish ones keep
// their sound, so that Rødovre, Roedovre and RØDOVRE meet while Rodovre stays another word.
constexpr Folded kLetters[] = {
    {0xdf, "ss"}, {0xe0, "a"},  {0xe1, "a"},   {0xe2, "a"},  {0xe3, "a"},  {0xe4, "a"},
    {0xe5, "aa"}, {0xe6, "ae"}, {0xe7, "c"},   {0xe8, "e"},  {0xe9, "e"},  {0xea, "e"},
    {0xeb, "e"},  {0xec, "i"},  {0xed, "i"},   {0xee, "i"},  {0xef, "i"},  {0xf0, "d"},
    {0xf1, "n"},  {0xf2, "o"},  {0xf3, "o"},   {0xf4, "o"},  {0xf5, "o"},  {0xf6, "o"},
    {0xf8, "oe"}, {0xf9, "u"},  {0xfa, "u"},   {0xfb, "u"},  {0xfc, "u"},  {0xfd, "y"},
    {0xfe, "th"}, {0xff, "y"},  {0x101, "a"},  {0x103, "a"}, {0x105, "a"}, {0x107, "c"},
    {0x10d, "c"}, {0x10f, "d"}, {0x111, "d"},  {0x113, "e"}, {0x119, "e"}, {0x11b, "e"},
    {0x11f, "g"}, {0x12b, "i"}, {0x131, "i"},  {0x142, "l"}, {0x144, "n"}, {0x148, "n"},
    {0x14d, "o"}, {0x151, "o"}, {0x153, "oe"}, {0x159, "r"}, {0x15b, "s"}, {0x15f, "s"},
    {0x161, "s"}, {0x165, "t"}, {0x16b, "u"},  {0x16f, "u"}, {0x171, "u"}, {0x17a, "z"},
    {0x17c, "z"}, {0x17e, "z"},
};

std::uint32_t lower(std::uint32_t code) {
    if (code >= 'A' && code <= 'Z') return code + 32;
    if (code >= 0xc0 && code <= 0xde && code != 0xd7) return code + 32;
    if (code == 0x178) return 0xff;
    // Extended-A pairs capital and small; the capital is even up to U+0137 and from U+014A to
    // U+0177, odd between and after.
    bool even = (code >= 0x100 && code <= 0x137) || (code >= 0x14a && code <= 0x177);
    bool odd = (code >= 0x139 && code <= 0x148) || (code >= 0x179 && code <= 0x17e);
    if (even && code % 2 == 0) return code + 1;
    if (odd && code % 2 == 1) return code + 1;
    return code;
}

bool is_space(std::uint32_t code) {
    return code == ' ' || (code >= '\t' && code <= '\r') || code == 0xa0 || code == 0x202f ||
           code == 0x3000 || (code >= 0x2000 && code <= 0x200a);
}

constexpr std::uint32_t kCombiningRing = 0x30a;

}  // namespace

std::string fold(std::string_view text) {
    std::string out;
    bool space = false;
    for (std::size_t at = 0; at < text.size();) {
        CodePoint next = decode_utf8(text, at);
        std::string_view bytes = text.substr(at, next.length);
        at += next.length;
        if (is_space(next.code)) {
            space = !out.empty();
            continue;
        }
        if (next.length > 1 && next.code >= 0x300 && next.code <= 0x36f) {
            // An accent written apart from its letter: a with ring is the letter å.
            if (next.code == kCombiningRing && !out.empty() && out.back() == 'a') out += 'a';
            continue;
        }
        if (space) out += ' ';
        space = false;
        std::uint32_t code = next.length > 1 || next.code < 0x80 ? lower(next.code) : next.code;
        if (code < 0x80) {
            out += static_cast<char>(code);
            continue;
        }
        const Folded* letter = std::find_if(
            std::begin(kLetters), std::end(kLetters),
            [&](const Folded& candidate) { return next.length > 1 && candidate.code == code; });
        if (letter != std::end(kLetters))
            out += letter->ascii;
        else
            out += bytes;
    }
    return out;
}

}  // namespace klarsyn
