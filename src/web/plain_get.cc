#include "web/plain_get.h"

#include <algorithm>
#include <array>

namespace klarsyn {
namespace {

constexpr std::size_t kHeadMost = 8 * 1024;
constexpr std::string_view kBegin = "GET /";
constexpr std::string_view kVersion = " HTTP/1.1\r\n";

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view text, std::string_view word) {  // `word` in lower case
    return text.size() == word.size() && std::equal(text.begin(), text.end(), word.begin(),
                                                    [](char a, char b) { return lower(a) == b; });
}

bool is_token(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

// Visible ASCII, and blanks between.
bool is_value(char c) { return (c >= ' ' && c <= '~') || c == '\t'; }
bool is_target(char c) { return c > ' ' && c <= '~'; }

// What an answer may depend on and PlainGet does not say.
constexpr std::array<std::string_view, 12> kNotPlain = {
    "authorization", "cookie",   "content-length", "transfer-encoding", "expect", "upgrade",
    "range",         "if-match", "if-range",       "if-modified-since", "te",     "trailer"};

// One header; false where the usual way must look at it.
bool take(std::string_view name, std::string_view value, bool& host, bool& connection,
          PlainGet& get) {
    const auto once = [&](std::string_view& into) {
        if (!into.empty() || value.empty()) return false;
        into = value;
        return true;
    };
    switch (name.size()) {
        case 4:
            if (!same_word(name, "host")) break;
            if (host) return false;
            return host = true;
        case 10:
            if (!same_word(name, "connection")) break;
            if (connection || (!same_word(value, "close") && !same_word(value, "keep-alive")))
                return false;
            get.keep_open = lower(value.front()) == 'k';
            return connection = true;
        case 13:
            if (same_word(name, "if-none-match")) return once(get.if_none_match);
            break;
        case 15:
            if (same_word(name, "accept-encoding")) return once(get.accept_encoding);
            if (same_word(name, "accept-language")) return once(get.accept_language);
            break;
        default: break;
    }
    return std::none_of(kNotPlain.begin(), kNotPlain.end(),
                        [&](std::string_view word) { return same_word(name, word); });
}

}  // namespace

std::optional<PlainGet> read_plain_get(std::string_view bytes) {
    if (!bytes.starts_with(kBegin)) return std::nullopt;
    const auto first = bytes.substr(0, kHeadMost).find("\r\n");
    if (first == std::string_view::npos) return std::nullopt;
    const std::size_t target_end = first + 2 - std::min(first + 2, kVersion.size());
    if (bytes.substr(target_end, kVersion.size()) != kVersion || target_end < kBegin.size())
        return std::nullopt;
    PlainGet get;
    get.target = bytes.substr(kBegin.size() - 1, target_end - kBegin.size() + 1);
    if (!std::all_of(get.target.begin(), get.target.end(), is_target)) return std::nullopt;
    bool host = false, connection = false;
    std::size_t at = first + 2;
    while (true) {
        const std::string_view rest = bytes.substr(at, kHeadMost - std::min(at, kHeadMost));
        const auto end = rest.find("\r\n");
        if (end == std::string_view::npos) return std::nullopt;
        at += end + 2;
        if (end == 0) break;
        const std::string_view line = rest.substr(0, end);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0) return std::nullopt;
        const std::string_view name = line.substr(0, colon);
        std::string_view value = line.substr(colon + 1);
        while (!value.empty() && (value.front() == ' ' || value.front() == '\t'))
            value.remove_prefix(1);
        while (!value.empty() && (value.back() == ' ' || value.back() == '\t'))
            value.remove_suffix(1);
        if (!std::all_of(name.begin(), name.end(), is_token) ||
            !std::all_of(value.begin(), value.end(), is_value) ||
            !take(name, value, host, connection, get))
            return std::nullopt;
    }
    if (!host) return std::nullopt;
    get.bytes = at;
    return get;
}

}  // namespace klarsyn
