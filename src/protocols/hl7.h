// HL7 version 2 messages in their usual (pipe) encoding, and MLLP, which frames them on a
// connection. Values over the caller's bytes; pure; each object belongs to one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace klarsyn {

// As MSH-1 and MSH-2 of a message state them.
struct Hl7Marks {
    char field = '|';
    char component = '^';
    char repetition = '~';
    char escape = '\\';       // 0: none
    char subcomponent = '&';  // 0: none
};

// How the bytes of a message become text: MSH-18. ASCII and nothing said are read as UTF-8 where
// they are that, else as Windows-1252.
enum class Hl7Charset : std::uint8_t { unsaid, ascii, latin1, utf8, unknown };

class Hl7Message {
public:
    // Segments end with CR; LF and CR LF are understood too, with `other_ends` set. invalid_input:
    // no MSH at the beginning, marks that are missing or twice the same, NUL, a segment name that
    // is not three letters or digits. The bytes must outlive the message.
    static Result<Hl7Message> parse(std::string_view bytes);

    struct Segment {
        std::string_view name;
        std::string_view bytes;  // whole, without its end
    };
    const std::vector<Segment>& segments() const { return segments_; }
    const Hl7Marks& marks() const { return marks_; }
    Hl7Charset charset() const { return charset_; }
    bool other_ends() const { return other_ends_; }

    // Field `number` (1-based, as HL7 counts: MSH-1 is the field mark) of the first segment of this
    // name, as it stands; empty where there is none.
    std::string_view raw(std::string_view segment, int number) const;
    // The first repetition's component (1-based), escapes undone, as UTF-8.
    std::string text(std::string_view segment, int number, int component = 1) const;

private:
    std::vector<Segment> segments_;
    Hl7Marks marks_;
    Hl7Charset charset_ = Hl7Charset::unsaid;
    bool other_ends_ = false;
};

// \F\ \S\ \R\ \E\ \T\ , \.br\ and \Xhh..\; what is no escape stays as it stands.
std::string hl7_unescape(std::string_view text, const Hl7Marks& marks);
// The opposite for the five marks, CR and LF. unescape(escape(x)) is x.
std::string hl7_escape(std::string_view text, const Hl7Marks& marks);

// Who sent which message to whom, and what an acknowledgement answers: nothing about a patient.
struct Hl7Envelope {
    std::string control_id;        // MSH-10
    std::string sender, receiver;  // MSH-3, MSH-5: the first component
    std::string type;              // MSH-9: "ORU^R01"
    std::string acknowledges;      // MSA-2; empty where the message is no acknowledgement
    std::string code;              // MSA-1: AA AE AR CA CE CR
    bool accepted() const { return code == "AA" || code == "CA"; }
};
// invalid_input with field MSH-10 or MSA-2 where that is missing or longer than 199 characters.
Result<Hl7Envelope> hl7_envelope(const Hl7Message& message);

// An acknowledgement of `message` with the sides exchanged; ends with CR. `code` as MSA-1,
// `control_id` and `time` (YYYYMMDDHHMMSS) its own.
std::string hl7_acknowledge(const Hl7Message& message, std::string_view code,
                            std::string_view control_id, std::string_view time);

// 0x0B, message, 0x1C, CR.
std::string mllp_frame(std::string_view message);

// Takes a connection's bytes as they come.
class MllpReader {
public:
    explicit MllpReader(std::size_t bytes_max = std::size_t{16} << 20) : bytes_max_(bytes_max) {}

    void take(std::string_view bytes) { buffer_ += bytes; }

    // The next whole message, without its frame; empty: more bytes are needed. invalid_input: bytes
    // outside a frame that are no white space; refused: a message beyond `bytes_max`. Both are for
    // good: the connection must be closed.
    Result<std::optional<std::string>> next();

private:
    std::size_t bytes_max_;
    std::string buffer_;
    std::size_t searched_ = 0;  // of the buffer, without an end
};

}  // namespace klarsyn
