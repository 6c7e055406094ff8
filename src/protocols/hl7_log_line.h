// A line of a log of HL7 messages (hl7-log): time TAB hop TAB message, CR written as \r. What is
// said of patients is taken out before anything is kept or sent. Pure; thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace klarsyn {

inline constexpr std::string_view kLoggedCr = "\\r";  // as the log writes it
inline constexpr std::size_t kLoggedHopMax = 200;     // bytes

struct Hl7LogLine {
    std::string_view time, hop, message;
    bool whole = false;  // false: it has not three parts, and they are empty
};
Hl7LogLine split_log_line(std::string_view line);

// MSH and MSA of a message as the log writes it.
std::string kept_log_segments(std::string_view message);

// A log with nothing of its messages but MSH and MSA; lines that are none become "-". The same
// number of lines; again on its own answer: the same.
std::string log_without_patients(std::string_view content);

// The line for a message that a tap saw: time (RFC 3339), hop, and of `header` ("MSH|...\r" and
// perhaps "MSA|...\r") what tells sender, receiver, type and numbers. Empty where it is no message.
std::string log_line_of(std::string_view time, std::string_view hop, std::string_view header);

}  // namespace klarsyn
