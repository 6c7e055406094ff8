// Requests that many people send at once, read without setting anything aside: a GET that brings no
// body and no identity. Pure; thread-safe.
#pragma once

#include <optional>
#include <string_view>

namespace klarsyn {

// Points into the bytes it was read from.
struct PlainGet {
    std::string_view target;  // as sent
    std::string_view accept_encoding, accept_language, if_none_match;
    bool keep_open = true;
    std::size_t bytes = 0;  // of the whole head
};

// The request that `bytes` begin with, of HTTP/1.1. None where its head is not whole yet, is longer
// than 8 KB, has a fault, or says anything that the answer might depend on and that does not stand
// above (a cookie, a token, a body, an expectation, a range, a header twice): then the usual way
// must read it.
std::optional<PlainGet> read_plain_get(std::string_view bytes);

}  // namespace klarsyn
