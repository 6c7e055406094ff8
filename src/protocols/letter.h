// Letters by mail: writing plain ones, and reading whatever arrives (GMime). Reading is bounded:
// parts, depth, lengths of texts; nothing in a letter is ever opened, unpacked or fetched.
// Thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace klarsyn {

struct OutLetter {
    std::string from, from_name;  // address and the name beside it
    std::string to, reply_to;     // addresses; reply_to may be empty
    std::string subject, text;    // UTF-8
    std::string message_id;       // without <>
    std::string references;       // message ids with <>; empty for none
    UtcSecond at = 0;
    // Where one POST ends the subscription that the letter is for (RFC 8058); empty for none.
    std::string unsubscribe = {};
};
// The whole message with CRLF. Nothing in a field can begin a new line of the head.
std::string compose_letter(const OutLetter& letter);

// One address with a local part and a domain, and nothing that means something to a mail server.
bool is_mail_address(std::string_view address);

struct LetterFile {
    std::string name;
    std::string bytes;
};

struct InLetter {
    std::string message_id;             // without <>; empty where the sender gave none
    std::string from, from_name;        // address in lower case; empty where there is none
    std::vector<std::string> to;        // addresses it was sent to, in lower case
    std::string references;             // In-Reply-To and References as they stand
    std::string subject;
    std::string text;                   // plain, without markup; what was quoted stands in it, too
    std::vector<LetterFile> files;
    bool text_cut = false;              // the text was longer than may be
    std::size_t files_left_out = 0;     // there were more than may be
    // Who wrote it: a person; a program on its own account; a program in answer (away notices,
    // bounces, mailing lists), which must never get an answer nor open a case.
    enum class Writer { person, program, answering_program } writer = Writer::person;
};

struct LetterLimits {
    std::size_t text_bytes = 64 << 10;
    std::size_t files = 20;
    std::size_t file_bytes = 25 << 20;
    std::size_t parts = 200;
};

// invalid_input (protocols.letter.unreadable) where it is no message.
Result<InLetter> read_letter(std::string_view bytes, const LetterLimits& limits = {});

}  // namespace klarsyn
