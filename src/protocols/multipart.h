// multipart/form-data (RFC 7578) as browsers send it for a form with files. Strict and bounded:
// what is not well-formed is refused whole, nothing is guessed. Pure; linear; thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace klarsyn {

struct MultipartField {
    std::string name;        // of the form's field; well-formed UTF-8 without control characters
    bool is_file = false;    // it had a filename, be it empty
    std::string file_name;   // as sent: clean it before use (core/file_name.h)
    std::string type;        // as declared by the sender: for nothing but display
    std::string_view bytes;  // points into the body that was parsed
};

struct MultipartLimits {
    std::size_t parts = 64;
    std::size_t header_bytes = 4096;       // of one part
    std::size_t field_bytes = 256 * 1024;  // of one part that is no file
};

// The boundary of a Content-Type header; invalid_input (error.multipart.type) where it is no
// multipart/form-data or its boundary breaks RFC 2046.
Result<std::string> multipart_boundary(std::string_view content_type);

// The parts of `body`, which must outlive them. invalid_input: error.multipart.damaged (cut off,
// wrong boundary, a part without a name), error.multipart.too_much (a limit).
Result<std::vector<MultipartField>> parse_multipart(std::string_view body,
                                                    std::string_view boundary,
                                                    const MultipartLimits& limits = {});

}  // namespace klarsyn
