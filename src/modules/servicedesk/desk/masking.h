// Civil registration numbers never enter the desk by accident: whatever a person or a program sends
// is masked before it is kept. Pure.
#pragma once

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace klarsyn::servicedesk {

// The numbers that stood in one text of a body.
struct MaskedNumbers {
    std::string pointer;               // of the text, RFC 6901: "/caller/name"
    std::vector<std::string> numbers;  // "ddmmyy-nnnn", in the order of the text
};

// Masks every text of the body, however deep it stands, and its names too. Three members of the body
// itself stay where they are identifiers: `call` (of a phone system: one word without a hyphen),
// `file` and `sha256` (of an attachment: 40 and 64 lower-case digits of base 16).
std::vector<MaskedNumbers> mask_body(boost::json::object& body);

}  // namespace klarsyn::servicedesk
