#include "core/file_name.h"

#include <algorithm>
#include <array>

#include "core/cpr.h"
#include "core/utf8.h"

namespace klarsyn {

namespace {

constexpr std::size_t kLongestName = 120;
constexpr std::size_t kLongestEnding = 16;

bool is_control(std::uint32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
           (code >= 0xfff9 && code <= 0xffff) || (code >= 0xe000 && code <= 0xf8ff);
}

// Looks like a slash, or means something to a file system or a shell's eyes.
bool is_unsafe(std::uint32_t code) {
    constexpr std::array<std::uint32_t, 16> kUnsafe{'<',    '>',    ':',    '"',    '|',    '?',
                                                    '*',    '%',    0x2044, 0x2215, 0x29f8, 0xff0f,
                                                    0xff3c, 0x29f5, 0xff1a, 0xfe68};
    return std::find(kUnsafe.begin(), kUnsafe.end(), code) != kUnsafe.end();
}

// Only what can be seen, well-formed.
std::string visible(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        CodePoint next = decode_utf8(text, at);
        const bool malformed = next.length == 1 && next.code >= 0x80;
        if (!malformed && !is_invisible(next.code) && !is_control(next.code))
            out += text.substr(at, next.length);
        at += next.length;
    }
    return out;
}

std::string without_unsafe(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        CodePoint next = decode_utf8(text, at);
        if (is_unsafe(next.code))
            out += '_';
        else
            out += text.substr(at, next.length);
        at += next.length;
    }
    return out;
}

std::string_view trimmed(std::string_view name) {
    constexpr std::string_view kEnds = ". ";
    const auto first = name.find_first_not_of(kEnds);
    if (first == name.npos) return {};
    return name.substr(first, name.find_last_not_of(kEnds) - first + 1);
}

bool is_reserved(std::string_view name) {
    std::string base(name.substr(0, name.find('.')));
    while (!base.empty() && base.back() == ' ') base.pop_back();
    for (char& c : base) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    for (const char* word : {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}) {
        if (base == word) return true;
    }
    if (!base.starts_with("COM") && !base.starts_with("LPT")) return false;
    const std::string_view number = std::string_view(base).substr(3);
    return (number.size() == 1 && number[0] >= '0' && number[0] <= '9') || number == "¹" ||
           number == "²" || number == "³";
}

std::string_view cut(std::string_view text, std::size_t bytes) {
    if (text.size() <= bytes) return text;
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
    return text.substr(0, bytes);
}

std::string shortened(std::string_view name) {
    if (name.size() <= kLongestName) return std::string(name);
    const auto dot = name.rfind('.');
    std::string_view ending = dot == name.npos ? std::string_view() : name.substr(dot);
    if (ending.size() > kLongestEnding) ending = {};
    return std::string(cut(name, kLongestName - ending.size())) + std::string(ending);
}

}  // namespace

CleanFileName clean_file_name(std::string_view sent) {
    std::string name = visible(sent);
    const auto separator = name.find_last_of("/\\");
    if (separator != name.npos) name.erase(0, separator + 1);
    MaskedText masked = mask_cprs(name);
    std::string_view rest = masked.text;
    name.clear();
    for (auto at = rest.find(kCprMask); at != rest.npos; at = rest.find(kCprMask)) {
        name += rest.substr(0, at);
        name += "xxxxxx-xxxx";
        rest.remove_prefix(at + kCprMask.size());
    }
    name += rest;
    name = shortened(trimmed(without_unsafe(name)));
    name = std::string(trimmed(name));
    if (name.empty()) name = "unnamed";
    if (is_reserved(name)) name.insert(0, "_");
    return {std::move(name), std::move(masked.numbers)};
}

std::string download_disposition(std::string_view clean_name) {
    std::string ascii, encoded;
    for (const char c : clean_name) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
        ascii += plain || c == ' ' ? c : '_';
        if (plain) {
            encoded += c;
        } else {
            constexpr char kHex[] = "0123456789ABCDEF";
            encoded += {'%', kHex[byte >> 4], kHex[byte & 15]};
        }
    }
    return "attachment; filename=\"" + ascii + "\"; filename*=UTF-8''" + encoded;
}

std::string_view sniff_media_type(std::string_view bytes) {
    struct Magic {
        std::string_view begin, type;
    };
    using namespace std::string_view_literals;
    constexpr std::array<Magic, 10> kMagic{{{"%PDF-"sv, "application/pdf"sv},
                                            {"\x89PNG\r\n\x1a\n"sv, "image/png"sv},
                                            {"\xff\xd8\xff"sv, "image/jpeg"sv},
                                            {"GIF87a"sv, "image/gif"sv},
                                            {"GIF89a"sv, "image/gif"sv},
                                            {"PK\x03\x04"sv, "application/zip"sv},
                                            {"\x1f\x8b"sv, "application/gzip"sv},
                                            {"\xd0\xcf\x11\xe0"sv, "application/x-ole-storage"sv},
                                            {"MZ"sv, "application/x-msdownload"sv},
                                            {"\x7f"
                                             "ELF"sv,
                                             "application/x-executable"sv}}};
    for (const Magic& magic : kMagic) {
        if (bytes.starts_with(magic.begin)) return magic.type;
    }
    std::string_view head = bytes.substr(0, 512);
    for (std::size_t at = 0; at < head.size();) {
        CodePoint next = decode_utf8(head, at);
        const bool cut_off = at + 4 > head.size() && bytes.size() > head.size();
        const bool text = next.length > 1 || next.code == '\t' || next.code == '\n' ||
                          next.code == '\r' || (next.code >= 0x20 && next.code < 0x7f);
        if (!text && !cut_off) return "application/octet-stream";
        at += next.length;
    }
    return head.empty() ? "application/octet-stream" : "text/plain";
}

}  // namespace klarsyn
