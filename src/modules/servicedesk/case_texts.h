// What an export says of a case beside its dates: for lists, pages and search, never for figures.
// Pure; thread-safe.
#pragma once

#include <deque>
#include <string>
#include <string_view>

namespace klarsyn::servicedesk {

// As the source says it; empty where it says nothing. Views into the caller's rows.
struct CaseTexts {
    std::string_view title, text, caller;

    // What a later row says; what it does not say stays.
    void take(const CaseTexts& later);
};

// As they are kept: valid UTF-8 without control characters, the title and the caller on one line;
// at most 300, 20,000 and 200 bytes, never cut inside a character.
std::string kept_title(const CaseTexts& texts);
std::string kept_text(const CaseTexts& texts);
std::string kept_caller(const CaseTexts& texts);

// A text that may be HTML, also with its marks written as entities, as plain text; a text without
// marks is returned as it is, another one is kept in `kept`.
std::string_view plain_html(std::string_view text, std::deque<std::string>& kept);

}  // namespace klarsyn::servicedesk
