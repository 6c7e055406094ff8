// The hand scanner behind cpr.h: runs of digits, one look ahead, no backtracking.
#include "core/cpr.h"

#include <array>
#include <chrono>
#include <cstdint>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/utf8.h"

namespace klarsyn {

namespace {

constexpr std::size_t kDateDigits = 6;
constexpr std::size_t kSerialDigits = 4;
constexpr std::size_t kDigits = kDateDigits + kSerialDigits;
constexpr int kMostSpaces = 3;

// A run of digits: the first ten with their places. `count` says how many there are, at most 11.
struct Run {
    std::array<char, kDigits> digits{};
    std::array<std::size_t, kDigits> at{};
    std::size_t count = 0;
    std::size_t end = 0;  // behind the last digit read
};

int digit_of(std::uint32_t code) {
    if (code >= '0' && code <= '9') return static_cast<int>(code - '0');
    if (code >= 0xff10 && code <= 0xff19) return static_cast<int>(code - 0xff10);
    return -1;
}

bool is_dash(std::uint32_t code) {
    // 0x96 and 0x97 are the dashes of Windows-1252.
    return code == '-' || code == 0x96 || code == 0x97 || code == 0x2d7 ||
           (code >= 0x2010 && code <= 0x2015) || code == 0x2043 || code == 0x2212 ||
           code == 0xfe58 || code == 0xfe63 || code == 0xff0d;
}

bool is_blank(std::uint32_t code) {
    return code == ' ' || code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) ||
           code == 0x202f || code == 0x205f || code == 0x3000;
}

// Reads from a digit to the end of its run, or to the digit behind `most`.
Run read_run(std::string_view text, std::size_t at, std::size_t most) {
    Run run;
    while (at < text.size()) {
        CodePoint next = decode_utf8(text, at);
        int digit = digit_of(next.code);
        if (digit < 0 && !is_invisible(next.code)) break;
        if (digit >= 0) {
            if (run.count < kDigits) {
                run.digits[run.count] = static_cast<char>('0' + digit);
                run.at[run.count] = at;
            }
            ++run.count;
            run.end = at + next.length;
            if (run.count > most) break;
        }
        at += next.length;
    }
    return run;
}

// The place of the digit behind spaces and at most one dash; npos where something else follows.
std::size_t over_separator(std::string_view text, std::size_t at) {
    int spaces = 0, dashes = 0;
    while (at < text.size()) {
        CodePoint next = decode_utf8(text, at);
        if (digit_of(next.code) >= 0) return spaces + dashes > 0 ? at : std::string_view::npos;
        if (is_blank(next.code))
            ++spaces;
        else if (is_dash(next.code))
            ++dashes;
        else if (!is_invisible(next.code))
            return std::string_view::npos;
        if (spaces > kMostSpaces || dashes > 1) return std::string_view::npos;
        at += next.length;
    }
    return std::string_view::npos;
}

bool has_date(const std::array<char, kDigits>& digits) {
    auto two = [&](std::size_t i) { return (digits[i] - '0') * 10 + (digits[i + 1] - '0'); };
    int day = two(0), month = two(2), short_year = two(4), seventh = digits[6] - '0';
    int century = 1900;
    if (seventh == 4 || seventh == 9)
        century = short_year <= 36 ? 2000 : 1900;
    else if (seventh >= 5)
        century = short_year <= 57 ? 2000 : 1800;
    using namespace std::chrono;
    return year_month_day{year{century + short_year},
                          std::chrono::month(static_cast<unsigned>(month)),
                          std::chrono::day(static_cast<unsigned>(day))}
        .ok();
}

// Ten digits in a row that say themselves that they are something else.
bool names_something_else(std::string_view text, std::size_t begin, std::size_t end) {
    if (end + 1 < text.size() && text[end] == '.' && text[end + 1] >= '0' && text[end + 1] <= '9')
        return true;
    if (begin == 0) return false;
    if (text[begin - 1] == '+') return true;
    std::size_t word = begin;
    auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    bool capitals = true;
    constexpr std::size_t kLongestWord = 16;
    while (word > 0 && letter(text[word - 1]) && begin - word < kLongestWord) {
        --word;
        capitals = capitals && text[word] <= 'Z';
    }
    std::string_view prefix = text.substr(word, begin - word);
    return capitals && !prefix.empty() && prefix != "CPR" && prefix != "NR" && prefix != "CPRNR";
}

CprSpan span_of(std::size_t begin, std::size_t end, const std::array<char, kDigits>& digits) {
    CprSpan span{begin, end, std::string(digits.data(), kDateDigits)};
    span.number += '-';
    span.number.append(digits.data() + kDateDigits, kSerialDigits);
    return span;
}

struct Found {
    CprSpan span;
    std::array<std::size_t, kSerialDigits> serial{};  // places of the last four digits
};

constexpr std::size_t kWindow = 64;

// None of the window's bytes is special, and no six digits in a row begin in its first 59.
#ifdef __SSE2__
bool quiet(const char* window) {
    std::uint64_t digits = 0;
    for (std::size_t part = 0; part < kWindow / 16; ++part) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(window + part * 16));
        const __m128i zero = _mm_cmpeq_epi8(bytes, _mm_setzero_si128());
        if (_mm_movemask_epi8(_mm_or_si128(bytes, zero)) != 0) return false;
        const __m128i from_0 = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
        const __m128i digit = _mm_cmpeq_epi8(_mm_min_epu8(from_0, _mm_set1_epi8(9)), from_0);
        digits |= std::uint64_t{static_cast<unsigned>(_mm_movemask_epi8(digit))} << (part * 16);
    }
    const std::uint64_t two = digits & digits >> 1;
    const std::uint64_t four = two & two >> 2;
    return (four & two >> 4) == 0;
}
#else
bool quiet(const char*) { return false; }
#endif

