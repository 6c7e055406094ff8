// What facts of every module are named by and written with. Pure.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "ingest/format.h"

namespace klarsyn {

// A part of a stable name and the '/' that ends it; '%' and '/' inside become %25 and %2F.
template <typename String>
void append_key_part(String& key, std::string_view part) {
    for (const char c : part) {
        if (c == '/')
            key += "%2F";
        else if (c == '%')
            key += "%25";
        else
            key += c;
    }
    key += '/';
}

template <typename String>
void append_key_number(String& key, std::int64_t number) {
    std::array<char, 24> digits;
    const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    key.append(digits.data(), result.ptr);
}

// "a/b/"
inline std::string joined_key(std::initializer_list<std::string_view> parts) {
    std::string key;
    for (const std::string_view part : parts) append_key_part(key, part);
    return key;
}

// A column that may be empty.
template <typename Number>
void write_optional(const std::optional<Number>& value, FactSink& sink) {
    if (value)
        sink.i64(*value);
    else
        sink.null();
}

}  // namespace klarsyn
