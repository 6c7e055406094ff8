// Encodings of text files; declared in csv.h.
#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>

#include "protocols/csv.h"

namespace klarsyn {

namespace {

// Windows-1252 from 0x80 to 0x9f; the five codes that it leaves open keep their C1 meaning.
constexpr char16_t kWindows1252[32] = {
    0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
    0x2039, 0x152,  0x8d,   0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};

// Length of the well-formed UTF-8 sequence of several bytes at the front, 0 when there is none.
std::size_t sequence_length(const unsigned char* at, std::size_t left) {
    unsigned char lead = at[0];
    std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || left < length) return 0;
    unsigned char low = 0x80, high = 0xbf;  // of the second byte: no overlong forms, no surrogates
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
    if (at[1] < low || at[1] > high) return 0;
    for (std::size_t i = 2; i < length; ++i)
        if ((at[i] & 0xc0) != 0x80) return 0;
    return length;
}

constexpr std::uint64_t kHighBits = 0x8080808080808080u;

// Behind all words of eight ASCII bytes; many at a time first, since most files hold little else.
std::size_t over_ascii_words(const unsigned char* data, std::size_t at, std::size_t size) {
    std::array<std::uint64_t, 8> words;
    for (; size - at >= sizeof words; at += sizeof words) {
        std::memcpy(words.data(), data + at, sizeof words);
        const auto [a, b, c, d, e, f, g, h] = words;
        if (((a | b | c | d | e | f | g | h) & kHighBits) != 0) break;
    }
    for (std::uint64_t word = 0; size - at >= sizeof word; at += sizeof word) {
        std::memcpy(&word, data + at, sizeof word);
        if ((word & kHighBits) != 0) break;
    }
    return at;
}

// Where the next byte that is not ASCII stands; `size` where there is none.
std::size_t over_ascii(const unsigned char* data, std::size_t at, std::size_t size) {
    at = over_ascii_words(data, at, size);
    while (at < size && data[at] < 0x80) ++at;
    return at;
}

// Counts what speaks for and against UTF-8.
struct Utf8Evidence {
    std::size_t sequences = 0;  // well-formed, of several bytes
    std::size_t faults = 0;
};

template <bool stop_at_fault>
Utf8Evidence examine(std::string_view text) {
    Utf8Evidence evidence;
    const auto* data = reinterpret_cast<const unsigned char*>(text.data());
    const std::size_t size = text.size();
    for (std::size_t at = over_ascii(data, 0, size); at < size; at = over_ascii(data, at, size)) {
        const std::size_t length = sequence_length(data + at, size - at);
        if (length == 0) {
            ++evidence.faults;
            if (stop_at_fault) return evidence;
        } else {
            ++evidence.sequences;
        }
        at += std::max<std::size_t>(length, 1);
    }
    return evidence;
}

std::string from_windows_1252(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            out += c;
            continue;
        }
        unsigned code = byte < 0xa0 ? kWindows1252[byte - 0x80] : byte;
        if (code >= 0x800) {
            out += static_cast<char>(0xe0 | code >> 12);
            out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
        } else {
            out += static_cast<char>(0xc0 | code >> 6);
        }
        out += static_cast<char>(0x80 | (code & 0x3f));
    }
    return out;
}

bool starts_with(std::string_view text, std::string_view prefix) {
    return text.substr(0, prefix.size()) == prefix;
}

// By its byte order mark, or because every second of its first bytes is NUL.
bool is_utf16(std::string_view content) {
    if (starts_with(content, "\xff\xfe") || starts_with(content, "\xfe\xff")) return true;
    std::size_t nuls[2] = {};
    std::size_t looked_at = std::min<std::size_t>(content.size(), 1000) & ~std::size_t{1};
    for (std::size_t i = 0; i < looked_at; ++i) nuls[i % 2] += content[i] == '\0';
    std::size_t most = looked_at / 2 * 9 / 10;
    return looked_at >= 8 && ((nuls[0] > most && nuls[1] == 0) || (nuls[1] > most && nuls[0] == 0));
}

std::optional<Encoding> parse_encoding(std::string_view name) {
    std::string low;
    for (char c : name) low += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (low == "utf-8" || low == "utf8") return Encoding::utf8;
    for (std::string_view other : {"latin-1", "latin1", "iso-8859-1", "windows-1252", "cp1252"})
        if (low == other) return Encoding::windows_1252;
    return std::nullopt;
}

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

std::string_view encoding_name(Encoding encoding) {
    return encoding == Encoding::utf8 ? "UTF-8" : "Windows-1252";
}

bool valid_utf8(std::string_view text) { return examine<true>(text).faults == 0; }

Result<DecodedText> decode_text(std::string_view content, std::string_view stated) {
    if (is_utf16(content)) return make_error(ErrorCode::invalid_input, "error.csv.utf16");
    DecodedText decoded;
    if (stated.empty()) {
        decoded.detected = true;
        // A few broken bytes in a UTF-8 file must not turn all its letters into garbage.
        Utf8Evidence evidence = examine<false>(content);
        bool marked = starts_with(content, kByteOrderMark);
        decoded.well_formed = evidence.faults == 0;
        if (!marked && evidence.faults > evidence.sequences)
            decoded.encoding = Encoding::windows_1252;
    } else if (std::optional<Encoding> encoding = parse_encoding(stated)) {
        decoded.encoding = *encoding;
    } else {
        return make_error(ErrorCode::invalid_input, "error.csv.encoding_unknown",
                          {{"encoding", std::string(stated)}});
    }
    decoded.text = content;
    if (decoded.encoding == Encoding::utf8) {
        if (starts_with(content, kByteOrderMark)) decoded.text.remove_prefix(kByteOrderMark.size());
    } else {
        decoded.owned = std::make_shared<const std::string>(from_windows_1252(content));
        decoded.text = *decoded.owned;
        decoded.well_formed = true;
    }
    return decoded;
}

}  // namespace klarsyn
