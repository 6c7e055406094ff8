#include "modules/servicedesk/mail/thread_token.h"

#include <sodium.h>

#include "ingest/turn.h"

namespace klarsyn::servicedesk {
namespace {

constexpr std::size_t kHexDigits = 32;
constexpr std::size_t kNumberDigitsMax = 12;
constexpr int kTriesMax = 100;  // a letter may hold any number of forgeries

bool is_digit(char c) { return c >= '0' && c <= '9'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_hex(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); }

bool same(std::string_view a, std::string_view b) {
    return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string thread_token(const std::string& journal_key, std::string_view number) {
    // A key of its own: nothing that the journal shows is ever a token.
    const std::string key = keyed_digest(journal_key, "klarsyn.mail.thread.1");
    std::string word(number);
    for (char& c : word) c = lower(c);
    return word + "-" + keyed_digest(key, word);
}

std::optional<std::string> find_thread(const std::string& journal_key, std::string_view text) {
    int tries = 0;
    for (std::size_t at = 0; at < text.size() && tries < kTriesMax; ++at) {
        if (lower(text[at]) != 'k') continue;
        std::size_t end = at + 1;
        while (end < text.size() && is_digit(text[end]) && end - at <= kNumberDigitsMax) ++end;
        if (end == at + 1 || end >= text.size() || text[end] != '-') continue;
        const std::string number = "K" + std::string(text.substr(at + 1, end - at - 1));
        std::string given(text.substr(at, end + 1 - at + kHexDigits));
        for (char& c : given) c = lower(c);
        if (given.size() < kHexDigits || !is_hex(given.back())) continue;
        ++tries;
        if (same(given, thread_token(journal_key, number))) return number;
    }
    return std::nullopt;
}

}  // namespace klarsyn::servicedesk