// Behind windows in which no number can begin, at the begin of a run of digits or outside any.
std::size_t over_quiet(std::string_view text, std::size_t at) {
    constexpr std::size_t kSure = kWindow - kDateDigits + 1;
    const std::size_t from = at;
    while (at + kWindow <= text.size() && quiet(text.data() + at)) at += kSure;
    while (at > from && text[at - 1] >= '0' && text[at - 1] <= '9') --at;
    return at;
}

// Behind bytes that begin no number, seen without looking at each character: plain ones that are no
// digit, and plain digits whose run is neither a date nor a whole number. Most of a large file.
std::size_t over_plain(std::string_view text, std::size_t at) {
    const auto plain = [&](std::size_t i) { return static_cast<unsigned char>(text[i]) < 0x80; };
    const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
    std::size_t loud = at;  // up to here windows were looked at in vain
    while (at < text.size() && plain(at)) {
        if (at >= loud) {
            at = over_quiet(text, at);
            loud = at + kWindow;
            continue;
        }
        if (!digit(at)) {
            ++at;
            continue;
        }
        std::size_t end = at + 1;
        while (end < text.size() && digit(end)) ++end;
        const std::size_t count = end - at;
        if (count == kDigits || count == kDateDigits) return at;
        if (end < text.size() &&
            (!plain(end) || is_invisible(static_cast<unsigned char>(text[end]))))
            return at;
        at = end;
    }
    return at;
}

template <typename Take>
void scan(std::string_view text, Take take) {
    std::size_t at = 0;
    while ((at = over_plain(text, at)) < text.size()) {
        CodePoint here = decode_utf8(text, at);
        if (digit_of(here.code) < 0) {
            at += here.length;
            continue;
        }
        Run run = read_run(text, at, text.size());
        std::size_t begin = at;
        at = run.end;
        Found found;
        if (run.count == kDigits) {
            if (!has_date(run.digits) || names_something_else(text, begin, run.end)) continue;
            for (std::size_t i = 0; i < kSerialDigits; ++i)
                found.serial[i] = run.at[kDateDigits + i];
        } else if (run.count == kDateDigits) {
            std::size_t behind = over_separator(text, run.end);
            if (behind == std::string_view::npos) continue;
            Run serial = read_run(text, behind, kSerialDigits);
            if (serial.count != kSerialDigits) continue;
            for (std::size_t i = 0; i < kSerialDigits; ++i) {
                run.digits[kDateDigits + i] = serial.digits[i];
                found.serial[i] = serial.at[i];
            }
            if (!has_date(run.digits)) continue;
            at = serial.end;
        } else {
            continue;
        }
        found.span = span_of(begin, at, run.digits);
        take(found);
    }
}

}  // namespace

std::vector<CprSpan> find_cprs(std::string_view text) {
    std::vector<CprSpan> spans;
    scan(text, [&](const Found& found) { spans.push_back(found.span); });
    return spans;
}

MaskedText mask_cprs(std::string_view text) {
    MaskedText masked;
    std::size_t done = 0;
    scan(text, [&](const Found& found) {
        masked.text += text.substr(done, found.span.begin - done);
        masked.text += kCprMask;
        masked.numbers.push_back(found.span.number);
        done = found.span.end;
    });
    masked.text += text.substr(done);
    return masked;
}

std::size_t mask_in_place(std::string& bytes) {
    std::vector<std::size_t> places;
    std::size_t count = 0;
    scan(bytes, [&](const Found& found) {
        ++count;
        places.insert(places.end(), found.serial.begin(), found.serial.end());
    });
    constexpr std::string_view kWideStar = "\xef\xbc\x8a";
    for (std::size_t at : places) {
        if (static_cast<unsigned char>(bytes[at]) < 0x80)
            bytes[at] = '*';
        else
            bytes.replace(at, kWideStar.size(), kWideStar);
    }
    return count;
}

}  // namespace klarsyn
