// Reading UTF-8 one code point at a time, without ever failing. Pure; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace klarsyn {

struct CodePoint {
    std::uint32_t code = 0;
    std::size_t length = 1;  // bytes read, at least 1
};

// The code point at `at`, which must lie inside `text`. A byte that is not the beginning of
// well-formed UTF-8 stands for itself, with length 1: Latin-1 text reads as what it means.
inline CodePoint decode_utf8(std::string_view text, std::size_t at) {
    auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    auto continues = [&](std::size_t i) {
        return at + i < text.size() && (byte(i) & 0xc0) == 0x80;
    };
    unsigned char lead = byte(0);
    if (lead >= 0xc2 && lead < 0xe0 && continues(1))
        return {(lead & 0x1fu) << 6 | (byte(1) & 0x3fu), 2};
    if (lead >= 0xe0 && lead < 0xf0 && continues(1) && continues(2)) {
        std::uint32_t code = (lead & 0x0fu) << 12 | (byte(1) & 0x3fu) << 6 | (byte(2) & 0x3fu);
        if (code >= 0x800 && (code < 0xd800 || code > 0xdfff)) return {code, 3};
    }
    if (lead >= 0xf0 && lead < 0xf5 && continues(1) && continues(2) && continues(3)) {
        std::uint32_t code = (lead & 0x07u) << 18 | (byte(1) & 0x3fu) << 12 |
                             (byte(2) & 0x3fu) << 6 | (byte(3) & 0x3fu);
        if (code >= 0x10000 && code <= 0x10ffff) return {code, 4};
    }
    return {lead, 1};
}

// Code points that show nothing: zero-width, joiners, direction marks, variation selectors, the
// soft hyphen and NUL (so that the ASCII part of UTF-16 can be read).
inline bool is_invisible(std::uint32_t code) {
    return code == 0 || code == 0xad || code == 0x34f || code == 0x61c || code == 0x180e ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
           (code >= 0xfe00 && code <= 0xfe0f) || (code >= 0xe0000 && code <= 0xe01ef);
}

inline bool well_formed_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = decode_utf8(text, at);
        if (point.length == 1 && static_cast<unsigned char>(text[at]) >= 0x80) return false;
        at += point.length;
    }
    return true;
}

}  // namespace klarsyn
