// Files on cases: what came with a request, and attaching it. Bytes are kept as they came and never
// opened; names are made harmless and hold no CPR number (core/file_name.h).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modules/servicedesk/desk/entry.h"
#include "store/store.h"
#include "web/http.h"

namespace klarsyn::servicedesk {

// The largest body of a request with files: the largest file and what frames it.
inline constexpr std::uint64_t kUploadBytes = 26ull << 20;

struct SentFile {
    std::string name;        // as sent
    std::string_view bytes;  // points into the request
};
struct SentFiles {
    std::vector<SentFile> files;
    std::string visibility;  // as sent; empty where nothing was said
};

// The files of a form (multipart/form-data; the field `visibility` beside them), or the body itself
// as one file, named by Content-Disposition; X-Visibility says who may see them. invalid_input where
// the form is damaged. A form's empty file fields are no files.
Result<SentFiles> sent_files(const Request& request);

// Attaches the files to a case that was found in this entry, one record each. `visibility` is
// "public" or "internal". invalid_input: an empty file, one that is too large; conflict: the case
// has as many as it may have, or is closed.
Result<void> attach_files(DeskEntry& entry, std::string_view number,
                          std::span<const SentFile> files, std::string_view visibility);

// How many attachments are damaged or missing, for klarsyn verify.
Result<std::int64_t> count_attachment_faults(Store& store);

}  // namespace klarsyn::servicedesk
