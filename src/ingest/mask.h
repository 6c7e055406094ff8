// CPR numbers in raw files are masked before a file is read, hashed or kept, so that no number that
// somebody typed into another system stays here. Pure; thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "ingest/import.h"

namespace klarsyn {

struct MaskedRequest {
    std::optional<ImportRequest> request;  // unset where nothing had to change
    std::size_t numbers = 0;               // masked, in contents and names of files
};

// Leaves out what Format::withhold says, then masks the last four digits of each number; lengths and
// places of the rest stay, so the same file gives the same bytes every time. What Format::by_design
// says to be a time or a number of its own is left.
MaskedRequest mask_request(const ImportRequest& request);

}  // namespace klarsyn
