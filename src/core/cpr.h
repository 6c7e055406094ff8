// Danish civil registration numbers (CPR) in text: found, and masked before anything is stored.
// Pure; linear in the length of the text; thread-safe.
//
// What counts as a CPR number: ddmmyy and four digits, with a real date (the seventh digit gives
// the century; modulus 11 is not required, it no longer holds for all). Between the two parts
// stands nothing, or up to three spaces and at most one hyphen or dash of any kind. Invisible
// characters between digits are looked through, full-width digits read as digits. It is no part of
// a longer run of digits.
//
// What is left alone although it has ten digits in a row with a date: an international phone number
// (+ before it), a serial or case number (capital letters directly before it, other than CPR or
// NR), a number with decimals (. and a digit behind it).
//
// The trade: any other ten digits that begin with a date are masked: a Swedish mobile number
// without +, the second of 1970 in late 2023, a date followed by a time without a mark (120319
// 1400). A number masked in vain can be revealed; a number stored in clear cannot be called back.
// Columns that hold such numbers by design (times of logs) must not be passed through here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace klarsyn {

struct CprSpan {
    std::size_t begin = 0;  // bytes, from the first digit
    std::size_t end = 0;    // up to behind the last digit
    std::string number;     // as it is written: "ddmmyy-nnnn"
};

// In the order of the text; spans do not overlap. Ill-formed UTF-8 is no error.
std::vector<CprSpan> find_cprs(std::string_view text);

// What a reader sees instead of a number. Masked text is never found again.
inline constexpr std::string_view kCprMask = "******-****";

struct MaskedText {
    std::string text;
    std::vector<std::string> numbers;  // "ddmmyy-nnnn", in the order of the text
};

MaskedText mask_cprs(std::string_view text);

// For raw files, whose offsets must not move: turns the last four digits of each number into '*'
// and keeps the length. Returns how many numbers it found. Reads UTF-8, Latin-1, Windows-1252 and
// the ASCII part of UTF-16.
std::size_t mask_in_place(std::string& bytes);

}  // namespace klarsyn
