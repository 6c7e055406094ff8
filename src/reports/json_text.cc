#include "reports/json_text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace klarsyn {

void JsonText::separate() {
    if (!first_) out_ += ',';
    first_ = false;
}

JsonText& JsonText::begin_object() {
    separate();
    out_ += '{';
    first_ = true;
    return *this;
}
JsonText& JsonText::end_object() {
    out_ += '}';
    first_ = false;
    return *this;
}
JsonText& JsonText::begin_array() {
    separate();
    out_ += '[';
    first_ = true;
    return *this;
}
JsonText& JsonText::end_array() {
    out_ += ']';
    first_ = false;
    return *this;
}

JsonText& JsonText::key(std::string_view name) {
    text(name);
    out_ += ':';
    first_ = true;  // the value follows without a comma
    return *this;
}

JsonText& JsonText::text(std::string_view value) {
    static constexpr char kHex[] = "0123456789abcdef";
    separate();
    out_ += '"';
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out_ += '\\';
            out_ += c;
        } else if (c == '\n') {
            out_ += "\\n";
        } else if (byte < 0x20) {
            out_ += "\\u00";
            out_ += kHex[byte >> 4];
            out_ += kHex[byte & 15];
        } else {
            out_ += c;
        }
    }
    out_ += '"';
    return *this;
}

JsonText& JsonText::integer(std::int64_t value) {
    separate();
    out_ += std::to_string(value);
    return *this;
}
JsonText& JsonText::integer(const std::optional<std::int64_t>& value) {
    return value ? integer(*value) : null();
}

JsonText& JsonText::number(double value) {
    if (!std::isfinite(value)) return null();
    separate();
    if (value == std::floor(value) && std::fabs(value) < 9e15) {
        out_ += std::to_string(static_cast<std::int64_t>(value));
        return *this;
    }
    std::array<char, 40> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    out_.append(buffer.data(), end.ptr);
    return *this;
}
JsonText& JsonText::number(const std::optional<double>& value) {
    return value ? number(*value) : null();
}

JsonText& JsonText::boolean(bool value) {
    separate();
    out_ += value ? "true" : "false";
    return *this;
}

JsonText& JsonText::null() {
    separate();
    out_ += "null";
    return *this;
}

}  // namespace klarsyn
